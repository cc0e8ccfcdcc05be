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
///     leaf         depth (0x00 … 0x3e): that of the next delta, below so many nibbles
///     branch, extension: see NodeStack.sol
///
/// Why it proves: the nodes have the old root with the old values, so that they are A's, and the new root with the new
/// ones. If that is the root that A has, too, the two tries differ in the deltas alone.
///
/// Nodes shorter than 32 bytes, which are not referred to by hash, have no place here, nor have leaves of a single nibble,
/// which no two hashed slots have ever needed; Transition takes all transitions.
library Revaluation {
    using NodeStack for NodeStack.Stack;

    uint256 internal constant FORM = 0xff;
    uint256 private constant LEAF_DEPTHS = 63;

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
            for (uint256 position = origin + 1; position < end;) {
                uint256 form = NodeRlp.byteAt(position);
                uint256 next = position + 1;
                if (form < LEAF_DEPTHS) {
                    if (reader.delta == reader.end) revert MultiproofMalformed(position - origin);
                    if (!_pushLeaf(stack, reader, form)) _refuse(reader);
                } else {
                    next = stack.climb(form, position);
                    if (next == 0 || next > end) revert MultiproofMalformed(position - origin);
                }
                position = next;
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
            // The bytes of a value that is not zero: as many as guessed, or counted by halves.
            function sizeOf(value, guess) -> size {
                size := guess
                if gt(sub(shr(shl(3, sub(guess, 1)), value), 1), 0xfe) {
                    let bits := shl(7, gt(value, 0xffffffffffffffffffffffffffffffff))
                    bits := or(bits, shl(6, gt(shr(bits, value), 0xffffffffffffffff)))
                    bits := or(bits, shl(5, gt(shr(bits, value), 0xffffffff)))
                    bits := or(bits, shl(4, gt(shr(bits, value), 0xffff)))
                    bits := or(bits, shl(3, gt(shr(bits, value), 0xff)))
                    size := add(shr(3, bits), 1)
                }
            }
            // Completes the leaf whose path begins after `list` and ends at `end`.
            function hashWith(list, end, value, size) -> hash, isHashed {
                switch lt(value, 0x80)
                case 0 {
                    mstore(end, shl(240, add(0x8180, mul(size, 0x0101))))
                    mstore(add(end, 2), shl(sub(256, shl(3, size)), value))
                    end := add(end, add(size, 2))
                }
                default {
                    mstore8(end, value)
                    end := add(end, 1)
                }
                let payload := sub(end, list)
                // The prefix ends where the payload begins. From 56 bytes on it is 0xf8 and the size.
                let isLong := gt(payload, 55)
                mstore(sub(list, 32), add(add(0xc0, payload), mul(isLong, 0xf740)))
                list := sub(sub(list, 1), isLong)
                hash := keccak256(list, sub(end, list))
                // With its prefix.
                isHashed := gt(payload, 30)
            }

            let delta := mload(reader)
            mstore(0x00, calldataload(delta))
            let key := keccak256(0x00, 0x20)
            let later := calldataload(add(delta, 32))
            let next := mload(add(reader, 0x40))
            let size := byte(0, calldataload(next))
            let old := calldataload(add(next, 1))
            next := add(next, add(size, 1))
            // A shift by all 256 bits leaves nothing; sizes above 32 shift by more.
            old := shr(sub(256, shl(3, size)), old)
            // INVARIANT: keys ascend, values change, and none of them is zero: no trie holds a zero.
            if iszero(
                or(
                    or(iszero(gt(key, mload(add(reader, 0x80)))), eq(old, later)),
                    or(or(iszero(old), iszero(later)), gt(next, mload(add(reader, 0x60))))
                )
            ) {
                let list := add(mload(add(stack, 0x40)), 32)
                let end
                {
                    let odd := and(depth, 1)
                    let shift := shl(2, add(depth, odd))
                    let pathSize := shr(1, sub(66, depth))
                    mstore8(list, add(0x80, pathSize))
                    mstore8(
                        add(list, 1),
                        add(0x20, mul(odd, add(0x10, and(shr(sub(256, shift), key), 0x0f))))
                    )
                    mstore(add(list, 2), shl(shift, key))
                    end := add(list, add(pathSize, 1))
                }
                size := sizeOf(old, size)
                let oldHash, isHashed := hashWith(list, end, old, size)
                let laterHash
                laterHash, isRight := hashWith(list, end, later, sizeOf(later, size))
                isRight := and(isRight, isHashed)
                if isRight {
                    mstore(reader, add(delta, 64))
                    mstore(add(reader, 0x40), next)
                    mstore(add(reader, 0x80), key)
                    let top := add(mload(stack), 128)
                    mstore(stack, top)
                    mstore(top, depth)
                    mstore(add(top, 32), key)
                    mstore(add(top, 64), oldHash)
                    mstore(add(top, 96), laterHash)
                }
            }
        }
    }

    /// Says what is wrong with the next delta or its old value.
    function _refuse(Reader memory reader) private pure {
        unchecked {
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
