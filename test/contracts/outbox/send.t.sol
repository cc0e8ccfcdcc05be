// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    IOutbox,
    ChainIdChanged,
    ExpiryPassed,
    GasLimitTooHigh,
    OutboxFull,
    PayloadTooLarge,
    ReceiverZero
} from "../../../contracts/interfaces/IOutbox.sol";
import {Outbox} from "../../../contracts/messaging/Outbox.sol";
import {MAX_GAS_LIMIT, MAX_PAYLOAD, Message} from "../../../contracts/types/Message.sol";
import {MessageTrees} from "../support/MessageTrees.sol";
import {OutboxFixture} from "./OutboxFixture.sol";

contract OutboxSendTest is OutboxFixture {
    using MessageTrees for bytes32[];

    function _send(Message memory message) private returns (bytes32) {
        vm.prank(message.sender);
        return outbox.send(message.receiver, message.gasLimit, message.expiry, message.payload);
    }

    function _message(bytes memory payload) private pure returns (Message memory) {
        return Message(0, SENDER, RECEIVER, GAS_LIMIT, NO_EXPIRY, payload);
    }

    function test_WhenTheMessageIsWithinItsBounds() external {
        Message memory message = _message("hello");
        bytes32 wanted = idOf(message);
        vm.expectEmit(address(outbox));
        emit IOutbox.MessageSent(wanted, SENDER, RECEIVER, 0, GAS_LIMIT, NO_EXPIRY, "hello");
        bytes32 id = _send(message);

        assertEq(id, wanted, "id");
        assertEq(outbox.count(), 1, "count");
        bytes32[] memory leaves = new bytes32[](1);
        leaves[0] = id;
        assertEq(rootSlot(), leaves.root(1), "root in slot 0");
        assertEq(outbox.root(), rootSlot(), "root");
    }

    function test_WhenTheBoundsAreMet() external {
        Message memory message = _message(new bytes(MAX_PAYLOAD));
        message.gasLimit = MAX_GAS_LIMIT;
        message.expiry = uint64(NOW);
        assertEq(_send(message), idOf(message), "largest");
        message = Message(1, SENDER, RECEIVER, 0, NO_EXPIRY, "");
        assertEq(_send(message), idOf(message), "smallest");
    }

    /// forge-config: default.fuzz.runs = 32
    function testFuzz_WhenMessagesFollowEachOther(Message memory message, uint256 count) external {
        count = bound(count, 1, 20);
        if (message.receiver == address(0)) message.receiver = RECEIVER;
        message.gasLimit = uint64(bound(message.gasLimit, 0, MAX_GAS_LIMIT));
        message.expiry = uint64(bound(message.expiry, NOW, NO_EXPIRY));
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            // Every second one repeats the one before.
            if (i % 2 == 0) message.payload = abi.encode(i, message.payload);
            message.nonce = uint32(i);
            leaves[i] = _send(message);
            assertEq(leaves[i], idOf(message), "id");
            assertEq(rootSlot(), leaves.root(i + 1), "root");
            for (uint256 j = 0; j < i; ++j) assertTrue(leaves[i] != leaves[j], "two messages share an id");
        }
        assertEq(outbox.count(), count, "count");
    }

    function test_WhenTheChannelsDiffer() external {
        Outbox other = new Outbox(DESTINATION_CHAIN_ID, INBOX);
        bytes32 id = outbox.send(RECEIVER, GAS_LIMIT, NO_EXPIRY, "");
        assertTrue(id != other.send(RECEIVER, GAS_LIMIT, NO_EXPIRY, ""), "ids of two Outboxes");
    }

    function test_RevertWhen_TheReceiverIsZero() external {
        vm.expectRevert(abi.encodeWithSelector(ReceiverZero.selector));
        outbox.send(address(0), GAS_LIMIT, NO_EXPIRY, "");
    }

    function test_RevertWhen_TheGasLimitIsTooHigh() external {
        vm.expectRevert(abi.encodeWithSelector(GasLimitTooHigh.selector, MAX_GAS_LIMIT + 1, MAX_GAS_LIMIT));
        outbox.send(RECEIVER, MAX_GAS_LIMIT + 1, NO_EXPIRY, "");
    }

    function test_RevertWhen_ThePayloadIsTooLarge() external {
        vm.expectRevert(abi.encodeWithSelector(PayloadTooLarge.selector, MAX_PAYLOAD + 1, MAX_PAYLOAD));
        outbox.send(RECEIVER, GAS_LIMIT, NO_EXPIRY, new bytes(MAX_PAYLOAD + 1));
    }

    function test_RevertWhen_TheExpiryHasPassed() external {
        vm.expectRevert(abi.encodeWithSelector(ExpiryPassed.selector, NOW - 1, NOW));
        outbox.send(RECEIVER, GAS_LIMIT, uint64(NOW - 1), "");
    }

    function test_RevertWhen_TheChainChangedItsIdentifier() external {
        vm.chainId(777);
        vm.expectRevert(abi.encodeWithSelector(ChainIdChanged.selector, 777, SOURCE_CHAIN_ID));
        outbox.send(RECEIVER, GAS_LIMIT, NO_EXPIRY, "");
    }

    function test_RevertWhen_TheTreeIsFull() external {
        vm.store(address(outbox), bytes32(uint256(1)), bytes32(uint256(2 ** 32 - 2)));
        assertEq(outbox.count(), 2 ** 32 - 2, "count");
        outbox.send(RECEIVER, GAS_LIMIT, NO_EXPIRY, "the last");
        vm.expectRevert(abi.encodeWithSelector(OutboxFull.selector));
        outbox.send(RECEIVER, GAS_LIMIT, NO_EXPIRY, "one more");
    }
}
