// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Faces} from "./Faces.sol";
import {
    IFeeds,
    ChunkNotWritten,
    FeedUnknown,
    NotFeedCreator,
    FeedFrozen,
    FeedApplying,
    FeedEmpty,
    FeedTooOld,
    FundsTooSmall,
    NothingEarned
} from "./interfaces/IFeeds.sol";
import {NotHead, NotReplicas} from "./interfaces/IReplicas.sol";
import {TransferFailed, ZeroAddress} from "./interfaces/IStake.sol";
import {ReplicaAddress} from "./libraries/ReplicaAddress.sol";
import {Replica} from "./Replica.sol";
import {IMPLEMENTATION_SLOT} from "./types/Proxy.sol";
import {Shown} from "./types/Shown.sol";
import {Update} from "./types/Update.sol";

/// The feeds themselves: what each mirrors and shows, who pays for it and who has earned from it. The rules are told
/// in IFeeds.
abstract contract FeedRegistry is IFeeds {
    /// What is stored of a feed, slot by slot: what each means is told in IFeeds.Feed.
    struct Stored {
        Shown shown;
        bytes32 head;
        /// Worth reading only if the marks say so.
        address logic;
        uint96 funds;
        address creator;
        uint48 gweiPerSecond;
        uint48 gweiPerValue;
        bytes32 codeHash;
        address implementation;
        uint32 environment;
        uint40 maxAge;
    }

    uint16 internal immutable ROOT_SHARE_BPS;
    address public immutable REPLICAS;
    address public immutable FACES = address(new Faces());
    bytes32 private immutable CREATION = keccak256(type(Replica).creationCode);

    uint64 public feedCount;
    mapping(address account => uint256) public earnings;
    mapping(uint64 feed => Stored) internal _feeds;

    constructor(uint16 rootShareBps, address replicas) {
        require(replicas != address(0), ZeroAddress());

        ROOT_SHARE_BPS = rootShareBps;
        REPLICAS = replicas;
    }

    /// @inheritdoc IFeeds
    function fund(uint64 feed) external payable {
        Stored storage feed_ = _known(feed);
        feed_.funds += uint96(msg.value);
        feed_.shown = feed_.shown.withFunds();
        emit FeedFunded(feed, msg.sender, msg.value);
    }

    /// @inheritdoc IFeeds
    function defund(uint64 feed, uint96 amount, address to) external {
        Stored storage feed_ = _known(feed);
        require(msg.sender == feed_.creator, NotFeedCreator(feed, msg.sender));
        require(amount <= feed_.funds, FundsTooSmall(feed, feed_.funds, amount));

        feed_.funds -= amount;
        emit FeedDefunded(feed, to, amount);

        _pay(to, amount);
    }

    /// @inheritdoc IFeeds
    function withdrawEarnings(address to) external {
        uint256 amount = earnings[msg.sender];
        require(amount != 0, NothingEarned(msg.sender));

        earnings[msg.sender] = 0;
        emit EarningsWithdrawn(msg.sender, to, amount);

        _pay(to, amount);
    }

    /// @inheritdoc IFeeds
    function read(uint64 feed, bytes32 slot, uint256 maxAge) external view returns (bytes32 value) {
        Shown shown = _known(feed).shown;
        _requireWhole(feed, shown);
        require(shown.timestamp() != 0, FeedEmpty(feed));
        require(_isFresh(shown.timestamp(), maxAge), FeedTooOld(feed, shown.timestamp(), maxAge));

        return _peek(feed, slot);
    }

    /// @inheritdoc IFeeds
    function setLogic(Update calldata head, address logic, address implementation) external {
        require(msg.sender == REPLICAS, NotReplicas(msg.sender));
        Stored storage feed_ = _live(head);

        feed_.logic = logic;
        feed_.codeHash = head.codeHash;
        feed_.implementation = implementation;
        feed_.shown = feed_.shown.withLogic();
        _show(head.feed, feed_);
        emit LogicRegistered(head.feed, logic, head.codeHash, implementation);
    }

    /// @inheritdoc IFeeds
    function isReadable(uint64 feed, uint256 maxAge) external view returns (bool) {
        Shown shown = _feeds[feed].shown;
        return
            shown.state() == FeedState.Live && shown.timestamp() != 0 && _isFresh(shown.timestamp(), maxAge);
    }

    /// @inheritdoc IFeeds
    function asOf(uint64 feed) external view returns (uint64 number, uint64 timestamp) {
        Shown shown = _known(feed).shown;
        return (shown.number(), shown.timestamp());
    }

    /// @inheritdoc IFeeds
    function accountOf(uint64 feed) external view returns (address) {
        return _known(feed).shown.account();
    }

    /// @inheritdoc IFeeds
    function feedOf(uint64 feed) external view returns (Feed memory) {
        Stored storage feed_ = _known(feed);
        return
            Feed({
                logic: feed_.logic,
                number: feed_.shown.number(),
                timestamp: feed_.shown.timestamp(),
                state: feed_.shown.state(),
                isQueued: feed_.shown.isQueued(),
                replica: _replicaOf(feed),
                funds: feed_.funds,
                head: feed_.head,
                account: feed_.shown.account(),
                environment: feed_.environment,
                maxAge: feed_.maxAge,
                creator: feed_.creator,
                gweiPerSecond: feed_.gweiPerSecond,
                gweiPerValue: feed_.gweiPerValue,
                codeHash: feed_.codeHash,
                implementation: feed_.implementation
            });
    }

    /// Sets the largest possible fee of an update aside, or what is left of the funds.
    function _reserve(
        Stored storage feed_,
        Update memory update,
        uint64 since
    ) internal returns (uint96 reserve) {
        // Without funds the terms, which are in another slot, do not matter.
        if (!feed_.shown.wasFunded() || feed_.funds == 0) return 0;
        uint256 due = _fee(feed_, update.timestamp, since, update.count);
        reserve = due < feed_.funds ? uint96(due) : feed_.funds;
        feed_.funds -= reserve;
    }

    /// The first update of a feed covers no time: nothing was mirrored before.
    function _fee(
        Stored storage feed_,
        uint64 timestamp,
        uint64 since,
        uint256 values
    ) private view returns (uint256) {
        uint256 covered = since == 0 ? 0 : timestamp - since;
        return (covered * feed_.gweiPerSecond + values * feed_.gweiPerValue) * 1 gwei;
    }

    /// Pays what an applied update has earned out of its reserve; the rest goes back to the feed.
    /// @param since Timestamp of the block shown before. @return fee Wei.
    function _payFee(
        Stored storage feed_,
        Update calldata update,
        uint64 since,
        uint256 changed
    ) internal returns (uint256 fee) {
        if (update.reserve == 0) return 0;
        fee = _fee(feed_, update.timestamp, since, changed);
        if (fee > update.reserve) fee = update.reserve;
        if (update.reserve != fee) feed_.funds += uint96(update.reserve - fee);
        _earn(fee, update.proposer, update.rootProposer);
    }

    /// Pays what a proven update has earned, which reserved nothing, or what is left of the feed's funds.
    /// @param shown What the feed showed before. @return fee Wei.
    function _payProvenFee(
        Stored storage feed_,
        Update calldata update,
        Shown shown,
        uint256 changed
    ) internal returns (uint256 fee) {
        if (!shown.wasFunded() || feed_.funds == 0) return 0;
        fee = _fee(feed_, update.timestamp, shown.timestamp(), changed);
        if (fee > feed_.funds) fee = feed_.funds;
        feed_.funds -= uint96(fee);
        _earn(fee, update.proposer, update.rootProposer);
    }

    function _earn(uint256 fee, address proposer, address rootProposer) private {
        if (fee == 0) return;
        uint256 share = (fee * ROOT_SHARE_BPS) / 10_000;
        // The genesis root has no proposer; its share stays with the update's.
        if (rootProposer == address(0)) share = 0;
        if (share != 0) earnings[rootProposer] += share;
        earnings[proposer] += fee - share;
    }

    /// An applied update was proven false: nothing that the feed holds can be believed any more.
    function _freeze(uint64 feed, bytes32 update) internal {
        Stored storage feed_ = _feeds[feed];
        feed_.shown = feed_.shown.withState(FeedState.Frozen);
        if (feed_.logic != address(0)) _show(feed, feed_);
        emit FeedWasFrozen(feed, update);
    }

    /// INVARIANT: a replica answers view calls with the code that its account has at the block shown.
    /// It runs after what is shown was stored.
    function _checkLogic(uint64 feed, Stored storage feed_, bytes32 update, bytes32 codeHash) internal {
        if (!feed_.shown.hadLogic() || feed_.logic == address(0)) return;
        address implementation = feed_.implementation;
        bool isSame =
            codeHash == feed_.codeHash &&
                (implementation == address(0) ||
                    uint256(_peek(feed, IMPLEMENTATION_SLOT)) == uint160(implementation));
        if (!isSame) {
            feed_.logic = address(0);
            emit LogicOutdated(feed, update);
        }
        _show(feed, feed_);
    }

    /// Tells the feed's replica what its view calls depend on.
    function _show(uint64 feed, Stored storage feed_) internal {
        uint256 face = uint160(feed_.logic);
        Shown shown = feed_.shown;
        if (face != 0) face |= (uint256(shown.timestamp()) << 160) | (uint256(shown.state()) << 200);
        (bool success, ) = FACES.call(abi.encode(feed, face));
        // It accepts everything from here; the only failure left is running out of gas.
        require(success, ChunkNotWritten(FACES));
    }

    function _peek(uint64 feed, bytes32 slot) internal view returns (bytes32) {
        // A replica answers 32 bytes from Feeds with the slot's value and cannot fail.
        (, bytes memory answer) = _replicaOf(feed).staticcall(abi.encode(slot));
        return abi.decode(answer, (bytes32));
    }

    /// @param feed One that exists.
    function _replicaOf(uint64 feed) internal view returns (address) {
        return ReplicaAddress.replicaAt(REPLICAS, CREATION, feed);
    }

    /// The feed that shows just this update.
    function _live(Update calldata head) internal view returns (Stored storage feed_) {
        feed_ = _known(head.feed);
        _requireWhole(head.feed, feed_.shown);
        bytes32 id = head.calldataId();
        require(id == feed_.head, NotHead(id, feed_.head));
    }

    function _requireWhole(uint64 feed, Shown shown) private pure {
        FeedState state = shown.state();
        require(state != FeedState.Frozen, FeedFrozen(feed));
        require(state != FeedState.Applying, FeedApplying(feed));
    }

    function _isFresh(uint256 timestamp, uint256 maxAge) internal view returns (bool) {
        // A state from B's future is fresh; saturating, because readers may pass any number.
        return block.timestamp <= timestamp || block.timestamp - timestamp <= maxAge;
    }

    function _known(uint64 feed) internal view returns (Stored storage feed_) {
        feed_ = _feeds[feed];
        require(feed_.shown.account() != address(0), FeedUnknown(feed));
    }

    function _pay(address to, uint256 amount) private {
        require(to != address(0), ZeroAddress());
        (bool success, ) = to.call{value: amount}("");
        require(success, TransferFailed(to, amount));
    }
}
