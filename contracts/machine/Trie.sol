// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {EMPTY_ROOT} from "../types/Account.sol";
import {Rlp} from "./Rlp.sol";
import {Tape} from "./Tape.sol";

/// @title Merkle-Patricia tries read and written from the tape
/// @notice The tape shows every hashed node on the way once, from the root down; `remove` may need one more, the sibling
/// that a collapsing branch leaves. Nodes of fewer than 32 bytes lie within their parents (Yellow Paper appendix D).
///
///     branch [child 0, …, child 15, ""]    extension [path, child]    leaf [path, value]
///
/// Paths are one nibble a byte here. A child is the item in its parent: 80 for none, a0 and a hash, or the node.
/// @dev MerklePatricia proves what a trie of hashed keys holds and is used for that; it does not write, and its keys
/// have 64 nibbles, while the lists of a block are tries of `rlp(index)`. Keys of one trie are never prefixes of each
/// other, so that a branch has no value.
library Trie {
    /// @notice A node is none, which no trie of A holds: the root is not that of a trie.
    error TrieNodeMalformed();

    uint256 private constant BRANCH_ITEMS = 17;
    bytes1 private constant HASH_PREFIX = 0xa0;
    /// Nodes of at least this many bytes are referred to by hash.
    uint256 private constant HASHED_SIZE = 32;

    /// A node taken apart: the items of a branch, or path and content of a leaf or an extension.
    struct Node {
        bytes[] items;
        bytes path;
        bool isLeaf;
    }

    /// What is being put. In memory, so that the recursion needs little of the stack.
    struct Change {
        bytes path;
        bytes value;
        Tape tape;
    }

    /// @notice Finds the value under a key.
    /// @return node The node, or a part of it, that the value is in: a value may be too large to be copied.
    /// @return from Where the value begins. @return to Where it ends; zero if the trie has no such key.
    function get(
        bytes32 root,
        Tape memory tape,
        bytes memory key
    ) internal pure returns (bytes memory node, uint256 from, uint256 to) {
        if (root == EMPTY_ROOT) return ("", 0, 0);
        bytes memory path = Bytes.toNibbles(key);
        uint256 depth = 0;
        node = tape.nextBlob(root);
        while (true) {
            (uint256 first, uint256 second, uint256 third) = _ends(node);
            bytes memory child;
            if (third != node.length) {
                if (depth == path.length) return ("", 0, 0);
                child = _items(node)[uint8(path[depth++])];
            } else {
                (bytes memory part, bool isLeaf) = _unpack(Bytes.slice(node, first, second));
                uint256 common = _common(part, path, depth);
                depth += common;
                if (isLeaf) {
                    if (common != part.length || depth != path.length) return ("", 0, 0);
                    bool isList;
                    (isList, from, to) = Rlp.read(node, second, node.length);
                    // A list's content would be a second way to write the same value.
                    require(!isList, TrieNodeMalformed());
                    return (node, from, to);
                }
                if (common != part.length) return ("", 0, 0);
                child = Bytes.slice(node, second, third);
            }
            if (child.length == 1) return ("", 0, 0);
            node = _resolve(tape, child);
        }
    }

    /// @notice The root of the trie with `value` under `key`.
    function put(
        bytes32 root,
        Tape memory tape,
        bytes memory key,
        bytes memory value
    ) internal pure returns (bytes32) {
        Change memory change = Change(Bytes.toNibbles(key), value, tape);
        if (root == EMPTY_ROOT) return keccak256(_leaf(change.path, value));
        return keccak256(_insert(tape.nextBlob(root), 0, change));
    }

    /// @notice The root of the trie without `key`.
    function remove(bytes32 root, Tape memory tape, bytes memory key) internal pure returns (bytes32) {
        if (root == EMPTY_ROOT) return root;
        Change memory change = Change(Bytes.toNibbles(key), "", tape);
        (bytes memory rest, bool found) = _remove(tape.nextBlob(root), 0, change);
        if (!found) return root;
        return rest.length == 0 ? EMPTY_ROOT : keccak256(rest);
    }

    function _insert(
        bytes memory bare,
        uint256 depth,
        Change memory change
    ) private pure returns (bytes memory) {
        Node memory node = _split(bare);
        if (node.items.length == BRANCH_ITEMS) {
            uint256 nibble = uint8(change.path[depth]);
            node.items[nibble] = _insertBelow(node.items[nibble], depth + 1, change);
            return RLP.encode(node.items);
        }
        uint256 common = _common(node.path, change.path, depth);
        if (common != node.path.length) return _fork(node, common, depth + common, change);
        // A leaf's path is the rest of a key: the value is another one.
        if (node.isLeaf) return _leaf(node.path, change.value);
        return _extension(node.path, _insertBelow(node.items[1], depth + common, change));
    }

    /// A child with the change in it.
    function _insertBelow(
        bytes memory child,
        uint256 depth,
        Change memory change
    ) private pure returns (bytes memory) {
        if (child.length == 1) return _reference(_leaf(Bytes.slice(change.path, depth), change.value));
        return _reference(_insert(_resolve(change.tape, child), depth, change));
    }

    /// A path and the key part after `common` nibbles: a branch parts them.
    function _fork(
        Node memory node,
        uint256 common,
        uint256 depth,
        Change memory change
    ) private pure returns (bytes memory) {
        bytes[] memory items = new bytes[](BRANCH_ITEMS);
        for (uint256 i = 0; i < BRANCH_ITEMS; ++i) items[i] = hex"80";
        bytes memory rest = Bytes.slice(node.path, common + 1);
        bytes memory old = node.items[1];
        if (node.isLeaf) old = _reference(_encode(rest, old, true));
        else if (rest.length != 0) old = _reference(_extension(rest, old));
        items[uint8(node.path[common])] = old;
        items[uint8(change.path[depth])] = _reference(
            _leaf(Bytes.slice(change.path, depth + 1), change.value)
        );
        bytes memory branch = RLP.encode(items);
        return common == 0 ? branch : _extension(Bytes.slice(node.path, 0, common), _reference(branch));
    }

    /// @return rest The node without the key, empty if nothing is left.
    /// @return found Whether it had the key.
    function _remove(
        bytes memory bare,
        uint256 depth,
        Change memory change
    ) private pure returns (bytes memory rest, bool found) {
        Node memory node = _split(bare);
        if (node.items.length == BRANCH_ITEMS) return _removeFromBranch(node, depth, change);
        uint256 common = _common(node.path, change.path, depth);
        if (common != node.path.length) return (bare, false);
        if (node.isLeaf) return ("", true);
        (rest, found) = _remove(_resolve(change.tape, node.items[1]), depth + common, change);
        // Below an extension stands a branch, of which something is left.
        if (found) rest = _prepend(node.path, rest);
    }

    function _removeFromBranch(
        Node memory node,
        uint256 depth,
        Change memory change
    ) private pure returns (bytes memory rest, bool found) {
        uint256 nibble = uint8(change.path[depth]);
        bytes memory child = node.items[nibble];
        if (child.length == 1) return ("", false);
        (rest, found) = _remove(_resolve(change.tape, child), depth + 1, change);
        if (!found) return ("", false);
        node.items[nibble] = rest.length == 0 ? bytes(hex"80") : _reference(rest);
        (uint256 count, uint256 last) = _children(node.items);
        if (count != 1) return (RLP.encode(node.items), true);
        // A branch with one child is none: its nibble goes to the child.
        return (_prepend(abi.encodePacked(uint8(last)), _resolve(change.tape, node.items[last])), true);
    }

    function _children(bytes[] memory items) private pure returns (uint256 count, uint256 last) {
        for (uint256 i = 0; i < BRANCH_ITEMS - 1; ++i) {
            if (items[i].length != 1) (count, last) = (count + 1, i);
        }
    }

    /// The node that stands for a path followed by a node: leaves and extensions grow, a branch gets an extension.
    function _prepend(bytes memory path, bytes memory bare) private pure returns (bytes memory) {
        Node memory node = _split(bare);
        if (node.items.length == BRANCH_ITEMS) return _extension(path, _reference(bare));
        return _encode(bytes.concat(path, node.path), node.items[1], node.isLeaf);
    }

    // Nodes.

    function _leaf(bytes memory path, bytes memory value) private pure returns (bytes memory) {
        return _encode(path, RLP.encode(value), true);
    }

    function _extension(bytes memory path, bytes memory child) private pure returns (bytes memory) {
        return _encode(path, child, false);
    }

    /// @param content The second item, encoded.
    function _encode(
        bytes memory path,
        bytes memory content,
        bool isLeaf
    ) private pure returns (bytes memory) {
        bytes[] memory items = new bytes[](2);
        items[0] = RLP.encode(_pack(path, isLeaf));
        items[1] = content;
        return RLP.encode(items);
    }

    /// How a parent refers to a node.
    function _reference(bytes memory node) private pure returns (bytes memory) {
        return node.length < HASHED_SIZE ? node : abi.encodePacked(HASH_PREFIX, keccak256(node));
    }

    /// The node behind a child that is not empty.
    function _resolve(Tape memory tape, bytes memory child) private pure returns (bytes memory) {
        if (child[0] >= 0xc0) return child;
        require(child.length == HASHED_SIZE + 1 && child[0] == HASH_PREFIX, TrieNodeMalformed());
        return tape.nextBlob(bytes32(Bytes.slice(child, 1)));
    }

    function _split(bytes memory bare) private pure returns (Node memory node) {
        (uint256 first, uint256 second, uint256 third) = _ends(bare);
        if (third != bare.length) {
            node.items = _items(bare);
            return node;
        }
        node.items = new bytes[](2);
        (node.path, node.isLeaf) = _unpack(Bytes.slice(bare, first, second));
        node.items[1] = Bytes.slice(bare, second, third);
    }

    /// Where the first item of a node begins, and where its first two end.
    function _ends(bytes memory node) private pure returns (uint256 first, uint256 second, uint256 third) {
        bool isList;
        (isList, first, third) = Rlp.read(node, 0, node.length);
        require(isList && third == node.length, TrieNodeMalformed());
        (, , second) = Rlp.read(node, first, node.length);
        (, , third) = Rlp.read(node, second, node.length);
        require(second != 0 && third != 0, TrieNodeMalformed());
    }

    /// The items of a branch, as they are encoded.
    function _items(bytes memory node) private pure returns (bytes[] memory items) {
        items = new bytes[](BRANCH_ITEMS);
        (, uint256 position, ) = Rlp.read(node, 0, node.length);
        for (uint256 i = 0; i < BRANCH_ITEMS; ++i) {
            (, , uint256 to) = Rlp.read(node, position, node.length);
            require(to != 0, TrieNodeMalformed());
            items[i] = Bytes.slice(node, position, to);
            position = to;
        }
        require(position == node.length, TrieNodeMalformed());
    }

    /// Hex-prefix encoding (Yellow Paper appendix C).
    function _pack(bytes memory path, bool isLeaf) private pure returns (bytes memory packed) {
        uint256 odd = path.length % 2;
        packed = new bytes(path.length / 2 + 1);
        packed[0] = bytes1(uint8((isLeaf ? 0x20 : 0) | (odd == 1 ? 0x10 | uint8(path[0]) : 0)));
        for (uint256 i = 1; i < packed.length; ++i) {
            uint256 nibble = 2 * i - 2 + odd;
            packed[i] = bytes1((uint8(path[nibble]) << 4) | uint8(path[nibble + 1]));
        }
    }

    /// @param item The path's item, encoded.
    function _unpack(bytes memory item) private pure returns (bytes memory path, bool isLeaf) {
        bytes memory nibbles = Bytes.toNibbles(item);
        // A path of one byte is its own encoding; a longer one has a prefix.
        uint256 flag = item.length == 1 ? 0 : 2;
        uint256 kind = uint8(nibbles[flag]);
        require(kind < 4 && (kind % 2 == 1 || nibbles[flag + 1] == 0), TrieNodeMalformed());
        path = Bytes.slice(nibbles, flag + (kind % 2 == 1 ? 1 : 2));
        isLeaf = kind >= 2;
    }

    /// How many nibbles of a node's path the key has in common from `depth` on.
    function _common(
        bytes memory part,
        bytes memory path,
        uint256 depth
    ) private pure returns (uint256 length) {
        while (length < part.length && depth + length < path.length && part[length] == path[depth + length])
            ++length;
    }
}
