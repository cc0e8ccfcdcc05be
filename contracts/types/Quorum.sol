// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title A committee and what enough of its members signed
/// @notice A committee is one string of bytes, a quorum is the committee followed by who signed and their signatures:
///
///   committee  threshold (1) | size (1) | members (20 each, strictly ascending)
///   quorum     committee | signers (8, bit i = member i signed) | signatures (64 each, in the members' order)
///
/// Signatures have the compact form of EIP-2098. The whole length follows from `size` and `signers`, so a quorum has
/// exactly one spelling, and the same member cannot be counted twice. The committee travels with the quorum and is
/// checked against its hash: reading 21 members from storage would cost twice what their calldata costs.
library Quorum {
    /// @notice The size limit of a committee: the bits of `signers`.
    uint256 internal constant MAX_MEMBERS = 64;

    uint256 private constant HEAD_SIZE = 2;
    uint256 private constant MEMBER_SIZE = 20;
    uint256 private constant SIGNERS_SIZE = 8;
    uint256 private constant SIGNATURE_SIZE = 64;

    error CommitteeSizeOutOfRange(uint256 size, uint256 min, uint256 max);
    error MembersNotAscending(uint256 index, address member, address previous);
    error ThresholdOutOfRange(uint256 threshold, uint256 min, uint256 max);
    error QuorumLength(uint256 got, uint256 wanted);
    /// @dev A bit of `signers` stands for no member.
    error SignerOutOfRange(uint64 signers, uint256 size);

    /// @notice Checks and encodes a committee.
    /// @param members Strictly ascending, none zero, at most `MAX_MEMBERS`.
    /// @param threshold How many must sign: more than two thirds, at most all.
    function encodeCommittee(
        address[] memory members,
        uint8 threshold
    ) internal pure returns (bytes memory committee) {
        uint256 size = members.length;
        require(size != 0 && size <= MAX_MEMBERS, CommitteeSizeOutOfRange(size, 1, MAX_MEMBERS));
        // INVARIANT: two quorums of one committee share an honest member as long as less than a third is dishonest.
        uint256 minThreshold = (2 * size) / 3 + 1;
        require(
            threshold >= minThreshold && threshold <= size,
            ThresholdOutOfRange(threshold, minThreshold, size)
        );
        committee = abi.encodePacked(threshold, uint8(size));
        address previous = address(0);
        for (uint256 i = 0; i < size; i++) {
            require(members[i] > previous, MembersNotAscending(i, members[i], previous));
            previous = members[i];
            committee = abi.encodePacked(committee, previous);
        }
    }

    /// @notice The hash of the committee in front of the quorum. Reverts unless the quorum is well formed.
    function committeeHash(bytes calldata quorum) internal pure returns (bytes32) {
        require(quorum.length >= HEAD_SIZE, QuorumLength(quorum.length, HEAD_SIZE));
        uint256 size = uint8(quorum[1]);
        uint256 signersOffset = HEAD_SIZE + MEMBER_SIZE * size;
        uint256 signaturesOffset = signersOffset + SIGNERS_SIZE;
        require(quorum.length >= signaturesOffset, QuorumLength(quorum.length, signaturesOffset));

        uint64 signers = uint64(bytes8(quorum[signersOffset:signaturesOffset]));
        require(size >= MAX_MEMBERS || signers >> size == 0, SignerOutOfRange(signers, size));
        uint256 wanted = signaturesOffset + SIGNATURE_SIZE * _countBits(signers);
        require(quorum.length == wanted, QuorumLength(quorum.length, wanted));
        return keccak256(quorum[:signersOffset]);
    }

    /// @notice Whether at least the threshold signed `digest`, and nobody in `signers` signed anything else.
    /// @dev Call it after `committeeHash` only, which checks the shape.
    function isSigned(bytes calldata quorum, bytes32 digest) internal pure returns (bool) {
        uint256 signersOffset = HEAD_SIZE + MEMBER_SIZE * uint8(quorum[1]);
        uint256 cursor = signersOffset + SIGNERS_SIZE;
        uint64 signers = uint64(bytes8(quorum[signersOffset:cursor]));
        if (_countBits(signers) < uint8(quorum[0])) return false;

        for (uint256 member = HEAD_SIZE; signers != 0; signers >>= 1) {
            if (signers & 1 == 1) {
                (address signer, ECDSA.RecoverError fault, ) = ECDSA.tryRecover(
                    digest,
                    _wordAt(quorum, cursor),
                    _wordAt(quorum, cursor + 32)
                );
                if (fault != ECDSA.RecoverError.NoError) return false;
                if (signer != address(bytes20(_wordAt(quorum, member)))) return false;
                cursor += SIGNATURE_SIZE;
            }
            member += MEMBER_SIZE;
        }
        return true;
    }

    /// No bounds check: `committeeHash` has already found every member and signature inside the quorum.
    function _wordAt(bytes calldata quorum, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(add(quorum.offset, offset))
        }
    }

    function _countBits(uint64 bits) private pure returns (uint256 count) {
        for (; bits != 0; bits &= bits - 1) count++;
    }
}
