// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NodeRlp} from "./NodeRlp.sol";
import {RootBuilder} from "./RootBuilder.sol";

/// @title Two tries of the same form, from their leaves up
/// @notice Nodes on the paths of some keys, in two tries that have the same keys and differ in values, while hashing
/// proceeds from leaves to the root. Whoever has pushed the leaves in the order of their keys goes on by what the
/// bytes of a proof say:
///
///     branch       0x40 | siblings: 2, bit i for child i | 32 for each sibling
///     extension    0x80 + nibbles (1 … 63)
///
/// A branch takes all nodes that wait at the depth of the last one for its children; an extension leads to the last
/// one. Nothing is compared on the way: hashes fix every byte of every node, so that a root that is A's can only have
/// come from A's nodes. All nodes are referred to by hash. Node formats: Yellow Paper appendix D.
///
///     entry     depth: nibbles of its key above the node | key: one below the node | hash in the first trie | in the second
///
/// @dev Entries lie in free memory, which is not claimed: whoever keeps a stack must not allocate before it is done.
library NodeStack {
    struct Stack {
        /// The last entry; `bottom` if there is none.
        uint256 top;
        uint256 bottom;
        /// Memory in which nodes are written before they are hashed.
        uint256 scratch;
    }

    uint256 internal constant BRANCH = 0x40;
    uint256 internal constant EXTENSION = 0x80;

    uint256 private constant ENTRY = 128;
    uint256 private constant EMPTY_ITEMS = 0x8080808080808080808080808080808080808080808080808080808080808080;
    /// Byte 2^k mod 19 is k: the powers of two below 2^16 leave different rests.
    uint256 private constant PLACE_OF_REST =
        0x0000010d02000e060308000c0f05070b040a0900000000000000000000000000;
    /// A branch of sixteen hashes has 532 bytes; whole words are written.
    uint256 private constant SCRATCH = 576;

    function start(Stack memory stack) internal pure {
        unchecked {
            uint256 free;
            assembly ("memory-safe") {
                free := mload(0x40)
            }
            stack.scratch = free;
            stack.top = stack.bottom = free + SCRATCH;
        }
    }

    function push(
        Stack memory stack,
        uint256 depth,
        uint256 key,
        bytes32 first,
        bytes32 second
    ) internal pure {
        unchecked {
            uint256 top = stack.top + ENTRY;
            stack.top = top;
            assembly ("memory-safe") {
                mstore(top, depth)
                mstore(add(top, 32), key)
                mstore(add(top, 64), first)
                mstore(add(top, 96), second)
            }
        }
    }

    /// Ends with the only entry left. @return isWhole Whether there is just one, and nothing above it.
    function pop(Stack memory stack) internal pure returns (bool isWhole, bytes32 first, bytes32 second) {
        unchecked {
            uint256 top = stack.top;
            uint256 depth;
            assembly ("memory-safe") {
                depth := mload(top)
                first := mload(add(top, 64))
                second := mload(add(top, 96))
            }
            isWhole = top == stack.bottom + ENTRY && depth == 0;
        }
    }

    /// Puts a node above those that wait.
    /// @param position Calldata offset of the node, of this form.
    /// @return next What follows it, or zero if no such node can be there.
    function climb(Stack memory stack, uint256 form, uint256 position) internal pure returns (uint256 next) {
        unchecked {
            uint256 top = stack.top;
            if (top == stack.bottom) return 0;
            if (form == BRANCH) {
                (top, next) = _branch(stack.scratch, stack.bottom, top, position + 1);
                stack.top = top;
                return next;
            }
            uint256 depth;
            assembly ("memory-safe") {
                depth := mload(top)
            }
            if (form <= EXTENSION || form - EXTENSION > depth) return 0;
            _extension(stack.scratch, top, depth - (form - EXTENSION), depth);
            return position + 1;
        }
    }

    /// @return first The entry that took its children's place. @return next See `climb`.
    function _branch(
        uint256 scratch,
        uint256 bottom,
        uint256 top,
        uint256 position
    ) private pure returns (uint256 first, uint256 next) {
        // Proofs consist of branches, and each is paid for in every update: hence all in one block.
        assembly ("memory-safe") {
            // Writes those of the next `count` children whose bits are set; none beyond them is.
            function write(at, hashes, children, count) -> atEnd, hashesEnd {
                for {} children {} {
                    // Four neighbours at once: full branches have nothing else.
                    if eq(and(children, 0x0f), 0x0f) {
                        mstore8(at, 0xa0)
                        mstore(add(at, 1), calldataload(hashes))
                        mstore8(add(at, 33), 0xa0)
                        mstore(add(at, 34), calldataload(add(hashes, 32)))
                        mstore8(add(at, 66), 0xa0)
                        mstore(add(at, 67), calldataload(add(hashes, 64)))
                        mstore8(add(at, 99), 0xa0)
                        mstore(add(at, 100), calldataload(add(hashes, 96)))
                        at := add(at, 132)
                        hashes := add(hashes, 128)
                        children := shr(4, children)
                        count := sub(count, 4)
                        continue
                    }
                    if iszero(and(children, 1)) {
                        let gap := byte(mod(and(children, sub(0, children)), 19), PLACE_OF_REST)
                        mstore(at, EMPTY_ITEMS)
                        at := add(at, gap)
                        children := shr(gap, children)
                        count := sub(count, gap)
                    }
                    mstore8(at, 0xa0)
                    mstore(add(at, 1), calldataload(hashes))
                    at := add(at, 33)
                    hashes := add(hashes, 32)
                    children := shr(1, children)
                    count := sub(count, 1)
                }
                mstore(at, EMPTY_ITEMS)
                atEnd := add(at, count)
                hashesEnd := hashes
            }

            let depth := mload(top)
            let key := mload(add(top, 32))
            first := top
            for {} gt(first, add(bottom, ENTRY)) {} {
                let before := sub(first, ENTRY)
                if xor(mload(before), depth) {
                    break
                }
                first := before
            }
            let siblings := shr(240, calldataload(position))
            let payload := add(scratch, 3)
            let cursor := payload
            next := add(position, 2)
            let child := 0
            for {
                let entry := first
            } iszero(gt(entry, top)) {
                entry := add(entry, ENTRY)
            } {
                let here := mload(add(entry, 32))
                let nibble := and(shr(sub(256, shl(2, depth)), here), 0x0f)
                // INVARIANT: the children of a branch share what is above it, and each has a place of its own. Otherwise
                // a key could stand where it is not.
                if or(
                    or(shr(sub(260, shl(2, depth)), xor(here, key)), lt(nibble, child)),
                    or(and(shr(nibble, siblings), 1), iszero(depth))
                ) {
                    next := 0
                    break
                }
                cursor, next := write(
                    cursor,
                    next,
                    shr(child, and(siblings, sub(shl(nibble, 1), 1))),
                    sub(nibble, child)
                )
                mstore8(cursor, 0xa0)
                mstore(add(cursor, 1), mload(add(entry, 64)))
                // The depth is known; in its place goes where the hash is.
                mstore(entry, add(cursor, 1))
                cursor := add(cursor, 33)
                child := add(nibble, 1)
            }
            if next {
                cursor, next := write(cursor, next, shr(child, siblings), sub(16, child))
                // No key ends at a branch: its value is empty.
                mstore8(cursor, 0x80)
                let size := sub(add(cursor, 1), payload)
                let node := scratch
                switch gt(size, 255)
                case 0 {
                    switch gt(size, 55)
                    case 0 {
                        node := add(node, 2)
                        mstore8(node, add(0xc0, size))
                        size := add(size, 1)
                    }
                    default {
                        node := add(node, 1)
                        mstore8(node, 0xf8)
                        mstore8(add(node, 1), size)
                        size := add(size, 2)
                    }
                }
                default {
                    mstore8(node, 0xf9)
                    mstore8(add(node, 1), shr(8, size))
                    mstore8(add(node, 2), size)
                    size := add(size, 3)
                }
                let hash := keccak256(node, size)
                for {
                    let entry := first
                } iszero(gt(entry, top)) {
                    entry := add(entry, ENTRY)
                } {
                    mstore(mload(entry), mload(add(entry, 96)))
                }
                mstore(first, sub(depth, 1))
                mstore(add(first, 32), key)
                mstore(add(first, 64), hash)
                mstore(add(first, 96), keccak256(node, size))
            }
        }
    }

    function _extension(uint256 scratch, uint256 entry, uint256 from, uint256 to) private pure {
        unchecked {
            uint256 key;
            assembly ("memory-safe") {
                key := mload(add(entry, 32))
            }
            uint256 node = scratch + 2;
            uint256 size = RootBuilder.writePath(node, key, from, to, 0);
            uint256 child = node + size;
            (node, size) = RootBuilder.toList(node, size + NodeRlp.REFERENCE_SIZE);
            assembly ("memory-safe") {
                mstore8(child, 0xa0)
                mstore(add(child, 1), mload(add(entry, 64)))
                mstore(entry, from)
                mstore(add(entry, 64), keccak256(node, size))
                mstore(add(child, 1), mload(add(entry, 96)))
                mstore(add(entry, 96), keccak256(node, size))
            }
        }
    }
}
