// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    GasLimitTooLow,
    IInbox,
    MessageExpired,
    MessageNotFailed
} from "../../../contracts/interfaces/IInbox.sol";
import {ChainIdChanged} from "../../../contracts/interfaces/IOutbox.sol";
import {Message, MessageStatus} from "../../../contracts/types/Message.sol";
import {MessageDeployment} from "../support/MessageDeployment.sol";
import {Recorder, Refuser} from "../support/Receivers.sol";

contract InboxRetryTest is MessageDeployment {
    Refuser private _refuser;
    Message private _failed;

    function setUp() public override {
        super.setUp();
        _refuser = new Refuser();
        sendOthers(1);
        _failed = send(
            Message(0, SENDER, address(_refuser), GAS_LIMIT, uint64(block.timestamp) + 1 hours, "hello")
        );
        sendOthers(1);
        syncRoot();
        assertEq(inbox.deliver(_failed, branchOf(_failed)), false, "delivered");
    }

    function _requireFailed() private view {
        assertEq(uint256(inbox.status(_failed.nonce)), uint256(MessageStatus.Failed), "status");
        assertEq(inbox.failed(_failed.nonce), idOf(_failed), "failed");
    }

    function _expectNotFailed(Message memory message) private {
        vm.expectRevert(abi.encodeWithSelector(MessageNotFailed.selector, idOf(message)));
    }

    function test_WhenTheReceiverAccepts() external {
        _refuser.open();
        vm.expectEmit(address(inbox));
        emit IInbox.MessageDelivered(idOf(_failed), _failed.nonce);
        vm.prank(RELAYER);
        assertTrue(inbox.retry(_failed, GAS_LIMIT), "delivered");
        assertEq(uint256(inbox.status(_failed.nonce)), uint256(MessageStatus.Delivered), "status");
        assertEq(inbox.failed(_failed.nonce), 0, "failed");
        assertEq(_refuser.count(), 1, "count");
    }

    function test_WhenTheReceiverFailsAgain() external {
        bytes memory reason = abi.encodeWithSelector(Refuser.Refused.selector, 7786, "hello");
        bytes32 id = idOf(_failed);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectEmit(address(inbox));
            emit IInbox.MessageFailed(id, _failed.nonce, IInbox.Failure.Reverted, reason);
            assertEq(inbox.retry(_failed, GAS_LIMIT), false, "delivered");
            _requireFailed();
        }
    }

    function test_WhenItGivesMoreGas() external {
        Recorder recorder = new Recorder();
        Message memory message = send(Message(0, SENDER, address(recorder), 20_000, NO_EXPIRY, "hello"));
        syncRoot();
        assertEq(inbox.deliver(message, branchOf(message)), false, "with too little");
        assertEq(inbox.retry(message, 20_000), false, "with too little again");
        assertTrue(inbox.retry(message, GAS_LIMIT), "with more");
        assertEq(recorder.last().payload, "hello", "payload");
    }

    function test_RevertWhen_ItGivesLessGas() external {
        vm.expectRevert(abi.encodeWithSelector(GasLimitTooLow.selector, GAS_LIMIT - 1, GAS_LIMIT));
        inbox.retry(_failed, GAS_LIMIT - 1);
    }

    function test_RevertWhen_ItHasExpired() external {
        vm.warp(_failed.expiry);
        inbox.retry(_failed, GAS_LIMIT);
        vm.warp(uint256(_failed.expiry) + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                MessageExpired.selector,
                idOf(_failed),
                _failed.expiry,
                uint256(_failed.expiry) + 1
            )
        );
        inbox.retry(_failed, GAS_LIMIT);
    }

    function test_RevertWhen_AFieldIsAnother() external {
        Message memory message = _failed;
        message.payload = "hellO";
        _expectNotFailed(message);
        inbox.retry(message, GAS_LIMIT);
        message = _failed;
        message.receiver = STRANGER;
        _expectNotFailed(message);
        inbox.retry(message, GAS_LIMIT);
        message = _failed;
        message.nonce = 0;
        _expectNotFailed(message);
        inbox.retry(message, GAS_LIMIT);
    }

    function test_RevertWhen_ItWasNeverAttempted() external {
        Message memory message = send(address(_refuser), "");
        syncRoot();
        _expectNotFailed(message);
        inbox.retry(message, GAS_LIMIT);
    }

    function test_RevertWhen_ItWasDelivered() external {
        _refuser.open();
        inbox.retry(_failed, GAS_LIMIT);
        _expectNotFailed(_failed);
        inbox.retry(_failed, GAS_LIMIT);

        Message memory message = send(address(_refuser), "");
        syncRoot();
        inbox.deliver(message, branchOf(message));
        _expectNotFailed(message);
        inbox.retry(message, GAS_LIMIT);
        assertEq(_refuser.count(), 2, "count");
    }

    function test_RevertWhen_TheChainChangedItsIdentifier() external {
        _refuser.open();
        vm.chainId(777);
        vm.expectRevert(abi.encodeWithSelector(ChainIdChanged.selector, 777, DESTINATION_CHAIN_ID));
        inbox.retry(_failed, GAS_LIMIT);
    }
}
