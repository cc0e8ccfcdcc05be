// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Channel} from "../types/Message.sol";

/// No chain or contract has the identifier zero; and a message from a chain to itself needs no bridge.
error ChannelInvalid();
/// The chain changed its identifier, as the minority of a hard fork does: messages name the old one.
error ChainIdChanged(uint256 got, uint256 wanted);
/// The tree has no leaf left.
error OutboxFull();
error ReceiverZero();
error GasLimitTooHigh(uint64 gasLimit, uint64 max);
error PayloadTooLarge(uint256 size, uint256 max);
/// The message would have expired before it was sent. For one that never expires say `NEVER`.
error ExpiryPassed(uint64 expiry, uint256 clock);
error BatchEmpty();

/// Where contracts and accounts of A leave messages for contracts of B.
///
/// A message becomes a leaf of a Merkle tree that only grows (see MessageTree); the tree's root is storage slot
/// OUTBOX_ROOT_SLOT, so that one storage proof under a final root of A ties every message ever sent to B. Leaves are
/// never changed or removed, so whatever an older root proved, each later root proves, too.
///
/// Anyone may send. Sending costs gas on A only; who delivers on B pays there, for a reason of its own.
/// Order is not promised: see OrderedRecipient.
interface IOutbox {
    /// What a sender says about a message.
    struct Draft {
        address receiver;
        uint64 gasLimit;
        uint64 expiry;
        bytes payload;
    }

    /// Everything there is to know about a message. The ids in the order of their nonces are the leaves of the tree.
    event MessageSent(
        bytes32 indexed id,
        address indexed sender,
        address indexed receiver,
        uint32 nonce,
        uint64 gasLimit,
        uint64 expiry,
        bytes payload
    );

    /// Sends a message.
    /// @param receiver Contract on B that implements ERC-7786's `receiveMessage`. It need not exist yet.
    /// @param gasLimit Gas the receiver gets; at most MAX_GAS_LIMIT. If it is too little, the message fails and can be
    /// retried with more.
    /// @param expiry Last second, on B's clock, in which it may be delivered or retried; NEVER if there is none.
    /// @param payload At most MAX_PAYLOAD bytes.
    /// @return id Of the message; the receiver gets it as `receiveId`.
    function send(
        address receiver,
        uint64 gasLimit,
        uint64 expiry,
        bytes calldata payload
    ) external returns (bytes32 id);

    /// Sends several messages and computes the root once.
    /// @return ids In the order of `drafts`; the nonces are consecutive.
    function sendBatch(Draft[] calldata drafts) external returns (bytes32[] memory ids);

    /// @return The root of the tree, zero before the first message.
    function root() external view returns (bytes32);

    /// @return How many messages were sent: the nonce of the next one.
    function count() external view returns (uint32);

    function channel() external view returns (Channel memory);
}
