// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TrieProof} from "@openzeppelin/contracts/utils/cryptography/TrieProof.sol";
import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {Account} from "../../../contracts/types/Account.sol";

/// Gives the library's functions an outside: they take calldata. OpenZeppelin's is beside it for comparison.
contract MerklePatriciaHarness {
    function traverse(
        bytes32 root,
        bytes32 key,
        bytes[] calldata proof
    ) external pure returns (bytes memory) {
        return MerklePatricia.traverse(root, key, proof);
    }

    function tryTraverse(
        bytes32 root,
        bytes32 key,
        bytes[] calldata proof
    ) external pure returns (bytes memory, MerklePatricia.Reason) {
        return MerklePatricia.tryTraverse(root, key, proof);
    }

    function verify(
        bytes32 root,
        bytes32 key,
        bytes calldata value,
        bytes[] calldata proof
    ) external pure returns (bool) {
        return MerklePatricia.verify(root, key, value, proof);
    }

    function accountAt(
        bytes32 stateRoot,
        address owner,
        bytes[] calldata proof
    ) external pure returns (Account memory account, bool exists) {
        return MerklePatricia.accountAt(stateRoot, owner, proof);
    }

    function slotAt(
        bytes32 storageRoot,
        bytes32 hashedSlot,
        bytes[] calldata proof
    ) external pure returns (uint256) {
        return MerklePatricia.slotAt(storageRoot, hashedSlot, proof);
    }

    /// What OpenZeppelin finds; it reverts where ours returns a reason.
    function traverseOpenZeppelin(
        bytes32 root,
        bytes32 key,
        bytes[] calldata proof
    ) external pure returns (bytes memory) {
        return TrieProof.traverse(root, abi.encodePacked(key), proof);
    }

    /// Gas of both proofs of a storage slot, without the call around them.
    function gasOfSlot(
        bytes32 stateRoot,
        address owner,
        bytes[] calldata accountProof,
        bytes32 hashedSlot,
        bytes[] calldata storageProof
    ) external view returns (uint256 gas, uint256 value) {
        gas = gasleft();
        (Account memory account, ) = MerklePatricia.accountAt(stateRoot, owner, accountProof);
        value = MerklePatricia.slotAt(account.storageRoot, hashedSlot, storageProof);
        gas -= gasleft();
    }
}
