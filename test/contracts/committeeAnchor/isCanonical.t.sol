// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommitteeAnchor} from "../../../contracts/anchors/CommitteeAnchor.sol";
import {ICommitteeAnchor} from "../../../contracts/interfaces/ICommitteeAnchor.sol";
import {Quorum} from "../../../contracts/types/Quorum.sol";
import {CommitteeAnchorFixture} from "./CommitteeAnchorFixture.sol";

contract CommitteeAnchorIsCanonicalTest is CommitteeAnchorFixture {
    /// epoch, validUntil, threshold, size.
    uint256 internal constant MEMBERS_OFFSET = 18;
    uint256 internal constant SIGNERS_OFFSET = MEMBERS_OFFSET + 20 * SIZE;
    uint256 internal constant SIGNATURES_OFFSET = SIGNERS_OFFSET + 8;
    uint256 internal constant WANTED_SIZE = SIGNATURES_OFFSET + 64 * uint256(THRESHOLD);

    function test_WhenTheVectorIsShown() external {
        bytes memory evidence = vm.parseJsonBytes(json, ".attestation.evidence");
        bytes32 digest = _attestationDigest(100, number, blockHash, validUntil);
        assertEq(digest, vm.parseJsonBytes32(json, ".attestation.digest"), "digest");
        assertEq(evidence, _evidence(0, validUntil, signers, digest), "evidence");

        vm.cool(address(anchor));
        assertTrue(anchor.isCanonical(number, blockHash, evidence), "canonical");
        uint256 gas = vm.snapshotGasLastCall("CommitteeAnchor", "isCanonical_15_of_21");
        assertLe(gas + 21_000 + 16 * evidence.length, 130_000, "gas");
    }

    function test_WhenEverybodySigned() external {
        bytes32 digest = _attestationDigest(100, number, blockHash, validUntil);
        bytes memory evidence = _evidence(0, validUntil, _firstIndices(SIZE), digest);
        vm.cool(address(anchor));
        assertTrue(anchor.isCanonical(number, blockHash, evidence), "canonical");
        vm.snapshotGasLastCall("CommitteeAnchor", "isCanonical_21_of_21");
    }

    function test_WhenValidUntilIsNow() external {
        bytes memory evidence = _goodEvidence(validUntil);
        vm.warp(validUntil);
        _expectVerdict(evidence, ICommitteeAnchor.Verdict.Canonical);
    }

    function test_WhenExpired() external {
        bytes memory evidence = _goodEvidence(validUntil);
        vm.warp(uint256(validUntil) + 1);
        _expectVerdict(evidence, ICommitteeAnchor.Verdict.Expired);
    }

    function test_WhenAsLongLivedAsAllowed() external view {
        _expectVerdict(_goodEvidence(START + MAX_LIFETIME), ICommitteeAnchor.Verdict.Canonical);
    }

    function test_WhenTooLongLived() external view {
        _expectVerdict(_goodEvidence(START + MAX_LIFETIME + 1), ICommitteeAnchor.Verdict.TooLongLived);
    }

    function test_WhenTheHashIsZero() external view {
        bytes memory evidence = _evidence(
            0,
            validUntil,
            signers,
            _attestationDigest(100, number, bytes32(0), validUntil)
        );
        assertTrue(!anchor.isCanonical(number, bytes32(0), evidence), "canonical");
    }

    function test_WhenAskedAboutAnotherNumber() external view {
        ICommitteeAnchor.Verdict got = anchor.verdict(number + 1, blockHash, _goodEvidence(validUntil));
        assertEq(uint256(got), uint256(ICommitteeAnchor.Verdict.NotSigned), "verdict");
    }

    function test_WhenAskedAboutAnotherHash() external view {
        bytes32 other = bytes32(uint256(blockHash) ^ 1);
        ICommitteeAnchor.Verdict got = anchor.verdict(number, other, _goodEvidence(validUntil));
        assertEq(uint256(got), uint256(ICommitteeAnchor.Verdict.NotSigned), "verdict");
    }

    function test_WhenValidUntilWasMoved() external view {
        bytes32 digest = _attestationDigest(100, number, blockHash, validUntil);
        _expectVerdict(_evidence(0, validUntil + 1, signers, digest), ICommitteeAnchor.Verdict.NotSigned);
    }

    function test_WhenSignedForAnotherSourceChain() external view {
        bytes32 digest = _attestationDigest(101, number, blockHash, validUntil);
        _expectVerdict(_evidence(0, validUntil, signers, digest), ICommitteeAnchor.Verdict.NotSigned);
    }

    function test_WhenSignedForAnotherDestinationChain() external {
        bytes memory evidence = _goodEvidence(validUntil);
        vm.chainId(1);
        _expectVerdict(evidence, ICommitteeAnchor.Verdict.NotSigned);
    }

    function test_WhenSignedForAnotherAnchor() external {
        bytes memory evidence = _goodEvidence(validUntil);
        anchor = new CommitteeAnchor(100, members, THRESHOLD, LIFETIME, MAX_LIFETIME);
        _expectVerdict(evidence, ICommitteeAnchor.Verdict.NotSigned);
    }

    function test_WhenOneSignatureIsAStrangers() external {
        keys[signers[7]] = uint256(keccak256("stranger"));
        _expectVerdict(_goodEvidence(validUntil), ICommitteeAnchor.Verdict.NotSigned);
    }

    function test_WhenTwoSignaturesAreSwapped() external {
        (keys[signers[0]], keys[signers[1]]) = (keys[signers[1]], keys[signers[0]]);
        _expectVerdict(_goodEvidence(validUntil), ICommitteeAnchor.Verdict.NotSigned);
    }

    function test_WhenOneSignatureHasTheHighS() external view {
        bytes memory evidence = _goodEvidence(validUntil);
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        uint256 vs = _wordAt(evidence, SIGNATURES_OFFSET + 32);
        uint256 s = vs & (type(uint256).max >> 1);
        // The other root's s does not fit beside the parity bit, so that EIP-2098 cannot even spell it.
        _putWord(evidence, SIGNATURES_OFFSET + 32, (order - s) ^ (vs & (1 << 255)));
        _expectVerdict(evidence, ICommitteeAnchor.Verdict.NotSigned);
    }

    function test_WhenOneSignatureIsMissing() external {
        signers.pop();
        _expectVerdict(_goodEvidence(validUntil), ICommitteeAnchor.Verdict.NotSigned);
    }

    function test_WhenItsEpochHasNotBegun() external view {
        bytes32 digest = _attestationDigest(100, number, blockHash, validUntil);
        _expectVerdict(_evidence(1, validUntil, signers, digest), ICommitteeAnchor.Verdict.CommitteeUnknown);
    }

    function test_WhenTheThresholdWasLowered() external view {
        bytes memory evidence = _goodEvidence(validUntil);
        evidence[16] = bytes1(THRESHOLD - 1);
        _expectVerdict(evidence, ICommitteeAnchor.Verdict.CommitteeUnknown);
    }

    function test_WhenAMemberWasReplaced() external {
        members[2] = vm.addr(uint256(keccak256("stranger")));
        _expectVerdict(_goodEvidence(validUntil), ICommitteeAnchor.Verdict.CommitteeUnknown);
    }

    function test_RevertWhen_AByteIsMissing() external {
        bytes memory evidence = _goodEvidence(validUntil);
        _cut(evidence, evidence.length - 1);
        _expectQuorumLength(WANTED_SIZE - 16 - 1, WANTED_SIZE - 16);
        anchor.isCanonical(number, blockHash, evidence);
    }

    function test_RevertWhen_AByteIsTooMany() external {
        bytes memory evidence = abi.encodePacked(_goodEvidence(validUntil), hex"00");
        _expectQuorumLength(WANTED_SIZE - 16 + 1, WANTED_SIZE - 16);
        anchor.isCanonical(number, blockHash, evidence);
    }

    function test_RevertWhen_ItEndsBeforeTheQuorum() external {
        vm.expectRevert(abi.encodeWithSelector(ICommitteeAnchor.EvidenceTooShort.selector, 15, 16));
        anchor.isCanonical(number, blockHash, new bytes(15));
    }

    function test_RevertWhen_ItEndsBeforeTheCommittee() external {
        _expectQuorumLength(1, 2);
        anchor.isCanonical(number, blockHash, new bytes(17));
    }

    function test_RevertWhen_ItEndsBeforeTheSigners() external {
        bytes memory evidence = _goodEvidence(validUntil);
        _cut(evidence, SIGNATURES_OFFSET - 1);
        _expectQuorumLength(SIGNATURES_OFFSET - 16 - 1, SIGNATURES_OFFSET - 16);
        anchor.isCanonical(number, blockHash, evidence);
    }

    function test_RevertWhen_ASignerIsNobody() external {
        bytes memory evidence = _goodEvidence(validUntil);
        // Bit 21 of 64, counted from the right.
        evidence[SIGNERS_OFFSET + 5] |= 0x20;
        uint64 bits = uint64(_wordAt(evidence, SIGNERS_OFFSET) >> 192);
        vm.expectRevert(abi.encodeWithSelector(Quorum.SignerOutOfRange.selector, bits, SIZE));
        anchor.isCanonical(number, blockHash, evidence);
    }

    function testFuzz_WhenOneBitIsChanged(uint256 bit) external view {
        bytes memory evidence = _goodEvidence(validUntil);
        bit = bound(bit, 0, evidence.length * 8 - 1);
        evidence[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        try anchor.isCanonical(number, blockHash, evidence) returns (bool canonical) {
            assertTrue(!canonical, "canonical");
        } catch (bytes memory reason) {
            assertTrue(reason.length >= 4, "a named error");
        }
    }

    function testFuzz_WhenAnyMembersSigned(uint8 size, uint8 threshold, uint64 chosen) external {
        size = uint8(bound(size, 1, SIZE));
        threshold = uint8(bound(threshold, (2 * uint256(size)) / 3 + 1, size));
        chosen &= uint64((1 << size) - 1);
        address[] memory who = _firstMembers(size);
        anchor = new CommitteeAnchor(100, who, threshold, LIFETIME, MAX_LIFETIME);
        bytes32 digest = _attestationDigest(100, number, blockHash, validUntil);

        uint256 count;
        bytes memory signatures;
        for (uint256 i = 0; i < size; i++) {
            if ((chosen >> i) & 1 == 0) continue;
            signatures = abi.encodePacked(signatures, _sign(keys[i], digest));
            count++;
        }
        bytes memory evidence = abi.encodePacked(
            uint64(0),
            validUntil,
            _committee(who, threshold),
            chosen,
            signatures
        );
        assertEq(anchor.isCanonical(number, blockHash, evidence), count >= threshold, "canonical");
    }

    function _expectVerdict(bytes memory evidence, ICommitteeAnchor.Verdict wanted) internal view {
        ICommitteeAnchor.Verdict got = anchor.verdict(number, blockHash, evidence);
        assertEq(uint256(got), uint256(wanted), "verdict");
        bool canonical = anchor.isCanonical(number, blockHash, evidence);
        assertEq(canonical, wanted == ICommitteeAnchor.Verdict.Canonical, "canonical");
    }

    function _expectQuorumLength(uint256 got, uint256 wanted) internal {
        vm.expectRevert(abi.encodeWithSelector(Quorum.QuorumLength.selector, got, wanted));
    }

    function _cut(bytes memory data, uint256 size) internal pure {
        assembly {
            mstore(data, size)
        }
    }

    function _wordAt(bytes memory data, uint256 offset) internal pure returns (uint256 word) {
        assembly {
            word := mload(add(add(data, 32), offset))
        }
    }

    function _putWord(bytes memory data, uint256 offset, uint256 word) internal pure {
        assembly {
            mstore(add(add(data, 32), offset), word)
        }
    }
}
