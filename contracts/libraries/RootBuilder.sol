// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EMPTY_ROOT} from "../types/Account.sol";

/// Two elements of a trie are out of order, or one lies inside the other. Keys are aligned to the left.
error ElementsUnordered(bytes32 previous, bytes32 next);

/// @title The root of a trie from its elements in order
/// @notice A storage trie is a function of the set of its keys and values: its branches stand where neighbouring keys
/// part, and everything else follows. So a root can be computed from one walk over the keys in ascending order, with
/// only the branches around the current key open:
///
///     key      1a3…    1a7…    1c0…    2…           open branches, innermost last
///     after 1a3, 1a7 :  branch at 2 nibbles (1a)
///     before 1c0     :  that one is closed, and hangs from a new branch at 1 nibble (1)
///     before 2       :  that one, too, from the branch at 0 nibbles: the root
///
/// An element is a leaf, or a whole part of the trie of which only the reference is known: the RLP item by which its
/// parent refers to the node at the end of `length` nibbles (the hash of a node of 32 bytes or more, or a shorter node
/// itself). A reference keeps its place, so that the keys below it keep theirs; what leads to it, whether the
/// branch's own item or an extension over nibbles that nobody shares any more, is computed.
/// Node formats: Yellow Paper appendix D.
///
/// Depths are counted from one: a branch "at 1" has consumed no nibble; 0 stands for "no branch".
/// @dev Frames of open branches lie in free memory, which is not claimed: whoever runs a builder must not allocate
/// before it is finished. Two builders can run side by side in interleaved frames.
library RootBuilder {
    struct Builder {
        /// The element that waits for its successor. Zero if there is none.
        uint256 kind;
        /// Its nibbles, aligned to the left: of a run, the last child's.
        uint256 key;
        /// How many there are.
        uint256 length;
        /// Leaf: its value. Node: its item, aligned to the left. Run: calldata offset of the hashes.
        uint256 content;
        /// Node: size of its item. Run: which children, bit i for child i.
        uint256 size;
        /// Depth at which its key parts from the one before.
        uint256 prior;
        /// The innermost open branch.
        uint256 frame;
        uint256 depth;
        /// Where the next frame goes, and the distance between frames.
        uint256 free;
        uint256 stride;
        /// 160 bytes in which nodes are written before they are hashed.
        uint256 scratch;
        bytes32 root;
    }

    uint256 internal constant LEAF = 1;
    uint256 internal constant NODE = 2;
    uint256 internal constant RUN = 3;

    // A frame: depth of the branch around it, write position, children written so far, then the branch's payload
    // (16 hashes with prefixes and an empty value at most) behind three bytes for its list prefix. The last word is
    // room for writing whole words.
    uint256 private constant PAYLOAD = 99;
    uint256 internal constant FRAME = 672;
    uint256 internal constant SCRATCH = 160;
    uint256 private constant HASHED_SIZE = 32;
    uint256 private constant REFERENCE_SIZE = 33;
    uint256 private constant EMPTY_ITEMS = 0x8080808080808080808080808080808080808080808080808080808080808080;

    /// @param scratch Memory for SCRATCH bytes. @param free Memory for the first frame. @param stride Between frames.
    function start(Builder memory builder, uint256 scratch, uint256 free, uint256 stride) internal pure {
        builder.scratch = scratch;
        builder.free = free;
        builder.stride = stride;
    }

    function pushLeaf(Builder memory builder, uint256 key, uint256 value) internal pure {
        _push(builder, key, 64);
        builder.kind = LEAF;
        builder.content = value;
        builder.key = key;
    }

    /// A node at the end of `length` nibbles of which the item of `size` bytes is known, aligned to the left; a hash
    /// without its prefix has size 33.
    function pushNode(
        Builder memory builder,
        uint256 key,
        uint256 length,
        uint256 item,
        uint256 size
    ) internal pure {
        _push(builder, key, length);
        builder.kind = NODE;
        builder.content = item;
        builder.size = size;
        builder.key = key;
    }

    /// Two or more children of one branch, with no element between them.
    /// @param first Nibbles of the first child, `length` of them. @param last Those of the last.
    /// @param children Bit i for child i. @param hashes Calldata offset of their hashes, in order.
    function pushRun(
        Builder memory builder,
        uint256 first,
        uint256 last,
        uint256 length,
        uint256 children,
        uint256 hashes
    ) internal pure {
        _push(builder, first, length);
        builder.kind = RUN;
        builder.content = hashes;
        builder.size = children;
        builder.key = last;
    }

    /// @return The root of everything pushed.
    function finish(Builder memory builder) internal pure returns (bytes32) {
        if (builder.kind == 0) return EMPTY_ROOT;
        _place(builder, 0);
        return builder.root;
    }

    /// Now that its successor is known, the waiting element can be placed.
    function _push(Builder memory builder, uint256 key, uint256 length) private pure {
        unchecked {
            uint256 parting = 0;
            if (builder.kind != 0) {
                uint256 shared = _sharedNibbles(builder.key, key);
                // INVARIANT: elements ascend, and none lies within another.
                require(
                    shared < builder.length && shared < length && key > builder.key,
                    ElementsUnordered(bytes32(builder.key), bytes32(key))
                );
                parting = shared + 1;
                _place(builder, parting);
            }
            builder.prior = parting;
            builder.length = length;
        }
    }

    /// Hangs the waiting element where it belongs and closes the branches that end with it.
    /// @param next Depth at which its key parts from the next one's; zero if there is none.
    function _place(Builder memory builder, uint256 next) private pure {
        unchecked {
            uint256 key = builder.key;
            uint256 kind = builder.kind;
            uint256 parent =
                kind == RUN
                    ? builder.length
                    : builder.prior > next
                        ? builder.prior
                        : next;
            if (parent > builder.depth) _open(builder, parent);
            if (kind == RUN) {
                _attachRun(builder);
            } else {
                (uint256 start_, uint256 size) = kind == LEAF
                    ? _leaf(builder.scratch, key, parent, builder.content)
                    : _node(builder, key, parent, builder.length, builder.content, builder.size);
                if (parent == 0) return _root(builder, start_, size);
                _attach(builder, key, parent, start_, size);
            }
            while (builder.depth > next) {
                uint256 depth = builder.depth;
                (uint256 start_, uint256 size) = _close(builder);
                parent = builder.depth > next ? builder.depth : next;
                if (depth - 1 > parent) {
                    (uint256 item, uint256 itemSize) = _itemOf(start_, size);
                    (start_, size) = _node(builder, key, parent, depth - 1, item, itemSize);
                }
                if (parent == 0) return _root(builder, start_, size);
                // The frame that a new branch takes is the one just closed, so its reference is taken out first.
                (uint256 word, uint256 wordSize) = _itemOf(start_, size);
                if (parent > builder.depth) _open(builder, parent);
                _append(builder.frame, _nibble(key, parent), word, wordSize);
            }
        }
    }

    function _open(Builder memory builder, uint256 depth) private pure {
        unchecked {
            uint256 frame = builder.free;
            uint256 around = builder.depth;
            // Frames are packed by hand: a branch is written as the bytes that will be hashed.
            assembly ("memory-safe") {
                mstore(frame, around)
                mstore(add(frame, 32), add(frame, PAYLOAD))
                mstore(add(frame, 64), 0)
            }
            builder.free = frame + builder.stride;
            builder.frame = frame;
            builder.depth = depth;
        }
    }

    /// Ends the innermost branch. @return start_ Where its node lies. @return size Its bytes.
    function _close(Builder memory builder) private pure returns (uint256 start_, uint256 size) {
        unchecked {
            uint256 frame = builder.frame;
            uint256 around;
            assembly ("memory-safe") {
                around := mload(frame)
                // The children that are left, and the value: no key of 64 nibbles ends at a branch.
                let cursor := mload(add(frame, 32))
                mstore(cursor, EMPTY_ITEMS)
                cursor := add(cursor, sub(17, mload(add(frame, 64))))
                let payload := add(frame, PAYLOAD)
                size := sub(cursor, payload)
                switch gt(size, 55)
                case 0 {
                    start_ := sub(payload, 1)
                    mstore8(start_, add(0xc0, size))
                }
                default {
                    switch gt(size, 255)
                    case 0 {
                        start_ := sub(payload, 2)
                        mstore8(start_, 0xf8)
                    }
                    default {
                        start_ := sub(payload, 3)
                        mstore8(start_, 0xf9)
                        mstore8(add(start_, 1), shr(8, size))
                    }
                    mstore8(sub(payload, 1), size)
                }
                size := sub(cursor, start_)
            }
            builder.free = frame;
            builder.depth = around;
            builder.frame = frame - builder.stride;
        }
    }

    function _attach(
        Builder memory builder,
        uint256 key,
        uint256 parent,
        uint256 start_,
        uint256 size
    ) private pure {
        (uint256 word, uint256 wordSize) = _itemOf(start_, size);
        _append(builder.frame, _nibble(key, parent), word, wordSize);
    }

    function _attachRun(Builder memory builder) private pure {
        uint256 frame = builder.frame;
        uint256 children = builder.size;
        uint256 hashes = builder.content;
        // Most of what a proof consists of passes here.
        assembly ("memory-safe") {
            let cursor := mload(add(frame, 32))
            let count := mload(add(frame, 64))
            // Empty children are written in advance and overwritten.
            children := shr(count, children)
            for {} children {} {
                // Four neighbours at once: full branches have nothing else.
                if eq(and(children, 0x0f), 0x0f) {
                    mstore8(cursor, 0xa0)
                    mstore(add(cursor, 1), calldataload(hashes))
                    mstore8(add(cursor, 33), 0xa0)
                    mstore(add(cursor, 34), calldataload(add(hashes, 32)))
                    mstore8(add(cursor, 66), 0xa0)
                    mstore(add(cursor, 67), calldataload(add(hashes, 64)))
                    mstore8(add(cursor, 99), 0xa0)
                    mstore(add(cursor, 100), calldataload(add(hashes, 96)))
                    cursor := add(cursor, 132)
                    hashes := add(hashes, 128)
                    children := shr(4, children)
                    count := add(count, 4)
                    continue
                }
                switch and(children, 1)
                case 0 {
                    mstore8(cursor, 0x80)
                    cursor := add(cursor, 1)
                }
                default {
                    mstore8(cursor, 0xa0)
                    mstore(add(cursor, 1), calldataload(hashes))
                    cursor := add(cursor, 33)
                    hashes := add(hashes, 32)
                }
                children := shr(1, children)
                count := add(count, 1)
            }
            mstore(add(frame, 32), cursor)
            mstore(add(frame, 64), count)
        }
    }

    /// Writes child `nibble` behind the children that the branch has.
    function _append(uint256 frame, uint256 nibble, uint256 word, uint256 size) private pure {
        assembly ("memory-safe") {
            let cursor := mload(add(frame, 32))
            mstore(cursor, EMPTY_ITEMS)
            cursor := add(cursor, sub(nibble, mload(add(frame, 64))))
            switch eq(size, REFERENCE_SIZE)
            case 0 {
                mstore(cursor, word)
            }
            default {
                mstore8(cursor, 0xa0)
                mstore(add(cursor, 1), word)
            }
            mstore(add(frame, 32), add(cursor, size))
            mstore(add(frame, 64), add(nibble, 1))
        }
    }

    /// What leads from a branch at `parent` to the node at the end of `length` nibbles: its own item, or an extension.
    /// @return start_ Where the item or extension lies. A bare reference is written with its prefix, and `size` 33.
    function _node(
        Builder memory builder,
        uint256 key,
        uint256 parent,
        uint256 length,
        uint256 item,
        uint256 size
    ) private pure returns (uint256 start_, uint256) {
        unchecked {
            uint256 scratch = builder.scratch;
            uint256 pathSize = length == parent ? 0 : writePath(scratch + 2, key, parent, length, 0);
            start_ = scratch + 2;
            assembly ("memory-safe") {
                let cursor := add(start_, pathSize)
                switch eq(size, REFERENCE_SIZE)
                case 0 {
                    mstore(cursor, item)
                }
                default {
                    mstore8(cursor, 0xa0)
                    mstore(add(cursor, 1), item)
                }
            }
            return pathSize == 0 ? (start_, size) : toList(start_, pathSize + size);
        }
    }

    /// A leaf below a branch at `parent`.
    function _leaf(
        uint256 scratch,
        uint256 key,
        uint256 parent,
        uint256 value
    ) private pure returns (uint256, uint256) {
        unchecked {
            uint256 start_ = scratch + 2;
            uint256 pathSize = writePath(start_, key, parent, 64, 0x20);
            uint256 valueSize;
            // The leaf holds the RLP string of the RLP of the integer.
            assembly ("memory-safe") {
                let cursor := add(start_, pathSize)
                switch and(lt(value, 0x80), gt(value, 0))
                case 1 {
                    mstore8(cursor, value)
                    valueSize := 1
                }
                default {
                    let width := 0
                    for {
                        let rest := value
                    } rest {
                        rest := shr(8, rest)
                    } {
                        width := add(width, 1)
                    }
                    mstore8(cursor, add(0x81, width))
                    mstore8(add(cursor, 1), add(0x80, width))
                    mstore(add(cursor, 2), shl(sub(256, mul(8, width)), value))
                    valueSize := add(width, 2)
                }
            }
            return toList(start_, pathSize + valueSize);
        }
    }

    /// Writes the nibbles [from, to) of a key as a path with its RLP prefix (hex-prefix encoding, appendix C).
    /// @param flag 0x20 for a leaf. @return size Bytes written.
    function writePath(
        uint256 target,
        uint256 key,
        uint256 from,
        uint256 to,
        uint256 flag
    ) internal pure returns (uint256 size) {
        assembly ("memory-safe") {
            let count := sub(to, from)
            let path := shl(mul(4, from), key)
            let odd := and(count, 1)
            let first := flag
            if odd {
                first := or(or(first, 0x10), shr(252, path))
                path := shl(4, path)
            }
            size := add(shr(1, count), 1)
            // One byte below 0x80 stands for itself.
            if gt(size, 1) {
                mstore8(target, add(0x80, size))
                target := add(target, 1)
            }
            mstore8(target, first)
            mstore(add(target, 1), path)
            if gt(size, 1) {
                size := add(size, 1)
            }
        }
    }

    /// Puts the list prefix, of one or two bytes, before a payload of at most 70 bytes.
    function toList(uint256 payload, uint256 size) internal pure returns (uint256 start_, uint256) {
        assembly ("memory-safe") {
            switch gt(size, 55)
            case 0 {
                start_ := sub(payload, 1)
                mstore8(start_, add(0xc0, size))
                size := add(size, 1)
            }
            default {
                start_ := sub(payload, 2)
                mstore8(start_, 0xf8)
                mstore8(add(start_, 1), size)
                size := add(size, 2)
            }
        }
        return (start_, size);
    }

    /// The item by which a parent refers to a node. What `_node` left as a bare reference is one already.
    function _itemOf(uint256 start_, uint256 size) private pure returns (uint256 word, uint256) {
        unchecked {
            assembly ("memory-safe") {
                word := mload(start_)
            }
            if (size < HASHED_SIZE) return (word, size);
            assembly ("memory-safe") {
                // No node begins with 0xa0: a list prefix is 0xc0 or more.
                switch byte(0, word)
                case 0xa0 {
                    word := mload(add(start_, 1))
                }
                default {
                    word := keccak256(start_, size)
                }
            }
            return (word, REFERENCE_SIZE);
        }
    }

    /// The root is a hash, whatever the size of its node.
    function _root(Builder memory builder, uint256 start_, uint256 size) private pure {
        bytes32 root;
        assembly ("memory-safe") {
            root := keccak256(start_, size)
        }
        builder.root = root;
    }

    /// The nibble by which a key goes on below a branch at `parent`.
    function _nibble(uint256 key, uint256 parent) private pure returns (uint256) {
        unchecked {
            return (key >> (256 - 4 * parent)) & 0x0f;
        }
    }

    /// How many leading nibbles two keys share.
    function _sharedNibbles(uint256 left, uint256 right) private pure returns (uint256 shared) {
        // Branches would cost more than the shifts they save.
        assembly ("memory-safe") {
            let difference := xor(left, right)
            let high := shl(7, lt(0xffffffffffffffffffffffffffffffff, difference))
            high := or(high, shl(6, lt(0xffffffffffffffff, shr(high, difference))))
            high := or(high, shl(5, lt(0xffffffff, shr(high, difference))))
            high := or(high, shl(4, lt(0xffff, shr(high, difference))))
            high := or(high, shl(3, lt(0xff, shr(high, difference))))
            high := or(high, shl(2, lt(0x0f, shr(high, difference))))
            shared := sub(63, shr(2, high))
            if iszero(difference) {
                shared := 64
            }
        }
    }
}
