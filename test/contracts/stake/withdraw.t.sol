// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IStake, StakeTooSmall, TransferFailed, ZeroAddress} from "../../../contracts/interfaces/IStake.sol";
import {Deployment} from "../support/Deployment.sol";

/// Takes its stake out and, while it is paid, tries to take it once more.
contract GreedyStaker {
    IStake private immutable STAKE;
    bytes public refusal;

    constructor(IStake stake) {
        STAKE = stake;
    }

    function take(uint256 amount) external {
        STAKE.withdraw(amount, address(this));
    }

    receive() external payable {
        try STAKE.withdraw(msg.value, address(this)) {} catch (bytes memory reason) {
            refusal = reason;
        }
    }
}

contract StakeWithdrawTest is Deployment {
    function test_RevertWhen_TheReceiverIsZero() public {
        vm.prank(PROPOSER);
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        stake.withdraw(1, address(0));
    }

    function test_RevertWhen_TheAmountExceedsTheFreeStake() public {
        vm.prank(PROPOSER);
        vm.expectRevert(abi.encodeWithSelector(StakeTooSmall.selector, PROPOSER, 100 ether, 100 ether + 1));
        stake.withdraw(100 ether + 1, PROPOSER);
    }

    function test_RevertWhen_TheAmountIsLocked() public {
        vm.prank(address(sync));
        stake.lock(PROPOSER, PROPOSER, 60 ether);

        vm.prank(PROPOSER);
        vm.expectRevert(abi.encodeWithSelector(StakeTooSmall.selector, PROPOSER, 40 ether, 40 ether + 1));
        stake.withdraw(40 ether + 1, PROPOSER);
    }

    function test_RevertWhen_TheReceiverRefusesTheValue() public {
        vm.prank(PROPOSER);
        vm.expectRevert(abi.encodeWithSelector(TransferFailed.selector, address(sync), 1));
        stake.withdraw(1, address(sync));
        requireStake(PROPOSER, 100 ether, 0);
    }

    function test_WhenTheReceiverCallsBack() public {
        GreedyStaker greedy = new GreedyStaker(stake);
        _fund(address(greedy), 1 ether);
        greedy.take(1 ether);

        assertEq(address(greedy).balance, 1 ether, "paid once");
        assertEq(
            greedy.refusal(),
            abi.encodeWithSelector(StakeTooSmall.selector, address(greedy), 0, 1 ether),
            "second payment"
        );
    }

    function testFuzz_WhenTheFreeStakeSuffices(uint256 amount) public {
        amount = bound(amount, 0, 100 ether);
        vm.expectEmit();
        emit IStake.Withdrawn(PROPOSER, STRANGER, amount);
        vm.prank(PROPOSER);
        stake.withdraw(amount, STRANGER);

        requireStake(PROPOSER, 100 ether - amount, 0);
        assertEq(STRANGER.balance, amount, "paid");
    }
}
