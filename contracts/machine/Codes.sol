// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ByteTree} from "./ByteTree.sol";
import {Code} from "./State.sol";

/// @title What is known of a code
/// @notice A code is shown whole once, when it is loaded. From then on a step shows the word that it wants:
///
///     root    byte tree of the code
///     jumps   byte tree of a bit for each byte of it: whether there is a JUMPDEST that is no data of a PUSH.
///             Bit j of word i, counted from the lowest, tells about byte 256 i + j; bits beyond the end are zero
///
/// Codes that differ in zeros at the end have the same root: the size tells them apart.
library Codes {
    /// Bytes of a code that a word of `jumps` tells about.
    uint256 internal constant BYTES_PER_WORD = 256;

    /// A designator of EIP-7702: ef0100 and an address.
    uint256 private constant DESIGNATOR_SIZE = 23;
    bytes3 private constant DESIGNATOR = 0xef0100;

    // A byte, 32 times. PUSH1 to PUSH32 are 0x60 to 0x7f: the five lowest bits tell their size.
    uint256 private constant ONES = 0x0101010101010101010101010101010101010101010101010101010101010101;
    uint256 private constant TWOS = 0x0202020202020202020202020202020202020202020202020202020202020202;
    uint256 private constant SIZES = 0x1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f;
    uint256 private constant LOW_BITS = 0x7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f;
    uint256 private constant JUMPDESTS = 0x5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b;
    uint256 private constant PUSHES = 0x6060606060606060606060606060606060606060606060606060606060606060;

    function describe(bytes memory code) internal pure returns (Code memory known) {
        known.size = uint32(code.length);
        if (code.length == DESIGNATOR_SIZE && bytes3(ByteTree.wordOf(code, 0)) == DESIGNATOR)
            known.delegate = address(bytes20(ByteTree.wordOf(code, DESIGNATOR.length)));
        known.root = ByteTree.rootOf(code);
        known.jumps = ByteTree.rootOf(jumpsOf(code));
    }

    /// The words of `jumps`.
    function jumpsOf(bytes memory code) internal pure returns (bytes memory bitmap) {
        bitmap = new bytes(32 * ((code.length + BYTES_PER_WORD - 1) / BYTES_PER_WORD));
        uint256 data = 0;
        // No position overflows that lies within a code.
        unchecked {
            for (uint256 position = 0; position < code.length; position += 32) {
                uint256 word;
                assembly ("memory-safe") {
                    word := mload(add(add(code, 0x20), position))
                }
                (word, data) = _scan(_reverse(word), data);
                word = _gather(word) << (position % BYTES_PER_WORD);
                // Behind the code is what is in memory there.
                if (code.length - position < 32) word &= (1 << (code.length % BYTES_PER_WORD)) - 1;
                assembly ("memory-safe") {
                    let target := add(add(bitmap, 0x20), shl(5, shr(8, position)))
                    mstore(target, or(mload(target), word))
                }
            }
        }
    }

    /// Looks at all bytes of a word at once, and then from PUSH to PUSH. Byte by byte, the largest init code would take more
    /// gas than a step may: over 8 million for JUMPDESTs alone, where this takes 1.6, and 4.7 for PUSH1s, its worst.
    /// @param word The lowest byte is the code's next.
    /// @param data How many of its first bytes are data of a PUSH before them.
    /// @return destinations The lowest bit of each byte that is a JUMPDEST and no data.
    /// @return dataAfter How many bytes behind the word are data.
    function _scan(
        uint256 word,
        uint256 data
    ) private pure returns (uint256 destinations, uint256 dataAfter) {
        assembly ("memory-safe") {
            // A shift by the whole word leaves nothing, and nothing minus one is all ones.
            let code := not(sub(shl(shl(3, data), 1), 1))
            // Zero where a byte is a JUMPDEST: adding reaches the highest bit of all others that have not got it.
            let other := xor(word, JUMPDESTS)
            other := or(or(add(and(other, LOW_BITS), LOW_BITS), other), LOW_BITS)
            destinations := and(shr(7, not(other)), code)
            // The three highest bits are zero where a byte is a PUSH.
            other := xor(word, PUSHES)
            other := or(or(shr(7, other), shr(6, other)), shr(5, other))
            let pushes := and(and(not(other), ONES), code)
            // Bytes of a PUSH with its data, if the byte is one: from 2 to 33.
            let sizes := add(and(word, SIZES), TWOS)
            let push := 0
            for {} pushes {} {
                push := and(pushes, sub(0, pushes))
                let end := shl(shl(3, and(div(sizes, push), 0xff)), push)
                // All but the PUSH and its data.
                let others := not(sub(end, push))
                pushes := and(pushes, others)
                destinations := and(destinations, others)
            }
            // Of the last PUSH. The sum of the ones below it is the number of bytes before it.
            if push {
                let before := byte(0, mul(and(sub(push, 1), ONES), ONES))
                let end := add(before, and(div(sizes, push), 0xff))
                dataAfter := mul(gt(end, 32), sub(end, 32))
            }
        }
    }

    /// The lowest bits of the bytes of a word, next to each other.
    function _gather(uint256 bits) private pure returns (uint256) {
        bits = (bits | (bits >> 7)) & 0x0003000300030003000300030003000300030003000300030003000300030003;
        bits = (bits | (bits >> 14)) & 0x0000000f0000000f0000000f0000000f0000000f0000000f0000000f0000000f;
        bits = (bits | (bits >> 28)) & 0x00000000000000ff00000000000000ff00000000000000ff00000000000000ff;
        bits = (bits | (bits >> 56)) & 0x0000000000000000000000000000ffff0000000000000000000000000000ffff;
        return (bits | (bits >> 112)) & 0xffffffff;
    }

    /// The bytes of a word in reverse: halves of halves change places.
    function _reverse(uint256 word) private pure returns (uint256) {
        uint256 low = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
        word = ((word >> 8) & low) | ((word & low) << 8);
        low = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
        word = ((word >> 16) & low) | ((word & low) << 16);
        low = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
        word = ((word >> 32) & low) | ((word & low) << 32);
        low = 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
        word = ((word >> 64) & low) | ((word & low) << 64);
        return (word >> 128) | (word << 128);
    }
}
