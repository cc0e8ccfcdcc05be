// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStake, ZeroAddress} from "../../../contracts/interfaces/IStake.sol";
import {Deployment} from "../support/Deployment.sol";

contract StakeDepositTest is Deployment {
    function test_RevertWhen_TheStakerIsZero() public {
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        stake.deposit(address(0));
    }

    function test_WhenTheValueIsZero() public {
        stake.deposit(STRANGER);
        requireStake(STRANGER, 0, 0);
    }

    function testFuzz_WhenTheValueIsNotZero(uint256 first, uint256 second) public {
        first = bound(first, 1, type(uint80).max);
        second = bound(second, 1, type(uint80).max);
        vm.deal(address(this), first + second);
        uint256 before = address(stake).balance;
        stake.deposit{value: first}(STRANGER);
        vm.expectEmit();
        emit IStake.Deposited(STRANGER, address(this), second);
        stake.deposit{value: second}(STRANGER);

        requireStake(STRANGER, first + second, 0);
        requireStake(address(this), 0, 0);
        assertEq(address(stake).balance, before + first + second, "balance");
    }
}
