// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RootUnknown} from "../../../contracts/interfaces/IInbox.sol";
import {Branch, Message, MessageStatus} from "../../../contracts/types/Message.sol";
import {MessageDeployment} from "../support/MessageDeployment.sol";
import {Listener, Refuser} from "../support/Receivers.sol";

contract InboxStatusOfTest is MessageDeployment {
    function _ready(address receiver) private returns (Message memory message) {
        message = send(Message(0, SENDER, receiver, GAS_LIMIT, uint64(block.timestamp) + 1 hours, "hello"));
        syncRoot();
    }

    function requireStatusOf(Message memory message, MessageStatus wanted) private view {
        assertEq(uint256(inbox.statusOf(message, branchOf(message))), uint256(wanted), "status");
    }

    function test_WhenItWasNotAttempted() external {
        Message memory message = _ready(address(new Listener()));
        vm.warp(message.expiry);
        requireStatusOf(message, MessageStatus.None);
        vm.warp(uint256(message.expiry) + 1);
        requireStatusOf(message, MessageStatus.Expired);
    }

    function test_WhenItsReceiverFailed() external {
        Message memory message = _ready(address(new Refuser()));
        inbox.deliver(message, branchOf(message));
        vm.warp(message.expiry);
        requireStatusOf(message, MessageStatus.Failed);
        vm.warp(uint256(message.expiry) + 1);
        requireStatusOf(message, MessageStatus.Expired);
    }

    function test_WhenItsReceiverAccepted() external {
        Message memory message = _ready(address(new Listener()));
        inbox.deliver(message, branchOf(message));
        requireStatusOf(message, MessageStatus.Delivered);
        vm.warp(uint256(message.expiry) + 1);
        requireStatusOf(message, MessageStatus.Delivered);
    }

    function test_RevertWhen_ItWasNeverSent() external {
        Message memory message = _ready(address(new Listener()));
        inbox.deliver(message, branchOf(message));
        Branch memory branch = branchOf(message);
        message.payload = "never sent";
        vm.expectPartialRevert(RootUnknown.selector);
        inbox.statusOf(message, branch);
    }
}
