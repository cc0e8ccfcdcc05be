// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC7786Recipient} from "@openzeppelin/contracts/crosschain/ERC7786Recipient.sol";
import {IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {GasTooLow, IInbox} from "../../../contracts/interfaces/IInbox.sol";
import {Message, MessageStatus} from "../../../contracts/types/Message.sol";
import {MessageDeployment} from "../support/MessageDeployment.sol";
import {GasBurner} from "../support/Receivers.sol";

/// Says how much gas it had at its first instruction that can say so; needs about 30,000.
contract Meter {
    uint256 public gas;

    fallback() external {
        gas = gasleft();
        bytes32 selector = bytes32(IERC7786Recipient.receiveMessage.selector);
        assembly ("memory-safe") {
            mstore(0x00, selector)
            return(0x00, 0x20)
        }
    }
}

/// Fails, but for its own reasons, unless it gets all of its limit.
contract Glutton is ERC7786Recipient {
    uint256 private immutable LEAST;
    bool public wasFed;

    constructor(uint256 least) {
        LEAST = least;
    }

    function _isAuthorizedGateway(address, bytes calldata) internal pure override returns (bool) {
        return true;
    }

    /// Catches its own failure, as receivers do that must not be stopped: too little gas makes such a one succeed
    /// without having worked.
    function _processMessage(address, bytes32, bytes calldata, bytes calldata) internal override {
        wasFed = gasleft() >= LEAST;
    }
}

contract InboxGasTest is MessageDeployment {
    /// So large that 1/64 of it is more than the Inbox reserves.
    uint64 private constant LIMIT = 4_000_000;

    function _ready(address receiver) private returns (Message memory message) {
        sendOthers(2);
        message = send(Message(0, SENDER, receiver, LIMIT, NO_EXPIRY, "hello"));
        sendOthers(2);
        syncRoot();
    }

    function _deliver(Message memory message) private view returns (bytes memory) {
        return abi.encodeCall(IInbox.deliver, (message, branchOf(message)));
    }

    /// Calls the Inbox with that much gas, in a state that is then taken back.
    function _with(uint256 gas, bytes memory data) private returns (bool success, bytes memory result) {
        (success, result) = address(inbox).call{gas: gas}(data);
        if (!success && result.length != 0) {
            assertEq(bytes32(bytes4(result)), bytes32(GasTooLow.selector), "the only error");
        }
    }

    /// The gas a meter reads when it has exactly its limit.
    function _full(uint64 limit) private returns (uint256) {
        Meter meter = new Meter();
        (bool success, ) = address(meter).call{gas: limit}(
            abi.encodeCall(IERC7786Recipient.receiveMessage, (bytes32(0), "", ""))
        );
        assertTrue(success, "meter");
        return meter.gas();
    }

    function test_WhenTheRelayerBringsAnyGas() external {
        Meter meter = new Meter();
        Message memory message = _ready(address(meter));
        bytes memory data = _deliver(message);
        uint256 full = _full(LIMIT);
        uint256 succeeded = 0;
        uint256 reverted = 0;
        for (uint256 gas = 0; gas <= 3 * LIMIT; gas += 49_999) {
            uint256 snapshot = vm.snapshotState();
            (bool success, ) = _with(gas, data);
            MessageStatus status = inbox.status(message.nonce);
            if (success) {
                ++succeeded;
                assertEq(uint256(status), uint256(MessageStatus.Delivered), "status");
                assertEq(meter.gas(), full, "gas of the receiver");
            } else {
                ++reverted;
                assertEq(uint256(status), uint256(MessageStatus.None), "status");
                assertEq(meter.gas(), 0, "receiver");
            }
            vm.revertToState(snapshot);
        }
        assertTrue(succeeded > 20 && reverted > 20, "both happen");
    }

    /// Around the border, gas by gas.
    function test_WhenTheRelayerBringsJustEnough() external {
        Meter meter = new Meter();
        Message memory message = _ready(address(meter));
        bytes memory data = _deliver(message);
        uint256 full = _full(LIMIT);
        (uint256 low, uint256 high) = (0, 3 * LIMIT);
        while (high - low > 1) {
            uint256 middle = (low + high) / 2;
            uint256 snapshot = vm.snapshotState();
            (bool success, ) = _with(middle, data);
            if (success) high = middle;
            else low = middle;
            vm.revertToState(snapshot);
        }
        for (uint256 gas = low - 100; gas <= low + 100; ++gas) {
            uint256 snapshot = vm.snapshotState();
            (bool success, bytes memory result) = _with(gas, data);
            assertEq(success, gas > low, "success");
            if (success) assertEq(meter.gas(), full, "gas of the receiver");
            else assertEq(bytes32(bytes4(result)), bytes32(GasTooLow.selector), "error");
            vm.revertToState(snapshot);
        }
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_WhenTheReceiverNeedsAllOfIt(uint256 gas) external {
        Glutton glutton = new Glutton(LIMIT - 5000);
        Message memory message = _ready(address(glutton));
        (bool success, ) = _with(bound(gas, 0, 2 * LIMIT), _deliver(message));
        MessageStatus status = inbox.status(message.nonce);
        assertEq(success, status == MessageStatus.Delivered, "status");
        assertEq(success, glutton.wasFed(), "fed");
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_WhenTheReceiverBurnsIt(uint256 gas) external {
        Message memory message = _ready(address(new GasBurner()));
        (bool success, bytes memory result) = _with(bound(gas, 0, 2 * LIMIT), _deliver(message));
        MessageStatus status = inbox.status(message.nonce);
        if (success) assertEq(abi.decode(result, (bool)), false, "delivered");
        assertEq(uint256(status), uint256(success ? MessageStatus.Failed : MessageStatus.None), "status");
    }

    /// So small a limit leaves next to nothing by the 1/64 that calls hold back.
    function test_WhenThereIsJustEnoughToRecordAFailure() external {
        Message memory message = send(
            Message(0, SENDER, address(new GasBurner()), 30_000, NO_EXPIRY, "hello")
        );
        syncRoot();
        bytes memory data = _deliver(message);
        bool recorded = false;
        for (uint256 gas = 60_000; gas <= 260_000; gas += 211) {
            uint256 snapshot = vm.snapshotState();
            (bool success, bytes memory result) = _with(gas, data);
            // Once the receiver can be called, there is enough for what follows.
            if (!success && recorded) assertTrue(false, "recorded with less");
            if (!success && result.length == 0) assertLe(gas, 100_000, "ran out");
            recorded = recorded || success;
            vm.revertToState(snapshot);
        }
        assertTrue(recorded, "recorded");
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_WhenThereAreSeveral(uint256 gas) external {
        Message[] memory messages = new Message[](3);
        Meter[3] memory meters;
        for (uint256 i = 0; i < 3; ++i) {
            meters[i] = new Meter();
            messages[i] = send(Message(0, SENDER, address(meters[i]), LIMIT, NO_EXPIRY, ""));
        }
        syncRoot();
        bytes memory data = abi.encodeCall(IInbox.deliverBatch, (messages, branchOf(messages)));
        uint256 full = _full(LIMIT);
        (bool success, ) = _with(bound(gas, 0, 5 * LIMIT), data);
        for (uint256 i = 0; i < 3; ++i) assertEq(meters[i].gas(), success ? full : 0, "gas of a receiver");
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_WhenItIsARetry(uint256 gas, uint64 limit) external {
        limit = uint64(bound(limit, LIMIT, 2 * LIMIT));
        address receiver = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        Message memory message = _ready(receiver);
        inbox.deliver(message, branchOf(message));
        Meter meter = new Meter();
        assertEq(address(meter), receiver, "address");
        uint256 full = _full(limit);
        (bool success, ) = _with(bound(gas, 0, 5 * LIMIT), abi.encodeCall(IInbox.retry, (message, limit)));
        assertEq(meter.gas(), success ? full : 0, "gas of the receiver");
        assertEq(inbox.failed(message.nonce) == 0, success, "failed");
    }
}
