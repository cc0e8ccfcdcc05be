// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CommitteeAnchor} from "../../../contracts/anchors/CommitteeAnchor.sol";
import {ICommitteeAnchor} from "../../../contracts/interfaces/ICommitteeAnchor.sol";
import {Quorum} from "../../../contracts/types/Quorum.sol";
import {CommitteeAnchorFixture} from "./CommitteeAnchorFixture.sol";

contract CommitteeAnchorRotateTest is CommitteeAnchorFixture {
    uint8 internal constant NEW_THRESHOLD = 3;

    address[] internal newMembers;
    bytes internal quorum;
    bytes32 internal newHash;

    function setUp() public override {
        super.setUp();
        newMembers = vm.parseJsonAddressArray(json, ".rotation.newMembers");
        quorum = vm.parseJsonBytes(json, ".rotation.quorum");
        newHash = vm.parseJsonBytes32(json, ".rotation.newCommitteeHash");
    }

    function test_RevertWhen_TheSourceChainIdIsZero() external {
        vm.expectRevert(abi.encodeWithSelector(ICommitteeAnchor.SourceChainIdZero.selector));
        new CommitteeAnchor(0, members, THRESHOLD, LIFETIME, MAX_LIFETIME);
    }

    function test_RevertWhen_TheLifetimeIsZero() external {
        vm.expectRevert(
            abi.encodeWithSelector(ICommitteeAnchor.LifetimeOutOfRange.selector, 0, MAX_LIFETIME)
        );
        new CommitteeAnchor(100, members, THRESHOLD, 0, MAX_LIFETIME);
    }

    function test_RevertWhen_TheLifetimeIsOverTheLongest() external {
        vm.expectRevert(
            abi.encodeWithSelector(ICommitteeAnchor.LifetimeOutOfRange.selector, LIFETIME, LIFETIME - 1)
        );
        new CommitteeAnchor(100, members, THRESHOLD, LIFETIME, LIFETIME - 1);
    }

    function test_RevertWhen_ThereAreNoMembers() external {
        vm.expectRevert(abi.encodeWithSelector(Quorum.CommitteeSizeOutOfRange.selector, 0, 1, 64));
        new CommitteeAnchor(100, new address[](0), 1, LIFETIME, MAX_LIFETIME);
    }

    function test_RevertWhen_ThereAreTooManyMembers() external {
        address[] memory many = new address[](65);
        for (uint256 i = 0; i < 65; i++) many[i] = address(uint160(i + 1));
        vm.expectRevert(abi.encodeWithSelector(Quorum.CommitteeSizeOutOfRange.selector, 65, 1, 64));
        new CommitteeAnchor(100, many, 44, LIFETIME, MAX_LIFETIME);
    }

    function test_RevertWhen_MembersDescend() external {
        (members[4], members[5]) = (members[5], members[4]);
        vm.expectRevert(
            abi.encodeWithSelector(Quorum.MembersNotAscending.selector, 5, members[5], members[4])
        );
        new CommitteeAnchor(100, members, THRESHOLD, LIFETIME, MAX_LIFETIME);
    }

    function test_RevertWhen_AMemberRepeats() external {
        members[5] = members[4];
        vm.expectRevert(
            abi.encodeWithSelector(Quorum.MembersNotAscending.selector, 5, members[4], members[4])
        );
        new CommitteeAnchor(100, members, THRESHOLD, LIFETIME, MAX_LIFETIME);
    }

    function test_RevertWhen_AMemberIsZero() external {
        members[0] = address(0);
        vm.expectRevert(
            abi.encodeWithSelector(Quorum.MembersNotAscending.selector, 0, address(0), address(0))
        );
        new CommitteeAnchor(100, members, THRESHOLD, LIFETIME, MAX_LIFETIME);
    }

    function test_RevertWhen_TwoThirdsWouldDo() external {
        vm.expectRevert(abi.encodeWithSelector(Quorum.ThresholdOutOfRange.selector, 14, 15, 21));
        new CommitteeAnchor(100, members, 14, LIFETIME, MAX_LIFETIME);
    }

    function test_RevertWhen_MoreThanAllWouldBeNeeded() external {
        vm.expectRevert(abi.encodeWithSelector(Quorum.ThresholdOutOfRange.selector, 22, 15, 21));
        new CommitteeAnchor(100, members, 22, LIFETIME, MAX_LIFETIME);
    }

    function test_WhenDeployed() external {
        bytes32 hash = vm.parseJsonBytes32(json, ".committeeHash");
        vm.expectEmit(
            true,
            false,
            false,
            true,
            vm.computeCreateAddress(address(this), vm.getNonce(address(this)))
        );
        emit ICommitteeAnchor.CommitteeInstalled(0, hash, THRESHOLD, members);
        CommitteeAnchor deployed = new CommitteeAnchor(100, members, THRESHOLD, LIFETIME, MAX_LIFETIME);
        (bytes32 stored, uint64 retiredAt) = deployed.committees(0);
        assertEq(stored, hash, "hash");
        assertEq(uint256(retiredAt), 0, "retiredAt");
        assertEq(uint256(deployed.epoch()), 0, "epoch");
    }

    function test_WhenDeployedWithTheLargestCommittee() external {
        address[] memory many = new address[](64);
        for (uint256 i = 0; i < 64; i++) many[i] = address(uint160(i + 1));
        CommitteeAnchor deployed = new CommitteeAnchor(100, many, 43, LIFETIME, MAX_LIFETIME);
        (bytes32 stored, ) = deployed.committees(0);
        assertEq(stored, keccak256(_committee(many, 43)), "hash");
    }

    function test_WhenTheVectorIsGiven() external {
        assertEq(_rotationDigest(0, newHash), vm.parseJsonBytes32(json, ".rotation.digest"), "digest");
        vm.expectEmit(true, false, false, true, address(anchor));
        emit ICommitteeAnchor.CommitteeInstalled(1, newHash, NEW_THRESHOLD, newMembers);
        anchor.rotate(newMembers, NEW_THRESHOLD, quorum);
        vm.snapshotGasLastCall("CommitteeAnchor", "rotate_15_of_21");

        assertEq(uint256(anchor.epoch()), 1, "epoch");
        (bytes32 hash, uint64 retiredAt) = anchor.committees(1);
        assertEq(hash, newHash, "new hash");
        assertEq(uint256(retiredAt), 0, "new retiredAt");
        (hash, retiredAt) = anchor.committees(0);
        assertEq(hash, vm.parseJsonBytes32(json, ".committeeHash"), "old hash");
        assertEq(uint256(retiredAt), START, "old retiredAt");
    }

    function test_RevertWhen_TheCommitteeIsNotInOffice() external {
        bytes32 inOffice = keccak256(_committee(members, THRESHOLD));
        members[0] = address(1);
        bytes memory other = _quorum(signers, _rotationDigest(0, newHash));
        vm.expectRevert(
            abi.encodeWithSelector(
                ICommitteeAnchor.NotTheCommittee.selector,
                keccak256(_committee(members, THRESHOLD)),
                inOffice
            )
        );
        anchor.rotate(newMembers, NEW_THRESHOLD, other);
    }

    function test_RevertWhen_CarriedOutAlready() external {
        anchor.rotate(newMembers, NEW_THRESHOLD, quorum);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICommitteeAnchor.NotTheCommittee.selector,
                keccak256(_committee(members, THRESHOLD)),
                newHash
            )
        );
        anchor.rotate(newMembers, NEW_THRESHOLD, quorum);
    }

    function test_RevertWhen_AnOldRotationIsReplayed() external {
        bytes32 sameHash = keccak256(_committee(members, THRESHOLD));
        anchor.rotate(members, THRESHOLD, _quorum(signers, _rotationDigest(0, sameHash)));
        _expectNotSigned(1, newHash);
        anchor.rotate(newMembers, NEW_THRESHOLD, quorum);
    }

    function test_RevertWhen_OtherMembersThanSigned() external {
        newMembers[3] = address(type(uint160).max);
        _expectNotSigned(0, keccak256(_committee(newMembers, NEW_THRESHOLD)));
        anchor.rotate(newMembers, NEW_THRESHOLD, quorum);
    }

    function test_RevertWhen_AnotherThresholdThanSigned() external {
        _expectNotSigned(0, keccak256(_committee(newMembers, NEW_THRESHOLD + 1)));
        anchor.rotate(newMembers, NEW_THRESHOLD + 1, quorum);
    }

    function test_RevertWhen_OneSignatureIsMissing() external {
        signers.pop();
        bytes memory short = _quorum(signers, _rotationDigest(0, newHash));
        _expectNotSigned(0, newHash);
        anchor.rotate(newMembers, NEW_THRESHOLD, short);
    }

    function test_RevertWhen_AnAttestationWasSigned() external {
        bytes memory other = _quorum(signers, _attestationDigest(100, 0, newHash, validUntil));
        _expectNotSigned(0, newHash);
        anchor.rotate(newMembers, NEW_THRESHOLD, other);
    }

    function test_RevertWhen_TheNewThresholdIsTooLow() external {
        vm.expectRevert(abi.encodeWithSelector(Quorum.ThresholdOutOfRange.selector, 2, 3, 4));
        anchor.rotate(newMembers, 2, quorum);
    }

    function test_WhenTheOldCommitteeHasJustRetired() external {
        anchor.rotate(newMembers, NEW_THRESHOLD, quorum);
        bytes memory evidence = _goodEvidence(START + MAX_LIFETIME);
        vm.warp(START + LIFETIME);
        assertTrue(anchor.isCanonical(number, blockHash, evidence), "last second");
        vm.warp(START + LIFETIME + 1);
        ICommitteeAnchor.Verdict got = anchor.verdict(number, blockHash, evidence);
        assertEq(uint256(got), uint256(ICommitteeAnchor.Verdict.CommitteeRetired), "verdict");
        assertTrue(!anchor.isCanonical(number, blockHash, evidence), "canonical");
    }

    function test_WhenTheNewCommitteeSigns() external {
        anchor.rotate(newMembers, NEW_THRESHOLD, quorum);
        bytes32 digest = _attestationDigest(100, number, blockHash, validUntil);
        bytes memory signatures = abi.encodePacked(
            _sign(keys[0], digest),
            _sign(keys[2], digest),
            _sign(keys[3], digest)
        );
        bytes memory tail = abi.encodePacked(
            validUntil,
            _committee(newMembers, NEW_THRESHOLD),
            uint64(13),
            signatures
        );
        assertTrue(anchor.isCanonical(number, blockHash, abi.encodePacked(uint64(1), tail)), "epoch 1");
        ICommitteeAnchor.Verdict got = anchor.verdict(number, blockHash, abi.encodePacked(uint64(0), tail));
        assertEq(uint256(got), uint256(ICommitteeAnchor.Verdict.CommitteeUnknown), "epoch 0");
    }

    function _expectNotSigned(uint64 epoch, bytes32 hash) internal {
        vm.expectRevert(abi.encodeWithSelector(ICommitteeAnchor.RotationNotSigned.selector, epoch, hash));
    }
}
