// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Branch} from "../../../contracts/types/Message.sol";

/// The tree of messages as its definition has it, so that the library under test is not tested against itself: a
/// subtree's root is computed from its leaves, whatever was computed before.
library MessageTrees {
    uint256 private constant DEPTH = 32;

    /// The root of the tree of the first `size` leaves.
    function root(bytes32[] memory leaves, uint256 size) internal pure returns (bytes32) {
        return node(leaves, size, DEPTH, 0);
    }

    /// Node number `index` of a level.
    function node(
        bytes32[] memory leaves,
        uint256 size,
        uint256 level,
        uint256 index
    ) internal pure returns (bytes32) {
        if (index << level >= size) return zero(level);
        if (level == 0) return leaves[index];
        bytes32 left = node(leaves, size, level - 1, 2 * index);
        bytes32 right = node(leaves, size, level - 1, 2 * index + 1);
        return keccak256(abi.encodePacked(left, right));
    }

    /// The root of an empty subtree.
    function zero(uint256 level) internal pure returns (bytes32 hash) {
        for (uint256 i = 0; i < level; ++i) hash = keccak256(abi.encodePacked(hash, hash));
    }

    /// The branch of one leaf in the tree of the first `size` leaves.
    function branch(
        bytes32[] memory leaves,
        uint256 size,
        uint256 index
    ) internal pure returns (Branch memory) {
        uint256[] memory indices = new uint256[](1);
        indices[0] = index;
        return branch(leaves, size, indices);
    }

    /// The common branch of several leaves, whose indices ascend.
    function branch(
        bytes32[] memory leaves,
        uint256 size,
        uint256[] memory indices
    ) internal pure returns (Branch memory) {
        bytes32[] memory found = new bytes32[](indices.length * DEPTH);
        uint256 count = 0;
        for (uint256 level = 0; level < DEPTH; ++level) {
            for (uint256 i = 0; i < indices.length; ++i) {
                uint256 index = indices[i] >> level;
                // Of several leaves below one node, or below its sibling, only the first counts, or none.
                if (i != 0 && indices[i - 1] >> level == index) continue;
                uint256 sibling = index ^ 1;
                bool isEmpty = sibling << level >= size;
                if (isEmpty || _hasBelow(indices, level, sibling)) continue;
                found[count++] = node(leaves, size, level, sibling);
            }
        }
        bytes32[] memory siblings = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) siblings[i] = found[i];
        return Branch(uint32(size), siblings);
    }

    /// Whether one of the leaves lies below the node.
    function _hasBelow(uint256[] memory indices, uint256 level, uint256 index) private pure returns (bool) {
        for (uint256 i = 0; i < indices.length; ++i) {
            if (indices[i] >> level == index) return true;
        }
        return false;
    }
}
