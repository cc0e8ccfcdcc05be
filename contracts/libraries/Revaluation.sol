// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NodeRlp} from "./NodeRlp.sol";
import {NodeStack} from "./NodeStack.sol";
import {RootBuilder} from "./RootBuilder.sol";
import {DELTA_SIZE, DeltasMalformed, DeltasUnordered} from "../types/Deltas.sol";
import {
    DeltaRedundant,
    MultiproofMalformed,
    MultiproofSurplus,
    NotRevalued,
    OldRootMismatch,
    OldValueMalformed
} from "../types/Multiproof.sol";

/// @title From one storage root to the next where every key stays
/// @notice Most updates neither add nor delete a slot. Then what stands where follows from the trie before, and nodes can
/// be told in the order in which they are hashed, children first:
///
///     the form     0xff
///     leaf         depth (0x00 … 0x3f): that of the next delta, below so many nibbles
///     branch, extension: see NodeStack.sol
///
/// Why it proves: the nodes have the old root with the old values, so that they are A's, and the new root with the new
/// ones. If that is the root that A has, too, the two tries differ in the deltas alone.
///
/// Nodes shorter than 32 bytes, which are not referred to by hash, have no place here; Transition takes all transitions.
library Revaluation {
    using NodeStack for NodeStack.Stack;

    uint256 internal constant FORM = 0xff;
    uint256 private constant KEY_NIBBLES = 64;

    /// Where the next delta and its old value are, as calldata offsets.
    struct Reader {
        uint256 delta;
        uint256 end;
        uint256 oldValue;
        uint256 oldEnd;
        /// The last delta's.
        uint256 key;
        /// The first delta.
        uint256 origin;
    }

    /// The same as `Transition.rootAfter`; `nodes` has this form.
    function rootAfter(
        bytes32 oldRoot,
        bytes calldata deltas,
        bytes calldata before,
        bytes calldata nodes
    ) internal pure returns (bytes32 newRoot) {
        unchecked {
            require(deltas.length % DELTA_SIZE == 0, DeltasMalformed(deltas.length));
            NodeStack.Stack memory stack;
            Reader memory reader;
            (reader.delta, reader.end) = NodeRlp.bounds(deltas);
            reader.origin = reader.delta;
            (reader.oldValue, reader.oldEnd) = NodeRlp.bounds(before);
            stack.start();
            _climb(stack, reader, nodes);

            uint256 surplus = reader.oldEnd - reader.oldValue;
            require(surplus == 0, MultiproofSurplus(before.length - surplus));
            bool isWhole;
            bytes32 got;
            (isWhole, got, newRoot) = stack.pop();
            require(isWhole && reader.delta == reader.end, MultiproofMalformed(nodes.length));
            require(got == oldRoot, OldRootMismatch(got, oldRoot));
        }
    }

    function _climb(NodeStack.Stack memory stack, Reader memory reader, bytes calldata nodes) private pure {
        unchecked {
            (uint256 origin, uint256 end) = NodeRlp.bounds(nodes);
            uint256 position = origin + 1;
            while (position < end) {
                uint256 form = NodeRlp.byteAt(position);
                if (form < KEY_NIBBLES) {
                    if (!_pushLeaf(stack, reader, form)) _refuse(reader, position - origin);
                    ++position;
                } else {
                    uint256 next = stack.climb(form, position);
                    if (next == 0 || next > end) revert MultiproofMalformed(position - origin);
                    position = next;
                }
            }
        }
    }

    /// Pushes the leaf of the next delta, with its old value and with its new one:
    ///
    ///     list prefix: 1 or 2 | path: 0x80 + size, 0x2 or 0x3 before its nibbles | 0x81 + n | 0x80 + n | value: n
    ///
    /// A value below 0x80 is one byte and stands for itself.
    /// @return isRight Whether that is possible. If it is not, nothing has changed.
    function _pushLeaf(
        NodeStack.Stack memory stack,
        Reader memory reader,
        uint256 depth
    ) private pure returns (bool isRight) {
        // All in one block: every changed value comes through here, and nothing else is paid for as often.
        assembly ("memory-safe") {
            let later := mload(reader)
            mstore(0x00, calldataload(later))
            let key := keccak256(0x00, 0x20)
            later := calldataload(add(later, 32))
            let next := mload(add(reader, 0x40))
            let size := byte(0, calldataload(next))
            // A shift by 256 bits or more leaves nothing.
            let value := shr(sub(256, shl(3, size)), calldataload(add(next, 1)))
            next := add(next, add(size, 1))
            // INVARIANT: keys ascend, values change, and none of them is zero: no trie holds a zero. That there is a delta at
            // all is seen in the end, when just all of them must have been read.
            isRight := gt(
                gt(key, mload(add(reader, 0x80))),
                or(or(eq(value, later), gt(next, mload(add(reader, 0x60)))), or(iszero(value), iszero(later)))
            )
            if isRight {
                let top := add(mload(stack), 128)
                mstore(top, depth)
                mstore(add(top, 32), key)
                let path := add(mload(add(stack, 0x40)), 2)
                // Before an even number of nibbles stands a byte without any, before an odd number one with the first.
                let first := 0x20
                if and(depth, 1) {
                    depth := add(depth, 1)
                    first := or(0x30, and(shr(sub(256, shl(2, depth)), key), 0x0f))
                }
                mstore8(path, sub(0xa1, shr(1, depth)))
                mstore8(add(path, 1), first)
                mstore(add(path, 2), shl(shl(2, depth), key))
                let pathEnd := sub(add(path, 34), shr(1, depth))
                // A single nibble is one byte below 0x80 and stands for itself.
                path := add(path, shr(6, depth))
                // First with the old value, then with the new one.
                for {
                    let hash := add(top, 64)
                } 1 {
                    hash := add(hash, 32)
                    value := later
                    // A value seldom gains or loses more than a byte.
                    for {} shr(shl(3, size), value) {} {
                        size := add(size, 1)
                    }
                    for {} iszero(shr(sub(shl(3, size), 8), value)) {} {
                        size := sub(size, 1)
                    }
                } {
                    mstore8(pathEnd, add(0x81, size))
                    mstore8(add(pathEnd, 1), add(0x80, size))
                    mstore(add(pathEnd, 2), shl(sub(256, shl(3, size)), value))
                    let end := add(add(pathEnd, size), 2)
                    let payload := sub(end, path)
                    let node := sub(path, 1)
                    mstore8(node, add(0xc0, payload))
                    // Not a value that stands for itself, nor a list of more than 55 bytes or of less than 31.
                    if or(lt(value, 0x80), gt(sub(payload, 31), 24)) {
                        if lt(value, 0x80) {
                            mstore8(pathEnd, value)
                            end := add(pathEnd, 1)
                            payload := sub(end, path)
                            mstore8(node, add(0xc0, payload))
                        }
                        if gt(payload, 55) {
                            mstore8(node, payload)
                            node := sub(node, 1)
                            mstore8(node, 0xf8)
                        }
                        // With its prefix it has to have 32 bytes, or it is within its parent.
                        isRight := and(isRight, gt(payload, 30))
                    }
                    mstore(hash, keccak256(node, sub(end, node)))
                    if gt(hash, add(top, 64)) {
                        break
                    }
                }
                if isRight {
                    mstore(reader, add(mload(reader), 64))
                    mstore(add(reader, 0x40), next)
                    mstore(add(reader, 0x80), mload(add(top, 32)))
                    mstore(stack, top)
                }
            }
        }
    }

    /// Says what is wrong with the next delta or its old value.
    /// @param offset Of its leaf.
    function _refuse(Reader memory reader, uint256 offset) private pure {
        unchecked {
            require(reader.delta < reader.end, MultiproofMalformed(offset));
            uint256 index = (reader.delta - reader.origin) / DELTA_SIZE;
            bytes32 key = NodeRlp.hashOfWord(reader.delta);
            require(uint256(key) > reader.key, DeltasUnordered(index, bytes32(reader.key), key));
            uint256 start = reader.oldValue;
            uint256 size = start < reader.oldEnd ? NodeRlp.byteAt(start) : 33;
            require(size <= 32 && start + 1 + size <= reader.oldEnd, OldValueMalformed(index));
            uint256 old = uint256(NodeRlp.word(start + 1)) >> (256 - 8 * size);
            require(old != uint256(NodeRlp.word(reader.delta + 32)), DeltaRedundant(index));
            revert NotRevalued(index);
        }
    }
}
