// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Branch, Step} from "../types/Message.sol";

/// What an Outbox keeps of its tree besides the root, to be able to add to it. Once a slot of it was written it is never
/// cleared: to overwrite one costs a quarter of what a fresh one does.
struct Frontier {
    /// By level: the run that is being filled, or was filled last.
    bytes32[10] runs;
    /// By the number of octal zeros at the end of a count of rows: the root when there were as many rows.
    bytes32[10] roots;
}

/// @title The tree of messages
/// @notice A Merkle tree that grows by leaves and is cheap to grow: a leaf costs one hash and no storage beyond root and
/// count, and each fourth one a little more. A node is keccak256(left . right); leaves are message ids.
///
/// - A *row* is four leaves, each chained to what is there: r(0) = the root before them, r(i + 1) = node(r(i), leaf i).
/// - Rows are the nodes of level 0. Eight nodes of a level, chained likewise, are one node of the next.
/// - A *run* is what there is of such eight: one to eight nodes.
///
///     a run of three:        o
///                          /   \
///                        o       node 2          the first two are a run, too
///                      /   \
///                 node 0   node 1
///
/// - The *root* is the last unfinished row, chained to the root before it. At the end of a row it is the lowest run,
///   preceded by the root before that run: node(root before, run).
///
///     after 4 * 19 leaves, 19 = 0o23:        root
///                                          /      \
///                 the run of two on level 1        the run of three on level 0: rows 16, 17, 18
///                 (16 rows; also the root after 64 leaves)
///
/// Where there is nothing before, there is no node: the root of one leaf is the leaf.
///
/// So leaf n is some 2 + 5 * log8(d) nodes away from the root if d leaves came after it, however many came before it.
///
/// A branch says which nodes to hash in which order. Its shape is not checked, and need not be: from a root, nothing
/// but ids, nodes and roots of this tree can be reached by hashes of 64 bytes, and an id, the hash of 224 bytes, tells
/// its own place. What a branch ties to a root was sent.
library MessageTree {
    uint256 internal constant MAX_LEAVES = 2 ** 32 - 1;

    /// @notice Something is wrong with this step of a branch: no leaf, sibling or pair of nodes is left for it.
    error BranchMalformed(uint256 step);
    /// @notice A branch has a step for each leaf, a step less to join them, and one for each sibling; four to a byte.
    error StepsMiscounted(uint256 size, uint256 steps);
    error NoLeaves();

    /// @notice Opens the frontier's slots, so that no later leaf pays for a fresh one.
    function open(Frontier storage frontier) internal {
        for (uint256 i = 0; i < 10; ++i) {
            (frontier.runs[i], frontier.roots[i]) = (bytes32(uint256(1)), bytes32(uint256(1)));
        }
    }

    /// @notice Appends a leaf to a tree of `index` leaves, fewer than MAX_LEAVES.
    /// @param root Of that tree; zero if it is empty.
    /// @return node The new root.
    function append(
        Frontier storage frontier,
        bytes32 root,
        uint256 index,
        bytes32 leaf
    ) internal returns (bytes32 node) {
        unchecked {
            node = index == 0 ? leaf : hashPair(root, leaf);
            if (index & 3 != 3) {
                // Here a run begins on level 0 or higher: once it is there, its root needs what was before.
                if (index & 31 == 0 && index != 0) frontier.roots[_zeros(index >> 2)] = root;
                return node;
            }

            // The row is complete, and with it a node of the next level for each octal zero of the count of rows.
            uint256 nodes = (index + 1) >> 2;
            uint256 level = 0;
            for (; nodes & 7 == 0; nodes >>= 3) node = hashPair(frontier.runs[level++], node);
            if (nodes & 7 != 1) node = hashPair(frontier.runs[level], node);
            frontier.runs[level] = node;

            // INVARIANT: it is the root before this run that is kept there. Counts of rows between then and now end with
            // fewer zeros.
            uint256 rowsBefore = (nodes & ~uint256(7)) << (3 * level);
            if (rowsBefore != 0) node = hashPair(frontier.roots[_zeros(rowsBefore)], node);
        }
    }

    /// @notice The root to which a branch leads from leaves. They are consumed.
    function rootOf(bytes32[] memory leaves, Branch calldata branch) internal pure returns (bytes32) {
        require(leaves.length != 0, NoLeaves());
        bytes32[] calldata siblings = branch.siblings;
        bytes calldata steps = branch.steps;
        uint256 total = 2 * leaves.length - 1 + siblings.length;
        require(steps.length == (total + 3) / 4, StepsMiscounted(steps.length, total));

        // The nodes that wait for each other are kept where the leaves were: there are never more than leaves read.
        uint256 height = 0;
        uint256 read = 0;
        uint256 used = 0;
        unchecked {
            for (uint256 i = 0; i < total; ++i) {
                Step step = Step((uint8(steps[i >> 2]) >> (2 * (i & 3))) & 3);
                if (step == Step.Leaf) {
                    require(read < leaves.length, BranchMalformed(i));
                    leaves[height++] = leaves[read++];
                } else if (step == Step.Join) {
                    require(height > 1, BranchMalformed(i));
                    --height;
                    leaves[height - 1] = hashPair(leaves[height - 1], leaves[height]);
                } else {
                    require(height != 0 && used < siblings.length, BranchMalformed(i));
                    bytes32 sibling = siblings[used++];
                    bytes32 node = leaves[height - 1];
                    leaves[height - 1] =
                        step == Step.Left ? hashPair(sibling, node) : hashPair(node, sibling);
                }
            }
        }
        // INVARIANT: every leaf was hashed into the one node that is left. No more leaves and siblings are used than
        // there are, and fewer pairs joined than leaves read: `total` steps are only possible if all are used.
        return leaves[0];
    }

    function hashPair(bytes32 left, bytes32 right) internal pure returns (bytes32 node) {
        // Two words fit the scratch space.
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            node := keccak256(0x00, 0x40)
        }
    }

    /// How many zeros a number ends with in octal notation. It is not zero, and less than 2^30.
    function _zeros(uint256 number) private pure returns (uint256 zeros) {
        unchecked {
            for (; number & 7 == 0; number >>= 3) ++zeros;
        }
    }
}
