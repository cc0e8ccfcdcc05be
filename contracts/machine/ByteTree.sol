// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Tape} from "./Tape.sol";

/// @title Byte trees: memory, calldata, return data and the ancestors' hashes
/// @notice A binary tree of fixed depth over words; `parent(l, r)` is zero if both are, else keccak256(l ‖ r). A tree of
/// zeros is therefore zero, and a word beyond what was ever written costs nothing.
///
/// One access of the tape, to read or to write:
///
///     the word | bitmap of the siblings that are not zero, bit 0 beside the leaf | those siblings, bottom up
library ByteTree {
    /// @notice Depth of trees of bytes: 2^24 words, the 2^29 bytes that gas could ever pay for.
    uint256 internal constant DEPTH = 24;
    /// @notice Depth of the tree of ancestors.
    uint256 internal constant ANCESTORS_DEPTH = 8;

    error TreeForeign(bytes32 got, bytes32 wanted);
    error TreeIndexOutOfRange(uint256 index, uint256 depth);
    error TreeBitmapTooLarge(uint256 bitmap, uint256 depth);

    /// A word and the way from it to the root.
    struct Path {
        uint256 index;
        uint256 depth;
        bytes32 word;
        bytes32[] siblings;
    }

    function read(bytes32 root, Tape memory tape, uint256 index) internal pure returns (bytes32) {
        return open(root, tape, index, DEPTH).word;
    }

    function write(
        bytes32 root,
        Tape memory tape,
        uint256 index,
        bytes32 word
    ) internal pure returns (bytes32) {
        return update(open(root, tape, index, DEPTH), word);
    }

    /// Proves the word at `index`.
    function open(
        bytes32 root,
        Tape memory tape,
        uint256 index,
        uint256 depth
    ) internal pure returns (Path memory path) {
        require(index >> depth == 0, TreeIndexOutOfRange(index, depth));
        path.index = index;
        path.depth = depth;
        path.word = tape.next();
        path.siblings = new bytes32[](depth);
        uint256 bitmap = tape.nextUint();
        require(bitmap >> depth == 0, TreeBitmapTooLarge(bitmap, depth));
        for (uint256 level = 0; level < depth; ++level) {
            if ((bitmap >> level) & 1 == 1) path.siblings[level] = tape.next();
        }
        // INVARIANT: the word is the tree's.
        bytes32 got = update(path, path.word);
        require(got == root, TreeForeign(got, root));
    }

    /// The root of the tree with `word` in the place of the one that was opened.
    function update(Path memory path, bytes32 word) internal pure returns (bytes32 node) {
        node = word;
        uint256 index = path.index;
        for (uint256 level = 0; level < path.depth; ++level) {
            bytes32 sibling = path.siblings[level];
            node = index & 1 == 0 ? _parent(node, sibling) : _parent(sibling, node);
            index >>= 1;
        }
    }

    /// The root of a tree that holds these bytes from its beginning, zero after them.
    function rootOf(bytes memory data) internal pure returns (bytes32) {
        uint256 count = (data.length + 31) / 32;
        if (count == 0) return 0;
        // One more, so that the last node of every level has a sibling. What the bytes do not fill is zero.
        bytes32[] memory nodes = new bytes32[](count + 1);
        assembly ("memory-safe") {
            mcopy(add(nodes, 0x20), add(data, 0x20), mload(data))
        }
        for (uint256 level = 0; level < DEPTH; ++level) {
            // In place: checking bounds and copying pairs would treble what the tree of the largest code costs.
            assembly ("memory-safe") {
                let first := add(nodes, 0x20)
                let end := add(first, shl(5, count))
                let parent := first
                mstore(end, 0)
                for {
                    let pair := first
                } lt(pair, end) {
                    pair := add(pair, 0x40)
                } {
                    let node := or(mload(pair), mload(add(pair, 0x20)))
                    if node {
                        node := keccak256(pair, 0x40)
                    }
                    mstore(parent, node)
                    parent := add(parent, 0x20)
                }
                count := shr(5, sub(parent, first))
            }
        }
        return nodes[0];
    }

    /// The 32 bytes of `data` from a position on, zero after its end.
    function wordOf(bytes memory data, uint256 position) internal pure returns (bytes32 word) {
        if (position >= data.length) return 0;
        // Memory is read by words at any byte, which Solidity has no expression for.
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), position))
        }
        uint256 left = data.length - position;
        if (left < 32) word &= ~bytes32(type(uint256).max >> (8 * left));
    }

    function _parent(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return left | right == 0 ? bytes32(0) : Hashes.efficientKeccak256(left, right);
    }
}
