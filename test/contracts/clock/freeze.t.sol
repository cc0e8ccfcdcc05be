// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    AlreadyFrozen,
    FreezeBudgetSpent,
    IClock,
    NotGuardian
} from "../../../contracts/interfaces/IClock.sol";
import {IStateSync} from "../../../contracts/interfaces/IStateSync.sol";
import {Deployment} from "../support/Deployment.sol";

contract ClockFreezeTest is Deployment {
    function test_RevertWhen_TheCallerIsNotTheGuardian() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(NotGuardian.selector, STRANGER));
        sync.freeze();
    }

    function test_RevertWhen_TheClockStandsStill() public {
        vm.prank(GUARDIAN);
        sync.freeze();
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(AlreadyFrozen.selector));
        sync.freeze();
    }

    function test_RevertWhen_TheBudgetIsSpent() public {
        vm.prank(GUARDIAN);
        sync.freeze();
        vm.warp(START + GUARDIAN_BUDGET);
        sync.resume();
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(FreezeBudgetSpent.selector));
        sync.freeze();
    }

    function test_RevertWhen_ThereIsNoGuardian() public {
        IStateSync.Parameters memory parameters = _claimParameters();
        parameters.guardian = address(0);
        _deploy(parameters, _demandParameters(), _feedParameters());

        assertEq(sync.freezeBudget(), 0, "budget");
        vm.prank(address(0));
        vm.expectRevert(abi.encodeWithSelector(FreezeBudgetSpent.selector));
        sync.freeze();
    }

    function test_WhenTheBudgetAllows() public {
        vm.warp(START + 100);
        vm.expectEmit();
        emit IClock.ClockFrozen(START + 100);
        vm.prank(GUARDIAN);
        sync.freeze();

        vm.warp(START + 160);
        assertEq(sync.clock(), START + 100, "the clock stands still");
        assertEq(sync.freezeBudget(), GUARDIAN_BUDGET - 60, "the budget shrinks meanwhile");
    }
}
