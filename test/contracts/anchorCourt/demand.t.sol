// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AlreadyAttested, DemandExists, IAnchorCourt} from "../../../contracts/interfaces/IAnchorCourt.sol";
import {NotStaker, StakeTooSmall} from "../../../contracts/interfaces/IStake.sol";
import {
    ClaimStatusWrong,
    IStateSync,
    RefundModeActive,
    WindowClosed
} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

contract AnchorCourtDemandTest is Deployment {
    Claim private _claim;

    function setUp() public override {
        super.setUp();
        _claim = propose(sync.genesis(), 110);
    }

    function _expect(Claim memory claim, bytes memory reason) private {
        vm.prank(CHALLENGER);
        vm.expectRevert(reason);
        anchorCourt.demand(claim, CHALLENGER);
    }

    function _expectStatus(Claim memory claim, ClaimStatus got) private {
        _expect(
            claim,
            abi.encodeWithSelector(ClaimStatusWrong.selector, claim.id(), got, ClaimStatus.Pending)
        );
    }

    function test_RevertWhen_RefundModeIsOn() public {
        demand(_claim);
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        _expect(_claim, abi.encodeWithSelector(RefundModeActive.selector));
        vm.prank(PROPOSER);
        vm.expectRevert(abi.encodeWithSelector(RefundModeActive.selector));
        anchorCourt.demand(_claim, PROPOSER);
    }

    function test_RevertWhen_TheClaimWasAttested() public {
        anchorCourt.attest(_claim, evidenceFor(_claim));
        _expect(_claim, abi.encodeWithSelector(AlreadyAttested.selector, _claim.id()));
    }

    function test_RevertWhen_TheChallengerDemandedBefore() public {
        demand(_claim);
        _expect(_claim, abi.encodeWithSelector(DemandExists.selector, _claim.id(), CHALLENGER));
    }

    function test_RevertWhen_TheClaimIsNotPending() public {
        Claim memory child = propose(_claim.id(), 120);
        vm.prank(address(anchorCourt));
        sync.reject(_claim, CHALLENGER);
        sync.orphan(child);
        _expectStatus(_claim, ClaimStatus.Rejected);
        _expectStatus(child, ClaimStatus.Orphaned);
        _expectStatus(makeFinal(130), ClaimStatus.Final);
        _expectStatus(genesisClaim(), ClaimStatus.Final);
    }

    function test_RevertWhen_AFieldIsNotTheClaims() public {
        for (uint256 field = 0; field < 6; ++field) {
            Claim memory other = _claim;
            if (field == 0) other.parent = keccak256("other");
            if (field == 1) other.blockHash = keccak256("other");
            if (field == 2) other.stateRoot = keccak256("other");
            if (field == 3) other.number += 1;
            if (field == 4) other.timestamp += 1;
            if (field == 5) other.proposer = STRANGER;
            _expectStatus(other, ClaimStatus.None);
        }
    }

    function test_RevertWhen_TheWindowEndedASecondAgo() public {
        vm.warp(START + WINDOW + 1);
        _expect(_claim, abi.encodeWithSelector(WindowClosed.selector, START + WINDOW, START + WINDOW + 1));
    }

    function test_RevertWhen_TheWindowEndedUnderADemand() public {
        demand(_claim);
        vm.warp(START + WINDOW + 1);
        vm.prank(PROPOSER);
        vm.expectRevert(abi.encodeWithSelector(WindowClosed.selector, START + WINDOW, START + WINDOW + 1));
        anchorCourt.demand(_claim, PROPOSER);
    }

    function test_RevertWhen_TheStakeIsTooSmall() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(StakeTooSmall.selector, STRANGER, 0, DEMAND_BOND));
        anchorCourt.demand(_claim, STRANGER);
    }

    function test_RevertWhen_AStrangerSpendsTheStake() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(NotStaker.selector, CHALLENGER, STRANGER));
        anchorCourt.demand(_claim, CHALLENGER);
    }

    function test_WhenTheOperatorSends() public {
        vm.prank(CHALLENGER);
        stake.setOperator(STRANGER, DEMAND_BOND);
        vm.prank(STRANGER);
        anchorCourt.demand(_claim, CHALLENGER);
        requireStake(CHALLENGER, 100 ether - DEMAND_BOND, DEMAND_BOND);
    }

    function test_WhenTheWindowIsInItsLastSecond() public {
        vm.warp(START + WINDOW);
        demand(_claim);
        assertEq(
            anchorCourt.demandDeadline(_claim.id(), CHALLENGER),
            START + WINDOW + ANSWER_TIME,
            "the proposer has its whole time"
        );
    }

    function test_WhenTheClockStandsStill() public {
        vm.prank(GUARDIAN);
        sync.freeze();
        vm.warp(START + 100);
        demand(_claim);
        assertEq(anchorCourt.answerDeadline(_claim.id()), START + ANSWER_TIME, "deadline");
    }

    function test_WhenAnotherDemandedBefore() public {
        _fund(STRANGER, DEMAND_BOND);
        demand(_claim);
        vm.warp(START + 7);
        vm.prank(STRANGER);
        anchorCourt.demand(_claim, STRANGER);

        bytes32 id = _claim.id();
        assertEq(anchorCourt.answerDeadline(id), START + ANSWER_TIME, "the first demand counts");
        assertEq(anchorCourt.demandDeadline(id, STRANGER), START + 7 + ANSWER_TIME, "the second demand");
        assertEq(sync.record(id).openChallenges, 1, "one challenge stands for all demands");
    }

    function test_WhenTheClaimIsPending() public {
        bytes32 id = _claim.id();
        vm.expectEmit();
        emit IAnchorCourt.EvidenceDemanded(id, CHALLENGER, START + ANSWER_TIME);
        vm.expectEmit();
        emit IStateSync.ChallengeOpened(id, address(anchorCourt), 1);
        demand(_claim);

        assertEq(anchorCourt.demandDeadline(id, CHALLENGER), START + ANSWER_TIME, "demand deadline");
        assertEq(anchorCourt.answerDeadline(id), START + ANSWER_TIME, "answer deadline");
        requireStake(CHALLENGER, 100 ether - DEMAND_BOND, DEMAND_BOND);
        assertEq(stake.lockedBy(address(anchorCourt), CHALLENGER), DEMAND_BOND, "the court's ledger");
    }
}
