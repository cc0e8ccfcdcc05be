// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Inbox} from "../../../contracts/messaging/Inbox.sol";
import {Outbox} from "../../../contracts/messaging/Outbox.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Branch, Message, OUTBOX_ROOT_SLOT, messageId} from "../../../contracts/types/Message.sol";
import {DeepTries} from "./DeepTries.sol";
import {Deployment} from "./Deployment.sol";
import {MessageTrees} from "./MessageTrees.sol";

/// The whole system with a channel for messages. Both chains live in one: A is where the chain's identifier is A's.
/// Final roots are real claims, and proofs real proofs, in tries that hold the Outbox's slot and made-up neighbours.
abstract contract MessageDeployment is Deployment {
    using MessageTrees for bytes32[];

    uint256 internal constant DESTINATION_CHAIN_ID = 31_337;
    uint64 internal constant GAS_LIMIT = 400_000;
    uint64 internal constant NO_EXPIRY = type(uint64).max;
    address internal immutable SENDER = address(uint160(uint256(keccak256("sender"))));
    address internal immutable RELAYER = address(uint160(uint256(keccak256("relayer"))));

    Outbox internal outbox;
    Inbox internal inbox;
    bytes32[] internal leaves;
    /// The claim that the next root builds on, and its block.
    bytes32 private _claim;
    uint64 private _number;

    function setUp() public virtual override {
        super.setUp();
        (outbox, inbox) = deployChannel(false);
        (_claim, _number) = (sync.genesis(), GENESIS_NUMBER);
    }

    function deployChannel(bool attestedOnly) internal returns (Outbox outbox_, Inbox inbox_) {
        address inboxAddress = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        vm.chainId(SOURCE_CHAIN_ID);
        outbox_ = new Outbox(DESTINATION_CHAIN_ID, inboxAddress);
        vm.chainId(DESTINATION_CHAIN_ID);
        inbox_ = new Inbox(sync, SOURCE_CHAIN_ID, address(outbox_), attestedOnly);
        assertEq(address(inbox_), inboxAddress, "address of the Inbox");
    }

    function idOf(Message memory message) internal view returns (bytes32) {
        return
            messageId(
                outbox.channel().id(),
                message.nonce,
                message.sender,
                message.receiver,
                message.gasLimit,
                message.expiry,
                keccak256(message.payload)
            );
    }

    /// Sends from A.
    function send(Message memory message) internal returns (Message memory) {
        vm.chainId(SOURCE_CHAIN_ID);
        message.nonce = outbox.count();
        vm.prank(message.sender);
        leaves.push(outbox.send(message.receiver, message.gasLimit, message.expiry, message.payload));
        vm.chainId(DESTINATION_CHAIN_ID);
        return message;
    }

    function send(address receiver, bytes memory payload) internal returns (Message memory) {
        return send(Message(0, SENDER, receiver, GAS_LIMIT, NO_EXPIRY, payload));
    }

    /// Several messages of which nobody will hear more.
    function sendOthers(uint256 count) internal {
        for (uint256 i = 0; i < count; ++i) send(address(0xdead), abi.encode("other", i));
    }

    /// A final claim about a block of A with this state root.
    function finalClaim(bytes32 stateRoot) internal returns (Claim memory claim) {
        claim = propose(PROPOSER, _claim, headerWith(++_number, uint64(block.timestamp), stateRoot));
        finalize(claim);
        _claim = claim.id();
    }

    /// Proofs of a slot of `account` under the state root they lead to.
    function proveSlot(
        address account,
        uint256 slot,
        uint256 value
    ) internal pure returns (bytes32 stateRoot, bytes[] memory accountProof, bytes[] memory storageProof) {
        bytes32 storageRoot;
        bytes32 key = keccak256(abi.encode(slot));
        (storageRoot, storageProof) = DeepTries.prove(key, DeepTries.slotValue(value), 3);
        bytes memory rlp = DeepTries.account(0, storageRoot, keccak256("code"));
        (stateRoot, accountProof) = DeepTries.prove(keccak256(abi.encodePacked(account)), rlp, 8);
    }

    /// Makes the Outbox's present root known to the Inbox.
    function syncRoot() internal returns (bytes32 root) {
        uint256 value = uint256(vm.load(address(outbox), bytes32(OUTBOX_ROOT_SLOT)));
        (bytes32 stateRoot, bytes[] memory accountProof, bytes[] memory storageProof) = proveSlot(
            address(outbox),
            OUTBOX_ROOT_SLOT,
            value
        );
        Claim memory claim = finalClaim(stateRoot);
        return inbox.sync(claim, accountProof, storageProof);
    }

    function branchOf(Message memory message) internal view returns (Branch memory) {
        return leaves.branch(leaves.length, message.nonce);
    }

    function branchOf(Message[] memory messages) internal view returns (Branch memory) {
        uint256[] memory indices = new uint256[](messages.length);
        for (uint256 i = 0; i < messages.length; ++i) indices[i] = messages[i].nonce;
        return leaves.branch(leaves.length, indices);
    }
}
