// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Branch} from "../types/Message.sol";

uint256 constant TREE_DEPTH = 32;

/// @title The tree of messages
/// @notice A binary Merkle tree of depth 32. Its leaves are message ids in the order of sending, then zeros.
///
///     level 32               root
///                           /    \
///        2             node        Z(2) …
///                    /      \
///        1       node        node
///               /    \      /    \
///        0    id 0  id 1  id 2   0            a node is keccak256(left . right);  Z(0) = 0, Z(n+1) = keccak256(Z(n) . Z(n))
///
/// To grow by a leaf, it takes the roots of the complete subtrees left of the new leaf, one for each bit that is set in
/// its index: the *frontier*, by level. Appending writes one entry and reads the others.
///
/// A branch leads from leaves to the root through the nodes beside the way. Right of the last leaf everything is empty,
/// so that with the tree's size a branch need not say it. A branch with a false size leads to another root or, where it
/// spells zeros out, to the same one: whatever is said, a leaf at a place is proven by a chain of hashes from the root.
library MessageTree {
    /// @notice With the last of 2^32 leaves the frontier would need an entry for the whole tree.
    uint256 internal constant MAX_LEAVES = 2 ** TREE_DEPTH - 1;

    /// @notice A branch that ends before the root.
    error BranchTooShort(uint256 siblings);
    /// @notice A branch with siblings left over at the root.
    error BranchTooLong(uint256 siblings, uint256 used);
    error LeafOutsideTree(uint256 index, uint256 size);
    /// @notice Leaves are proven in strictly ascending order; the one at `position` does not follow its predecessor.
    error LeavesUnordered(uint256 position, uint256 previous, uint256 index);
    error NoLeaves();

    /// The nodes of one level that are known, while several leaves rise to the root together.
    struct Row {
        bytes32[] nodes;
        uint256[] indices;
        uint256 width;
        /// How many siblings were taken from the branch.
        uint256 used;
    }

    /// @dev Z(0), …, Z(31).
    bytes private constant ZEROS =
        hex"0000000000000000000000000000000000000000000000000000000000000000"
        hex"ad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5"
        hex"b4c11951957c6f8f642c4af61cd6b24640fec6dc7fc607ee8206a99e92410d30"
        hex"21ddb9a356815c3fac1026b6dec5df3124afbadb485c9ba5a3e3398a04b7ba85"
        hex"e58769b32a1beaf1ea27375a44095a0d1fb664ce2dd358e7fcbfb78c26a19344"
        hex"0eb01ebfc9ed27500cd4dfc979272d1f0913cc9f66540d7e8005811109e1cf2d"
        hex"887c22bd8750d34016ac3c66b5ff102dacdd73f6b014e710b51e8022af9a1968"
        hex"ffd70157e48063fc33c97a050f7f640233bf646cc98d9524c6b92bcf3ab56f83"
        hex"9867cc5f7f196b93bae1e27e6320742445d290f2263827498b54fec539f756af"
        hex"cefad4e508c098b9a7e1d8feb19955fb02ba9675585078710969d3440f5054e0"
        hex"f9dc3e7fe016e050eff260334f18a5d4fe391d82092319f5964f2e2eb7c1c3a5"
        hex"f8b13a49e282f609c317a833fb8d976d11517c571d1221a265d25af778ecf892"
        hex"3490c6ceeb450aecdc82e28293031d10c7d73bf85e57bf041a97360aa2c5d99c"
        hex"c1df82d9c4b87413eae2ef048f94b4d3554cea73d92b0f7af96e0271c691e2bb"
        hex"5c67add7c6caf302256adedf7ab114da0acfe870d449a3a489f781d659e8becc"
        hex"da7bce9f4e8618b6bd2f4132ce798cdc7a60e7e1460a7299e3c6342a579626d2"
        hex"2733e50f526ec2fa19a22b31e8ed50f23cd1fdf94c9154ed3a7609a2f1ff981f"
        hex"e1d3b5c807b281e4683cc6d6315cf95b9ade8641defcb32372f1c126e398ef7a"
        hex"5a2dce0a8a7f68bb74560f8f71837c2c2ebbcbf7fffb42ae1896f13f7c7479a0"
        hex"b46a28b6f55540f89444f63de0378e3d121be09e06cc9ded1c20e65876d36aa0"
        hex"c65e9645644786b620e2dd2ad648ddfcbf4a7e5b1a3a4ecfe7f64667a3f0b7e2"
        hex"f4418588ed35a2458cffeb39b93d26f18d2ab13bdce6aee58e7b99359ec2dfd9"
        hex"5a9c16dc00d6ef18b7933a6f8dc65ccb55667138776f7dea101070dc8796e377"
        hex"4df84f40ae0c8229d0d6069e5c8f39a7c299677a09d367fc7b05e3bc380ee652"
        hex"cdc72595f74c7b1043d0e1ffbab734648c838dfb0527d971b602bc216c9619ef"
        hex"0abf5ac974a1ed57f4050aa510dd9c74f508277b39d7973bb2dfccc5eeb0618d"
        hex"b8cd74046ff337f0a7bf2c8e03e10f642c1886798d71806ab1e888d9e5ee87d0"
        hex"838c5655cb21c6cb83313b5a631175dff4963772cce9108188b34ac87c81c41e"
        hex"662ee4dd2dd7b2bc707961b1e646c4047669dcb6584f0d8d770daf5d7e7deb2e"
        hex"388ab20e2573d171a88108e79d820e98f26c0b84aa8b2f4aa4968dbb818ea322"
        hex"93237c50ba75ee485f4c22adf2f741400bdf8d6a9cc7df7ecae576221665d735"
        hex"8448818bb4ae4562849e949e17ac16e0be16688e156b5cf15e098c627c0056a9";

    /// @notice Appends a leaf to a tree of `index` leaves, fewer than MAX_LEAVES.
    /// @return node The root of the subtree that the leaf completes, now in the frontier. @return level Its level.
    function append(
        bytes32[TREE_DEPTH] storage frontier,
        uint256 index,
        bytes32 leaf
    ) internal returns (bytes32 node, uint256 level) {
        node = leaf;
        // Every message on A pays for this. One of the 32 bits is clear, so the level stays within the frontier.
        assembly ("memory-safe") {
            let slot := frontier.slot
            for {} and(index, 1) {
                index := shr(1, index)
            } {
                mstore(0x00, sload(slot))
                mstore(0x20, node)
                node := keccak256(0x00, 0x40)
                slot := add(slot, 1)
            }
            sstore(slot, node)
            level := sub(slot, frontier.slot)
        }
    }

    /// @notice The root after leaf `index` was appended, which completed `node` on `level`.
    function rootOf(
        bytes32[TREE_DEPTH] storage frontier,
        uint256 index,
        bytes32 node,
        uint256 level
    ) internal view returns (bytes32) {
        bytes memory zeros = ZEROS;
        // Up to where the node is the leftmost of its level, and on to a level where `_pad` may take over.
        uint256 rest = index >> level;
        assembly ("memory-safe") {
            let zero := add(add(zeros, 0x20), shl(5, level))
            let slot := add(frontier.slot, level)
            for {} or(rest, and(level, 3)) {
                rest := shr(1, rest)
            } {
                switch and(rest, 1)
                case 0 {
                    mstore(0x00, node)
                    mstore(0x20, mload(zero))
                }
                default {
                    mstore(0x00, sload(slot))
                    mstore(0x20, node)
                }
                node := keccak256(0x00, 0x40)
                zero := add(zero, 0x20)
                slot := add(slot, 1)
                level := add(level, 1)
            }
        }
        return _pad(zeros, node, level);
    }

    /// @notice The root to which a branch leads from one leaf.
    function rootOfLeaf(bytes32 leaf, uint256 index, Branch calldata branch) internal pure returns (bytes32) {
        require(index < branch.size, LeafOutsideTree(index, branch.size));
        return _climb(leaf, index, 0, branch, 0);
    }

    /// @notice The root to which a branch leads from several leaves. Both arrays are consumed.
    function rootOfLeaves(
        bytes32[] memory leaves,
        uint256[] memory indices,
        Branch calldata branch
    ) internal pure returns (bytes32) {
        uint256 width = leaves.length;
        require(width != 0, NoLeaves());
        // INVARIANT: on every level the row's indices ascend strictly. So they do here, and halving them merges none but
        // pairs of siblings. A row therefore ends as the single node at the root, and no leaf drops out unproven.
        for (uint256 i = 1; i < width; ++i) {
            require(indices[i - 1] < indices[i], LeavesUnordered(i, indices[i - 1], indices[i]));
        }
        require(indices[width - 1] < branch.size, LeafOutsideTree(indices[width - 1], branch.size));

        Row memory row = Row(leaves, indices, width, 0);
        uint256 level = 0;
        for (; row.width > 1; ++level) _rise(row, level, branch);
        return _climb(row.nodes[0], row.indices[0], level, branch, row.used);
    }

    /// Replaces a row by the row of its parents.
    function _rise(Row memory row, uint256 level, Branch calldata branch) private pure {
        (bytes32[] memory nodes, uint256[] memory indices) = (row.nodes, row.indices);
        uint256 last = (branch.size - 1) >> level;
        uint256 parents = 0;
        for (uint256 i = 0; i < row.width; ++i) {
            uint256 index = indices[i];
            bytes32 node = nodes[i];
            if (index & 1 == 1) {
                node = hashPair(_sibling(branch, row.used++), node);
            } else if (i + 1 < row.width && indices[i + 1] == index + 1) {
                node = hashPair(node, nodes[++i]);
            } else if (index < last) {
                node = hashPair(node, _sibling(branch, row.used++));
            } else {
                node = hashPair(node, _zero(ZEROS, level));
            }
            // Parents are no more than the nodes read so far: nothing unread is overwritten.
            nodes[parents] = node;
            indices[parents++] = index >> 1;
        }
        row.width = parents;
    }

    /// Follows a single node from `level` up to the root.
    function _climb(
        bytes32 node,
        uint256 index,
        uint256 level,
        Branch calldata branch,
        uint256 used
    ) private pure returns (bytes32) {
        bytes memory zeros = ZEROS;
        // The last node on the level that is not empty.
        uint256 last = (branch.size - 1) >> level;
        while (last != 0 || level & 3 != 0) {
            if (index & 1 == 1) {
                node = hashPair(_sibling(branch, used++), node);
            } else if (index < last) {
                node = hashPair(node, _sibling(branch, used++));
            } else {
                node = hashPair(node, _zero(zeros, level));
            }
            unchecked {
                ++level;
            }
            index >>= 1;
            last >>= 1;
        }
        require(used == branch.siblings.length, BranchTooLong(branch.siblings.length, used));
        // The leaf lies left of the tree's end, so the node is the leftmost one here, and the only one.
        return _pad(zeros, node, level);
    }

    function _sibling(Branch calldata branch, uint256 position) private pure returns (bytes32) {
        require(position < branch.siblings.length, BranchTooShort(branch.siblings.length));
        return branch.siblings[position];
    }

    /// Hashes the leftmost node of a level, a multiple of 4, with empty neighbours up to the root.
    function _pad(bytes memory zeros, bytes32 node, uint256 level) private pure returns (bytes32 root) {
        // These are most levels of most trees, so four are worth one turn.
        assembly ("memory-safe") {
            mstore(0x00, node)
            let end := add(zeros, 0x420)
            for {
                let zero := sub(end, shl(5, sub(32, level)))
            } lt(zero, end) {
                zero := add(zero, 0x80)
            } {
                mstore(0x20, mload(zero))
                mstore(0x00, keccak256(0x00, 0x40))
                mstore(0x20, mload(add(zero, 0x20)))
                mstore(0x00, keccak256(0x00, 0x40))
                mstore(0x20, mload(add(zero, 0x40)))
                mstore(0x00, keccak256(0x00, 0x40))
                mstore(0x20, mload(add(zero, 0x60)))
                mstore(0x00, keccak256(0x00, 0x40))
            }
            root := mload(0x00)
        }
    }

    function _zero(bytes memory zeros, uint256 level) private pure returns (bytes32 zero) {
        assembly ("memory-safe") {
            zero := mload(add(add(zeros, 0x20), mul(level, 0x20)))
        }
    }

    function hashPair(bytes32 left, bytes32 right) internal pure returns (bytes32 node) {
        // Two words fit the scratch space.
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            node := keccak256(0x00, 0x40)
        }
    }
}
