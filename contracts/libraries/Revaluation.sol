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
    uint256 private constant HASHED_SIZE = 32;

    /// Where the next delta and its old value are, as calldata offsets.
    struct Reader {
        uint256 index;
        uint256 delta;
        uint256 end;
        uint256 oldValue;
        uint256 oldEnd;
        /// The last delta's.
        uint256 key;
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
                if (form < KEY_NIBBLES) {
                    require(reader.delta != reader.end, MultiproofMalformed(position - origin));
                    _pushLeaf(stack, reader, form);
                } else {
                    next = stack.climb(form, position);
                    require(next != 0 && next <= end, MultiproofMalformed(position - origin));
                }
                position = next;
            }
        }
    }

    /// Pushes the leaf of the next delta.
    function _pushLeaf(NodeStack.Stack memory stack, Reader memory reader, uint256 depth) private pure {
        unchecked {
            uint256 index = reader.index++;
            uint256 delta = reader.delta;
            reader.delta = delta + DELTA_SIZE;
            uint256 key = uint256(NodeRlp.hashOfWord(delta));
            require(key > reader.key, DeltasUnordered(index, bytes32(reader.key), bytes32(key)));
            reader.key = key;
            uint256 later = uint256(NodeRlp.word(delta + 32));
            uint256 old = _oldValue(reader, index);
            require(old != later, DeltaRedundant(index));
            uint256 path = stack.scratch + 2;
            uint256 end = path + RootBuilder.writePath(path, key, depth, KEY_NIBBLES, 0x20);
            stack.push(depth, key, _leaf(path, end, old, index), _leaf(path, end, later, index));
        }
    }

    function _oldValue(Reader memory reader, uint256 index) private pure returns (uint256 value) {
        unchecked {
            uint256 start = reader.oldValue;
            uint256 end = reader.oldEnd;
            uint256 size = start < end ? NodeRlp.byteAt(start) : 33;
            uint256 next = start + 1 + size;
            require(size <= 32 && next <= end, OldValueMalformed(index));
            reader.oldValue = next;
            // A shift by all 256 bits leaves nothing.
            value = uint256(NodeRlp.word(start + 1)) >> (256 - 8 * size);
        }
    }

    /// The hash of a leaf whose path is written from `path` to `end`.
    function _leaf(
        uint256 path,
        uint256 end,
        uint256 value,
        uint256 index
    ) private pure returns (bytes32 hash) {
        uint256 size;
        // In one block: there are two leaves for each changed value, and calls would cost as much as what they do.
        assembly ("memory-safe") {
            // The leaf holds the RLP string of the RLP of the integer.
            switch lt(value, 0x80)
            case 0 {
                // The bytes of the value, less one: by halves.
                let bits := shl(7, gt(value, 0xffffffffffffffffffffffffffffffff))
                bits := or(bits, shl(6, gt(shr(bits, value), 0xffffffffffffffff)))
                bits := or(bits, shl(5, gt(shr(bits, value), 0xffffffff)))
                bits := or(bits, shl(4, gt(shr(bits, value), 0xffff)))
                bits := or(bits, shl(3, gt(shr(bits, value), 0xff)))
                let more := shr(3, bits)
                mstore8(end, add(0x82, more))
                mstore8(add(end, 1), add(0x81, more))
                mstore(add(end, 2), shl(sub(248, bits), value))
                size := add(sub(end, path), add(more, 3))
            }
            default {
                mstore8(end, value)
                size := add(sub(end, path), 1)
            }
            switch gt(size, 55)
            case 0 {
                path := sub(path, 1)
                mstore8(path, add(0xc0, size))
                size := add(size, 1)
            }
            default {
                path := sub(path, 2)
                mstore8(path, 0xf8)
                mstore8(add(path, 1), size)
                size := add(size, 2)
            }
            hash := keccak256(path, size)
        }
        // No trie holds a zero, and a shorter node would be within its parent.
        require(value != 0 && size >= HASHED_SIZE, NotRevalued(index));
    }
}
