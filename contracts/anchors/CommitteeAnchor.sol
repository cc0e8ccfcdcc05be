// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAnchor} from "../interfaces/IAnchor.sol";
import {ICommitteeAnchor} from "../interfaces/ICommitteeAnchor.sol";
import {Quorum} from "../types/Quorum.sol";

/// @title Committee anchor
contract CommitteeAnchor is ICommitteeAnchor, EIP712 {
    using Quorum for bytes;

    struct Committee {
        bytes32 hash;
        uint64 retiredAt;
    }

    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(uint256 sourceChainId,uint64 number,bytes32 blockHash,uint64 validUntil)"
    );
    bytes32 private constant ROTATION_TYPEHASH = keccak256("Rotation(uint64 epoch,bytes32 newCommitteeHash)");

    /// `epoch` and `validUntil`, in front of the quorum.
    uint256 private constant EVIDENCE_HEAD_SIZE = 16;

    /// @inheritdoc ICommitteeAnchor
    uint256 public immutable sourceChainId;
    /// @inheritdoc IAnchor
    uint64 public immutable evidenceLifetime;
    /// @inheritdoc ICommitteeAnchor
    uint64 public immutable maxLifetime;

    /// @inheritdoc ICommitteeAnchor
    uint64 public epoch;
    /// @inheritdoc ICommitteeAnchor
    mapping(uint64 epoch => Committee) public committees;

    /// @param sourceChainId_ The chain id of A.
    /// @param members The first committee: strictly ascending, none zero, at most 64.
    /// @param threshold At least floor(2n/3) + 1, at most n.
    /// @param evidenceLifetime_ Seconds for which evidence stays valid, at least, when members sign it as they should.
    /// @param maxLifetime_ Seconds that evidence may be valid at most; not less than `evidenceLifetime_`.
    constructor(
        uint256 sourceChainId_,
        address[] memory members,
        uint8 threshold,
        uint64 evidenceLifetime_,
        uint64 maxLifetime_
    ) EIP712("optisync CommitteeAnchor", "1") {
        require(sourceChainId_ != 0, SourceChainIdZero());
        require(
            evidenceLifetime_ != 0 && evidenceLifetime_ <= maxLifetime_,
            LifetimeOutOfRange(evidenceLifetime_, maxLifetime_)
        );
        sourceChainId = sourceChainId_;
        evidenceLifetime = evidenceLifetime_;
        maxLifetime = maxLifetime_;
        _install(0, members, threshold);
    }

    /// @inheritdoc ICommitteeAnchor
    function rotate(address[] calldata newMembers, uint8 newThreshold, bytes calldata quorum) external {
        uint64 retiring = epoch;
        bytes32 hash = quorum.committeeHash();
        require(hash == committees[retiring].hash, NotTheCommittee(hash, committees[retiring].hash));

        committees[retiring].retiredAt = uint64(block.timestamp);
        epoch = retiring + 1;
        bytes32 newHash = _install(retiring + 1, newMembers, newThreshold);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(ROTATION_TYPEHASH, retiring, newHash)));
        require(quorum.isSigned(digest), RotationNotSigned(retiring, newHash));
    }

    /// @inheritdoc IAnchor
    function isCanonical(uint64 number, bytes32 hash, bytes calldata evidence) external view returns (bool) {
        return hash != 0 && verdict(number, hash, evidence) == Verdict.Canonical;
    }

    /// @inheritdoc ICommitteeAnchor
    function verdict(uint64 number, bytes32 hash, bytes calldata evidence) public view returns (Verdict) {
        require(evidence.length >= EVIDENCE_HEAD_SIZE, EvidenceTooShort(evidence.length, EVIDENCE_HEAD_SIZE));
        uint64 evidenceEpoch = uint64(bytes8(evidence[0:8]));
        uint64 validUntil = uint64(bytes8(evidence[8:16]));
        bytes calldata quorum = evidence[EVIDENCE_HEAD_SIZE:];
        bytes32 committeeHash = quorum.committeeHash();

        if (block.timestamp > validUntil) return Verdict.Expired;
        if (validUntil - block.timestamp > maxLifetime) return Verdict.TooLongLived;
        Committee storage committee = committees[evidenceEpoch];
        if (committeeHash != committee.hash) return Verdict.CommitteeUnknown;
        uint64 retiredAt = committee.retiredAt;
        if (retiredAt != 0 && block.timestamp - retiredAt > evidenceLifetime) return Verdict.CommitteeRetired;

        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(ATTESTATION_TYPEHASH, sourceChainId, number, hash, validUntil))
        );
        return quorum.isSigned(digest) ? Verdict.Canonical : Verdict.NotSigned;
    }

    function _install(
        uint64 newEpoch,
        address[] memory members,
        uint8 threshold
    ) private returns (bytes32 hash) {
        hash = keccak256(Quorum.encodeCommittee(members, threshold));
        committees[newEpoch].hash = hash;
        emit CommitteeInstalled(newEpoch, hash, threshold, members);
    }
}
