// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Proofs of any depth, as the largest tries would give them: full branches with made-up siblings above one leaf.
/// Nobody could build such tries, but a proof does not show that.
library DeepTries {
    /// @param value RLP that the leaf holds.
    /// @param nodes Nodes of the proof: branches, and the leaf.
    function prove(
        bytes32 key,
        bytes memory value,
        uint256 nodes
    ) internal pure returns (bytes32 root, bytes[] memory proof) {
        proof = new bytes[](nodes);
        proof[nodes - 1] = _leaf(key, nodes - 1, value);
        for (uint256 depth = nodes - 1; depth != 0; --depth) {
            proof[depth - 1] = _branch(_nibble(key, depth - 1), keccak256(proof[depth]));
        }
        root = keccak256(proof[0]);
    }

    /// RLP of `value` as a storage trie holds it.
    function slotValue(uint256 value) internal pure returns (bytes memory) {
        return _string(_minimal(value));
    }

    /// RLP of an account with a nonce of one byte and a balance of `balance` wei.
    function account(
        uint256 balance,
        bytes32 storageRoot,
        bytes32 codeHash
    ) internal pure returns (bytes memory) {
        return
            _list(
                bytes.concat(
                    hex"01",
                    _string(_minimal(balance)),
                    bytes1(0xa0),
                    storageRoot,
                    bytes1(0xa0),
                    codeHash
                )
            );
    }

    function _branch(uint256 nibble, bytes32 child) private pure returns (bytes memory node) {
        node = hex"f90211";
        for (uint256 i = 0; i < 16; ++i) {
            bytes32 hash = i == nibble ? child : keccak256(abi.encode(child, i));
            node = bytes.concat(node, bytes1(0xa0), hash);
        }
        node = bytes.concat(node, bytes1(0x80));
    }

    /// A leaf below `depth` branches: hex prefix encoding, Yellow Paper appendix C.
    function _leaf(bytes32 key, uint256 depth, bytes memory value) private pure returns (bytes memory) {
        bytes memory path;
        uint256 cursor = depth;
        if (depth % 2 == 0) path = hex"20";
        else path = abi.encodePacked(bytes1(uint8(0x30 + _nibble(key, cursor++))));
        for (; cursor < 64; cursor += 2) {
            path = bytes.concat(path, bytes1(uint8(16 * _nibble(key, cursor) + _nibble(key, cursor + 1))));
        }
        return _list(bytes.concat(_string(path), _string(value)));
    }

    function _nibble(bytes32 key, uint256 index) private pure returns (uint256) {
        return (uint256(key) >> (252 - 4 * index)) & 0xf;
    }

    function _minimal(uint256 value) private pure returns (bytes memory) {
        uint256 size = 0;
        while (size < 32 && value >> (8 * size) != 0) ++size;
        bytes memory word = abi.encode(value);
        bytes memory minimal = new bytes(size);
        for (uint256 i = 0; i < size; ++i) minimal[i] = word[32 - size + i];
        return minimal;
    }

    function _string(bytes memory data) private pure returns (bytes memory) {
        if (data.length == 1 && uint8(data[0]) < 0x80) return data;
        return bytes.concat(_head(0x80, data.length), data);
    }

    function _list(bytes memory payload) private pure returns (bytes memory) {
        return bytes.concat(_head(0xc0, payload.length), payload);
    }

    function _head(uint256 base, uint256 size) private pure returns (bytes memory) {
        if (size <= 55) return abi.encodePacked(bytes1(uint8(base + size)));
        return abi.encodePacked(bytes1(uint8(base + 56)), bytes1(uint8(size)));
    }
}
