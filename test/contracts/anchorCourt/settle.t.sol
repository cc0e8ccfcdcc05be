// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DemandOpen, DemandUnknown, IAnchorCourt} from "../../../contracts/interfaces/IAnchorCourt.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

contract AnchorCourtSettleTest is Deployment {
    Claim private _parent;
    Claim private _claim;

    function setUp() public override {
        super.setUp();
        Claim[] memory claims = proposeChain(2, 10);
        (_parent, _claim) = (claims[0], claims[1]);
        demand(_claim);
    }

    function _expectVoid() private {
        vm.expectEmit();
        emit IAnchorCourt.DemandSettled(_claim.id(), CHALLENGER, IAnchorCourt.DemandOutcome.Void);
        vm.prank(STRANGER);
        anchorCourt.settle(_claim, CHALLENGER);
        requireStake(CHALLENGER, 100 ether, 0);
    }

    function _rejectParent() private {
        vm.prank(address(anchorCourt));
        sync.reject(_parent, STRANGER);
    }

    function test_RevertWhen_ThereIsNoDemand() public {
        vm.expectRevert(abi.encodeWithSelector(DemandUnknown.selector, _claim.id(), STRANGER));
        anchorCourt.settle(_claim, STRANGER);
    }

    function test_RevertWhen_TheDemandWasSettled() public {
        _rejectParent();
        sync.orphan(_claim);
        anchorCourt.settle(_claim, CHALLENGER);
        vm.expectRevert(abi.encodeWithSelector(DemandUnknown.selector, _claim.id(), CHALLENGER));
        anchorCourt.settle(_claim, CHALLENGER);
    }

    function test_RevertWhen_AFieldIsNotTheClaims() public {
        Claim memory other = _claim;
        other.proposer = STRANGER;
        vm.expectRevert(abi.encodeWithSelector(DemandUnknown.selector, other.id(), CHALLENGER));
        anchorCourt.settle(other, CHALLENGER);
    }

    function test_RevertWhen_TheClaimIsPending() public {
        uint256 deadline = START + ANSWER_TIME;
        for (uint256 late = 0; late < 2; ++late) {
            vm.warp(deadline + late);
            vm.expectRevert(
                abi.encodeWithSelector(
                    DemandOpen.selector,
                    _claim.id(),
                    CHALLENGER,
                    deadline,
                    deadline + late
                )
            );
            anchorCourt.settle(_claim, CHALLENGER);
        }
    }

    function test_WhenTheClaimWasOrphaned() public {
        _rejectParent();
        sync.orphan(_claim);
        _expectVoid();
    }

    function test_WhenTheClaimWasRejected() public {
        vm.prank(address(anchorCourt));
        sync.reject(_claim, STRANGER);
        _expectVoid();
    }

    function test_WhenTheClaimWasRefunded() public {
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        sync.refund(_claim);
        _expectVoid();
    }

    function test_WhenRefundModeIsOnAndTheClaimPending() public {
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        _expectVoid();
        sync.refund(_claim);
        requireStake(PROPOSER, 99 ether, BOND);
    }

    function test_WhenTheClaimWasAttested() public {
        _fund(STRANGER, DEMAND_BOND);
        vm.prank(STRANGER);
        anchorCourt.demand(_claim, STRANGER);
        anchorCourt.attest(_claim, evidenceFor(_claim));
        vm.expectEmit();
        emit IAnchorCourt.DemandSettled(_claim.id(), CHALLENGER, IAnchorCourt.DemandOutcome.Answered);
        anchorCourt.settle(_claim, CHALLENGER);
        requireStake(CHALLENGER, 100 ether - DEMAND_BOND, 0);
        requireStake(PROPOSER, 98 ether + DEMAND_BOND / 2, 2 * BOND);

        // One answer met all demands: each of them pays, also after finality.
        finalize(_parent);
        sync.finalize(_claim);
        anchorCourt.settle(_claim, STRANGER);
        requireStake(STRANGER, 0, 0);
        requireStake(PROPOSER, 100 ether + DEMAND_BOND, 0);
        assertEq(stake.burned(), DEMAND_BOND, "burned");
    }
}
