// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NodeRlp} from "./NodeRlp.sol";
import {NodeStack} from "./NodeStack.sol";
import {RootBuilder} from "./RootBuilder.sol";

/// The path cannot be read at this offset: cut off, a node above the root, a sibling where the account is, an unknown form.
error AccountPathMalformed(uint256 offset);

/// @title The state root from an account upwards
/// @notice The same as a Merkle proof of an account that exists, without whatever can be computed: hashes on the way
/// to the root, nibbles of the key, prefixes, and the storage root, which the caller has computed himself. Nothing is
/// compared on the way: if the result is the state root that A has, the account is A's.
///
///     account      depth (1) | size of the next (1) | nonce and balance as RLP | code hash (32)
///     then, from the account's leaf to the root: branches and extensions, see NodeStack.sol
///
/// Why it proves: hashes fix every byte of every node. A node of A that has the bytes written here is a branch with just
/// these children, an extension over just these nibbles, or the leaf of an account whose last two fields are these.
/// Absence has no such path; see MerklePatricia. Node formats: Yellow Paper appendix D.
library AccountPath {
    using NodeStack for NodeStack.Stack;

    /// Nonce and balance have at most 9 and 33 bytes.
    uint256 private constant MAX_FIELDS = 42;
    uint256 private constant KEY_NIBBLES = 64;

    /// @return The account's code hash, as the path says it: true if the path is.
    function codeHashOf(bytes calldata path) internal pure returns (bytes32) {
        unchecked {
            (uint256 start, ) = NodeRlp.bounds(path);
            return NodeRlp.word(start + 2 + NodeRlp.byteAt(start + 1));
        }
    }

    /// @param storageRoot The account's.
    /// @return root The state root.
    function rootOf(
        address owner,
        bytes32 storageRoot,
        bytes calldata path
    ) internal pure returns (bytes32 root) {
        unchecked {
            NodeStack.Stack memory stack;
            uint256 key = uint256(NodeRlp.hashOfAddress(owner));
            stack.start();
            stack.isSingle = true;
            uint256 position = _pushLeaf(stack, key, storageRoot, path);
            (uint256 start, uint256 end) = NodeRlp.bounds(path);
            while (position < end) {
                uint256 next = stack.climb(NodeRlp.byteAt(position), position);
                if (next == 0 || next > end) revert AccountPathMalformed(position - start);
                position = next;
            }
            bool isWhole;
            (isWhole, root, ) = stack.pop();
            require(isWhole, AccountPathMalformed(position - start));
        }
    }

    /// @return next Calldata offset of what follows the account.
    function _pushLeaf(
        NodeStack.Stack memory stack,
        uint256 key,
        bytes32 storageRoot,
        bytes calldata path
    ) private pure returns (uint256 next) {
        unchecked {
            (uint256 fields, uint256 end) = NodeRlp.bounds(path);
            uint256 depth = NodeRlp.byteAt(fields);
            uint256 size = NodeRlp.byteAt(fields + 1);
            fields += 2;
            next = fields + size + 32;
            require(next <= end && depth < KEY_NIBBLES && size <= MAX_FIELDS, AccountPathMalformed(0));
            bytes32 hash = _leaf(
                RootBuilder.writePath(stack.scratch + 2, key, depth, KEY_NIBBLES, 0x20),
                stack.scratch,
                fields,
                size,
                storageRoot
            );
            stack.push(depth, key, hash, 0);
        }
    }

    /// Completes the leaf at `node`, of which the path is written. Its code hash follows nonce and balance in calldata.
    function _leaf(
        uint256 pathSize,
        uint256 node,
        uint256 fields,
        uint256 size,
        bytes32 storageRoot
    ) private pure returns (bytes32 hash) {
        unchecked {
            uint256 cursor = node + 2 + pathSize;
            // The two lengths are below 256 and above 55, whatever the fields are.
            assembly ("memory-safe") {
                // The leaf's value is a string, b8 …, and that is the account's list, f8 ….
                mstore(cursor, shl(224, or(0xb800f800, or(shl(16, add(size, 68)), add(size, 66)))))
                calldatacopy(add(cursor, 4), fields, size)
                cursor := add(cursor, add(size, 4))
                mstore8(cursor, 0xa0)
                mstore(add(cursor, 1), storageRoot)
                mstore8(add(cursor, 33), 0xa0)
                mstore(add(cursor, 34), calldataload(add(fields, size)))
                cursor := add(cursor, 66)
                mstore8(node, 0xf8)
                mstore8(add(node, 1), sub(sub(cursor, node), 2))
                hash := keccak256(node, sub(cursor, node))
            }
        }
    }
}
