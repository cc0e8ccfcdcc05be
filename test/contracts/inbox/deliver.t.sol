// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SourceState} from "../../../contracts/dapp/SourceState.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import {
    IInbox,
    MessageAttempted,
    MessageExpired,
    RootUnknown
} from "../../../contracts/interfaces/IInbox.sol";
import {ChainIdChanged} from "../../../contracts/interfaces/IOutbox.sol";
import {Inbox} from "../../../contracts/messaging/Inbox.sol";
import {Outbox} from "../../../contracts/messaging/Outbox.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Branch, Message, MessageStatus, OUTBOX_ROOT_SLOT} from "../../../contracts/types/Message.sol";
import {MessageDeployment} from "../support/MessageDeployment.sol";
import {MessageTrees} from "../support/MessageTrees.sol";
import {Recorder, Refuser} from "../support/Receivers.sol";

contract InboxDeliverTest is MessageDeployment {
    using MessageTrees for bytes32[];

    Recorder private _recorder;

    function setUp() public override {
        super.setUp();
        _recorder = new Recorder();
    }

    /// A message with others around it, under a synced root.
    function _ready() private returns (Message memory message) {
        sendOthers(3);
        message = send(address(_recorder), "hello");
        sendOthers(2);
        syncRoot();
    }

    function requireMessage(uint32 nonce, MessageStatus wanted) private view {
        assertEq(uint256(inbox.status(nonce)), uint256(wanted), "status");
    }

    function test_WhenTheRootIsSynced() external {
        Message memory message = _ready();
        bytes32 id = idOf(message);
        requireMessage(3, MessageStatus.None);
        vm.expectEmit(address(inbox));
        emit IInbox.MessageDelivered(id, 3);
        vm.prank(RELAYER);
        assertTrue(inbox.deliver(message, branchOf(message)), "delivered");

        requireMessage(3, MessageStatus.Delivered);
        requireMessage(2, MessageStatus.None);
        requireMessage(4, MessageStatus.None);
        assertEq(inbox.failed(3), 0, "failed");
        Recorder.Received memory received = _recorder.last();
        assertEq(_recorder.count(), 1, "count");
        assertEq(received.gateway, address(inbox), "gateway");
        assertEq(received.id, id, "id");
        assertEq(received.sender, InteroperableAddress.formatEvmV1(SOURCE_CHAIN_ID, SENDER), "sender");
        assertEq(received.payload, "hello", "payload");
        assertEq(received.value, 0, "value");
    }

    /// forge-config: default.fuzz.runs = 24
    function testFuzz_WhenAnyRootIsSynced(Message memory message, uint256 before, uint256 later) external {
        sendOthers(bound(before, 0, 9));
        message.receiver = address(_recorder);
        message.gasLimit = uint64(bound(message.gasLimit, 1_000_000, 10_000_000));
        message.expiry = uint64(bound(message.expiry, block.timestamp + 1 hours, NO_EXPIRY));
        message = send(message);
        sendOthers(bound(later, 0, 9));
        syncRoot();
        assertTrue(inbox.deliver(message, branchOf(message)), "delivered");
        assertEq(_recorder.last().payload, message.payload, "payload");
        (uint256 chainId, address sender) = InteroperableAddress.parseEvmV1(_recorder.last().sender);
        assertEq(chainId, SOURCE_CHAIN_ID, "chain");
        assertEq(sender, message.sender, "sender");
    }

    /// Property: a branch against any old root.
    function test_WhenTheRootIsAnOldOne() external {
        Message[] memory messages = new Message[](12);
        Branch[] memory branches = new Branch[](12);
        for (uint256 i = 0; i < 12; ++i) {
            messages[i] = send(address(_recorder), abi.encode(i));
            syncRoot();
            // Message i / 2, as the tree was after message i.
            branches[i] = branchOf(messages[i / 2]);
        }
        for (uint256 i = 11; i != 0; i -= 2) {
            assertTrue(inbox.deliver(messages[i / 2], branches[i]), "delivered");
            bytes32 id = idOf(messages[i / 2]);
            vm.expectRevert(abi.encodeWithSelector(MessageAttempted.selector, id, MessageStatus.Delivered));
            inbox.deliver(messages[i / 2], branches[i - 1]);
            if (i == 1) break;
        }
        assertEq(_recorder.count(), 6, "count");
    }

    function test_WhenAnchorEvidenceIsDemanded() external {
        (outbox, inbox) = deployChannel(true);
        Message memory message = send(address(_recorder), "attested");
        Branch memory branch = branchOf(message);
        bytes32 root = outbox.root();
        (bytes32 stateRoot, bytes[] memory accountProof, bytes[] memory storageProof) = proveSlot(
            address(outbox),
            OUTBOX_ROOT_SLOT,
            uint256(root)
        );
        Claim memory claim = finalClaim(stateRoot);
        vm.expectRevert(abi.encodeWithSelector(SourceState.RootNotAttested.selector, claim.number));
        inbox.sync(claim, accountProof, storageProof);
        vm.expectRevert(abi.encodeWithSelector(RootUnknown.selector, root));
        inbox.deliver(message, branch);

        anchorCourt.attest(claim, evidenceFor(claim));
        inbox.sync(claim, accountProof, storageProof);
        assertTrue(inbox.deliver(message, branch), "delivered");
        assertEq(_recorder.last().payload, "attested", "payload");
    }

    function test_WhenItExpiresThisSecond() external {
        Message memory message = Message(
            0,
            SENDER,
            address(_recorder),
            1_000_000,
            uint64(block.timestamp) + 1 hours,
            ""
        );
        message = send(message);
        syncRoot();
        vm.warp(message.expiry);
        assertTrue(inbox.deliver(message, branchOf(message)), "delivered");
    }

    function test_RevertWhen_ItHasExpired() external {
        Message memory message = _ready();
        message = send(
            Message(0, SENDER, address(_recorder), GAS_LIMIT, uint64(block.timestamp) + 1 hours, "")
        );
        syncRoot();
        Branch memory branch = branchOf(message);
        bytes32 id = idOf(message);
        vm.warp(uint256(message.expiry) + 1);
        vm.expectRevert(
            abi.encodeWithSelector(MessageExpired.selector, id, message.expiry, uint256(message.expiry) + 1)
        );
        inbox.deliver(message, branch);
        requireMessage(message.nonce, MessageStatus.None);
    }

    function test_RevertWhen_ItWasDelivered() external {
        Message memory message = _ready();
        Branch memory branch = branchOf(message);
        inbox.deliver(message, branch);
        vm.expectRevert(
            abi.encodeWithSelector(MessageAttempted.selector, idOf(message), MessageStatus.Delivered)
        );
        inbox.deliver(message, branch);
        assertEq(_recorder.count(), 1, "count");
    }

    function test_RevertWhen_ItFailed() external {
        Message memory message = send(address(new Refuser()), "");
        syncRoot();
        Branch memory branch = branchOf(message);
        assertEq(inbox.deliver(message, branch), false, "delivered");
        vm.expectRevert(
            abi.encodeWithSelector(MessageAttempted.selector, idOf(message), MessageStatus.Failed)
        );
        inbox.deliver(message, branch);
    }

    function test_RevertWhen_AFieldIsAnother() external {
        Message memory message = _ready();
        Branch memory branch = branchOf(message);
        for (uint256 i = 0; i < 6; ++i) {
            Message memory other = abi.decode(abi.encode(message), (Message));
            if (i == 0) other.nonce = 2;
            if (i == 1) other.sender = STRANGER;
            if (i == 2) other.receiver = STRANGER;
            if (i == 3) other.gasLimit += 1;
            if (i == 4) other.expiry -= 1;
            if (i == 5) other.payload = "hellO";
            vm.expectPartialRevert(RootUnknown.selector);
            inbox.deliver(other, branch);
        }
        requireMessage(3, MessageStatus.None);
    }

    function test_RevertWhen_TheBranchIsAnother() external {
        Message memory message = _ready();
        Branch memory branch = branchOf(message);
        for (uint256 i = 0; i < branch.siblings.length; ++i) {
            bytes32 good = branch.siblings[i];
            branch.siblings[i] = keccak256("damage");
            vm.expectPartialRevert(RootUnknown.selector);
            inbox.deliver(message, branch);
            branch.siblings[i] = good;
        }
        branch = leaves.branch(6, 2);
        vm.expectPartialRevert(RootUnknown.selector);
        inbox.deliver(message, branch);
    }

    function test_RevertWhen_TheRootIsNotSynced() external {
        Message memory message = send(address(_recorder), "");
        Branch memory branch = branchOf(message);
        vm.expectRevert(abi.encodeWithSelector(RootUnknown.selector, outbox.root()));
        inbox.deliver(message, branch);
    }

    function test_RevertWhen_TheChannelIsAnother() external {
        Message memory message = _ready();
        Branch memory branch = branchOf(message);
        // An Inbox of the same Outbox, with the same roots.
        Inbox twin = new Inbox(sync, SOURCE_CHAIN_ID, address(outbox), false);
        Inbox mine = inbox;
        inbox = twin;
        bytes32 root = syncRoot();
        assertTrue(twin.syncedAt(root) != 0, "synced");
        vm.expectPartialRevert(RootUnknown.selector);
        twin.deliver(message, branch);
        assertTrue(mine.deliver(message, branch), "delivered");

        // An Outbox that says the same to another Inbox.
        vm.chainId(SOURCE_CHAIN_ID);
        Outbox other = new Outbox(DESTINATION_CHAIN_ID, address(twin));
        vm.chainId(DESTINATION_CHAIN_ID);
        assertTrue(other.channel().id() != outbox.channel().id(), "channels");
    }

    function test_RevertWhen_TheChainChangedItsIdentifier() external {
        Message memory message = _ready();
        Branch memory branch = branchOf(message);
        vm.chainId(777);
        vm.expectRevert(abi.encodeWithSelector(ChainIdChanged.selector, 777, DESTINATION_CHAIN_ID));
        inbox.deliver(message, branch);
    }
}
