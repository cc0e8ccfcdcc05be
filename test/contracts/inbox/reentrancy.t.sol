// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInbox, MessageAttempted, MessageNotFailed} from "../../../contracts/interfaces/IInbox.sol";
import {Branch, Message, MessageStatus} from "../../../contracts/types/Message.sol";
import {MessageDeployment} from "../support/MessageDeployment.sol";
import {CallerBack, Recorder} from "../support/Receivers.sol";

/// Delivers what it was prepared to deliver, then reverts.
contract Regretful {
    error Regretted();

    address private _target;
    bytes private _data;

    function prepare(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    fallback() external {
        (bool success, ) = _target.call(_data);
        require(!success, Regretted());
    }
}

contract InboxReentrancyTest is MessageDeployment {
    uint64 private constant AMPLE = 3_000_000;

    CallerBack private _caller;
    Recorder private _recorder;
    Message private _first;
    Message private _second;

    function setUp() public override {
        super.setUp();
        _caller = new CallerBack();
        _recorder = new Recorder();
        _first = send(Message(0, SENDER, address(_caller), AMPLE, NO_EXPIRY, "first"));
        _second = send(Message(0, SENDER, address(_recorder), GAS_LIMIT, NO_EXPIRY, "second"));
        syncRoot();
    }

    function _both() private view returns (Message[] memory messages) {
        messages = new Message[](2);
        (messages[0], messages[1]) = (_first, _second);
    }

    function requireMessage(Message memory message, MessageStatus wanted) private view {
        assertEq(uint256(inbox.status(message.nonce)), uint256(wanted), "status");
    }

    function _requireRefused(bytes memory reason) private view {
        assertEq(_caller.succeeded(), false, "called back");
        assertEq(_caller.answer(), reason, "why");
        assertEq(_caller.count(), 1, "count");
        requireMessage(_first, MessageStatus.Delivered);
    }

    function test_WhenItDeliversItsOwnAgain() external {
        Branch memory branch = branchOf(_first);
        _caller.prepare(address(inbox), abi.encodeCall(IInbox.deliver, (_first, branch)));
        assertTrue(inbox.deliver(_first, branch), "delivered");
        _requireRefused(
            abi.encodeWithSelector(MessageAttempted.selector, idOf(_first), MessageStatus.Delivered)
        );
    }

    function test_WhenItRetriesItsOwn() external {
        _caller.prepare(address(inbox), abi.encodeCall(IInbox.retry, (_first, AMPLE)));
        assertTrue(inbox.deliver(_first, branchOf(_first)), "delivered");
        _requireRefused(abi.encodeWithSelector(MessageNotFailed.selector, idOf(_first)));
    }

    function test_WhenItRetriesItsOwnDuringARetry() external {
        // It fails first because nobody is there.
        bytes memory code = address(_caller).code;
        vm.etch(address(_caller), "");
        assertEq(inbox.deliver(_first, branchOf(_first)), false, "delivered");
        vm.etch(address(_caller), code);
        _caller.prepare(address(inbox), abi.encodeCall(IInbox.retry, (_first, AMPLE)));
        assertTrue(inbox.retry(_first, AMPLE), "retried");
        _requireRefused(abi.encodeWithSelector(MessageNotFailed.selector, idOf(_first)));
    }

    function test_WhenItDeliversAnother() external {
        _caller.prepare(address(inbox), abi.encodeCall(IInbox.deliver, (_second, branchOf(_second))));
        assertTrue(inbox.deliver(_first, branchOf(_first)), "delivered");
        assertTrue(_caller.succeeded(), "called back");
        assertEq(_recorder.count(), 1, "count");
        requireMessage(_first, MessageStatus.Delivered);
        requireMessage(_second, MessageStatus.Delivered);
    }

    function test_WhenItDeliversAnotherOfTheBatch() external {
        _caller.prepare(address(inbox), abi.encodeCall(IInbox.deliver, (_second, branchOf(_second))));
        bool[] memory delivered = inbox.deliverBatch(_both(), branchOf(_both()));
        assertTrue(delivered[0], "first");
        assertEq(delivered[1], false, "second, by this call");
        assertEq(_recorder.count(), 1, "count");
        requireMessage(_second, MessageStatus.Delivered);
    }

    function test_WhenItDeliversTheBatchAgain() external {
        _caller.prepare(address(inbox), abi.encodeCall(IInbox.deliverBatch, (_both(), branchOf(_both()))));
        inbox.deliverBatch(_both(), branchOf(_both()));
        assertTrue(_caller.succeeded(), "called back");
        bool[] memory delivered = abi.decode(_caller.answer(), (bool[]));
        assertEq(delivered[0], false, "first, by the inner call");
        assertEq(delivered[1], true, "second, by the inner call");
        assertEq(_caller.count(), 1, "count of the first");
        assertEq(_recorder.count(), 1, "count of the second");
    }

    function test_WhenItFailsAfterItDeliveredAnother() external {
        Regretful regretful = new Regretful();
        Message memory third = send(Message(0, SENDER, address(regretful), AMPLE, NO_EXPIRY, "third"));
        syncRoot();
        regretful.prepare(address(inbox), abi.encodeCall(IInbox.deliver, (_second, branchOf(_second))));
        assertEq(inbox.deliver(third, branchOf(third)), false, "delivered");
        requireMessage(third, MessageStatus.Failed);
        requireMessage(_second, MessageStatus.None);
        assertEq(_recorder.count(), 0, "count");
        assertTrue(inbox.deliver(_second, branchOf(_second)), "delivered afterwards");
    }
}
