// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC7786Recipient} from "@openzeppelin/contracts/crosschain/ERC7786Recipient.sol";

/// The message comes before its turn, and can be retried when it has come; or it says a number that is long past.
error OutOfOrder(uint64 sequence, uint64 next);
/// The payload is too short to begin with a number.
error SequenceMissing(uint256 size);

/// Base of receivers on B that take the messages of each sender in the order in which it sent them.
///
/// The Inbox promises no order: anyone may deliver any message first, and one may fail where the next does not. So the
/// sender numbers what it sends to a receiver, see OrderedSender, and the receiver refuses what comes before its turn.
/// Such a message has failed and waits for a retry; relayers that deliver in the order of nonces never see that.
///
///     payload:  sequence (8 bytes) | body
///
/// Order has a price: a message that cannot be processed holds up all of its sender's that follow. `_processInOrder`
/// should therefore revert only for reasons that pass.
abstract contract OrderedRecipient is ERC7786Recipient {
    uint256 private constant SEQUENCE_SIZE = 8;

    mapping(address gateway => mapping(bytes32 sender => uint64)) private _next;

    /// @param sender ERC-7930 address of who sent, on A.
    /// @return The number of the message of `sender` whose turn it is, from 0.
    function nextSequence(address gateway, bytes calldata sender) external view returns (uint64) {
        return _next[gateway][keccak256(sender)];
    }

    /// Called with each message in its turn. If it reverts, it is still that message's turn.
    function _processInOrder(
        address gateway,
        bytes32 receiveId,
        bytes calldata sender,
        bytes calldata body
    ) internal virtual;

    /// @inheritdoc ERC7786Recipient
    function _processMessage(
        address gateway,
        bytes32 receiveId,
        bytes calldata sender,
        bytes calldata payload
    ) internal override {
        require(payload.length >= SEQUENCE_SIZE, SequenceMissing(payload.length));
        uint64 sequence = uint64(bytes8(payload[:SEQUENCE_SIZE]));
        bytes32 key = keccak256(sender);
        uint64 next = _next[gateway][key];
        require(sequence == next, OutOfOrder(sequence, next));
        // Before the call: what is processed may lead to the next message.
        _next[gateway][key] = next + 1;

        _processInOrder(gateway, receiveId, sender, payload[SEQUENCE_SIZE:]);
    }
}
