// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ByteTree} from "../../../../contracts/machine/ByteTree.sol";
import {Codes} from "../../../../contracts/machine/Codes.sol";
import {Code} from "../../../../contracts/machine/State.sol";
import {Test} from "../../support/Test.sol";

contract CodesDescribeTest is Test {
    uint256 private constant MAX_CODE = 24_576;
    /// Opcodes that matter, and neighbours of them.
    bytes private constant ALPHABET = hex"5b5b5b5b5a5c5f6061626f7e7f80dbeb00ff";

    /// By the definition, a byte at a time.
    function _bitmap(bytes memory code) private pure returns (bytes memory bitmap) {
        uint256[] memory words = new uint256[]((code.length + 255) / 256);
        for (uint256 i = 0; i < code.length; ++i) {
            uint256 op = uint8(code[i]);
            if (op == 0x5b) words[i / 256] |= 1 << (i % 256);
            else if (op >= 0x60 && op <= 0x7f) i += op - 0x5f;
        }
        bitmap = abi.encodePacked(words);
    }

    function _check(bytes memory code) private pure {
        bytes memory bitmap = _bitmap(code);
        assertEq(keccak256(Codes.jumpsOf(code)), keccak256(bitmap), "bitmap");
        Code memory known = Codes.describe(code);
        assertEq(known.size, code.length, "size");
        assertEq(known.root, ByteTree.rootOf(code), "root");
        assertEq(known.jumps, ByteTree.rootOf(bitmap), "jumps");
    }

    /// Bytes that are what matters more often than not.
    function _code(uint256 seed, uint256 size) private pure returns (bytes memory code) {
        code = new bytes(size);
        for (uint256 i = 0; i < size; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            code[i] = draw % 8 == 0 ? bytes1(uint8(draw >> 8)) : ALPHABET[(draw >> 8) % ALPHABET.length];
        }
    }

    function testFuzz_WhenACodeOfAnyBytesIsDescribed(uint256 seed, bytes memory plain) public pure {
        _check(plain);
        _check(_code(seed, seed % 600));
    }

    function test_WhenDataOfAPushEndsAtBeforeOrBehindTheEndOfAWord() public pure {
        // JUMPDEST wherever it does not matter: before the PUSH, in its data and behind it.
        for (uint256 position = 224; position < 258; ++position) {
            for (uint8 op = 0x60; op < 0x80; ++op) {
                bytes memory code = new bytes(330);
                for (uint256 i = 0; i < code.length; ++i) code[i] = 0x5b;
                code[position] = bytes1(op);
                bytes memory bitmap = Codes.jumpsOf(code);
                assertEq(keccak256(bitmap), keccak256(_bitmap(code)), "bitmap");
                assertTrue(
                    !_isSet(bitmap, position) && !_isSet(bitmap, position + 1),
                    "the PUSH and its data"
                );
                assertTrue(!_isSet(bitmap, position + op - 0x5f), "the last of its data");
                assertTrue(
                    _isSet(bitmap, position - 1) && _isSet(bitmap, position + op - 0x5e),
                    "around them"
                );
            }
        }
    }

    function _isSet(bytes memory bitmap, uint256 position) private pure returns (bool) {
        return uint8(bitmap[32 * (position / 256) + 31 - (position % 256) / 8]) & (1 << (position % 8)) != 0;
    }

    function test_WhenDataOfAPushGoesOnBehindTheEndOfTheCode() public pure {
        for (uint256 size = 1; size < 66; ++size) {
            bytes memory code = new bytes(size);
            for (uint256 i = 0; i < size; ++i) code[i] = 0x5b;
            code[size - 1] = 0x7f;
            _check(code);
            if (size > 1) code[size - 2] = 0x7f;
            _check(code);
        }
    }

    function test_WhenOtherBytesFollowTheCodeInMemory() public pure {
        for (uint256 size = 0; size < 70; ++size) {
            bytes memory code = new bytes(100);
            for (uint256 i = 0; i < code.length; ++i) code[i] = 0x5b;
            bytes memory clean = new bytes(size);
            for (uint256 i = 0; i < size; ++i) clean[i] = 0x5b;
            assembly ("memory-safe") {
                mstore(code, size)
            }
            assertEq(Codes.describe(code).hash(), Codes.describe(clean).hash(), "record");
            _check(code);
        }
    }

    function test_WhenTheCodeIsEmpty() public pure {
        Code memory nothing;
        assertEq(keccak256(abi.encode(Codes.describe(""))), keccak256(abi.encode(nothing)), "record");
    }

    function test_WhenCodesDifferInZerosAtTheEnd() public pure {
        Code memory short = Codes.describe(hex"5b5b");
        Code memory long = Codes.describe(bytes.concat(hex"5b5b", new bytes(500)));
        assertTrue(short.root == long.root && short.jumps == long.jumps, "roots");
        assertTrue(short.size == 2 && long.size == 502 && short.hash() != long.hash(), "sizes");
        Code memory zeros = Codes.describe(new bytes(MAX_CODE));
        assertTrue(zeros.root == 0 && zeros.jumps == 0 && zeros.size == MAX_CODE, "nothing but zeros");
    }

    function test_WhenTheCodeIsADesignator() public pure {
        bytes memory code = abi.encodePacked(bytes3(0xef0100), address(0xde1e));
        assertEq(Codes.describe(code).delegate, address(0xde1e), "delegate");
        _check(code);
    }

    function test_WhenTheCodeIsAlmostADesignator() public pure {
        assertEq(
            Codes.describe(abi.encodePacked(bytes3(0xef0100), bytes19("a"))).delegate,
            address(0),
            "short"
        );
        assertEq(
            Codes.describe(abi.encodePacked(bytes3(0xef0100), bytes21("a"))).delegate,
            address(0),
            "long"
        );
        assertEq(
            Codes.describe(abi.encodePacked(bytes3(0xef0101), bytes20("a"))).delegate,
            address(0),
            "other"
        );
    }
}
