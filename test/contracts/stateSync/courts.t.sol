// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    ClaimStatusWrong,
    IStateSync,
    NotCourt,
    RefundModeActive,
    WindowClosed
} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

/// What StateSync lets courts do, with the test in the place of a court.
contract StateSyncCourtsTest is Deployment {
    Claim private _claim;
    bytes32 private _id;
    address private _court;

    function setUp() public override {
        super.setUp();
        _claim = propose(sync.genesis(), 110);
        _id = _claim.id();
        _court = address(anchorCourt);
    }

    function _wrong(ClaimStatus got) private view returns (bytes memory) {
        return abi.encodeWithSelector(ClaimStatusWrong.selector, _id, got, ClaimStatus.Pending);
    }

    function _enterRefundMode() private {
        vm.prank(_court);
        sync.enterRefundMode();
    }

    function test_RevertWhen_TheCallerIsNotACourt() public {
        bytes memory reason = abi.encodeWithSelector(NotCourt.selector, STRANGER);
        vm.startPrank(STRANGER);
        vm.expectRevert(reason);
        sync.openChallenge(_id);
        vm.expectRevert(reason);
        sync.closeChallenge(_id);
        vm.expectRevert(reason);
        sync.reject(_claim, STRANGER);
        vm.expectRevert(reason);
        sync.recordAttestation(_id);
        vm.expectRevert(reason);
        sync.enterRefundMode();
        vm.stopPrank();
    }

    function test_openChallenge_RevertWhen_RefundModeIsOn() public {
        _enterRefundMode();
        vm.prank(_court);
        vm.expectRevert(abi.encodeWithSelector(RefundModeActive.selector));
        sync.openChallenge(_id);
    }

    function test_openChallenge_RevertWhen_TheClaimIsNotPending() public {
        finalize(_claim);
        vm.prank(_court);
        vm.expectRevert(_wrong(ClaimStatus.Final));
        sync.openChallenge(_id);
    }

    function test_openChallenge_RevertWhen_TheWindowEndedASecondAgo() public {
        vm.warp(START + WINDOW + 1);
        vm.prank(_court);
        vm.expectRevert(abi.encodeWithSelector(WindowClosed.selector, START + WINDOW, START + WINDOW + 1));
        sync.openChallenge(_id);
    }

    function test_openChallenge_WhenTheWindowIsInItsLastSecond() public {
        vm.warp(START + WINDOW);
        vm.expectEmit();
        emit IStateSync.ChallengeOpened(_id, _court, 1);
        vm.prank(_court);
        sync.openChallenge(_id);
        vm.prank(_court);
        sync.openChallenge(_id);
        assertEq(sync.record(_id).openChallenges, 2, "open challenges");
    }

    function test_closeChallenge_RevertWhen_NoneIsOpen() public {
        vm.prank(_court);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x11));
        sync.closeChallenge(_id);
    }

    function test_closeChallenge_WhenOneIsOpen() public {
        vm.prank(_court);
        sync.openChallenge(_id);
        vm.warp(START + 10);
        vm.expectEmit();
        emit IStateSync.ChallengeClosed(_id, _court, 0, START + 10 + GRACE);
        vm.prank(_court);
        sync.closeChallenge(_id);
        assertEq(sync.record(_id).openChallenges, 0, "open challenges");
        assertEq(sync.record(_id).quietUntil, START + 10 + GRACE, "quiet until");
    }

    function test_reject_RevertWhen_RefundModeIsOn() public {
        _enterRefundMode();
        vm.prank(_court);
        vm.expectRevert(abi.encodeWithSelector(RefundModeActive.selector));
        sync.reject(_claim, CHALLENGER);
    }

    function test_reject_RevertWhen_TheClaimIsNotPending() public {
        vm.prank(_court);
        sync.reject(_claim, CHALLENGER);
        vm.prank(_court);
        vm.expectRevert(_wrong(ClaimStatus.Rejected));
        sync.reject(_claim, CHALLENGER);
    }

    function test_reject_RevertWhen_AFieldIsNotTheClaims() public {
        Claim memory other = _claim;
        other.proposer = STRANGER;
        vm.prank(_court);
        vm.expectRevert(
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                other.id(),
                ClaimStatus.None,
                ClaimStatus.Pending
            )
        );
        sync.reject(other, CHALLENGER);
    }

    function test_reject_WhenTheClaimIsPending() public {
        vm.expectEmit();
        emit IStateSync.ClaimRejected(_id, _court, CHALLENGER);
        vm.prank(_court);
        sync.reject(_claim, CHALLENGER);

        requireStatus(_claim, ClaimStatus.Rejected);
        requireStake(PROPOSER, 99 ether, 0);
        requireStake(CHALLENGER, 100.5 ether, 0);
        assertEq(stake.burned(), 0.5 ether, "burned");
    }

    function test_recordAttestation_RevertWhen_TheClaimIsDead() public {
        vm.prank(_court);
        sync.reject(_claim, CHALLENGER);
        vm.prank(_court);
        vm.expectRevert(_wrong(ClaimStatus.Rejected));
        sync.recordAttestation(_id);
    }

    function test_recordAttestation_RevertWhen_TheClaimIsUnknown() public {
        bytes32 unknown = keccak256("unknown");
        vm.prank(_court);
        vm.expectRevert(
            abi.encodeWithSelector(ClaimStatusWrong.selector, unknown, ClaimStatus.None, ClaimStatus.Pending)
        );
        sync.recordAttestation(unknown);
    }

    function test_recordAttestation_WhenTheClaimIsPendingOrFinal() public {
        vm.expectEmit();
        emit IStateSync.ClaimAttested(_id);
        vm.prank(_court);
        sync.recordAttestation(_id);
        assertTrue(sync.record(_id).attested, "attested");
        finalize(_claim);
        assertTrue(sync.requireFinal(_claim), "so is what is final");

        Claim memory later = makeFinal(120);
        assertTrue(!sync.requireFinal(later), "not yet");
        bytes32 laterId = later.id();
        vm.prank(_court);
        sync.recordAttestation(laterId);
        assertTrue(sync.requireFinal(later), "attested after finality");
    }

    function test_enterRefundMode_RevertWhen_RefundModeIsOn() public {
        _enterRefundMode();
        vm.prank(_court);
        vm.expectRevert(abi.encodeWithSelector(RefundModeActive.selector));
        sync.enterRefundMode();
    }

    function test_enterRefundMode_WhenItIsOff() public {
        vm.expectEmit();
        emit IStateSync.RefundModeEntered(_court);
        _enterRefundMode();
        assertTrue(sync.refundMode(), "refund mode");
    }
}
