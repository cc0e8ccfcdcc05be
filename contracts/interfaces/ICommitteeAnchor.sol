// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAnchor} from "./IAnchor.sol";

/// @title Committee anchor
/// @notice A's validators say which blocks are A's: a block is canonical if more than two thirds of the committee
/// signed its number and hash. For source chains whose consensus is a known set of validators (proof of authority,
/// BFT chains).
///
/// Evidence is bytes, without padding:
///
///   epoch (8) | validUntil (8) | quorum (see `types/Quorum.sol`)
///
/// A signature covers the EIP-712 struct
/// `Attestation(uint256 sourceChainId,uint64 number,bytes32 blockHash,uint64 validUntil)` in the domain
/// `{name: "optisync CommitteeAnchor", version: "1", chainId: B's, verifyingContract: this}`.
///
/// The members themselves replace the committee. Nobody owns the contract.
///
/// Deadlines of evidence run on B's block timestamps, not on the protocol clock: a freeze of the protocol does not
/// lengthen them. Members sign the same block again with a later `validUntil` for whoever asks.
interface ICommitteeAnchor is IAnchor {
    /// @notice What becomes of well-formed evidence.
    enum Verdict {
        /// The block is canonical.
        Canonical,
        /// Warm: `validUntil` has passed.
        Expired,
        /// Warm: `validUntil` is more than `maxLifetime` ahead.
        TooLongLived,
        /// Cold: the committee shown is not the one of this epoch, or the epoch has not begun.
        CommitteeUnknown,
        /// Warm: the committee was replaced more than `evidenceLifetime` ago.
        CommitteeRetired,
        /// Cold: fewer signers than the threshold, or a signature that is not the member's, or is over something else.
        NotSigned
    }

    /// @notice A committee took office: the first one in the constructor, later ones by rotation.
    event CommitteeInstalled(uint64 indexed epoch, bytes32 committeeHash, uint8 threshold, address[] members);

    error SourceChainIdZero();
    /// @dev Members could not sign evidence that lives as long as promised.
    error LifetimeOutOfRange(uint64 evidenceLifetime, uint64 maxLifetime);
    error EvidenceTooShort(uint256 size, uint256 min);
    /// @dev The committee shown is not the one in office.
    error NotTheCommittee(bytes32 got, bytes32 wanted);
    /// @dev Too few members of the committee in office signed this rotation.
    error RotationNotSigned(uint64 epoch, bytes32 newCommitteeHash);

    /// @notice Replaces the committee. Anyone may send it; more than two thirds of the committee in office must have
    /// signed the EIP-712 struct `Rotation(uint64 epoch,bytes32 newCommitteeHash)`, `epoch` being the one in office
    /// (so a rotation cannot be replayed) and the hash being keccak256 of the new committee's bytes.
    /// @dev Evidence of the replaced committee stays valid for `evidenceLifetime` seconds more, so that a rotation
    /// takes no evidence out of an honest proposer's hands.
    /// @param newMembers Strictly ascending, none zero, at most 64.
    /// @param newThreshold At least floor(2n/3) + 1, at most n.
    /// @param quorum The committee in office and its signatures.
    function rotate(address[] calldata newMembers, uint8 newThreshold, bytes calldata quorum) external;

    /// @notice Why evidence is accepted or not. `isCanonical` is true iff this is `Canonical`.
    function verdict(uint64 number, bytes32 hash, bytes calldata evidence) external view returns (Verdict);

    /// @notice The chain id of A that every attestation names.
    function sourceChainId() external view returns (uint256);

    /// @notice The longest time in seconds that `validUntil` may lie ahead of B's timestamp.
    function maxLifetime() external view returns (uint64);

    /// @notice The epoch of the committee in office; the first is 0.
    function epoch() external view returns (uint64);

    /// @notice A committee by its epoch.
    /// @return hash keccak256 of the committee's bytes; zero for an epoch that has not begun.
    /// @return retiredAt B's timestamp at which it was replaced; zero for the committee in office.
    function committees(uint64 epoch) external view returns (bytes32 hash, uint64 retiredAt);
}
