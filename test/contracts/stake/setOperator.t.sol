// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStake, NotStaker, OperatorCapExceeded} from "../../../contracts/interfaces/IStake.sol";
import {Deployment} from "../support/Deployment.sol";

contract StakeSetOperatorTest is Deployment {
    address private constant KEY = address(0x0b);

    function test_WhenTheKeyIsNotZero() public {
        vm.expectEmit();
        emit IStake.OperatorSet(PROPOSER, KEY, 3 ether);
        vm.prank(PROPOSER);
        stake.setOperator(KEY, 3 ether);

        assertEq(stake.operator(PROPOSER).key, KEY, "key");
        assertEq(stake.operator(PROPOSER).cap, 3 ether, "cap");
        assertTrue(stake.actsFor(KEY, PROPOSER), "the operator acts for the staker");
        assertTrue(!stake.actsFor(PROPOSER, KEY), "the staker does not act for the operator");
    }

    function test_WhenTheKeyIsZero() public {
        vm.prank(PROPOSER);
        stake.setOperator(KEY, 3 ether);
        vm.expectEmit();
        emit IStake.OperatorSet(PROPOSER, address(0), 0);
        vm.prank(PROPOSER);
        stake.setOperator(address(0), 3 ether);

        assertEq(stake.operator(PROPOSER).cap, 0, "cap");
        assertTrue(!stake.actsFor(KEY, PROPOSER), "the former operator acts no more");
        assertTrue(!stake.actsFor(address(0), PROPOSER), "zero never acts");
        vm.prank(address(sync));
        vm.expectRevert(abi.encodeWithSelector(NotStaker.selector, PROPOSER, KEY));
        stake.lock(PROPOSER, KEY, 1);
    }

    function test_WhenTheKeyReplacesAnother() public {
        vm.prank(PROPOSER);
        stake.setOperator(KEY, 3 ether);
        vm.prank(PROPOSER);
        stake.setOperator(STRANGER, 1 ether);

        assertTrue(!stake.actsFor(KEY, PROPOSER), "the former operator acts no more");
        vm.prank(address(sync));
        vm.expectRevert(abi.encodeWithSelector(OperatorCapExceeded.selector, STRANGER, 1 ether + 1, 1 ether));
        stake.lock(PROPOSER, STRANGER, 1 ether + 1);
    }

    function test_WhenNobodyWasSet() public view {
        assertTrue(stake.actsFor(PROPOSER, PROPOSER), "everybody acts for itself");
        assertTrue(!stake.actsFor(STRANGER, PROPOSER), "nobody else acts");
        assertTrue(!stake.actsFor(address(0), PROPOSER), "zero never acts");
    }
}
