// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FeedRegistry} from "./FeedRegistry.sol";
import {FeedStages} from "./FeedStages.sol";
import {
    IFeeds,
    NotDeltaCourt,
    FeedFrozen,
    FeedUnknown,
    ChunkCountWrong,
    UpdateExists,
    UpdateStatusWrong,
    ParentNotTail,
    UpdateNotNewer,
    RootTooOld,
    ReserveTooSmall,
    NotNext,
    DigestsMismatch,
    ChunkMismatch,
    ChunkNotWritten,
    UpdateAlive,
    QueueNotEmpty
} from "./interfaces/IFeeds.sol";
import {NotProver} from "./interfaces/IProver.sol";
import {IReplicas} from "./interfaces/IReplicas.sol";
import {IStake, NotModule, ZeroAddress} from "./interfaces/IStake.sol";
import {
    IStateSync,
    RefundModeActive,
    ClaimStatusWrong,
    ParameterOutOfRange,
    WindowOpen
} from "./interfaces/IStateSync.sol";
import {EMPTY_ROOT} from "./types/Account.sol";
import {Claim, ClaimStatus} from "./types/Claim.sol";
import {Deltas} from "./types/Deltas.sol";
import {Shown} from "./types/Shown.sol";
import {Update, UpdateRecord, UpdateStatus} from "./types/Update.sol";

/// The queues of updates; FeedRegistry holds the feeds, FeedStages what waits to be posted. The rules are told in IFeeds.
contract Feeds is FeedRegistry, FeedStages {
    using Deltas for bytes;

    /// Gas of a challenger's largest proof: docs/protocol.md, Parameters.
    uint256 private constant PROOF_GAS = 5_000_000;
    /// Over a century. Deadlines are recorded in 40 bits, of which the clock and this together use no more than 33.
    uint64 private constant DURATION_LIMIT = type(uint32).max;

    IStateSync public immutable SYNC;
    IStake public immutable STAKE;
    address public immutable DELTA_COURT;
    address public immutable PROVER;
    uint64 private immutable WINDOW;
    uint96 private immutable BOND;
    uint64 private immutable MAX_ROOT_AGE;

    mapping(bytes32 update => UpdateRecord) private _records;

    /// @param neighbours Addresses at which contracts are going to be deployed; their constructors check them.
    constructor(
        IStateSync sync,
        IStake stake,
        Neighbours memory neighbours,
        Parameters memory parameters_
    ) FeedRegistry(parameters_.rootShareBps, neighbours.replicas) {
        IStateSync.Parameters memory claims = sync.parameters();
        claims.assumptions.requireWindow(parameters_.window);
        require(
            parameters_.window <= DURATION_LIMIT,
            ParameterOutOfRange("update window", parameters_.window)
        );
        claims.assumptions.requireReward(parameters_.bond / 2, PROOF_GAS);
        require(parameters_.bond != 0, ParameterOutOfRange("update bond", 0));
        require(parameters_.maxRootAge != 0, ParameterOutOfRange("maxRootAge", 0));
        require(
            parameters_.rootShareBps <= 10_000,
            ParameterOutOfRange("rootShareBps", parameters_.rootShareBps)
        );
        require(neighbours.deltaCourt != address(0) && neighbours.prover != address(0), ZeroAddress());
        require(stake.isModule(address(this)), NotModule(address(this)));

        SYNC = sync;
        STAKE = stake;
        DELTA_COURT = neighbours.deltaCourt;
        PROVER = neighbours.prover;
        WINDOW = parameters_.window;
        BOND = parameters_.bond;
        MAX_ROOT_AGE = parameters_.maxRootAge;
    }

    /// @inheritdoc IFeeds
    function createFeed(
        address account,
        uint48 gweiPerSecond,
        uint48 gweiPerValue
    ) external payable returns (uint64 feed) {
        return _create(account, gweiPerSecond, gweiPerValue, 0, 0);
    }

    /// @inheritdoc IFeeds
    function createReplica(
        address account,
        uint48 gweiPerSecond,
        uint48 gweiPerValue,
        uint40 maxAge,
        uint32 environment
    ) external payable returns (uint64 feed) {
        return _create(account, gweiPerSecond, gweiPerValue, maxAge, environment);
    }

    /// @inheritdoc IFeeds
    function post(
        Update calldata parent,
        Claim calldata root,
        Post calldata said
    ) external returns (bytes32 id) {
        _requireUsable(root.calldataId(), root.timestamp);
        uint64 deadline = SYNC.clock() + WINDOW;
        Stored storage feed_ = _known(parent.feed);
        _requireNotFrozen(parent.feed, feed_.shown);
        bytes32 parentId = parent.calldataId();
        _extend(parentId, feed_);
        require(root.number > parent.number, UpdateNotNewer(root.number, parent.number));

        Update memory update;
        update.feed = parent.feed;
        update.parent = parentId;
        update.number = root.number;
        update.timestamp = root.timestamp;
        update.stateRoot = root.stateRoot;
        update.oldStorageRoot = parent.storageRoot;
        update.rootProposer = root.proposer;
        update.storageRoot = said.storageRoot;
        update.codeHash = said.codeHash;
        update.proposer = said.proposer;
        (update.deltas, update.count) = _takeStage(parent.feed, said);
        update.reserve = _reserve(feed_, update, parent.timestamp);
        require(update.reserve >= said.minReserve, ReserveTooSmall(update.reserve, said.minReserve));
        id = update.id();
        // A parent is extended again only after its child was rejected. The same child would be as false as before.
        require(_records[id].status == UpdateStatus.None, UpdateExists(id));

        _records[id] = UpdateRecord(UpdateStatus.Pending, false, uint40(deadline), 0, 0);
        emit UpdatePosted(id, parent.feed, msg.sender, update, deadline, said.lastChunk);

        STAKE.lock(said.proposer, msg.sender, BOND);
    }

    /// @inheritdoc IFeeds
    function applyChunks(
        Update calldata update,
        bytes32[] calldata digests,
        bytes32 previous,
        bytes[] calldata chunks
    ) external {
        bytes32 id = update.calldataId();
        UpdateRecord memory record_ = _records[id];
        Stored storage feed_ = _feeds[update.feed];
        Shown shown = feed_.shown;
        _requireNotFrozen(update.feed, shown);
        _requireApplicable(id, record_, update, feed_);

        _requireProgress(update.deltas, digests, record_.appliedChunks, chunks.length);

        address replica = _replicaOf(update.feed);
        for (uint256 i = 0; i < chunks.length; ++i) {
            uint256 index = record_.appliedChunks++;
            _requireChunk(digests[index], index, chunks[i].digest(previous));
            record_.changed += uint32(_write(replica, chunks[i]));
            emit ChunkApplied(id, update.feed, index, record_.changed);
            previous = chunks[i].lastKey();
        }
        if (record_.appliedChunks == digests.length) {
            uint256 fee = _payFee(feed_, update, shown.timestamp(), record_.changed);
            record_.status = UpdateStatus.Applied;
            _records[id] = record_;
            emit UpdateApplied(id, update.feed, update.number, record_.changed, fee);
            // From now on the feed itself says whether an update builds on its head. The fee for time counts from the
            // block shown before, so it has been paid.
            shown = shown.later(uint48(update.number), uint40(update.timestamp));
            feed_.shown = shown.withState(FeedState.Live).withQueue(record_.extended);
            feed_.head = id;
            if (shown.hadLogic()) _checkLogic(update.feed, feed_, id, update.codeHash);

            STAKE.release(update.proposer, BOND);
        } else {
            record_.status = UpdateStatus.Applying;
            _records[id] = record_;
            // INVARIANT: while some chunks of an update are written and some are not, nothing can be read.
            feed_.shown = shown.withState(FeedState.Applying);
            if (shown.hadLogic() && feed_.logic != address(0)) _show(update.feed, feed_);
        }
    }

    /// @inheritdoc IFeeds
    function confirm(Update calldata update) external {
        require(msg.sender == PROVER, NotProver(msg.sender));
        bytes32 id = update.calldataId();
        UpdateStatus status = _records[id].status;
        require(status == UpdateStatus.Pending, UpdateStatusWrong(id, status));

        _records[id].deadline = 0;
        emit UpdateConfirmed(id, update.feed);
    }

    /// @inheritdoc IFeeds
    function advance(
        Update calldata update,
        bytes32 root,
        uint96 minFee,
        bytes calldata deltas
    ) external returns (bytes32 id, address account) {
        require(msg.sender == PROVER, NotProver(msg.sender));
        uint64 feed = update.feed;
        Stored storage feed_ = _feeds[feed];
        Shown shown = feed_.shown;
        account = shown.account();
        require(account != address(0), FeedUnknown(feed));
        _requireEnd(feed, feed_.head, update.parent, shown);
        id = update.calldataId();

        // Before the fee, which counts the seconds from the block shown so far: an earlier one has no such seconds.
        feed_.shown = _laterThan(shown, update.number, update.timestamp, root);
        uint256 changed = deltas.length == 0 ? 0 : _write(_replicaOf(feed), deltas);
        uint256 fee = _payProvenFee(feed_, update, shown, changed);
        require(fee >= minFee, ReserveTooSmall(fee, minFee));
        // No record: the head of a feed is an applied update, and its id says so.
        feed_.head = id;
        _announce(id, feed, root, update, fee, deltas);
        if (shown.hadLogic()) _checkLogic(feed, feed_, id, update.codeHash);
    }

    /// @inheritdoc IFeeds
    function heal(Update calldata head, bytes32 slot, bytes32 right) external returns (bytes32 wrong) {
        require(msg.sender == PROVER, NotProver(msg.sender));
        Stored storage feed_ = _live(head);
        wrong = _peek(head.feed, slot);

        address replica = _replicaOf(head.feed);
        (bool success, ) = replica.call(abi.encode(slot, right));
        require(success, ChunkNotWritten(replica));
        emit SlotHealed(head.feed, slot, wrong, right);
        // What was wrong may have been the implementation of a proxy.
        _checkLogic(head.feed, feed_, feed_.head, head.codeHash);
    }

    /// @inheritdoc IFeeds
    function reject(Update calldata update, address winner) external {
        require(msg.sender == DELTA_COURT, NotDeltaCourt(msg.sender));
        bytes32 id = update.calldataId();
        UpdateStatus status = _records[id].status;
        bool bonded = status == UpdateStatus.Pending || status == UpdateStatus.Applying;
        require(bonded || status == UpdateStatus.Applied, UpdateStatusWrong(id, status));

        if (status != UpdateStatus.Pending) _freeze(update.feed, id);
        _records[id].status = UpdateStatus.Rejected;
        // The queue goes on from the parent; descendants of this update can be released.
        Stored storage feed_ = _feeds[update.feed];
        if (update.parent == feed_.head) feed_.shown = feed_.shown.withQueue(false);
        else _records[update.parent].extended = false;
        emit UpdateRejected(id, update.feed, winner);

        if (bonded) {
            feed_.funds += update.reserve;
            STAKE.slash(update.proposer, BOND, winner);
        }
    }

    /// @inheritdoc IFeeds
    function release(Update calldata update) external {
        bytes32 id = update.calldataId();
        UpdateStatus status = _records[id].status;
        Stored storage feed_ = _feeds[update.feed];
        UpdateStatus above = _records[update.parent].status;
        bool frozen = feed_.shown.state() == FeedState.Frozen;
        // An update that is written in part can still be completed in refund mode, so only a frozen feed ends it.
        require(
            status == UpdateStatus.Pending || (status == UpdateStatus.Applying && frozen),
            UpdateStatusWrong(id, status)
        );
        require(
            frozen || above == UpdateStatus.Rejected || above == UpdateStatus.Released || SYNC.refundMode(),
            UpdateAlive(id)
        );

        _records[id].status = UpdateStatus.Released;
        feed_.funds += update.reserve;
        emit UpdateReleased(id, update.feed);

        STAKE.release(update.proposer, BOND);
    }

    /// @inheritdoc IFeeds
    function record(bytes32 id) external view returns (UpdateRecord memory) {
        return _records[id];
    }

    /// @inheritdoc IFeeds
    function parameters() external view returns (Parameters memory) {
        return Parameters(WINDOW, BOND, MAX_ROOT_AGE, ROOT_SHARE_BPS);
    }

    function _create(
        address account,
        uint48 gweiPerSecond,
        uint48 gweiPerValue,
        uint40 maxAge,
        uint32 environment
    ) private returns (uint64 feed) {
        require(account != address(0), ZeroAddress());
        feed = ++feedCount;
        Update memory genesis;
        genesis.feed = feed;
        genesis.storageRoot = EMPTY_ROOT;
        bytes32 genesisId = genesis.id();

        address replica = IReplicas(REPLICAS).create(feed, maxAge);
        _records[genesisId].status = UpdateStatus.Applied;
        Stored storage feed_ = _feeds[feed];
        feed_.creator = msg.sender;
        feed_.gweiPerSecond = gweiPerSecond;
        feed_.gweiPerValue = gweiPerValue;
        feed_.head = genesisId;
        Shown shown = Shown.wrap(uint160(account));
        feed_.environment = environment;
        feed_.maxAge = maxAge;
        emit FeedCreated(feed, account, msg.sender, replica, gweiPerSecond, gweiPerValue, genesisId);
        feed_.shown = msg.value == 0 ? shown : shown.withFunds();
        if (msg.value == 0) return feed;
        feed_.funds = uint96(msg.value);
        emit FeedFunded(feed, msg.sender, msg.value);
    }

    /// Requires that an update builds on the feed's last applied one and nothing waits there.
    function _requireEnd(uint64 feed, bytes32 head, bytes32 parent, Shown shown) private pure {
        _requireNotFrozen(feed, shown);
        require(parent == head, NotNext(parent, head));
        // An update that is being applied builds on the head, too.
        require(!shown.isQueued(), QueueNotEmpty(head));
    }

    function _announce(
        bytes32 id,
        uint64 feed,
        bytes32 root,
        Update calldata update,
        uint256 fee,
        bytes calldata deltas
    ) private {
        emit UpdateProven(id, feed, root, update.storageRoot, update.codeHash, update.proposer, fee, deltas);
    }

    /// Shows a later block, of which this is the final root.
    function _laterThan(
        Shown shown,
        uint64 number,
        uint64 timestamp,
        bytes32 root
    ) private view returns (Shown) {
        require(number > shown.number(), UpdateNotNewer(number, shown.number()));
        _requireUsable(root, timestamp);
        return shown.later(uint48(number), uint40(timestamp));
    }

    function _requireNotFrozen(uint64 feed, Shown shown) private pure {
        require(shown.state() != FeedState.Frozen, FeedFrozen(feed));
    }

    /// Makes `parent` the second last of its queue.
    function _extend(bytes32 parent, Stored storage feed_) private {
        // INVARIANT: an update has at most one living child, so that a feed's queue is linear. Of the applied ones only
        // the head is alive; whether it has a child is noted in the feed, where a proof looks anyway.
        if (parent == feed_.head) {
            Shown shown = feed_.shown;
            require(!shown.isQueued(), ParentNotTail(parent));
            feed_.shown = shown.withQueue(true);
            return;
        }
        UpdateRecord storage record_ = _records[parent];
        UpdateStatus status = record_.status;
        require(
            !record_.extended && (status == UpdateStatus.Pending || status == UpdateStatus.Applying),
            ParentNotTail(parent)
        );
        record_.extended = true;
    }

    function _requireUsable(bytes32 root, uint64 timestamp) private view {
        (ClaimStatus status, bool refunding) = SYNC.finality(root);
        require(!refunding, RefundModeActive());
        require(status == ClaimStatus.Final, ClaimStatusWrong(root, status, ClaimStatus.Final));
        require(_isFresh(timestamp, MAX_ROOT_AGE), RootTooOld(timestamp, MAX_ROOT_AGE));
    }

    function _requireApplicable(
        bytes32 id,
        UpdateRecord memory record_,
        Update calldata update,
        Stored storage feed_
    ) private view {
        if (record_.status == UpdateStatus.Applying) return;
        require(!SYNC.refundMode(), RefundModeActive());
        require(record_.status == UpdateStatus.Pending, UpdateStatusWrong(id, record_.status));
        require(update.parent == feed_.head, NotNext(update.parent, feed_.head));
        uint64 now_ = SYNC.clock();
        require(now_ > record_.deadline, WindowOpen(record_.deadline, now_));
    }

    function _requireProgress(
        bytes32 commitment,
        bytes32[] calldata digests,
        uint256 applied,
        uint256 given
    ) private pure {
        bytes32 committed = Deltas.commit(digests);
        require(committed == commitment, DigestsMismatch(committed, commitment));
        uint256 left = digests.length - applied;
        // Only an update without deltas has nothing left before it is complete.
        require(given <= left && (given != 0 || left == 0), ChunkCountWrong(given, left));
    }

    function _requireChunk(bytes32 wanted, uint256 index, bytes32 digest) private pure {
        require(digest == wanted, ChunkMismatch(index, digest, wanted));
    }

    function _write(address replica, bytes calldata chunk) private returns (uint256 changed) {
        // A replica accepts whole deltas from Feeds; the only failure left is running out of gas.
        (bool success, bytes memory answer) = replica.call(chunk);
        require(success, ChunkNotWritten(replica));
        changed = abi.decode(answer, (uint256));
    }
}
