// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    IOutbox,
    ChannelInvalid,
    ChainIdChanged,
    OutboxFull,
    ReceiverZero,
    GasLimitTooHigh,
    PayloadTooLarge,
    ExpiryPassed,
    BatchEmpty
} from "../interfaces/IOutbox.sol";
import {Frontier, MessageTree} from "../libraries/MessageTree.sol";
import {Channel, MAX_GAS_LIMIT, MAX_PAYLOAD, hashPayload, messageId} from "../types/Message.sol";

/// The rules are told in IOutbox.
contract Outbox is IOutbox {
    using MessageTree for Frontier;

    /// Beside the count of messages, so that the slot is never fresh.
    uint256 private constant OPENED = 1 << 255;

    uint256 private immutable CHAIN_ID;
    uint256 private immutable DESTINATION_CHAIN_ID;
    address private immutable INBOX;
    bytes32 private immutable CHANNEL;

    // INVARIANT: the root is in slot OUTBOX_ROOT_SLOT, where Inboxes expect it: it is the first variable.
    /// @inheritdoc IOutbox
    bytes32 public root;
    /// How many messages were sent, and OPENED.
    uint256 private _count = OPENED;
    Frontier private _frontier;

    /// @param inbox The Inbox on B, whose address is known before it is deployed.
    constructor(uint256 destinationChainId, address inbox) {
        require(
            destinationChainId != 0 && destinationChainId != block.chainid && inbox != address(0),
            ChannelInvalid()
        );
        CHAIN_ID = block.chainid;
        DESTINATION_CHAIN_ID = destinationChainId;
        INBOX = inbox;
        CHANNEL = Channel(block.chainid, address(this), destinationChainId, inbox).id();
        _frontier.open();
    }

    /// @inheritdoc IOutbox
    function send(
        address receiver,
        uint64 gasLimit,
        uint64 expiry,
        bytes calldata payload
    ) external returns (bytes32 id) {
        uint256 nonce = count();
        (id, root) = _append(root, nonce, receiver, gasLimit, expiry, payload);
        _count = OPENED | (nonce + 1);
    }

    /// @inheritdoc IOutbox
    function sendBatch(Draft[] calldata drafts) external returns (bytes32[] memory ids) {
        require(drafts.length != 0, BatchEmpty());
        uint256 nonce = count();
        bytes32 node = root;
        ids = new bytes32[](drafts.length);
        for (uint256 i = 0; i < drafts.length; ++i) {
            Draft calldata draft = drafts[i];
            (ids[i], node) = _append(
                node,
                nonce + i,
                draft.receiver,
                draft.gasLimit,
                draft.expiry,
                draft.payload
            );
        }
        root = node;
        _count = OPENED | (nonce + drafts.length);
    }

    /// @inheritdoc IOutbox
    function count() public view returns (uint32) {
        return uint32(_count);
    }

    /// @inheritdoc IOutbox
    function channel() external view returns (Channel memory) {
        return Channel(CHAIN_ID, address(this), DESTINATION_CHAIN_ID, INBOX);
    }

    /// Makes a message of the caller's the leaf number `nonce` of the tree with the root `before`.
    /// @return id Of the message. @return node The new root.
    function _append(
        bytes32 before,
        uint256 nonce,
        address receiver,
        uint64 gasLimit,
        uint64 expiry,
        bytes calldata payload
    ) private returns (bytes32 id, bytes32 node) {
        require(block.chainid == CHAIN_ID, ChainIdChanged(block.chainid, CHAIN_ID));
        require(nonce < MessageTree.MAX_LEAVES, OutboxFull());
        require(receiver != address(0), ReceiverZero());
        require(gasLimit <= MAX_GAS_LIMIT, GasLimitTooHigh(gasLimit, MAX_GAS_LIMIT));
        require(payload.length <= MAX_PAYLOAD, PayloadTooLarge(payload.length, MAX_PAYLOAD));
        // B's clock is not known here. A message that has expired by A's was a mistake, whatever B's says.
        require(expiry >= block.timestamp, ExpiryPassed(expiry, block.timestamp));

        id = messageId(CHANNEL, uint32(nonce), msg.sender, receiver, gasLimit, expiry, hashPayload(payload));
        node = _frontier.append(before, nonce, id);
        emit MessageSent(id, msg.sender, receiver, uint32(nonce), gasLimit, expiry, payload);
    }
}
