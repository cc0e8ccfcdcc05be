// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Builds the path to one key, of branches and extensions in turn, up to a root; all beside it is made up. Written nibble
/// by nibble, so that it shares nothing with the contracts but the Yellow Paper.
abstract contract MixedColumns {
    struct Column {
        bytes32 root;
        /// The nodes, from the root down, without the one that the column begins with.
        bytes[] proof;
        /// The same for NodeStack.sol.
        bytes steps;
    }

    /// @param node What is at the end of the first `depth` nibbles of the key. @param seed Decides what is above.
    function columnAbove(
        bytes32 key,
        uint256 depth,
        bytes32 node,
        uint256 seed
    ) internal pure returns (Column memory column) {
        column.root = node;
        bool isBranch = false;
        while (depth != 0) {
            seed = uint256(keccak256(abi.encode(seed)));
            bytes memory above;
            if (isBranch && seed % 3 == 0) {
                uint256 nibbles = 1 + ((seed >> 8) % depth);
                depth -= nibbles;
                above = listOf(bytes.concat(hexPrefix(key, depth, depth + nibbles, 0), hex"a0", column.root));
                column.steps = abi.encodePacked(column.steps, uint8(0x80 + nibbles));
                isBranch = false;
            } else {
                uint256 own = nibbleAt(key, --depth);
                // One sibling at least: nothing else would need a branch.
                uint256 mask = ((seed >> 8) | (1 << ((own + 1) % 16))) & 0xffff & ~(1 << own);
                bytes memory siblings;
                (above, siblings) = _branch(column.root, own, mask, seed);
                column.steps = abi.encodePacked(column.steps, hex"40", uint16(mask), siblings);
                isBranch = true;
            }
            column.root = keccak256(above);
            column.proof = _before(above, column.proof);
        }
    }

    /// The whole proof of a column's key: what is above its leaf, and the leaf.
    function withLeaf(bytes[] memory above, bytes memory leaf) internal pure returns (bytes[] memory proof) {
        proof = new bytes[](above.length + 1);
        for (uint256 i = 0; i < above.length; ++i) proof[i] = above[i];
        proof[above.length] = leaf;
    }

    function leafAt(bytes32 key, uint256 depth, bytes memory value) internal pure returns (bytes memory) {
        return listOf(bytes.concat(hexPrefix(key, depth, 64, 2), stringOf(value)));
    }

    /// Nibbles [from, to) of a key as an RLP string. @param flag 2 for a leaf.
    function hexPrefix(
        bytes32 key,
        uint256 from,
        uint256 to,
        uint256 flag
    ) internal pure returns (bytes memory) {
        bytes memory packed;
        uint256 high = (to - from) % 2 == 1 ? flag + 1 : flag;
        uint256 low = (to - from) % 2 == 1 ? nibbleAt(key, from++) : 0;
        packed = abi.encodePacked(uint8(16 * high + low));
        for (; from < to; from += 2)
            packed = abi.encodePacked(packed, uint8(16 * nibbleAt(key, from) + nibbleAt(key, from + 1)));
        return stringOf(packed);
    }

    function nibbleAt(bytes32 key, uint256 index) internal pure returns (uint256) {
        return (uint8(key[index / 2]) >> (index % 2 == 0 ? 4 : 0)) & 0x0f;
    }

    function stringOf(bytes memory data) internal pure returns (bytes memory) {
        if (data.length == 1 && uint8(data[0]) < 0x80) return data;
        return bytes.concat(_head(0x80, data.length), data);
    }

    function listOf(bytes memory items) internal pure returns (bytes memory) {
        return bytes.concat(_head(0xc0, items.length), items);
    }

    /// The RLP of an integer.
    function integerOf(uint256 value) internal pure returns (bytes memory) {
        bytes memory digits;
        for (; value != 0; value >>= 8) digits = abi.encodePacked(uint8(value), digits);
        return stringOf(digits);
    }

    function _head(uint256 base, uint256 size) private pure returns (bytes memory) {
        if (size <= 55) return abi.encodePacked(uint8(base + size));
        if (size <= 255) return abi.encodePacked(uint8(base + 56), uint8(size));
        return abi.encodePacked(uint8(base + 57), uint16(size));
    }

    function _branch(
        bytes32 child,
        uint256 own,
        uint256 mask,
        uint256 seed
    ) private pure returns (bytes memory node, bytes memory siblings) {
        bytes memory items;
        for (uint256 i = 0; i < 16; ++i) {
            bytes32 hash = i == own ? child : keccak256(abi.encode(seed, i));
            bool isThere = i == own || (mask >> i) & 1 == 1;
            items = isThere ? bytes.concat(items, hex"a0", hash) : bytes.concat(items, hex"80");
            if (i != own && isThere) siblings = bytes.concat(siblings, hash);
        }
        node = listOf(bytes.concat(items, hex"80"));
    }

    function _before(bytes memory node, bytes[] memory rest) private pure returns (bytes[] memory all) {
        all = new bytes[](rest.length + 1);
        all[0] = node;
        for (uint256 i = 0; i < rest.length; ++i) all[i + 1] = rest[i];
    }
}
