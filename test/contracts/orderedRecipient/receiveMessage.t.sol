// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC7786Recipient} from "@openzeppelin/contracts/crosschain/ERC7786Recipient.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import {IInbox} from "../../../contracts/interfaces/IInbox.sol";
import {IOutbox} from "../../../contracts/interfaces/IOutbox.sol";
import {
    OrderedRecipient,
    OutOfOrder,
    SequenceMissing
} from "../../../contracts/messaging/OrderedRecipient.sol";
import {OrderedSender} from "../../../contracts/messaging/OrderedSender.sol";
import {Message, MessageStatus} from "../../../contracts/types/Message.sol";
import {MessageDeployment} from "../support/MessageDeployment.sol";

/// Says numbers in order.
contract Counter is OrderedSender {
    function say(
        IOutbox outbox,
        address receiver,
        uint64 gasLimit,
        uint256 number
    ) external returns (bytes32) {
        return _sendInOrder(outbox, receiver, gasLimit, abi.encode(number));
    }
}

/// Writes down what it hears, unless it is closed.
contract Scribe is OrderedRecipient {
    error Closed();

    address private immutable GATEWAY;
    bool public isClosed;
    mapping(bytes32 sender => uint256[]) private _heard;

    constructor(address gateway) {
        GATEWAY = gateway;
    }

    function close(bool closed) external {
        isClosed = closed;
    }

    function heard(bytes calldata sender) external view returns (uint256[] memory) {
        return _heard[keccak256(sender)];
    }

    function _isAuthorizedGateway(address gateway, bytes calldata) internal view override returns (bool) {
        return gateway == GATEWAY;
    }

    function _processInOrder(address, bytes32, bytes calldata sender, bytes calldata body) internal override {
        require(!isClosed, Closed());
        _heard[keccak256(sender)].push(abi.decode(body, (uint256)));
    }
}

contract OrderedRecipientTest is MessageDeployment {
    Counter private _counter;
    Scribe private _listener;
    Message[] private _messages;

    function setUp() public override {
        super.setUp();
        _counter = new Counter();
        _listener = new Scribe(address(inbox));
    }

    function _say(Counter counter, Scribe listener, uint256 number) private returns (Message memory message) {
        vm.chainId(SOURCE_CHAIN_ID);
        uint64 sequence = counter.sequenceTo(outbox, address(listener));
        bytes memory payload = abi.encodePacked(sequence, abi.encode(number));
        message = Message(outbox.count(), address(counter), address(listener), GAS_LIMIT, NO_EXPIRY, payload);
        leaves.push(counter.say(outbox, address(listener), GAS_LIMIT, number));
        vm.chainId(DESTINATION_CHAIN_ID);
        assertEq(leaves[leaves.length - 1], idOf(message), "id");
        _messages.push(message);
    }

    function _nameOf(address sender) private pure returns (bytes memory) {
        return InteroperableAddress.formatEvmV1(SOURCE_CHAIN_ID, sender);
    }

    function _requireHeard(Scribe listener, address sender, uint256 count) private view {
        uint256[] memory heard = listener.heard(_nameOf(sender));
        assertEq(heard.length, count, "heard");
        for (uint256 i = 0; i < count; ++i) assertEq(heard[i], i, "order");
        assertEq(listener.nextSequence(address(inbox), _nameOf(sender)), count, "nextSequence");
    }

    /// Delivers a message, or retries it if it failed before.
    function _push(Message memory message) private returns (bool) {
        MessageStatus status = inbox.status(message.nonce);
        if (status == MessageStatus.None) return inbox.deliver(message, branchOf(message));
        if (status == MessageStatus.Failed) return inbox.retry(message, message.gasLimit);
        return true;
    }

    function test_WhenTheyComeInOrder() external {
        for (uint256 i = 0; i < 5; ++i) _say(_counter, _listener, i);
        syncRoot();
        bool[] memory delivered = inbox.deliverBatch(_messages, branchOf(_messages));
        for (uint256 i = 0; i < 5; ++i) assertTrue(delivered[i], "delivered");
        _requireHeard(_listener, address(_counter), 5);
    }

    /// forge-config: default.fuzz.runs = 32
    function testFuzz_WhenTheyComeInAnyOrder(uint256 seed) external {
        for (uint256 i = 0; i < 6; ++i) _say(_counter, _listener, i);
        syncRoot();
        for (uint256 i = 0; i < 30; ++i) {
            uint256 chosen = uint256(keccak256(abi.encode(seed, i))) % 6;
            uint256 next = _listener.nextSequence(address(inbox), _nameOf(address(_counter)));
            assertEq(_push(_messages[chosen]), chosen <= next, "delivered");
            _requireHeard(_listener, address(_counter), chosen == next ? next + 1 : next);
        }
        for (uint256 i = 0; i < 6; ++i) assertTrue(_push(_messages[i]), "delivered in the end");
        _requireHeard(_listener, address(_counter), 6);
    }

    function test_WhenItComesBeforeItsTurn() external {
        _say(_counter, _listener, 0);
        Message memory message = _say(_counter, _listener, 1);
        syncRoot();
        vm.expectEmit(address(inbox));
        emit IInbox.MessageFailed(
            idOf(message),
            1,
            IInbox.Failure.Reverted,
            abi.encodeWithSelector(OutOfOrder.selector, 1, 0)
        );
        assertEq(_push(message), false, "delivered");
    }

    function test_WhenOneCannotBeProcessedForNow() external {
        for (uint256 i = 0; i < 3; ++i) _say(_counter, _listener, i);
        syncRoot();
        _listener.close(true);
        for (uint256 i = 0; i < 3; ++i) assertEq(_push(_messages[i]), false, "delivered");
        _requireHeard(_listener, address(_counter), 0);
        _listener.close(false);
        assertEq(_push(_messages[1]), false, "before its turn");
        for (uint256 i = 0; i < 3; ++i) assertTrue(_push(_messages[i]), "delivered");
        _requireHeard(_listener, address(_counter), 3);
    }

    function test_WhenThereAreTwoSenders() external {
        Counter other = new Counter();
        _say(_counter, _listener, 0);
        _say(other, _listener, 0);
        syncRoot();
        assertTrue(_push(_messages[1]), "the other's");
        _requireHeard(_listener, address(other), 1);
        _requireHeard(_listener, address(_counter), 0);
    }

    function test_WhenThereAreTwoReceivers() external {
        Scribe other = new Scribe(address(inbox));
        _say(_counter, _listener, 0);
        _say(_counter, other, 0);
        _say(_counter, other, 1);
        syncRoot();
        assertTrue(_push(_messages[1]), "the first to the other");
        assertTrue(_push(_messages[2]), "the second to the other");
        _requireHeard(other, address(_counter), 2);
        assertTrue(_push(_messages[0]), "the first");
        _requireHeard(_listener, address(_counter), 1);
    }

    function _expectFailure(bytes memory payload, bytes memory reason) private {
        Message memory message = send(address(_listener), payload);
        syncRoot();
        bytes32 id = idOf(message);
        vm.expectEmit(address(inbox));
        emit IInbox.MessageFailed(id, message.nonce, IInbox.Failure.Reverted, reason);
        inbox.deliver(message, branchOf(message));
    }

    function test_WhenThePayloadIsTooShort() external {
        _expectFailure(hex"00000000000000", abi.encodeWithSelector(SequenceMissing.selector, 7));
    }

    function test_WhenTheNumberIsPast() external {
        Message memory message = send(address(_listener), abi.encodePacked(uint64(0), abi.encode(0)));
        syncRoot();
        assertTrue(_push(message), "delivered");
        bytes memory again = message.payload;
        _expectFailure(again, abi.encodeWithSelector(OutOfOrder.selector, 0, 1));
    }

    function test_RevertWhen_TheCallerIsNoGateway() external {
        bytes memory sender = _nameOf(address(_counter));
        vm.prank(STRANGER);
        vm.expectRevert(
            abi.encodeWithSelector(
                ERC7786Recipient.ERC7786RecipientUnauthorizedGateway.selector,
                STRANGER,
                sender
            )
        );
        _listener.receiveMessage(0, sender, abi.encodePacked(uint64(0), abi.encode(0)));
    }
}
