// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInbox} from "../../../contracts/interfaces/IInbox.sol";
import {IOutbox} from "../../../contracts/interfaces/IOutbox.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {
    Branch,
    MAX_GAS_LIMIT,
    MAX_PAYLOAD,
    Message,
    OUTBOX_ROOT_SLOT
} from "../../../contracts/types/Message.sol";
import {DeepTries} from "../support/DeepTries.sol";
import {Deployment} from "../support/Deployment.sol";
import {MessageDeployment} from "../support/MessageDeployment.sol";
import {SourceStateHarness} from "../sourceState/SourceStateHarness.sol";
import {Answerer, GasBurner, Listener} from "../support/Receivers.sol";
import {TransactionGas} from "../support/TransactionGas.sol";

/// What a message costs, in whole transactions. Payloads are without zero bytes, which would make them look cheap; the
/// receiver is OpenZeppelin's base and does nothing.
///
/// forge-config: default.isolate = true
contract MessagesGasTest is MessageDeployment, TransactionGas {
    string private constant OUTBOX = "Outbox";
    string private constant INBOX = "Inbox";
    uint256 private constant TYPICAL = 100;
    /// The second of a row in the middle of everything.
    uint256 private constant GROWN = 1365;
    uint256 private constant MAX_GAS = 12_000_000;
    uint256 private constant MAX_SIZE = 100_000;

    address private _receiver;

    function setUp() public override(Deployment, MessageDeployment) {
        super.setUp();
        _receiver = address(new Listener());
    }

    function _payload(uint256 size) private pure returns (bytes memory data) {
        data = new bytes(size);
        for (uint256 i = 0; i < size; ++i) data[i] = 0xee;
    }

    /// Makes the Outbox believe that it has sent `count` messages: its slots are never fresh.
    function _grow(uint256 count) private {
        vm.store(address(outbox), bytes32(uint256(1)), bytes32((1 << 255) | count));
        assertEq(outbox.count(), count, "count");
        vm.store(address(outbox), 0, keccak256("root"));
    }

    function _sendOne(string memory name, uint256 size) private returns (uint256) {
        vm.chainId(SOURCE_CHAIN_ID);
        bytes memory data = abi.encodeCall(IOutbox.send, (_receiver, GAS_LIMIT, NO_EXPIRY, _payload(size)));
        return _send(OUTBOX, name, SENDER, address(outbox), data);
    }

    // Sending

    function test_SendTheFirstThousand() external {
        uint256 mean = _meanOf("send 100 bytes: mean of the first 1024", _payload(TYPICAL));
        assertLe(mean, 45_000, "mean of the first thousand");
    }

    /// What a token bridge says.
    function test_SendTheFirstThousandTransfers() external {
        bytes memory payload = abi.encode(SENDER, 123_456_789_012_345_678_901);
        uint256 mean = _meanOf("send a transfer of 64 bytes: mean of the first 1024", payload);
        assertLe(mean, 45_000, "mean of the first thousand");
    }

    function _meanOf(string memory name, bytes memory payload) private returns (uint256 mean) {
        vm.chainId(SOURCE_CHAIN_ID);
        bytes memory data = abi.encodeCall(IOutbox.send, (_receiver, GAS_LIMIT, NO_EXPIRY, payload));
        for (uint256 i = 0; i < 1024; ++i) {
            vm.prank(SENDER);
            (bool success, ) = address(outbox).call(data);
            assertTrue(success, "send");
            mean += vm.lastCallGas().gasTotalUsed;
        }
        mean /= 1024;
        vm.snapshotValue(OUTBOX, name, mean);
    }

    function _sendAt(string memory what, uint256 index) private returns (uint256) {
        _grow(index);
        return _sendOne(string.concat("send 100 bytes: ", what), TYPICAL);
    }

    function test_Send() external {
        assertLe(_sendOne("send 100 bytes: first of all", TYPICAL), 60_000, "the first");
        _sendAt("within a row", GROWN);
        _sendAt("first of a run", 1024);
        _sendAt("last of a row", GROWN + 2);
        _sendAt("last of the first of eight rows", 1027);
        _grow(GROWN);
        _sendOne("send 32 bytes: within a row", 32);
        _grow(GROWN);
        _sendOne("send 2048 bytes: within a row", 2048);
        _grow(2 ** 32 - 2);
        uint256 gas = _sendOne("send 32768 bytes: the last", MAX_PAYLOAD);
        assertLe(gas, MAX_GAS, "the largest and last");
    }

    /// Each level that a message completes is a slot to read and a hash. One of 4 * 8^n messages completes n levels; here
    /// there is a run on that level already, and something before it.
    function test_SendTheDearest() external {
        uint256 span = 4;
        uint256 gas;
        for (uint256 level = 1; level < 9; ++level) {
            span *= 8;
            gas = _sendAt(string.concat("completes ", vm.toString(level), " levels"), 10 * span - 1);
            if (level == 5) assertLe(gas, 60_000, "all but one of 4 * 8^6 = 1048576");
        }
        // Nothing can be before a run on level 9.
        gas = _sendAt("completes 9 levels", 2 * 8 * span - 1);
        assertLe(gas, 67_000, "the dearest of 2^32");
    }

    function test_SendBatch() external {
        _sendDrafts(10);
        _sendDrafts(100);
    }

    function _sendDrafts(uint256 count) private {
        _grow(GROWN);
        vm.chainId(SOURCE_CHAIN_ID);
        IOutbox.Draft[] memory drafts = new IOutbox.Draft[](count);
        for (uint256 i = 0; i < count; ++i) {
            drafts[i] = IOutbox.Draft(_receiver, GAS_LIMIT, NO_EXPIRY, _payload(TYPICAL));
        }
        string memory name = string.concat("sendBatch ", vm.toString(count), " of 100 bytes");
        uint256 gas = _send(
            OUTBOX,
            name,
            SENDER,
            address(outbox),
            abi.encodeCall(IOutbox.sendBatch, (drafts))
        );
        vm.snapshotValue(OUTBOX, string.concat("one of ", name), gas / count);
    }

    // Syncing

    /// On an account trie of 8 levels; the Outbox's own has few slots.
    function test_Sync() external {
        bytes32 root = keccak256("root");
        (bytes32 stateRoot, bytes[] memory accountProof, bytes[] memory storageProof) = proveSlot(
            address(outbox),
            OUTBOX_ROOT_SLOT,
            uint256(root)
        );
        Claim memory claim = finalClaim(stateRoot);
        _send(
            INBOX,
            "sync",
            RELAYER,
            address(inbox),
            abi.encodeCall(IInbox.sync, (claim, accountProof, storageProof))
        );
    }

    // Delivering

    /// A message in the middle of a tree of 2,048, or what is said of it; the rest is made up.
    function _ready(
        address receiver,
        uint64 gasLimit,
        uint256 size
    ) private returns (Message memory message, Branch memory branch) {
        sendOthers(20);
        message = send(Message(0, SENDER, receiver, gasLimit, NO_EXPIRY, _payload(size)));
        sendOthers(20);
        syncRoot();
        branch = branchOf(message);
    }

    function _deliver(
        string memory name,
        address receiver,
        uint64 gasLimit,
        uint256 size
    ) private returns (uint256) {
        (Message memory message, Branch memory branch) = _ready(receiver, gasLimit, size);
        bytes memory data = abi.encodeCall(IInbox.deliver, (message, branch));
        assertLe(data.length, MAX_SIZE, name);
        return _send(INBOX, name, RELAYER, address(inbox), data);
    }

    function test_Deliver() external {
        uint256 gas = _deliver("deliver 100 bytes: first of 256", _receiver, GAS_LIMIT, TYPICAL);
        assertLe(gas, 80_000, "a delivery");
        _deliver("deliver 100 bytes", _receiver, GAS_LIMIT, TYPICAL);
        _deliver("deliver 32 bytes", _receiver, GAS_LIMIT, 32);
        _deliver("deliver 2048 bytes", _receiver, GAS_LIMIT, 2048);
        _deliver("deliver 100 bytes: no receiver", address(0xdead), GAS_LIMIT, TYPICAL);
    }

    /// The largest message to the worst receiver.
    function test_DeliverTheLargest() external {
        address burner = address(new GasBurner());
        uint256 gas = _deliver(
            "deliver 32768 bytes: all of 10 M gas burnt",
            burner,
            MAX_GAS_LIMIT,
            MAX_PAYLOAD
        );
        assertLe(gas, MAX_GAS, "the largest message");
        address loud = address(new Answerer(true, 1 << 20, bytes32(type(uint256).max)));
        gas = _deliver("deliver 100 bytes: reverts with a megabyte", loud, 2_500_000, TYPICAL);
        assertLe(gas, 2_600_000, "a megabyte is not copied");
    }

    function test_Retry() external {
        address receiver = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        (Message memory message, Branch memory branch) = _ready(receiver, GAS_LIMIT, TYPICAL);
        inbox.deliver(message, branch);
        new Listener();
        _send(
            INBOX,
            "retry 100 bytes",
            RELAYER,
            address(inbox),
            abi.encodeCall(IInbox.retry, (message, GAS_LIMIT))
        );
    }

    function test_DeliverBatch() external {
        _deliverBatch(10);
        uint256 gas = _deliverBatch(100);
        assertLe(gas / 100, 35_000, "one of a hundred");
    }

    function _deliverBatch(uint256 count) private returns (uint256 gas) {
        sendOthers(20);
        Message[] memory messages = new Message[](count);
        for (uint256 i = 0; i < count; ++i) messages[i] = send(_receiver, _payload(TYPICAL));
        sendOthers(20);
        syncRoot();
        string memory name = string.concat("deliverBatch ", vm.toString(count), " of 100 bytes");
        bytes memory data = abi.encodeCall(IInbox.deliverBatch, (messages, branchOf(messages)));
        assertLe(data.length, MAX_SIZE, name);
        gas = _send(INBOX, name, RELAYER, address(inbox), data);
        vm.snapshotValue(INBOX, string.concat("one of ", name), gas / count);
    }

    // For comparison: a message that is a slot of its own on A, proven by its receiver with its own storage proof.

    function test_DirectProof() external {
        (bytes32 storageRoot, bytes[] memory storageProof) = DeepTries.prove(
            keccak256(abi.encode(7)),
            DeepTries.slotValue(uint256(keccak256("message"))),
            6
        );
        bytes memory rlp = DeepTries.account(0, storageRoot, keccak256("code"));
        (bytes32 stateRoot, bytes[] memory accountProof) = DeepTries.prove(
            keccak256(abi.encodePacked(SENDER)),
            rlp,
            8
        );
        Claim memory claim = finalClaim(stateRoot);
        SourceStateHarness reader = new SourceStateHarness(sync);
        _send(
            INBOX,
            "for comparison: a direct proof of one slot",
            RELAYER,
            address(reader),
            abi.encodeCall(
                SourceStateHarness.slot,
                (claim, type(uint64).max, SENDER, 7, accountProof, storageProof)
            )
        );
    }
}
