// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";

/// A trie written down as the Yellow Paper defines it (appendix D), from the plain list of its entries. It keeps all
/// nodes by their hashes.
contract TrieModel {
    bytes[] private _keys;
    bytes[] private _values;
    mapping(bytes32 hash => bytes node) public nodes;

    /// An empty value stands for no entry.
    function set(bytes memory key, bytes memory value) external {
        for (uint256 i = 0; i < _keys.length; ++i) {
            if (keccak256(_keys[i]) == keccak256(key)) {
                _values[i] = value;
                return;
            }
        }
        _keys.push(key);
        _values.push(value);
    }

    function valueOf(bytes memory key) external view returns (bytes memory) {
        for (uint256 i = 0; i < _keys.length; ++i) {
            if (keccak256(_keys[i]) == keccak256(key)) return _values[i];
        }
        return "";
    }

    function write() external returns (bytes32 root) {
        uint256 count = 0;
        for (uint256 i = 0; i < _keys.length; ++i) if (_values[i].length != 0) ++count;
        uint256[] memory entries = new uint256[](count);
        count = 0;
        for (uint256 i = 0; i < _keys.length; ++i) if (_values[i].length != 0) entries[count++] = i;
        bytes memory node = count == 0 ? bytes(hex"80") : _node(entries, 0);
        root = keccak256(node);
        nodes[root] = node;
    }

    /// The node of the entries, which share the nibbles before `depth`.
    function _node(uint256[] memory entries, uint256 depth) private returns (bytes memory) {
        bytes memory path = Bytes.toNibbles(_keys[entries[0]]);
        if (entries.length == 1) {
            return _pair(Bytes.slice(path, depth), true, RLP.encode(_values[entries[0]]));
        }
        uint256 end = depth;
        while (_sharing(entries, path, end + 1).length == entries.length) ++end;
        if (end != depth) {
            return _pair(Bytes.slice(path, depth, end), false, _reference(_node(entries, end)));
        }
        bytes[] memory items = new bytes[](17);
        for (uint256 nibble = 0; nibble < 16; ++nibble) {
            path[depth] = bytes1(uint8(nibble));
            uint256[] memory below = _sharing(entries, path, depth + 1);
            items[nibble] = below.length == 0 ? bytes(hex"80") : _reference(_node(below, depth + 1));
        }
        items[16] = hex"80";
        return RLP.encode(items);
    }

    /// The entries whose paths have the first `length` nibbles in common with `path`.
    function _sharing(
        uint256[] memory entries,
        bytes memory path,
        uint256 length
    ) private view returns (uint256[] memory some) {
        some = new uint256[](entries.length);
        uint256 count = 0;
        bytes32 wanted = keccak256(Bytes.slice(path, 0, length));
        for (uint256 i = 0; i < entries.length; ++i) {
            bytes memory other = Bytes.toNibbles(_keys[entries[i]]);
            if (keccak256(Bytes.slice(other, 0, length)) == wanted) some[count++] = entries[i];
        }
        assembly ("memory-safe") {
            mstore(some, count)
        }
    }

    function _pair(bytes memory path, bool isLeaf, bytes memory content) private pure returns (bytes memory) {
        uint256 odd = path.length % 2;
        bytes memory packed = new bytes(path.length / 2 + 1);
        packed[0] = bytes1(uint8((isLeaf ? 32 : 0) + (odd == 1 ? 16 + uint8(path[0]) : 0)));
        for (uint256 i = 1; i < packed.length; ++i) {
            packed[i] = bytes1(uint8(path[2 * i - 2 + odd]) * 16 + uint8(path[2 * i - 1 + odd]));
        }
        bytes[] memory items = new bytes[](2);
        (items[0], items[1]) = (RLP.encode(packed), content);
        return RLP.encode(items);
    }

    function _reference(bytes memory node) private returns (bytes memory) {
        if (node.length < 32) return node;
        bytes32 hash = keccak256(node);
        nodes[hash] = node;
        return abi.encodePacked(hex"a0", hash);
    }
}
