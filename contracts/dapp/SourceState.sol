// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStateSync} from "../interfaces/IStateSync.sol";
import {MerklePatricia} from "../libraries/MerklePatricia.sol";
import {Account} from "../types/Account.sol";
import {Claim} from "../types/Claim.sol";

/// @title Reading source chain A from a contract on B
/// @notice Proves accounts and slots of A, or their absence, against roots that became final on B.
///
/// Every function takes the largest age, in seconds, that the caller can live with, and there is no default: a final
/// root is true of its block for ever, but A has moved on since. The age is B's time now less the block's timestamp.
/// Final means that nobody disproved the root in time; `attestedRoot` in addition demands A's consensus evidence.
///
/// Several slots of one account are cheapest by `slots`, which proves the account once. Where they depend on each other
/// (a length, then elements) prove the account with `account` and then each slot with `slotUnder`.
///
/// Proofs are what `eth_getProof` on A returns for the block; `createReader(…).prove(…)` of the npm package, and
/// `optisync read --json`, put them in the order of these functions. Positions of variables: SourceSlot.sol.
library SourceState {
    /// @notice The block of the root is older than the caller accepts.
    error RootTooOld(uint64 number, uint64 timestamp, uint256 oldest);
    /// @notice No anchor evidence was shown for the root's block.
    error RootNotAttested(uint64 number);
    /// @notice There must be one proof for each slot.
    error ProofCountWrong(uint256 got, uint256 wanted);

    /// @notice The state root of a block of A, from the final claim about it.
    /// @dev Reverts as `IStateSync.requireFinal` does if the claim is not final. Whoever sends the transaction finds the
    /// claim in StateSync's events; a claim that says anything else than what became final has another id.
    /// @param maxAge Seconds.
    function root(
        IStateSync sync,
        Claim calldata claim,
        uint64 maxAge
    ) internal view returns (bytes32 stateRoot) {
        sync.requireFinal(claim);
        _requireFresh(claim, maxAge);
        return claim.stateRoot;
    }

    /// @notice Like `root`, for a block that was shown to be canonical on A by anchor evidence. Such a root holds even
    /// if no challenger watched.
    function attestedRoot(
        IStateSync sync,
        Claim calldata claim,
        uint64 maxAge
    ) internal view returns (bytes32 stateRoot) {
        require(sync.requireFinal(claim), RootNotAttested(claim.number));
        _requireFresh(claim, maxAge);
        return claim.stateRoot;
    }

    /// @notice An account of A after the claimed block.
    /// @param owner The account's address on A.
    /// @return found The account; if it does not exist, zeros with the empty storage root.
    function account(
        IStateSync sync,
        Claim calldata claim,
        uint64 maxAge,
        address owner,
        bytes[] calldata proof
    ) internal view returns (Account memory found, bool exists) {
        return MerklePatricia.accountAt(root(sync, claim, maxAge), owner, proof);
    }

    /// @notice The value of a slot of A after the claimed block. Zero if the slot or the account is not there.
    /// @param owner The address on A of the contract whose storage is read.
    /// @param accountProof Proof of the account in the state trie.
    /// @param storageProof Proof of the slot in the account's storage trie; empty if that trie is.
    function slot(
        IStateSync sync,
        Claim calldata claim,
        uint64 maxAge,
        address owner,
        uint256 position,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) internal view returns (uint256) {
        (Account memory found, ) = account(sync, claim, maxAge, owner, accountProof);
        return slotUnder(found, position, storageProof);
    }

    /// @notice The values of several slots of one account after the claimed block, in the order of `positions`.
    /// @param storageProofs One proof for each position.
    function slots(
        IStateSync sync,
        Claim calldata claim,
        uint64 maxAge,
        address owner,
        uint256[] memory positions,
        bytes[] calldata accountProof,
        bytes[][] calldata storageProofs
    ) internal view returns (uint256[] memory values) {
        (Account memory found, ) = account(sync, claim, maxAge, owner, accountProof);
        return slotsUnder(found, positions, storageProofs);
    }

    /// @notice The value of a slot of an account that was proven with `account`.
    function slotUnder(
        Account memory proven,
        uint256 position,
        bytes[] calldata storageProof
    ) internal pure returns (uint256) {
        return MerklePatricia.slotAt(proven.storageRoot, keccak256(abi.encode(position)), storageProof);
    }

    /// @notice The values of several slots of an account that was proven with `account`.
    function slotsUnder(
        Account memory proven,
        uint256[] memory positions,
        bytes[][] calldata storageProofs
    ) internal pure returns (uint256[] memory values) {
        require(
            storageProofs.length == positions.length,
            ProofCountWrong(storageProofs.length, positions.length)
        );
        values = new uint256[](positions.length);
        for (uint256 i = 0; i < positions.length; ++i) {
            values[i] = slotUnder(proven, positions[i], storageProofs[i]);
        }
    }

    function _requireFresh(Claim calldata claim, uint64 maxAge) private view {
        // An age longer than B's time accepts everything.
        uint256 oldest = block.timestamp > maxAge ? block.timestamp - maxAge : 0;
        require(claim.timestamp >= oldest, RootTooOld(claim.number, claim.timestamp, oldest));
    }
}
