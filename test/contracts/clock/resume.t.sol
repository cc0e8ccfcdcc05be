// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClock, NotFrozen, NotGuardian} from "../../../contracts/interfaces/IClock.sol";
import {Deployment} from "../support/Deployment.sol";

contract ClockResumeTest is Deployment {
    function _freeze() private {
        vm.prank(GUARDIAN);
        sync.freeze();
    }

    function test_RevertWhen_TheClockRuns() public {
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(NotFrozen.selector));
        sync.resume();
    }

    function test_RevertWhen_AStrangerResumesBeforeTheBudgetIsSpent() public {
        _freeze();
        vm.warp(START + GUARDIAN_BUDGET - 1);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(NotGuardian.selector, STRANGER));
        sync.resume();
    }

    function test_WhenAStrangerResumesAfterTheBudgetIsSpent() public {
        _freeze();
        vm.warp(START + GUARDIAN_BUDGET + 50);
        vm.expectEmit();
        emit IClock.ClockResumed(START + GUARDIAN_BUDGET + 50, GUARDIAN_BUDGET);
        vm.prank(STRANGER);
        sync.resume();
        assertEq(sync.clock(), START + 50, "only the budget was lost");
        assertEq(sync.freezeBudget(), 0, "budget");
    }

    function test_WhenTheGuardianResumes() public {
        _freeze();
        vm.warp(START + 60);
        vm.expectEmit();
        emit IClock.ClockResumed(START + 60, 60);
        vm.prank(GUARDIAN);
        sync.resume();

        vm.warp(START + 100);
        assertEq(sync.clock(), START + 40, "the clock runs on from where it stood");
        assertEq(sync.freezeBudget(), GUARDIAN_BUDGET - 60, "the budget stands still");
    }
}
