// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClaimStatusWrong, IStateSync, RefundModeInactive} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Deployment} from "../support/Deployment.sol";

contract StateSyncRefundTest is Deployment {
    Claim private _claim;

    function setUp() public override {
        super.setUp();
        _claim = propose(sync.genesis(), 110);
    }

    function _enterRefundMode() private {
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
    }

    function test_RevertWhen_RefundModeIsOff() public {
        passWindow();
        vm.expectRevert(abi.encodeWithSelector(RefundModeInactive.selector));
        sync.refund(_claim);
    }

    function test_RevertWhen_TheClaimIsNotPending() public {
        finalize(_claim);
        _enterRefundMode();
        vm.expectRevert(
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                _claim.id(),
                ClaimStatus.Final,
                ClaimStatus.Pending
            )
        );
        sync.refund(_claim);
    }

    function test_RevertWhen_AFieldIsNotTheClaims() public {
        _enterRefundMode();
        Claim memory other = _claim;
        other.proposer = STRANGER;
        vm.expectRevert(
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                other.id(),
                ClaimStatus.None,
                ClaimStatus.Pending
            )
        );
        sync.refund(other);
    }

    function test_WhenRefundModeIsOn() public {
        _enterRefundMode();
        vm.expectEmit();
        emit IStateSync.ClaimRefunded(_claim.id());
        vm.prank(STRANGER);
        sync.refund(_claim);

        requireStatus(_claim, ClaimStatus.Refunded);
        requireStake(PROPOSER, 100 ether, 0);
        vm.expectRevert(
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                _claim.id(),
                ClaimStatus.Refunded,
                ClaimStatus.Pending
            )
        );
        sync.refund(_claim);
    }

    function test_WhenTheClockStandsStill() public {
        _enterRefundMode();
        vm.prank(GUARDIAN);
        sync.freeze();
        sync.refund(_claim);
        requireStake(PROPOSER, 100 ether, 0);
    }
}
