// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Branch, Step} from "../../../contracts/types/Message.sol";

/// The tree of messages as its definition has it, so that the library under test is not tested against itself: every
/// node is split into its two children, by nothing but what it covers.
library MessageTrees {
    enum Kind {
        Leaf,
        /// The root when there were `to` leaves, where it stands for all that was before.
        Before,
        /// The root of the first `to` leaves.
        Root,
        /// The beginning of a row, chained to what is before it.
        Row,
        /// Nodes of a level, from the first of eight on.
        Run
    }

    /// A node, by the leaves `from` to `to` below it.
    struct Part {
        Kind kind;
        uint256 from;
        uint256 to;
        /// Leaves under a node of a run.
        uint256 span;
    }

    /// What was computed, and the branch that is being written.
    struct Walk {
        bytes32[] leaves;
        /// By count of leaves.
        bytes32[] roots;
        uint256[] wanted;
        bytes32[] siblings;
        uint256 used;
        Step[] steps;
        uint256 taken;
    }

    uint256 private constant ROW = 4;
    uint256 private constant RUN = 8;

    /// The root of the tree of the first `size` leaves.
    function root(bytes32[] memory leaves, uint256 size) internal pure returns (bytes32) {
        return _walk(leaves, size).roots[size];
    }

    /// The roots after 0, 1, 2 … `size` leaves.
    function roots(bytes32[] memory leaves, uint256 size) internal pure returns (bytes32[] memory) {
        return _walk(leaves, size).roots;
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
        Walk memory walk = _walk(leaves, size);
        walk.wanted = indices;
        walk.siblings = new bytes32[](indices.length * 60);
        walk.steps = new Step[](indices.length * 60);
        _visit(walk, Part(Kind.Root, 0, size, 0));
        bytes32[] memory siblings = new bytes32[](walk.used);
        for (uint256 i = 0; i < walk.used; ++i) siblings[i] = walk.siblings[i];
        return Branch(siblings, pack(walk.steps, walk.taken));
    }

    /// Four steps to a byte.
    function pack(Step[] memory steps, uint256 count) internal pure returns (bytes memory packed) {
        packed = new bytes((count + 3) / 4);
        for (uint256 i = 0; i < count; ++i) {
            uint8 before = uint8(packed[i / 4]);
            packed[i / 4] = bytes1(before | uint8(uint256(steps[i]) << (2 * (i % 4))));
        }
    }

    function _walk(bytes32[] memory leaves, uint256 size) private pure returns (Walk memory walk) {
        walk.leaves = leaves;
        walk.roots = new bytes32[](size + 1);
        for (uint256 i = 1; i <= size; ++i) walk.roots[i] = _valueOf(walk, Part(Kind.Root, 0, i, 0));
    }

    function _valueOf(Walk memory walk, Part memory part) private pure returns (bytes32) {
        if (part.kind == Kind.Leaf) return walk.leaves[part.from];
        if (part.kind == Kind.Before) return walk.roots[part.to];
        if (part.kind == Kind.Root && walk.roots[part.to] != 0) return walk.roots[part.to];
        (Part memory left, Part memory right) = _split(part);
        if (left.to == left.from) return _valueOf(walk, right);
        return keccak256(abi.encodePacked(_valueOf(walk, left), _valueOf(walk, right)));
    }

    /// The children of a node; where the left one covers nothing, the right one is the node.
    function _split(Part memory part) private pure returns (Part memory left, Part memory right) {
        (uint256 from, uint256 to, uint256 span) = (part.from, part.to, part.span);
        if (part.kind == Kind.Row) {
            right = Part(Kind.Leaf, to - 1, to, 0);
            left = to - from == 1 ? Part(Kind.Before, 0, from, 0) : Part(Kind.Row, from, to - 1, 0);
        } else if (part.kind == Kind.Run) {
            right =
                span == ROW ? Part(Kind.Row, to - span, to, 0) : Part(Kind.Run, to - span, to, span / RUN);
            left = Part(Kind.Run, from, to - span, span);
        } else if (to % ROW != 0) {
            right = Part(Kind.Leaf, to - 1, to, 0);
            left = Part(Kind.Root, 0, to - 1, 0);
        } else {
            span = ROW;
            while (to % (span * RUN) == 0) span *= RUN;
            uint256 start = to - (to % (span * RUN));
            left = Part(Kind.Root, 0, start, 0);
            right = Part(Kind.Run, start, to, span);
        }
    }

    /// Writes the steps that lead to a node from the wanted leaves below it.
    function _visit(Walk memory walk, Part memory part) private pure {
        if (part.kind == Kind.Leaf) {
            walk.steps[walk.taken++] = Step.Leaf;
            return;
        }
        (Part memory left, Part memory right) = _split(part);
        if (left.to == left.from) return _visit(walk, right);
        bool isLeft = left.kind != Kind.Before && _isWanted(walk, left);
        bool isRight = _isWanted(walk, right);
        if (isLeft) _visit(walk, left);
        if (isRight) _visit(walk, right);
        if (!isLeft || !isRight) walk.siblings[walk.used++] = _valueOf(walk, isLeft ? right : left);
        walk.steps[walk.taken++] =
            isLeft && isRight
                ? Step.Join
                : isLeft
                    ? Step.Right
                    : Step.Left;
    }

    function _isWanted(Walk memory walk, Part memory part) private pure returns (bool) {
        for (uint256 i = 0; i < walk.wanted.length; ++i) {
            if (walk.wanted[i] >= part.from && walk.wanted[i] < part.to) return true;
        }
        return false;
    }
}
