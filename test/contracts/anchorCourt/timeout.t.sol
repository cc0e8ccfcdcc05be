// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    AlreadyAttested,
    DemandOpen,
    DemandUnknown,
    IAnchorCourt
} from "../../../contracts/interfaces/IAnchorCourt.sol";
import {ClaimStatusWrong, IStateSync, RefundModeActive} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

contract AnchorCourtTimeoutTest is Deployment {
    Claim private _claim;

    function setUp() public override {
        super.setUp();
        _claim = propose(PROPOSER, sync.genesis(), forkedBlockAt(110, 1));
        demand(_claim);
    }

    function _expect(Claim memory claim, address challenger, bytes memory reason) private {
        vm.expectRevert(reason);
        anchorCourt.timeout(claim, challenger);
    }

    function _passAnswerTime() private {
        vm.warp(START + ANSWER_TIME + 1);
    }

    function test_RevertWhen_ThereIsNoDemand() public {
        _passAnswerTime();
        _expect(_claim, STRANGER, abi.encodeWithSelector(DemandUnknown.selector, _claim.id(), STRANGER));
    }

    function test_RevertWhen_AFieldIsNotTheClaims() public {
        _passAnswerTime();
        Claim memory other = _claim;
        other.proposer = STRANGER;
        _expect(other, CHALLENGER, abi.encodeWithSelector(DemandUnknown.selector, other.id(), CHALLENGER));
    }

    function test_RevertWhen_TheClaimWasAttested() public {
        anchorCourt.attest(_claim, evidenceFor(_claim));
        _passAnswerTime();
        _expect(_claim, CHALLENGER, abi.encodeWithSelector(AlreadyAttested.selector, _claim.id()));
    }

    function test_RevertWhen_TheDemandIsInItsLastSecond() public {
        uint256 deadline = START + ANSWER_TIME;
        vm.warp(deadline);
        _expect(
            _claim,
            CHALLENGER,
            abi.encodeWithSelector(DemandOpen.selector, _claim.id(), CHALLENGER, deadline, deadline)
        );
    }

    function test_RevertWhen_AFreezeHoldsTheDemandOpen() public {
        vm.warp(START + 10);
        vm.prank(GUARDIAN);
        sync.freeze();
        vm.warp(START + 10 + GUARDIAN_BUDGET);
        _expect(
            _claim,
            CHALLENGER,
            abi.encodeWithSelector(
                DemandOpen.selector,
                _claim.id(),
                CHALLENGER,
                START + ANSWER_TIME,
                START + 10
            )
        );
    }

    function test_RevertWhen_AnotherCourtRejectedTheClaim() public {
        vm.prank(address(anchorCourt));
        sync.reject(_claim, STRANGER);
        _passAnswerTime();
        _expect(
            _claim,
            CHALLENGER,
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                _claim.id(),
                ClaimStatus.Rejected,
                ClaimStatus.Pending
            )
        );
        // The demand is still there to be settled.
        anchorCourt.settle(_claim, CHALLENGER);
        requireStake(CHALLENGER, 100 ether, 0);
    }

    function test_RevertWhen_RefundModeIsOn() public {
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        _passAnswerTime();
        _expect(_claim, CHALLENGER, abi.encodeWithSelector(RefundModeActive.selector));
    }

    function test_WhenTheDemandRanOut() public {
        _passAnswerTime();
        vm.expectEmit();
        emit IAnchorCourt.DemandSettled(_claim.id(), CHALLENGER, IAnchorCourt.DemandOutcome.TimedOut);
        vm.expectEmit();
        emit IStateSync.ClaimRejected(_claim.id(), address(anchorCourt), CHALLENGER);
        vm.prank(STRANGER);
        anchorCourt.timeout(_claim, CHALLENGER);

        requireStatus(_claim, ClaimStatus.Rejected);
        requireStake(PROPOSER, 99 ether, 0);
        requireStake(CHALLENGER, 100.5 ether, 0);
        requireStake(STRANGER, 0, 0);
        assertEq(stake.burned(), 0.5 ether, "burned");
    }

    function test_WhenALaterDemandTimesOutFirst() public {
        _fund(STRANGER, DEMAND_BOND);
        vm.warp(START + 5);
        vm.prank(STRANGER);
        anchorCourt.demand(_claim, STRANGER);
        vm.warp(START + 5 + ANSWER_TIME + 1);
        anchorCourt.timeout(_claim, STRANGER);
        requireStake(STRANGER, DEMAND_BOND + BOND / 2, 0);

        anchorCourt.settle(_claim, CHALLENGER);
        requireStake(CHALLENGER, 100 ether, 0);
    }

    function test_WhenTheWindowIsOverToo() public {
        vm.warp(START + WINDOW + ANSWER_TIME + 1000);
        anchorCourt.timeout(_claim, CHALLENGER);
        requireStatus(_claim, ClaimStatus.Rejected);
    }

    /// Proposer and challenger being one changes nothing but that half the bond is gone.
    function test_WhenTheProposerChallengedItself() public {
        Claim memory sham = propose(sync.genesis(), 120);
        vm.prank(PROPOSER);
        anchorCourt.demand(sham, PROPOSER);
        vm.warp(block.timestamp + ANSWER_TIME + 1);
        anchorCourt.timeout(sham, PROPOSER);
        requireStake(PROPOSER, 98.5 ether, BOND);
        assertEq(stake.burned(), 0.5 ether, "burned");
    }
}
