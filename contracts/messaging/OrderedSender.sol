// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOutbox} from "../interfaces/IOutbox.sol";
import {NEVER} from "../types/Message.sol";

/// Base of contracts on A whose messages an OrderedRecipient on B takes in order.
///
/// Numbers count per Outbox and receiver, as the receiver counts per Inbox and sender. Ordered messages never expire:
/// one that did would hold up all that follow.
abstract contract OrderedSender {
    mapping(IOutbox outbox => mapping(address receiver => uint64)) private _next;

    /// @return The number that the next message to `receiver` will bear.
    function sequenceTo(IOutbox outbox, address receiver) external view returns (uint64) {
        return _next[outbox][receiver];
    }

    /// Sends the next message to an OrderedRecipient.
    function _sendInOrder(
        IOutbox outbox,
        address receiver,
        uint64 gasLimit,
        bytes memory body
    ) internal returns (bytes32 id) {
        return outbox.send(receiver, gasLimit, NEVER, abi.encodePacked(_next[outbox][receiver]++, body));
    }
}
