// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Builds tries that are as wide as wanted at the cost of being imaginary: only the path to one key is there.
abstract contract TrieBuilder {
    /// A leaf under `levels` branches, each with hashes for its first `children` nibbles.
    function column(
        bytes32 key,
        uint256 levels,
        bytes memory value,
        uint256 children
    ) internal pure returns (bytes32 root, bytes[] memory proof) {
        proof = new bytes[](levels + 1);
        proof[levels] = leaf(key, levels, value);
        root = keccak256(proof[levels]);
        for (uint256 i = levels; i > 0; --i) {
            uint256 nibble = (uint256(key) >> (256 - 4 * i)) & 0xf;
            bytes memory items;
            for (uint256 j = 0; j < 16; ++j) {
                bytes32 child = j == nibble ? root : keccak256(abi.encode(i, j));
                items = j < children ? bytes.concat(items, hex"a0", child) : bytes.concat(items, hex"80");
            }
            items = bytes.concat(items, hex"80");
            proof[i - 1] =
                items.length > 255
                    ? abi.encodePacked(hex"f9", uint16(items.length), items)
                    : abi.encodePacked(hex"f8", uint8(items.length), items);
            root = keccak256(proof[i - 1]);
        }
    }

    function leaf(bytes32 key, uint256 depth, bytes memory value) internal pure returns (bytes memory) {
        uint256 odd = depth & 1;
        bytes memory path = new bytes(33 - (depth + 1) / 2);
        path[0] =
            odd == 1 ? bytes1(0x30 | (uint8(uint256(key) >> (256 - 4 * depth - 4)) & 0x0f)) : bytes1(0x20);
        for (uint256 i = 1; i < path.length; ++i) path[i] = key[i + (depth + odd) / 2 - 1];
        bytes memory items = bytes.concat(
            bytes1(uint8(0x80 + path.length)),
            path,
            value.length > 55
                ? abi.encodePacked(hex"b8", uint8(value.length))
                : abi.encodePacked(uint8(0x80 + value.length)),
            value
        );
        return
            items.length > 55
                ? abi.encodePacked(hex"f8", uint8(items.length), items)
                : abi.encodePacked(uint8(0xc0 + items.length), items);
    }

    /// RLP of an account without nonce and balance.
    function accountRlp(bytes32 storageRoot, bytes32 codeHash) internal pure returns (bytes memory) {
        return abi.encodePacked(hex"f8448080a0", storageRoot, hex"a0", codeHash);
    }
}
