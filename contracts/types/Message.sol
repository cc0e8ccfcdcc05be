// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

using {id} for Channel global;

// What tells ids of messages from all other hashes: the first word of what a channel's id hashes.
bytes32 constant MESSAGE_DOMAIN = keccak256("optisync message 1");
// Slot of the Outbox that holds the root of its tree: the one slot that an Inbox proves.
uint256 constant OUTBOX_ROOT_SLOT = 0;
// An expiry that no clock passes.
uint64 constant NEVER = type(uint64).max;
// Largest payload, in bytes. With the gas limit below, delivering the largest message stays under 12 M gas.
uint256 constant MAX_PAYLOAD = 32 * 1024;
// Largest gas limit. A message with a larger one would not fit the transactions of many chains, ever.
uint64 constant MAX_GAS_LIMIT = 10_000_000;

/// The way of messages in one direction: from an Outbox on A to its Inbox on B. Both know it from their deployment.
struct Channel {
    uint256 sourceChainId;
    address outbox;
    uint256 destinationChainId;
    address inbox;
}

/// A message as it was sent; its channel is understood.
struct Message {
    /// How many messages were sent before it: the index of its leaf in the Outbox's tree.
    uint32 nonce;
    /// Who called the Outbox on A.
    address sender;
    /// Whom the Inbox calls on B.
    address receiver;
    /// Gas the receiver gets, no less whoever delivers.
    uint64 gasLimit;
    /// Last second, on B's own clock (block.timestamp), in which it may be delivered or retried.
    uint64 expiry;
    bytes payload;
}

/// What ties leaves to a root of the Outbox's tree, which is described in MessageTree: a program for a stack of nodes.
struct Branch {
    /// Nodes beside the way from the leaves to the root, in the order of their use.
    bytes32[] siblings;
    /// Four steps to a byte, from its lowest bits up.
    bytes steps;
}

enum Step {
    /// Puts the next leaf on the stack.
    Leaf,
    /// Replaces the two topmost nodes by their parent; the topmost is the right one.
    Join,
    /// Replaces the topmost node by its parent, whose left child is the next sibling.
    Left,
    /// The same, with the next sibling as the right child.
    Right
}

enum MessageStatus {
    /// Warm: not delivered yet.
    None,
    /// Warm: its receiver failed; anyone may retry.
    Failed,
    /// Cold. Says so while the receiver is being called, too.
    Delivered,
    /// Cold: it was not delivered in time, and never will be.
    Expired
}

/// @return The hash that stands for the channel in the ids of its messages.
function id(Channel memory channel) pure returns (bytes32) {
    return keccak256(abi.encode(MESSAGE_DOMAIN, channel));
}

/// The id of a message, which is also its leaf in the tree: two messages never share one, be it of two channels, two
/// chains or two deployments. It hashes 224 bytes, and a node of the tree 64, so that no id is ever a node.
/// @param channel Id of the message's channel.
function messageId(
    bytes32 channel,
    uint32 nonce,
    address sender,
    address receiver,
    uint64 gasLimit,
    uint64 expiry,
    bytes32 payloadHash
) pure returns (bytes32) {
    return keccak256(abi.encode(channel, nonce, sender, receiver, gasLimit, expiry, payloadHash));
}

/// @return hash Of a payload, for `messageId`.
function hashPayload(bytes calldata payload) pure returns (bytes32 hash) {
    // The copy goes to free memory without claiming it: the event or the call that follows needs as much.
    assembly ("memory-safe") {
        let scratch := mload(0x40)
        calldatacopy(scratch, payload.offset, payload.length)
        hash := keccak256(scratch, payload.length)
    }
}
