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
        /// Whether the first trie is all there is: nothing is hashed for the second then.
        bool isSingle;
    }

    uint256 internal constant BRANCH = 0x40;
    uint256 internal constant EXTENSION = 0x80;

    uint256 private constant ENTRY = 128;
    /// Of an entry that has something above it: neither at the root nor `bottom`.
    uint256 private constant MAX_DEPTH = 64;
    uint256 private constant EMPTY_ITEMS = 0x8080808080808080808080808080808080808080808080808080808080808080;
    /// Byte 2^k mod 19 is k: the powers of two below 2^16 leave different rests.
    uint256 private constant PLACE_OF_REST =
        0x0000010d02000e060308000c0f05070b040a0900000000000000000000000000;
    /// A word for its prefix, 529 bytes of a branch with sixteen hashes, and a word that may be written behind them.
    uint256 private constant SCRATCH = 608;

    function start(Stack memory stack) internal pure {
        unchecked {
            uint256 free;
            assembly ("memory-safe") {
                free := mload(0x40)
            }
            stack.scratch = free;
            uint256 bottom = free + SCRATCH;
            stack.top = stack.bottom = bottom;
            // No depth, so that it ends the children of any branch.
            assembly ("memory-safe") {
                mstore(bottom, not(0))
            }
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
            uint256 only = stack.bottom + ENTRY;
            assembly ("memory-safe") {
                isWhole := gt(eq(top, only), mload(top))
                first := mload(add(top, 64))
                second := mload(add(top, 96))
            }
        }
    }

    /// Puts a node above those that wait.
    /// @param position Calldata offset of the node, of this form.
    /// @return next What follows it, or zero if no such node can be there.
    function climb(Stack memory stack, uint256 form, uint256 position) internal pure returns (uint256 next) {
        unchecked {
            uint256 top = stack.top;
            uint256 depth;
            assembly ("memory-safe") {
                depth := mload(top)
            }
            if (depth - 1 >= MAX_DEPTH) return 0;
            if (form == BRANCH) return _branch(stack, position + 1);
            if (form <= EXTENSION || form - EXTENSION > depth) return 0;
            _extension(stack.scratch, top, depth - (form - EXTENSION), depth);
            return position + 1;
        }
    }

    /// @param siblings Calldata offset of their bits. @return next See `climb`.
    function _branch(Stack memory stack, uint256 siblings) private pure returns (uint256 next) {
        // Proofs consist of branches, and each is paid for in every update: hence all in one block.
        assembly ("memory-safe") {
            // Writes children whose bits are set, empty ones between them and some behind them. Where that ends follows
            // from what is returned: with each place `at` moves one byte further than `hashes`.
            function write(at, hashes, children) -> hashesEnd {
                for {} 1 {} {
                    if iszero(and(children, 1)) {
                        if iszero(children) {
                            break
                        }
                        let gap := byte(mod(and(children, sub(0, children)), 19), PLACE_OF_REST)
                        mstore(at, EMPTY_ITEMS)
                        at := add(at, gap)
                        children := shr(gap, children)
                    }
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
                        continue
                    }
                    mstore8(at, 0xa0)
                    mstore(add(at, 1), calldataload(hashes))
                    at := add(at, 33)
                    hashes := add(hashes, 32)
                    children := shr(1, children)
                }
                mstore(at, EMPTY_ITEMS)
                hashesEnd := hashes
            }

            let first := mload(stack)
            let shift := sub(256, shl(2, mload(first)))
            let shared := shl(4, shr(add(shift, 4), mload(add(first, 32))))
            for {
                let before := sub(first, ENTRY)
            } eq(mload(before), mload(first)) {
                before := sub(before, ENTRY)
            } {
                first := before
            }
            next := add(siblings, 2)
            siblings := shr(240, calldataload(siblings))
            let cursor := add(mload(add(stack, 0x40)), 32)
            let child := 0
            for {
                let entry := first
            } 1 {
                entry := add(entry, ENTRY)
            } {
                let nibble := sub(shr(shift, mload(add(entry, 32))), shared)
                // INVARIANT: the children of a branch share what is above it, and each has a place of its own. Otherwise
                // a key could stand where it is not.
                let gap := sub(nibble, child)
                if iszero(gt(lt(gap, sub(16, child)), and(shr(nibble, siblings), 1))) {
                    next := 0
                    break
                }
                let between := and(shr(child, siblings), sub(shl(gap, 1), 1))
                switch between
                case 0 {
                    mstore(cursor, EMPTY_ITEMS)
                    cursor := add(cursor, gap)
                }
                default {
                    cursor := add(cursor, sub(gap, next))
                    next := write(sub(add(cursor, next), gap), next, between)
                    cursor := add(cursor, next)
                }
                mstore8(cursor, 0xa0)
                cursor := add(cursor, 1)
                mstore(cursor, mload(add(entry, 64)))
                // The depth is known; in its place goes where the hash is.
                mstore(entry, cursor)
                cursor := add(cursor, 32)
                child := add(nibble, 1)
                if eq(entry, mload(stack)) {
                    break
                }
            }
            if next {
                // No key ends at a branch: its value is empty, as are the children behind the last.
                siblings := shr(child, siblings)
                child := sub(17, child)
                mstore(cursor, EMPTY_ITEMS)
                if siblings {
                    child := sub(child, next)
                    next := write(cursor, next, siblings)
                    child := add(child, next)
                }
                let node := mload(add(stack, 0x40))
                let size := sub(sub(add(cursor, child), node), 32)
                // Two children alone have more than 55 bytes; and with one it is no node, whatever its prefix.
                switch gt(size, 255)
                case 0 {
                    mstore(node, or(0xf800, size))
                    node := add(node, 30)
                    size := add(size, 2)
                }
                default {
                    mstore(node, or(0xf90000, size))
                    node := add(node, 29)
                    size := add(size, 3)
                }
                let hash := keccak256(node, size)
                if iszero(mload(add(stack, 0x60))) {
                    for {
                        let entry := mload(stack)
                    } 1 {
                        entry := sub(entry, ENTRY)
                    } {
                        mstore(mload(entry), mload(add(entry, 96)))
                        if eq(entry, first) {
                            break
                        }
                    }
                    mstore(add(first, 96), keccak256(node, size))
                }
                // The entry of its first child becomes the branch's; what it says of the key still holds.
                mstore(first, sub(63, shr(2, shift)))
                mstore(add(first, 64), hash)
                mstore(stack, first)
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
