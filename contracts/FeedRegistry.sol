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
import {IMPLEMENTATION_SLOT} from "./types/Proxy.sol";
import {Update} from "./types/Update.sol";

/// The feeds themselves: what each mirrors and shows, who pays for it and who has earned from it. The rules are told
/// in IFeeds.
abstract contract FeedRegistry is IFeeds {
    uint16 internal immutable ROOT_SHARE_BPS;
    address public immutable REPLICAS;
    address public immutable FACES = address(new Faces());

    uint64 public feedCount;
    mapping(address account => uint256) public earnings;
    mapping(uint64 feed => Feed) internal _feeds;

    constructor(uint16 rootShareBps, address replicas) {
        require(replicas != address(0), ZeroAddress());

        ROOT_SHARE_BPS = rootShareBps;
        REPLICAS = replicas;
    }

    /// @inheritdoc IFeeds
    function fund(uint64 feed) external payable {
        _known(feed).funds += uint96(msg.value);

        emit FeedFunded(feed, msg.sender, msg.value);
    }

    /// @inheritdoc IFeeds
    function defund(uint64 feed, uint96 amount, address to) external {
        Feed storage feed_ = _known(feed);
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
        Feed storage feed_ = _known(feed);
        require(feed_.state != FeedState.Frozen, FeedFrozen(feed));
        require(feed_.state != FeedState.Applying, FeedApplying(feed));
        require(feed_.timestamp != 0, FeedEmpty(feed));
        require(_isFresh(feed_.timestamp, maxAge), FeedTooOld(feed, feed_.timestamp, maxAge));

        return _peek(feed_.replica, slot);
    }

    /// @inheritdoc IFeeds
    function setLogic(Update calldata head, address logic, address implementation) external {
        require(msg.sender == REPLICAS, NotReplicas(msg.sender));
        Feed storage feed_ = _live(head);

        feed_.logic = logic;
        feed_.codeHash = head.codeHash;
        feed_.implementation = implementation;
        _show(head.feed, feed_);
        emit LogicRegistered(head.feed, logic, head.codeHash, implementation);
    }

    /// @inheritdoc IFeeds
    function isReadable(uint64 feed, uint256 maxAge) external view returns (bool) {
        Feed storage feed_ = _feeds[feed];
        return feed_.state == FeedState.Live && feed_.timestamp != 0 && _isFresh(feed_.timestamp, maxAge);
    }

    /// @inheritdoc IFeeds
    function asOf(uint64 feed) external view returns (uint64 number, uint64 timestamp) {
        Feed storage feed_ = _known(feed);
        return (feed_.number, feed_.timestamp);
    }

    /// @inheritdoc IFeeds
    function accountOf(uint64 feed) external view returns (address) {
        return _known(feed).account;
    }

    /// @inheritdoc IFeeds
    function feedOf(uint64 feed) external view returns (Feed memory) {
        return _known(feed);
    }

    /// Sets the largest possible fee of an update aside, or what is left of the funds.
    function _reserve(
        Feed storage feed_,
        Update memory update,
        uint64 since
    ) internal returns (uint96 reserve) {
        // Without funds the terms, which are in another slot, do not matter.
        if (feed_.funds == 0) return 0;
        uint256 due = _fee(feed_, update.timestamp, since, update.count);
        reserve = due < feed_.funds ? uint96(due) : feed_.funds;
        feed_.funds -= reserve;
    }

    /// The first update of a feed covers no time: nothing was mirrored before.
    function _fee(
        Feed storage feed_,
        uint64 timestamp,
        uint64 since,
        uint256 values
    ) private view returns (uint256) {
        uint256 covered = since == 0 ? 0 : timestamp - since;
        return (covered * feed_.gweiPerSecond + values * feed_.gweiPerValue) * 1 gwei;
    }

    /// Pays what an applied update has earned out of its reserve; the rest goes back to the feed.
    /// @return fee Wei.
    function _payFee(
        Feed storage feed_,
        Update calldata update,
        uint256 changed
    ) internal returns (uint256 fee) {
        if (update.reserve == 0) return 0;
        fee = _fee(feed_, update.timestamp, feed_.timestamp, changed);
        if (fee > update.reserve) fee = update.reserve;
        if (update.reserve != fee) feed_.funds += uint96(update.reserve - fee);
        _earn(fee, update.proposer, update.rootProposer);
    }

    /// Pays what a proven update has earned, which reserved nothing, or what is left of the feed's funds.
    /// @return fee Wei.
    function _payProvenFee(
        Feed storage feed_,
        Update calldata update,
        uint256 changed
    ) internal returns (uint256 fee) {
        if (feed_.funds == 0) return 0;
        fee = _fee(feed_, update.timestamp, feed_.timestamp, changed);
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
        _feeds[feed].state = FeedState.Frozen;
        if (_feeds[feed].logic != address(0)) _show(feed, _feeds[feed]);
        emit FeedWasFrozen(feed, update);
    }

    /// INVARIANT: a replica answers view calls with the code that its account has at the block shown.
    function _checkLogic(uint64 feed, Feed storage feed_, bytes32 update, bytes32 codeHash) internal {
        if (feed_.logic == address(0)) return;
        address implementation = feed_.implementation;
        bool isSame =
            codeHash == feed_.codeHash &&
                (implementation == address(0) ||
                    uint256(_peek(feed_.replica, IMPLEMENTATION_SLOT)) == uint160(implementation));
        if (!isSame) {
            feed_.logic = address(0);
            emit LogicOutdated(feed, update);
        }
        _show(feed, feed_);
    }

    /// Tells the feed's replica what its view calls depend on.
    function _show(uint64 feed, Feed storage feed_) internal {
        uint256 face = uint160(feed_.logic);
        if (face != 0) face |= (uint256(feed_.timestamp) << 160) | (uint256(feed_.state) << 200);
        (bool success, ) = FACES.call(abi.encode(feed, face));
        // It accepts everything from here; the only failure left is running out of gas.
        require(success, ChunkNotWritten(FACES));
    }

    function _peek(address replica, bytes32 slot) internal view returns (bytes32) {
        // A replica answers 32 bytes from Feeds with the slot's value and cannot fail.
        (, bytes memory answer) = replica.staticcall(abi.encode(slot));
        return abi.decode(answer, (bytes32));
    }

    /// The feed that shows just this update.
    function _live(Update calldata head) internal view returns (Feed storage feed_) {
        feed_ = _known(head.feed);
        require(feed_.state != FeedState.Frozen, FeedFrozen(head.feed));
        require(feed_.state != FeedState.Applying, FeedApplying(head.feed));
        bytes32 id = head.calldataId();
        require(id == feed_.head, NotHead(id, feed_.head));
    }

    function _isFresh(uint256 timestamp, uint256 maxAge) internal view returns (bool) {
        // A state from B's future is fresh; saturating, because readers may pass any number.
        return block.timestamp <= timestamp || block.timestamp - timestamp <= maxAge;
    }

    function _known(uint64 feed) internal view returns (Feed storage feed_) {
        feed_ = _feeds[feed];
        require(feed_.replica != address(0), FeedUnknown(feed));
    }

    function _pay(address to, uint256 amount) private {
        require(to != address(0), ZeroAddress());
        (bool success, ) = to.call{value: amount}("");
        require(success, TransferFailed(to, amount));
    }
}
