// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {IInbox, NotSelf} from "../../../contracts/interfaces/IInbox.sol";
import {Branch, Message, MessageStatus} from "../../../contracts/types/Message.sol";
import {MessageDeployment} from "../support/MessageDeployment.sol";
import {Answerer, Forgetful, GasBurner, Listener, Refuser} from "../support/Receivers.sol";

contract InboxReceiversTest is MessageDeployment {
    bytes32 private constant SELECTOR = bytes32(IERC7786Recipient.receiveMessage.selector);
    uint256 private constant MEGABYTE = 1 << 20;
    /// What a delivery costs at most beside the receiver's limit. The optimizer is not always on.
    uint256 private constant REST = 250_000;
    /// A megabyte of memory costs 2.2 M gas.
    uint64 private constant AMPLE = 5_000_000;

    function _ready(address receiver, uint64 gasLimit) private returns (Message memory message) {
        sendOthers(1);
        message = send(Message(0, SENDER, receiver, gasLimit, NO_EXPIRY, "hello"));
        syncRoot();
    }

    /// Delivers to a receiver that fails.
    function _fail(address receiver, uint64 gasLimit, IInbox.Failure failure, bytes memory data) private {
        Message memory message = _ready(receiver, gasLimit);
        Branch memory branch = branchOf(message);
        bytes32 id = idOf(message);
        vm.expectEmit(address(inbox));
        emit IInbox.MessageFailed(id, message.nonce, failure, data);
        uint256 before = gasleft();
        bool delivered = inbox.deliver(message, branch);
        assertLe(before - gasleft(), gasLimit + REST, "gas of a failed delivery");
        assertEq(delivered, false, "delivered");
        assertEq(uint256(inbox.status(message.nonce)), uint256(MessageStatus.Failed), "status");
        assertEq(inbox.failed(message.nonce), id, "failed");
    }

    function test_WhenTheReceiverHasNoCode() external {
        _fail(STRANGER, GAS_LIMIT, IInbox.Failure.NoCode, "");
        _fail(address(4), GAS_LIMIT, IInbox.Failure.NoCode, "");
    }

    function test_WhenTheReceiverReverts() external {
        Refuser refuser = new Refuser();
        bytes memory reason = abi.encodeWithSelector(Refuser.Refused.selector, 7786, "hello");
        _fail(address(refuser), GAS_LIMIT, IInbox.Failure.Reverted, reason);
        assertEq(refuser.count(), 0, "what the receiver did");
    }

    function test_WhenTheReceiverBurnsAllGas() external {
        _fail(address(new GasBurner()), AMPLE, IInbox.Failure.Reverted, "");
    }

    function test_WhenTheReceiverReturnsAMegabyte() external {
        bytes memory start = new bytes(256);
        _fail(address(new Answerer(false, MEGABYTE, 0)), AMPLE, IInbox.Failure.NotAccepted, start);
        start[0] = 0xee;
        _fail(address(new Answerer(true, MEGABYTE, bytes32(start))), AMPLE, IInbox.Failure.Reverted, start);
    }

    function test_WhenTheReceiverReturnsSomethingElse() external {
        _fail(
            address(new Answerer(false, 32, bytes32(uint256(1)))),
            GAS_LIMIT,
            IInbox.Failure.NotAccepted,
            abi.encode(1)
        );
        // The selector, with something behind it.
        bytes32 almost = SELECTOR | bytes32(uint256(1));
        _fail(
            address(new Answerer(false, 32, almost)),
            GAS_LIMIT,
            IInbox.Failure.NotAccepted,
            abi.encode(almost)
        );
    }

    /// ERC-7786: a gateway must revert if the receiver does not return the selector.
    function test_WhenTheReceiverWorksAndReturnsNothing() external {
        Forgetful forgetful = new Forgetful();
        _fail(address(forgetful), GAS_LIMIT, IInbox.Failure.NotAccepted, "");
        assertEq(forgetful.count(), 0, "what the receiver did");
    }

    function test_RevertWhen_SomebodyElseHandsOver() external {
        Message memory message = _ready(address(new Listener()), GAS_LIMIT);
        bytes32 id = idOf(message);
        vm.prank(RELAYER);
        vm.expectRevert(abi.encodeWithSelector(NotSelf.selector, RELAYER));
        inbox.handOver(id, message, GAS_LIMIT);
    }

    /// The Inbox calls itself to call receivers; a message to the Inbox gets no further than that.
    function test_WhenTheReceiverIsTheInbox() external {
        _fail(address(inbox), GAS_LIMIT, IInbox.Failure.Reverted, "");
    }

    function test_WhenTheReceiverReturnsLessThanAWord() external {
        bytes memory short = new bytes(31);
        for (uint256 i = 0; i < 4; ++i) short[i] = SELECTOR[i];
        _fail(address(new Answerer(false, 31, SELECTOR)), GAS_LIMIT, IInbox.Failure.NotAccepted, short);
        _fail(address(new Answerer(false, 0, SELECTOR)), GAS_LIMIT, IInbox.Failure.NotAccepted, "");
    }

    function test_WhenTheReceiverRevertsWithTheSelector() external {
        bytes memory reason = abi.encode(SELECTOR);
        _fail(address(new Answerer(true, 32, SELECTOR)), GAS_LIMIT, IInbox.Failure.Reverted, reason);
    }

    function test_WhenTheReceiverReturnsMoreThanTheSelector() external {
        Message memory message = _ready(address(new Answerer(false, MEGABYTE, SELECTOR)), AMPLE);
        Branch memory branch = branchOf(message);
        uint256 before = gasleft();
        assertTrue(inbox.deliver(message, branch), "delivered");
        assertLe(before - gasleft(), AMPLE + REST, "gas");
    }

    function test_WhenTheReceiverIsDeployedLater() external {
        address receiver = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        Message memory message = _ready(receiver, GAS_LIMIT);
        assertEq(inbox.deliver(message, branchOf(message)), false, "delivered");
        assertEq(address(new Listener()), receiver, "address");
        assertTrue(inbox.retry(message, GAS_LIMIT), "retried");
    }
}
