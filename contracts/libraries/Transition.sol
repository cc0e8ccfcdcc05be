// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RootBuilder} from "./RootBuilder.sol";
import {NodeRlp} from "./NodeRlp.sol";
import {Revaluation} from "./Revaluation.sol";
import {DELTA_SIZE, Deltas, DeltasMalformed, DeltasUnordered} from "../types/Deltas.sol";
import {
    DeltaRedundant,
    MultiproofMalformed,
    MultiproofSurplus,
    OldRootMismatch,
    OldValueMalformed
} from "../types/Multiproof.sol";

/// @title From one storage root to the next
/// @notice Computes the storage root that deltas lead to, from a multi-proof of the trie before: everything of the old
/// trie that the deltas do not touch, in as few pieces as possible, in the order of keys. Together with the slots'
/// old values the pieces have the old root; together with their new values they have the new one. Both roots are
/// computed from the same pieces, so every node is given once, and those on the changed paths not at all.
///
///     element                       bytes
///     run        n (0x00 … 0x3f)    prefix: n nibbles | children: 2, bit i for child i | 32 for each child
///     leaf       0x40               key: 32 | size: 1 | value
///     inline     0x80 + n           prefix: n nibbles | RLP of a node shorter than 32 bytes
///
/// A multi-proof that begins with 0xff is of another, cheaper form for updates that neither add nor delete a slot: see
/// Revaluation.sol.
///
/// Prefixes are padded to whole bytes with a zero nibble. A run says which subtries hang from the branch (or, past the
/// end of an extension, from the node) at its prefix, by their hashes. A leaf is one that no delta speaks of, given
/// where something next to it changes the depth at which it hangs; likewise an extension is given by its child. Old
/// values are listed in the order of the deltas, each as its size in bytes (zero: the slot was empty) and its bytes.
///
/// Why it proves: the old run shows at which places of the old trie the pieces stand; a key that a delta speaks of lies
/// in none of them (the order of elements excludes it), so the old values, and that all other keys are within the
/// pieces, are what the old root says. The new run puts the same pieces at the same places. If its result is the
/// root that A has, its trie is A's, and the two differ in the deltas alone. Whether a piece that now hangs from an
/// extension really is a branch need not be shown: in no true trie does an extension lead to anything else.
library Transition {
    using Deltas for bytes;
    using RootBuilder for RootBuilder.Builder;

    uint256 private constant LEAF = 0x40;
    uint256 private constant INLINE = 0x80;
    /// Byte 2^k mod 19 is k.
    bytes32 private constant PLACE_OF_REST =
        hex"0000010d02000e060308000c0f05070b040a0900000000000000000000000000";

    /// The element of the multi-proof that comes next.
    struct Cursor {
        /// Calldata offsets: of the next byte, of the end, and of the beginning.
        uint256 position;
        uint256 end;
        uint256 origin;
        /// One of RootBuilder's kinds; zero past the end.
        uint256 kind;
        uint256 first;
        uint256 last;
        uint256 length;
        uint256 content;
        uint256 size;
    }

    /// @param oldRoot Storage root before the deltas.
    /// @param deltas Slots and new values, strictly ascending by hashed slot.
    /// @param before The slots' old values.
    /// @param nodes The multi-proof.
    /// @return newRoot Storage root after them.
    function rootAfter(
        bytes32 oldRoot,
        bytes calldata deltas,
        bytes calldata before,
        bytes calldata nodes
    ) internal pure returns (bytes32 newRoot) {
        (uint256 start, ) = NodeRlp.bounds(nodes);
        if (nodes.length != 0 && NodeRlp.byteAt(start) == Revaluation.FORM)
            return Revaluation.rootAfter(oldRoot, deltas, before, nodes);
        RootBuilder.Builder memory old;
        RootBuilder.Builder memory later;
        Cursor memory cursor;
        _start(old, later);
        (cursor.origin, cursor.end) = NodeRlp.bounds(nodes);
        cursor.position = cursor.origin;
        _read(cursor);

        _run(old, later, cursor, deltas, before);

        bytes32 got = old.finish();
        require(got == oldRoot, OldRootMismatch(got, oldRoot));
        return later.finish();
    }

    /// Lays both builders' frames into free memory, side by side: few levels are open at a time.
    function _start(RootBuilder.Builder memory old, RootBuilder.Builder memory later) private pure {
        unchecked {
            uint256 free;
            assembly ("memory-safe") {
                free := mload(0x40)
            }
            uint256 frames = free + RootBuilder.SCRATCH;
            old.start(free, frames, 2 * RootBuilder.FRAME);
            later.start(free, frames + RootBuilder.FRAME, 2 * RootBuilder.FRAME);
        }
    }

    function _run(
        RootBuilder.Builder memory old,
        RootBuilder.Builder memory later,
        Cursor memory cursor,
        bytes calldata deltas,
        bytes calldata before
    ) private pure {
        unchecked {
            require(deltas.length % DELTA_SIZE == 0, DeltasMalformed(deltas.length));
            uint256 position = 0;
            uint256 previous = 0;
            for (uint256 i = 0; i < deltas.length / DELTA_SIZE; ++i) {
                uint256 key = uint256(deltas.keyAt(i));
                require(key > previous, DeltasUnordered(i, bytes32(previous), bytes32(key)));
                previous = key;
                _pushUpTo(old, later, cursor, key);
                uint256 value;
                (value, position) = _oldValue(before, position, i);
                uint256 laterValue = deltas.valueAt(i);
                require(value != laterValue, DeltaRedundant(i));
                if (value != 0) old.pushLeaf(key, value);
                if (laterValue != 0) later.pushLeaf(key, laterValue);
            }
            require(position == before.length, MultiproofSurplus(position));
            _pushUpTo(old, later, cursor, type(uint256).max);
        }
    }

    /// Reads the old value that begins at offset `at`.
    function _oldValue(
        bytes calldata before,
        uint256 position,
        uint256 delta
    ) private pure returns (uint256 value, uint256 next) {
        unchecked {
            (uint256 start, uint256 end) = NodeRlp.bounds(before);
            start += position;
            uint256 size = start < end ? NodeRlp.byteAt(start) : 33;
            require(size <= 32 && start + 1 + size <= end, OldValueMalformed(delta));
            // A shift by all 256 bits leaves nothing.
            value = uint256(NodeRlp.word(start + 1)) >> (256 - 8 * size);
            next = position + 1 + size;
        }
    }

    /// Pushes the elements of the multi-proof that come before a key.
    function _pushUpTo(
        RootBuilder.Builder memory old,
        RootBuilder.Builder memory later,
        Cursor memory cursor,
        uint256 key
    ) private pure {
        while (cursor.kind != 0 && cursor.first <= key) {
            _push(old, cursor);
            _push(later, cursor);
            _read(cursor);
        }
    }

    function _push(RootBuilder.Builder memory builder, Cursor memory cursor) private pure {
        if (cursor.kind == RootBuilder.RUN) {
            builder.pushRun(cursor.first, cursor.last, cursor.length, cursor.size, cursor.content);
        } else if (cursor.kind == RootBuilder.NODE) {
            builder.pushNode(cursor.first, cursor.length, cursor.content, cursor.size);
        } else {
            builder.pushLeaf(cursor.first, cursor.content);
        }
    }

    /// Moves on to the next element.
    function _read(Cursor memory cursor) private pure {
        unchecked {
            if (cursor.position == cursor.end) {
                cursor.kind = 0;
                return;
            }
            uint256 form = NodeRlp.byteAt(cursor.position);
            if (form < LEAF) _readRun(cursor, form);
            else if (form == LEAF) _readLeaf(cursor);
            else if (form > INLINE && form <= INLINE + 64) _readInline(cursor, form - INLINE);
            else revert MultiproofMalformed(cursor.position - cursor.origin);
        }
    }

    function _readRun(Cursor memory cursor, uint256 nibbles) private pure {
        unchecked {
            uint256 position = cursor.position + 1;
            uint256 prefix = uint256(NodeRlp.word(position)) & ~(type(uint256).max >> (4 * nibbles));
            position += (nibbles + 1) / 2;
            uint256 children = uint256(NodeRlp.word(position)) >> 240;
            position += 2;
            require(children != 0, MultiproofMalformed(cursor.position - cursor.origin));
            (uint256 first, uint256 last, uint256 count) = _bitsOf(children);
            uint256 shift = 252 - 4 * nibbles;
            cursor.first = prefix | (first << shift);
            cursor.last = prefix | (last << shift);
            cursor.length = nibbles + 1;
            if (count == 1) {
                cursor.kind = RootBuilder.NODE;
                (cursor.content, cursor.size) = (uint256(NodeRlp.word(position)), 33);
            } else {
                cursor.kind = RootBuilder.RUN;
                (cursor.content, cursor.size) = (position, children);
            }
            _moveTo(cursor, position + 32 * count);
        }
    }

    /// The lowest and the highest of the 16 bits that are set, and how many are. At least one is.
    function _bitsOf(uint256 bits) private pure returns (uint256 first, uint256 last, uint256 count) {
        unchecked {
            // The powers of two below 2^16 leave different rests modulo 19.
            first = uint8(PLACE_OF_REST[(bits & (~bits + 1)) % 19]);
            uint256 below = bits | (bits >> 1);
            below |= below >> 2;
            below |= below >> 4;
            below |= below >> 8;
            last = uint8(PLACE_OF_REST[(below ^ (below >> 1)) % 19]);
            // Sums of neighbouring fields of one bit, two, four and eight.
            count = bits - ((bits >> 1) & 0x5555);
            count = (count & 0x3333) + ((count >> 2) & 0x3333);
            count = (count + (count >> 4)) & 0x0f0f;
            count = (count + (count >> 8)) & 0x1f;
        }
    }

    function _readLeaf(Cursor memory cursor) private pure {
        unchecked {
            uint256 position = cursor.position + 1;
            cursor.kind = RootBuilder.LEAF;
            cursor.first = uint256(NodeRlp.word(position));
            uint256 size = NodeRlp.byteAt(position + 32);
            require(size <= 32, MultiproofMalformed(cursor.position - cursor.origin));
            cursor.content = uint256(NodeRlp.word(position + 33)) >> (256 - 8 * size);
            _moveTo(cursor, position + 33 + size);
        }
    }

    function _readInline(Cursor memory cursor, uint256 nibbles) private pure {
        unchecked {
            uint256 position = cursor.position + 1;
            cursor.kind = RootBuilder.NODE;
            cursor.first = uint256(NodeRlp.word(position));
            if (nibbles < 64) cursor.first &= ~(type(uint256).max >> (4 * nibbles));
            cursor.length = nibbles;
            position += (nibbles + 1) / 2;
            // INVARIANT: an item is exactly one item, or those behind it would be taken for others.
            uint256 size = NodeRlp.childSize(position);
            require(
                size > 1 && size < NodeRlp.REFERENCE_SIZE,
                MultiproofMalformed(cursor.position - cursor.origin)
            );
            (cursor.content, cursor.size) = (uint256(NodeRlp.word(position)), size);
            _moveTo(cursor, position + size);
        }
    }

    function _moveTo(Cursor memory cursor, uint256 next) private pure {
        require(next <= cursor.end, MultiproofMalformed(cursor.position - cursor.origin));
        cursor.position = next;
    }
}
