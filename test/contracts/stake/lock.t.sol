// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    AmountTooLarge,
    NotModule,
    NotStaker,
    OperatorCapExceeded,
    StakeTooSmall
} from "../../../contracts/interfaces/IStake.sol";
import {Deployment} from "../support/Deployment.sol";

contract StakeLockTest is Deployment {
    address private constant KEY = address(0x0b);

    function _lock(address staker, address caller, uint256 amount) private {
        vm.prank(address(sync));
        stake.lock(staker, caller, amount);
    }

    function test_RevertWhen_TheCallerIsNotAModule() public {
        vm.prank(PROPOSER);
        vm.expectRevert(abi.encodeWithSelector(NotModule.selector, PROPOSER));
        stake.lock(PROPOSER, PROPOSER, 1);
    }

    function test_RevertWhen_TheAmountIsNoAmountOfWei() public {
        uint256 amount = uint256(type(uint96).max) + 1;
        vm.expectRevert(abi.encodeWithSelector(AmountTooLarge.selector, amount));
        _lock(PROPOSER, PROPOSER, amount);
    }

    function test_RevertWhen_TheFreeStakeIsTooSmall() public {
        _lock(PROPOSER, PROPOSER, 99 ether);
        vm.expectRevert(abi.encodeWithSelector(StakeTooSmall.selector, PROPOSER, 1 ether, 1 ether + 1));
        _lock(PROPOSER, PROPOSER, 1 ether + 1);
    }

    function test_RevertWhen_AStrangerAsked() public {
        vm.expectRevert(abi.encodeWithSelector(NotStaker.selector, PROPOSER, STRANGER));
        _lock(PROPOSER, STRANGER, 1);
    }

    function test_RevertWhen_ZeroAskedForAStakerWithAnOperator() public {
        vm.prank(PROPOSER);
        stake.setOperator(KEY, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(NotStaker.selector, PROPOSER, address(0)));
        _lock(PROPOSER, address(0), 1);
    }

    function test_RevertWhen_ZeroAskedForAStakerWithoutAnOperator() public {
        // The operator's key is zero, too; its cap is what stops it.
        vm.expectRevert(abi.encodeWithSelector(OperatorCapExceeded.selector, address(0), 1, 0));
        _lock(PROPOSER, address(0), 1);
    }

    function test_RevertWhen_TheOperatorExceedsItsCap() public {
        vm.prank(PROPOSER);
        stake.setOperator(KEY, 3 ether);
        _lock(PROPOSER, KEY, 2 ether);
        vm.expectRevert(abi.encodeWithSelector(OperatorCapExceeded.selector, KEY, 3 ether + 1, 3 ether));
        _lock(PROPOSER, KEY, 1 ether + 1);
    }

    function test_RevertWhen_TheOwnersOwnLocksLeaveTheOperatorNoRoom() public {
        vm.prank(PROPOSER);
        stake.setOperator(KEY, 3 ether);
        _lock(PROPOSER, PROPOSER, 10 ether);
        vm.expectRevert(abi.encodeWithSelector(OperatorCapExceeded.selector, KEY, 10 ether + 1, 3 ether));
        _lock(PROPOSER, KEY, 1);
    }

    function test_RevertWhen_SlashingLoweredTheCap() public {
        vm.prank(PROPOSER);
        stake.setOperator(KEY, 3 ether);
        _lock(PROPOSER, KEY, 2 ether);
        vm.prank(address(sync));
        stake.slash(PROPOSER, 2 ether, CHALLENGER);

        assertEq(stake.operator(PROPOSER).cap, 1 ether, "cap");
        vm.expectRevert(abi.encodeWithSelector(OperatorCapExceeded.selector, KEY, 1 ether + 1, 1 ether));
        _lock(PROPOSER, KEY, 1 ether + 1);
    }

    function test_WhenTheOperatorStaysWithinItsCap() public {
        vm.prank(PROPOSER);
        stake.setOperator(KEY, 3 ether);
        _lock(PROPOSER, KEY, 3 ether);
        requireStake(PROPOSER, 97 ether, 3 ether);
    }

    function testFuzz_WhenTheStakerAsked(uint256 amount) public {
        amount = bound(amount, 0, 100 ether);
        _lock(PROPOSER, PROPOSER, amount);

        requireStake(PROPOSER, 100 ether - amount, amount);
        assertEq(stake.lockedBy(address(sync), PROPOSER), amount, "the module's ledger");
        assertEq(stake.lockedBy(address(anchorCourt), PROPOSER), 0, "another module's ledger");
    }
}
