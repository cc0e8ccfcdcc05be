// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    IFeeds,
    FeedUnknown,
    NotFeedCreator,
    FeedFrozen,
    FeedApplying,
    FeedEmpty,
    FeedTooOld,
    FundsTooSmall,
    NothingEarned
} from "./interfaces/IFeeds.sol";
import {TransferFailed, ZeroAddress} from "./interfaces/IStake.sol";
import {Update} from "./types/Update.sol";

/// The feeds themselves: what each mirrors and shows, who pays for it and who has earned from it. The rules are told
/// in IFeeds.
abstract contract FeedRegistry is IFeeds {
    uint16 internal immutable ROOT_SHARE_BPS;

    uint64 public feedCount;
    mapping(address account => uint256) public earnings;
    mapping(uint64 feed => Feed) internal _feeds;

    constructor(uint16 rootShareBps) {
        ROOT_SHARE_BPS = rootShareBps;
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

        // A replica answers 32 bytes from Feeds with the slot's value and cannot fail.
        (, bytes memory answer) = feed_.replica.staticcall(abi.encode(slot));
        value = abi.decode(answer, (bytes32));
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
    function feedOf(uint64 feed) external view returns (Feed memory) {
        return _known(feed);
    }

    /// Sets the largest possible fee of an update aside, or what is left of the funds.
    function _reserve(
        Feed storage feed_,
        Update memory update,
        uint64 since
    ) internal returns (uint96 reserve) {
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
        fee = _fee(feed_, update.timestamp, feed_.timestamp, changed);
        if (fee > update.reserve) fee = update.reserve;
        if (update.reserve != fee) feed_.funds += uint96(update.reserve - fee);
        if (fee == 0) return fee;
        uint256 share = (fee * ROOT_SHARE_BPS) / 10_000;
        // The genesis root has no proposer; its share stays with the update's.
        if (update.rootProposer == address(0)) share = 0;
        if (share != 0) earnings[update.rootProposer] += share;
        earnings[update.proposer] += fee - share;
    }

    /// An applied update was proven false: nothing that the feed holds can be believed any more.
    function _freeze(uint64 feed, bytes32 update) internal {
        _feeds[feed].state = FeedState.Frozen;
        emit FeedWasFrozen(feed, update);
    }

    function _isFresh(uint256 timestamp, uint256 maxAge) internal view returns (bool) {
        // A state from B's future is fresh; saturating, because readers may pass any number.
        return block.timestamp <= timestamp || block.timestamp - timestamp <= maxAge;
    }

    function _known(uint64 feed) internal view returns (Feed storage feed_) {
        feed_ = _feeds[feed];
        require(feed_.account != address(0), FeedUnknown(feed));
    }

    function _pay(address to, uint256 amount) private {
        require(to != address(0), ZeroAddress());
        (bool success, ) = to.call{value: amount}("");
        require(success, TransferFailed(to, amount));
    }
}
