// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GasTooLow, IInbox, RootUnknown} from "../../../contracts/interfaces/IInbox.sol";
import {MessageTree} from "../../../contracts/libraries/MessageTree.sol";
import {Branch, Message, MessageStatus, Step} from "../../../contracts/types/Message.sol";
import {MessageDeployment} from "../support/MessageDeployment.sol";
import {MessageTrees} from "../support/MessageTrees.sol";
import {GasBurner, Listener, Recorder, Refuser} from "../support/Receivers.sol";

contract InboxDeliverBatchTest is MessageDeployment {
    using MessageTrees for bytes32[];

    Recorder private _recorder;

    function setUp() public override {
        super.setUp();
        _recorder = new Recorder();
    }

    /// Messages to one receiver, with `gap` others after each.
    function _ready(uint256 count, uint256 gap) private returns (Message[] memory messages) {
        messages = new Message[](count);
        sendOthers(2);
        for (uint256 i = 0; i < count; ++i) {
            messages[i] = send(address(_recorder), abi.encode(i));
            sendOthers(gap);
        }
        syncRoot();
    }

    function requireMessage(uint32 nonce, MessageStatus wanted) private view {
        assertEq(uint256(inbox.status(nonce)), uint256(wanted), "status");
    }

    /// forge-config: default.fuzz.runs = 16
    function testFuzz_WhenTheRootIsSynced(uint256 count, uint256 gap) external {
        Message[] memory messages = _ready(bound(count, 1, 9), bound(gap, 0, 3));
        for (uint256 i = 0; i < messages.length; ++i) {
            vm.expectEmit(address(inbox));
            emit IInbox.MessageDelivered(idOf(messages[i]), messages[i].nonce);
        }
        bool[] memory delivered = inbox.deliverBatch(messages, branchOf(messages));
        assertEq(delivered.length, messages.length, "length");
        for (uint256 i = 0; i < messages.length; ++i) {
            assertTrue(delivered[i], "delivered");
            requireMessage(messages[i].nonce, MessageStatus.Delivered);
            requireMessage(messages[i].nonce + 1, _statusAfter(messages, i));
        }
        assertEq(_recorder.count(), messages.length, "count");
        assertEq(_recorder.last().payload, abi.encode(messages.length - 1), "the last one");
    }

    function _statusAfter(Message[] memory messages, uint256 i) private pure returns (MessageStatus) {
        if (i + 1 == messages.length || messages[i + 1].nonce != messages[i].nonce + 1) {
            return MessageStatus.None;
        }
        return MessageStatus.Delivered;
    }

    function test_WhenSomeCannotBeDelivered() external {
        Refuser refuser = new Refuser();
        uint64 soon = uint64(block.timestamp) + 1 hours;
        Message[] memory messages = new Message[](6);
        messages[0] = send(address(_recorder), "delivered before");
        messages[1] = send(address(refuser), "failed before");
        messages[2] = send(Message(0, SENDER, address(_recorder), GAS_LIMIT, soon, "expired"));
        messages[3] = send(address(refuser), "fails now");
        messages[4] = send(address(new GasBurner()), "burns its gas");
        messages[5] = send(address(_recorder), "delivered now");
        syncRoot();
        inbox.deliver(messages[0], branchOf(messages[0]));
        inbox.deliver(messages[1], branchOf(messages[1]));
        vm.warp(uint256(soon) + 1);

        bool[] memory delivered = inbox.deliverBatch(messages, branchOf(messages));
        for (uint256 i = 0; i < 6; ++i) assertEq(delivered[i], i == 5, string(messages[i].payload));
        requireMessage(0, MessageStatus.Delivered);
        requireMessage(1, MessageStatus.Failed);
        requireMessage(2, MessageStatus.None);
        requireMessage(3, MessageStatus.Failed);
        requireMessage(4, MessageStatus.Failed);
        requireMessage(5, MessageStatus.Delivered);
        assertEq(_recorder.count(), 2, "count");
        assertEq(inbox.failed(3), idOf(messages[3]), "failed");
    }

    function test_WhenThereAreMoreThanAWordOfBitsHolds() external {
        Message[] memory messages = new Message[](260);
        Listener listener = new Listener();
        for (uint256 i = 0; i < 260; ++i) messages[i] = send(address(listener), "");
        syncRoot();
        bool[] memory delivered = inbox.deliverBatch(messages, branchOf(messages));
        for (uint256 i = 0; i < 260; ++i) {
            assertTrue(delivered[i], "delivered");
            requireMessage(uint32(i), MessageStatus.Delivered);
        }
        requireMessage(260, MessageStatus.None);
        delivered = inbox.deliverBatch(messages, branchOf(messages));
        for (uint256 i = 0; i < 260; ++i) assertEq(delivered[i], false, "delivered again");
    }

    function test_RevertWhen_ThereIsNone() external {
        Branch memory branch = Branch(new bytes32[](0), "");
        vm.expectRevert(abi.encodeWithSelector(MessageTree.NoLeaves.selector));
        inbox.deliverBatch(new Message[](0), branch);
    }

    /// A row holds the root before it, and with it every earlier message once more: a batch can tie one twice.
    function test_WhenAMessageIsThereTwice() external {
        Message[] memory messages = new Message[](2);
        messages[0] = messages[1] = send(address(_recorder), "once");
        sendOthers(7);
        syncRoot();
        bytes32[] memory siblings = new bytes32[](10);
        for (uint256 i = 0; i < 10; ++i) siblings[i] = leaves[i < 3 ? i + 1 : i - 2];
        Step[] memory steps = new Step[](13);
        for (uint256 i = 0; i < 13; ++i) steps[i] = Step.Right;
        steps[0] = steps[4] = Step.Leaf;
        steps[12] = Step.Join;

        Branch memory branch = Branch(siblings, MessageTrees.pack(steps, 13));
        bool[] memory delivered = inbox.deliverBatch(messages, branch);
        assertTrue(delivered[0] && !delivered[1], "delivered once");
        assertEq(_recorder.count(), 1, "count");
    }

    function test_RevertWhen_OneWasNeverSent() external {
        Message[] memory messages = _ready(3, 0);
        Branch memory branch = branchOf(messages);
        messages[1].payload = "never sent";
        vm.expectPartialRevert(RootUnknown.selector);
        inbox.deliverBatch(messages, branch);
        assertEq(_recorder.count(), 0, "count");
    }

    function test_RevertWhen_TheRootIsNotSynced() external {
        Message[] memory messages = new Message[](1);
        messages[0] = send(address(_recorder), "");
        Branch memory branch = branchOf(messages);
        vm.expectRevert(abi.encodeWithSelector(RootUnknown.selector, outbox.root()));
        inbox.deliverBatch(messages, branch);
    }

    function test_RevertWhen_TheGasDoesNotSuffice() external {
        Message[] memory messages = _ready(3, 0);
        messages[2] = send(Message(0, SENDER, address(_recorder), 10_000_000, NO_EXPIRY, ""));
        syncRoot();
        bytes memory data = abi.encodeCall(IInbox.deliverBatch, (messages, branchOf(messages)));
        (bool success, bytes memory reason) = address(inbox).call{gas: 10_000_000}(data);
        assertEq(success, false, "success");
        assertEq(bytes32(bytes4(reason)), bytes32(GasTooLow.selector), "reason");
        assertEq(_recorder.count(), 0, "count");
    }
}
