// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Claim} from "../types/Claim.sol";
import {Update, UpdateRecord, UpdateStatus} from "../types/Update.sol";
import {IStateSync} from "./IStateSync.sol";

error FeedUnknown(uint64 feed);
error NotFeedCreator(uint64 feed, address caller);
error NotDeltaCourt(address caller);
/// An applied update was proven false: what the feed holds cannot be believed any more.
error FeedFrozen(uint64 feed);
/// An update is written in part: a read now would show a mixture of two states.
error FeedApplying(uint64 feed);
/// No update has been applied yet.
error FeedEmpty(uint64 feed);
/// The feed's state is of block timestamp `timestamp`, older than the reader accepts.
error FeedTooOld(uint64 feed, uint64 timestamp, uint256 maxAge);
error FundsTooSmall(uint64 feed, uint256 funds, uint256 wanted);
error NothingEarned(address account);
/// Staged chunks are full; only the last chunk, which `post` takes, may be shorter.
error ChunkNotFull(uint256 size);
error TooManyChunks(uint256 chunks);
/// More chunks than the update has left, or none although it has some.
error ChunkCountWrong(uint256 got, uint256 left);
/// The stage holds other deltas than the caller thinks: drop it and stage again.
error StageMismatch(bytes32 got, bytes32 wanted);
error UpdateExists(bytes32 id);
error UpdateStatusWrong(bytes32 id, UpdateStatus status);
/// The parent already has a child, is unknown, is dead, or was overtaken by a proven update: the queue is linear.
error ParentNotTail(bytes32 parent);
error UpdateNotNewer(uint64 number, uint64 parentNumber);
/// The feed's funds do not cover what the caller counts on.
error ReserveTooSmall(uint256 reserve, uint256 wanted);
error RootTooOld(uint64 timestamp, uint256 maxAge);
/// Updates are applied strictly at the head of the queue.
error NotNext(bytes32 parent, bytes32 head);
error DigestsMismatch(bytes32 got, bytes32 wanted);
error ChunkMismatch(uint256 index, bytes32 got, bytes32 wanted);
/// The call ran out of gas.
error ChunkNotWritten(address replica);
error UpdateAlive(bytes32 id);

/// Another update waits in the queue of this feed: prove that one.
error QueueNotEmpty(bytes32 head);

/// Mirrors of whole contracts of A.
///
/// A feed mirrors the storage of one account. Updates form a linear queue: each says how the account's storage
/// changed since its parent, is bonded, can be disproven by DeltaCourt with one transaction while its window is open,
/// and is then written to the feed's replica in chunks. Whoever wants the mirror pays: per second of A covered and
/// per value that really changes.
///
/// | from     | to       | by        | when                                                                   |
/// |----------|----------|-----------|------------------------------------------------------------------------|
/// | None     | Pending  | `post`    | root final and recent, parent is the tail, bond locked, fee reserved    |
/// | Pending  | Pending  | `confirm` | Prover; the window is over at once                                      |
/// | None     | Applied  | `advance` | Prover; no bond, no window                                              |
/// | Pending  | Applying | `apply`   | window over, parent is the feed's head                                  |
/// | Applying | Applied  | `apply`   | last chunk; bond back, fee paid                                         |
/// | Pending  | Rejected | `reject`  | DeltaCourt; bond slashed, all its descendants can be released           |
/// | Pending  | Released | `release` | parent dead, feed frozen, or refund mode; bond back                     |
/// A proof against an update that is Applying or Applied freezes the feed.
interface IFeeds {
    struct Parameters {
        /// Seconds for which a new update can be challenged.
        uint64 window;
        /// Wei a proposer locks for each update.
        uint96 bond;
        /// Oldest root, in seconds since its block, that an update may speak of.
        uint64 maxRootAge;
        /// Share of every fee, in basis points, that goes to the proposer of the root.
        uint16 rootShareBps;
    }

    /// The contracts that Feeds obeys, each in one matter.
    struct Neighbours {
        address deltaCourt;
        address prover;
        address replicas;
    }

    enum FeedState {
        Live,
        /// Some chunks of the update at the head of the queue are written and some are not.
        Applying,
        /// An applied update was proven false.
        Frozen
    }

    struct Feed {
        /// Answers view calls with the replica's storage; zero as long as none is registered. See IReplicas.
        address logic;
        /// Block of A, and its timestamp, that the replica shows.
        uint48 number;
        uint40 timestamp;
        FeedState state;
        /// An update builds on the head. Stays so if a frozen feed or refund mode released it: nothing follows there.
        bool isQueued;
        /// Holds the storage; see Replica.sol.
        address replica;
        /// Unreserved wei.
        uint96 funds;
        /// Id of the last applied update.
        bytes32 head;
        /// The mirrored account on A.
        address account;
        /// Which opcodes of its code may have B's value in view calls: bit i for opcode 0x30 + i.
        uint32 environment;
        /// Oldest state, in seconds, that plain calls to the replica are answered with.
        uint40 maxAge;
        address creator;
        /// Gwei per second of A covered, and per value that changes when applied.
        uint48 gweiPerSecond;
        uint48 gweiPerValue;
        /// While there is a logic: the account's code hash, and its implementation on A if it is a proxy.
        bytes32 codeHash;
        address implementation;
    }

    struct Stage {
        bytes32 commitment;
        bytes32 lastKey;
        uint32 chunks;
    }

    /// What `post` is told; the rest of the update follows from chain state.
    struct Post {
        address proposer;
        bytes32 storageRoot;
        bytes32 codeHash;
        /// Commitment of the caller's stage, zero for an empty one: a reorganisation cannot swap it underneath.
        bytes32 staged;
        /// Least wei the feed must set aside: a creator who takes its funds out just before gets nothing for free.
        uint96 minReserve;
        /// The last chunk, in full; may be empty.
        bytes lastChunk;
    }

    event FeedCreated(
        uint64 indexed feed,
        address indexed account,
        address indexed creator,
        address replica,
        uint48 gweiPerSecond,
        uint48 gweiPerValue,
        bytes32 genesis
    );
    event FeedFunded(uint64 indexed feed, address indexed from, uint256 amount);
    event FeedDefunded(uint64 indexed feed, address indexed to, uint256 amount);
    event FeedWasFrozen(uint64 indexed feed, bytes32 indexed update);
    event Staged(address indexed by, uint64 indexed feed, uint32 index, bytes deltas);
    event StageDropped(address indexed by, uint64 indexed feed);
    /// `by` names the stage whose chunks precede `lastChunk`.
    event UpdatePosted(
        bytes32 indexed id,
        uint64 indexed feed,
        address indexed by,
        Update update,
        uint64 deadline,
        bytes lastChunk
    );
    /// A proven update was applied that had not been posted, with `deltas`, on top of the feed's head. `root` is the claim
    /// that it speaks of. With these the rest of the update follows from what was announced before.
    event UpdateProven(
        bytes32 indexed id,
        uint64 indexed feed,
        bytes32 root,
        bytes32 storageRoot,
        bytes32 codeHash,
        address proposer,
        uint256 fee,
        bytes deltas
    );
    /// The update was proven: its window is over.
    event UpdateConfirmed(bytes32 indexed id, uint64 indexed feed);
    event ChunkApplied(bytes32 indexed id, uint64 indexed feed, uint256 index, uint256 changed);
    event UpdateApplied(bytes32 indexed id, uint64 indexed feed, uint64 number, uint256 changed, uint256 fee);
    event UpdateRejected(bytes32 indexed id, uint64 indexed feed, address indexed winner);
    event UpdateReleased(bytes32 indexed id, uint64 indexed feed);
    /// A false value had been applied because nobody watched. The replica holds A's now.
    event SlotHealed(uint64 indexed feed, bytes32 indexed slot, bytes32 wrong, bytes32 right);
    /// View calls are answered from now on.
    event LogicRegistered(
        uint64 indexed feed,
        address indexed logic,
        bytes32 codeHash,
        address implementation
    );
    /// The code on A, or the implementation of a proxy, is another one from this update on: view calls revert until the
    /// new one is registered.
    event LogicOutdated(uint64 indexed feed, bytes32 indexed update);
    event EarningsWithdrawn(address indexed account, address indexed to, uint256 amount);

    /// Starts a feed for `account` of A and funds it with the value sent. It starts from empty storage, so the first
    /// update carries every slot.
    function createFeed(
        address account,
        uint48 gweiPerSecond,
        uint48 gweiPerValue
    ) external payable returns (uint64 feed);

    /// The same for a feed whose replica also answers plain calls of view functions, once its logic is registered:
    /// whoever calls the replica by its address accepts these two terms, which never change.
    /// @param maxAge Oldest state, in seconds since its block on A, that plain calls are answered with.
    /// @param environment Which opcodes may have B's value: bit i for opcode 0x30 + i.
    function createReplica(
        address account,
        uint48 gweiPerSecond,
        uint48 gweiPerValue,
        uint40 maxAge,
        uint32 environment
    ) external payable returns (uint64 feed);

    function fund(uint64 feed) external payable;

    /// Pays unreserved funds out. Only for the feed's creator.
    function defund(uint64 feed, uint96 amount, address to) external;

    /// Adds full chunks to the caller's stage for this feed. The bytes go to the log.
    function stage(uint64 feed, bytes[] calldata chunks) external;

    function dropStage(uint64 feed) external;

    /// Queues an update made of the caller's stage and a last chunk.
    /// @param parent The update to build on: the tail of the queue.
    /// @param root The final claim whose root the update speaks of.
    function post(
        Update calldata parent,
        Claim calldata root,
        Post calldata said
    ) external returns (bytes32 id);

    /// Writes the next chunks of the update at the head of the queue, and completes it with its last one.
    /// @param digests Digests of all the update's chunks.
    /// @param previous Hashed slot before the first of `chunks`, zero if that is the update's first.
    /// @param chunks One or more, as many as fit a transaction; none for an update without deltas.
    function applyChunks(
        Update calldata update,
        bytes32[] calldata digests,
        bytes32 previous,
        bytes[] calldata chunks
    ) external;

    /// Rejects an update proven false in favour of `winner`. Only for DeltaCourt.
    function reject(Update calldata update, address winner) external;

    /// Ends the window of a pending update that is proven true. Only for Prover.
    function confirm(Update calldata update) external;

    /// Applies a proven update on top of the feed's head, with no update waiting. Only for Prover, who answers for
    /// everything that the update says but its place in the queue.
    /// @param root Id of the claim whose root the update speaks of.
    /// @param minFee Least wei the feed has to pay.
    /// @param deltas The update's, at most one chunk.
    /// @return id The update's. @return account The feed's account on A, of which everything must have been proven.
    function advance(
        Update calldata update,
        bytes32 root,
        uint96 minFee,
        bytes calldata deltas
    ) external returns (bytes32 id, address account);

    /// Writes the proven value of a slot at the feed's head. Only for Prover.
    /// @return wrong The value that the replica had.
    function heal(Update calldata head, bytes32 slot, bytes32 right) external returns (bytes32 wrong);

    /// Gives the feed its logic. Only for Replicas.
    function setLogic(Update calldata head, address logic, address implementation) external;

    /// Gives the bond and the reserve of an update back that can never be applied.
    function release(Update calldata update) external;

    function withdrawEarnings(address to) external;

    /// Reads a slot of A from the replica.
    /// @param maxAge Oldest acceptable state, in seconds since its block on A.
    function read(uint64 feed, bytes32 slot, uint256 maxAge) external view returns (bytes32 value);

    /// Whether `read` would answer.
    function isReadable(uint64 feed, uint256 maxAge) external view returns (bool);

    /// @return number Block of A that the replica shows. @return timestamp Its timestamp.
    function asOf(uint64 feed) external view returns (uint64 number, uint64 timestamp);

    /// The mirrored account on A. Reverts for an unknown feed.
    function accountOf(uint64 feed) external view returns (address);

    function feedOf(uint64 feed) external view returns (Feed memory);

    /// An update that was proven without having been posted has no record. That another builds on it is noted here unless
    /// it is the feed's head.
    function record(bytes32 id) external view returns (UpdateRecord memory);

    function stageOf(address by, uint64 feed) external view returns (Stage memory);

    function earnings(address account) external view returns (uint256);

    function feedCount() external view returns (uint64);

    function SYNC() external view returns (IStateSync);

    function DELTA_COURT() external view returns (address);

    function PROVER() external view returns (address);

    function REPLICAS() external view returns (address);

    /// Where replicas look: see Faces.sol.
    function FACES() external view returns (address);

    function parameters() external view returns (Parameters memory);
}
