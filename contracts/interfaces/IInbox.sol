// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Branch, Channel, Message, MessageStatus} from "../types/Message.sol";
import {Claim} from "../types/Claim.sol";
import {IStateSync} from "./IStateSync.sol";

/// The Outbox held no root at the claimed block: it did not exist, or nothing had been sent.
error RootMissing(uint64 number);
/// The message and its branch lead to a root that was never synced: something in them is wrong, or `sync` is due.
error RootUnknown(bytes32 root);
error MessageExpired(bytes32 id, uint64 expiry, uint256 clock);
/// It was delivered, or its receiver failed and `retry` is the way.
error MessageAttempted(bytes32 id, MessageStatus status);
/// No message with this id is waiting for a retry.
error MessageNotFailed(bytes32 id);
/// A retry gives the receiver at least what the sender fixed.
error GasLimitTooLow(uint64 gasLimit, uint64 min);
/// The transaction has too little gas to give the receiver its limit and to record what came of it. It takes `needed` at
/// the least, and something more to get there.
error GasTooLow(uint256 available, uint256 needed);
/// How the Inbox tells itself that a receiver did not accept.
error NotAccepted(IInbox.Failure failure, bytes data);
error NotSelf(address caller);
/// The root was not synced under this block, or nobody contradicted the block.
error RootNotContested(bytes32 root, uint64 number);

/// Where messages from A arrive on B.
///
/// `sync` proves the root of the Outbox's tree under a final root of A; a root once synced stays good, however many
/// follow. `deliver` proves messages under a synced root and calls their receivers. Anyone may do either, for anybody's
/// messages.
///
/// | from         | to        | by        | when                                                  |
/// |--------------|-----------|-----------|-------------------------------------------------------|
/// | None         | Delivered | `deliver` | root synced, not expired, the receiver accepted        |
/// | None         | Failed    | `deliver` | root synced, not expired, the receiver did not accept  |
/// | Failed       | Delivered | `retry`   | not expired, the receiver accepted                     |
/// | None, Failed | Expired   | time      | B's clock has passed the expiry                        |
///
/// A receiver accepts by returning the selector of ERC-7786's `receiveMessage`. Whatever else happens, down to a
/// receiver without code, is a failure, undoes all that the receiver did, and leaves the message to be retried.
///
/// A message is delivered at most once: its status changes before its receiver is called. Receivers may call back into
/// the Inbox: to them, and to everybody, a message whose receiver is running is delivered.
interface IInbox {
    /// Why a receiver did not accept.
    enum Failure {
        /// There is no contract.
        NoCode,
        /// It reverted or ran out of gas.
        Reverted,
        /// It returned something else than the selector.
        NotAccepted
    }

    /// @param number Block of A whose state holds the root.
    event RootSynced(bytes32 indexed root, uint64 indexed number);
    event RootDisowned(bytes32 indexed root, uint64 indexed number);
    event MessageDelivered(bytes32 indexed id, uint32 indexed nonce);
    /// @param data The first MAX_FAILURE_DATA bytes that the receiver returned: as a rule the error it reverted with.
    event MessageFailed(bytes32 indexed id, uint32 indexed nonce, Failure failure, bytes data);

    /// Takes over the root of the Outbox's tree as of a block of A. Doing so again changes nothing.
    /// @param claim A final claim about the block; attested, too, if this Inbox demands that.
    /// @param accountProof Proof of the Outbox's account under the claim's state root.
    /// @param storageProof Proof of slot OUTBOX_ROOT_SLOT in its storage.
    function sync(
        Claim calldata claim,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) external returns (bytes32 root);

    /// Forgets a root whose block became contested in StateSync: then two claims ran their whole course and at most
    /// one of them is true. If the root is another final block's, too, it can be synced again under that one.
    /// What was attempted under it stays as it is: a message that failed can still be retried, for a retry asks for no
    /// root. Receivers that refuse because of the dispute have to go on doing so.
    /// @param claim The final claim about the block under which the root was synced.
    function disown(bytes32 root, Claim calldata claim) external;

    /// Delivers a message for the first time. The caller brings gas for the receiver's limit and 1/31 of it (two
    /// calls, of which each holds back 1/64), and about 120,000 more, of which a success leaves most over.
    /// @return delivered Whether the receiver accepted. If not, the message is to be retried.
    function deliver(Message calldata message, Branch calldata branch) external returns (bool delivered);

    /// Delivers several messages under one root, in the order given. Messages that were attempted before or
    /// have expired are skipped, so that nobody can stop a batch by delivering one of its messages first.
    /// @param messages As a rule ascending by nonce: so the branch reads them.
    /// @param branch The common branch of all of them.
    /// @return delivered For each message, whether its receiver accepted it in this call.
    function deliverBatch(
        Message[] calldata messages,
        Branch calldata branch
    ) external returns (bool[] memory delivered);

    /// Calls the receiver of a failed message again. It needs no branch: the message was proven when it failed.
    /// @param gasLimit Gas the receiver gets; at least what the sender fixed. More helps if that was too little.
    /// @return delivered Whether the receiver accepted.
    function retry(Message calldata message, uint64 gasLimit) external returns (bool delivered);

    /// Calls the receiver of a message, and reverts with NotAccepted unless it accepts. For the Inbox itself only.
    function handOver(bytes32 id, Message calldata message, uint64 gasLimit) external;

    /// The status of the message with this nonce, but for its expiry, which the Inbox learns with the message only.
    /// Under every root of an Outbox a nonce belongs to one id.
    function status(uint32 nonce) external view returns (MessageStatus);

    /// The status of a message that was sent, for contracts that are told about messages by strangers: reverts unless
    /// the branch leads to a synced root.
    function statusOf(Message calldata message, Branch calldata branch) external view returns (MessageStatus);

    /// @return The id of the message with this nonce if its receiver failed and it was not delivered since; else zero.
    function failed(uint32 nonce) external view returns (bytes32);

    /// @return The block of A under which this root was synced; zero if it was not.
    function syncedAt(bytes32 root) external view returns (uint64);

    function channel() external view returns (Channel memory);

    function SYNC() external view returns (IStateSync);

    /// @return Whether a root is taken over only from claims for whose block anchor evidence was shown.
    function ATTESTED_ONLY() external view returns (bool);
}
