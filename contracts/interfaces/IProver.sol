// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Claim} from "../types/Claim.sol";
import {Head, Update} from "../types/Update.sol";
import {IFeeds} from "./IFeeds.sol";

error NotProver(address caller);
/// The account's proof shows something else than the update says.
error AccountDiffers(bytes32 storageRoot, bytes32 codeHash);
/// The deltas lead to another storage root than the account has.
error NewRootMismatch(bytes32 got, bytes32 wanted);
/// An account with the storage root that the deltas lead to, and with what its path says, would be in another state.
error StateRootMismatch(bytes32 got, bytes32 wanted);
/// The piece is not the next one: it has to begin at delta `wanted` of the update.
error PieceNotNext(uint256 got, uint256 wanted);
/// The piece is empty or ends beyond its chunk.
error PieceOutOfChunk(uint256 from, uint256 to, uint256 size);
/// The replica has the value that A has.
error SlotHealthy(uint64 feed, bytes32 slot, bytes32 value);

/// The impatient path: updates that are proven instead of waited for.
///
/// A multi-proof (see Transition.sol) computes from one storage root of A the next one, given the deltas; the
/// account's Merkle proof under a final root says which storage root A really has. If they agree, the deltas are
/// complete and true, and no window, bond or challenger is needed.
interface IProver {
    /// A part of an update that fits a transaction. Parts follow each other; each is proven against the root that the
    /// one before led to.
    struct Piece {
        /// Digests of all the update's chunks, as in `IFeeds.applyChunks`.
        bytes32[] digests;
        /// The chunk with the deltas, the hashed slot before it (zero for the first), its bytes in full.
        uint256 index;
        bytes32 previous;
        bytes chunk;
        /// Deltas of the chunk, [from, to).
        uint256 from;
        uint256 to;
        /// Old values of these deltas and the multi-proof: see Transition.sol.
        bytes before;
        bytes nodes;
    }

    /// What whoever syncs a feed gets for it.
    struct Terms {
        /// Earns the fee.
        address payee;
        /// Least wei the feed has to pay.
        uint96 minFee;
    }

    /// One more piece of an update is proven; `proven` deltas in all lead to `root`.
    event PieceProven(bytes32 indexed update, uint256 proven, bytes32 root);

    /// Proves a posted update, in one or more calls of one sender; a first piece begins anew. With the last piece its window is over; an update of one chunk
    /// at the head of its queue is applied at once, others by `IFeeds.applyChunks`.
    /// @param accountProof Proof of the account under the update's state root. Only looked at with the last piece.
    function prove(Update calldata update, bytes[] calldata accountProof, Piece calldata piece) external;

    /// Proves and applies an update about `root` at once, without its ever having been posted. Only if no update waits in
    /// the feed's queue.
    /// @param parent The feed's head: its last applied update.
    /// @param proof At most one chunk of deltas, what proves them, and the account's path: see SyncProof.sol.
    /// @return id Of the update that is the feed's head now.
    function sync(
        Head calldata parent,
        Claim calldata root,
        Terms calldata terms,
        bytes calldata proof
    ) external returns (bytes32 id);

    /// The same where the account is shown by a Merkle proof instead of a path, as one that does not exist has to be.
    /// @param proof Has no path.
    /// @param accountProof Proof of the account, or that there is none, under the root.
    function syncByProof(
        Head calldata parent,
        Claim calldata root,
        Terms calldata terms,
        bytes calldata proof,
        bytes[] calldata accountProof
    ) external returns (bytes32 id);

    /// Repairs one value of a replica which differs from A's at the block that the replica shows. That can only be if
    /// a false update was applied because nobody watched; the event is an alarm.
    /// @param head The feed's head.
    /// @param accountProof Proof of the account under the head's state root.
    /// @param storageProof Proof of the slot under the account's storage root.
    function heal(
        Update calldata head,
        bytes32 slot,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) external;

    /// How far `by` has proven a posted update: the root that `proven` of its deltas lead to; zeros before the first
    /// piece.
    function progressOf(bytes32 update, address by) external view returns (bytes32 root, uint256 proven);

    function FEEDS() external view returns (IFeeds);
}
