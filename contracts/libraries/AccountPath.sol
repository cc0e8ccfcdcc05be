// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NodeRlp} from "./NodeRlp.sol";
import {RootBuilder} from "./RootBuilder.sol";

/// The path cannot be read at this offset: cut off, a node above the root, a sibling where the account is, no such form.
error AccountPathMalformed(uint256 offset);

/// @title The state root from an account upwards
/// @notice The same as a Merkle proof of an account that exists, without whatever can be computed: hashes on the way
/// to the root, nibbles of the key, prefixes, and the storage root, which the caller has computed himself. Nothing is
/// compared on the way: if the result is the state root that A has, the account is A's.
///
///     account      depth (1) | size of the next (1) | nonce and balance as RLP | code hash (32)
///     then, from the account's leaf to the root:
///     branch       0x00 | siblings: 2, bit i for child i | 32 for each sibling
///     extension    nibbles (1)
///
/// Why it proves: hashes fix every byte of every node. A node of A that has the bytes written here is a branch with just
/// these children, an extension over just these nibbles, or the leaf of an account whose last two fields are these.
/// Absence has no such path; see MerklePatricia. Node formats: Yellow Paper appendix D.
library AccountPath {
    /// Nonce and balance have at most 9 and 33 bytes.
    uint256 private constant MAX_FIELDS = 42;
    uint256 private constant KEY_NIBBLES = 64;

    /// @param storageRoot The account's.
    /// @return root The state root. @return codeHash The account's, as the path says it.
    function rootOf(
        address owner,
        bytes32 storageRoot,
        bytes calldata path
    ) internal pure returns (bytes32 root, bytes32 codeHash) {
        unchecked {
            uint256 key = uint256(keccak256(abi.encodePacked(owner)));
            (uint256 start, uint256 end) = NodeRlp.bounds(path);
            uint256 depth = NodeRlp.byteAt(start);
            uint256 size = NodeRlp.byteAt(start + 1);
            uint256 position = start + 34 + size;
            require(
                position <= end && depth < KEY_NIBBLES && size <= MAX_FIELDS,
                AccountPathMalformed(0)
            );
            codeHash = NodeRlp.word(position - 32);
            root = _leaf(key, depth, start + 2, size, storageRoot);
            while (position < end) {
                uint256 count = NodeRlp.byteAt(position);
                uint256 next = position + 1;
                if (count == 0) {
                    require(depth != 0, AccountPathMalformed(position - start));
                    --depth;
                    (root, next) = _branch((key >> (252 - 4 * depth)) & 0x0f, root, next);
                } else {
                    require(count <= depth, AccountPathMalformed(position - start));
                    depth -= count;
                    root = _extension(key, depth, depth + count, root);
                }
                require(next != 0 && next <= end, AccountPathMalformed(position - start));
                position = next;
            }
            require(depth == 0, AccountPathMalformed(position - start));
        }
    }

    /// Nodes are written to free memory, which is not claimed: each is hashed before the next one is written.
    function _leaf(
        uint256 key,
        uint256 depth,
        uint256 fields,
        uint256 size,
        bytes32 storageRoot
    ) private pure returns (bytes32 hash) {
        unchecked {
            uint256 node = _scratch();
            uint256 cursor = node + 2;
            cursor += RootBuilder.writePath(cursor, key, depth, KEY_NIBBLES, 0x20);
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

    /// @param position Of the siblings. @return next What follows them, or zero if one is where `child` is.
    function _branch(
        uint256 nibble,
        bytes32 child,
        uint256 position
    ) private pure returns (bytes32 hash, uint256 next) {
        uint256 node = _scratch();
        // Proofs consist of branches, and a level is paid for with each one: hence all in one block.
        assembly ("memory-safe") {
            // Writes the children whose bits are set among the lowest `count`.
            function write(at, hashes, children, count) -> atEnd, hashesEnd {
                for {} count {} {
                    switch and(children, 1)
                    case 0 {
                        mstore8(at, 0x80)
                        at := add(at, 1)
                    }
                    default {
                        mstore8(at, 0xa0)
                        mstore(add(at, 1), calldataload(hashes))
                        at := add(at, 33)
                        hashes := add(hashes, 32)
                    }
                    children := shr(1, children)
                    count := sub(count, 1)
                }
                atEnd := at
                hashesEnd := hashes
            }
            let siblings := shr(240, calldataload(position))
            if iszero(and(shr(nibble, siblings), 1)) {
                let payload := add(node, 3)
                let cursor
                cursor, next := write(payload, add(position, 2), siblings, nibble)
                mstore8(cursor, 0xa0)
                mstore(add(cursor, 1), child)
                cursor, next := write(add(cursor, 33), next, shr(add(nibble, 1), siblings), sub(15, nibble))
                // No key ends at a branch: its value is empty.
                mstore8(cursor, 0x80)
                let size := sub(add(cursor, 1), payload)
                switch gt(size, 255)
                case 0 {
                    switch gt(size, 55)
                    case 0 {
                        node := add(node, 2)
                        mstore8(node, add(0xc0, size))
                        size := add(size, 1)
                    }
                    default {
                        node := add(node, 1)
                        mstore8(node, 0xf8)
                        mstore8(add(node, 1), size)
                        size := add(size, 2)
                    }
                }
                default {
                    mstore8(node, 0xf9)
                    mstore8(add(node, 1), shr(8, size))
                    mstore8(add(node, 2), size)
                    size := add(size, 3)
                }
                hash := keccak256(node, size)
            }
        }
    }

    function _extension(
        uint256 key,
        uint256 from,
        uint256 to,
        bytes32 child
    ) private pure returns (bytes32 hash) {
        unchecked {
            uint256 node = _scratch() + 2;
            uint256 size = RootBuilder.writePath(node, key, from, to, 0);
            assembly ("memory-safe") {
                mstore8(add(node, size), 0xa0)
                mstore(add(add(node, size), 1), child)
            }
            (node, size) = RootBuilder.toList(node, size + NodeRlp.REFERENCE_SIZE);
            assembly ("memory-safe") {
                hash := keccak256(node, size)
            }
        }
    }

    function _scratch() private pure returns (uint256 free) {
        assembly ("memory-safe") {
            free := mload(0x40)
        }
    }
}
