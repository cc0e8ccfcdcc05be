// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeeds} from "../interfaces/IFeeds.sol";

using {
    account,
    number,
    timestamp,
    state,
    isQueued,
    wasFunded,
    hadLogic,
    later,
    withState,
    withQueue,
    withFunds,
    withLogic
} for Shown global;

/// What a feed shows and how it stands: all that a read of it has to know, and most of what an update has, in one slot.
/// From the lowest bit:
///
///     account: 160   the mirrored one on A; zero only where there is no feed
///     number: 48     block of A that the replica shows
///     timestamp: 40  that block's
///     state: 2       IFeeds.FeedState
///     queued: 1      an update builds on the head
///     funded: 1      somebody has funded the feed: its funds are worth reading
///     logic: 1       somebody gave it logic: so is this
///
/// The last two stay for ever.
/// @dev One word and not a struct: the compiler would read, mask and write each field by itself.
type Shown is uint256;

uint256 constant ACCOUNT_BITS = 160;
uint256 constant NUMBER_BITS = 48;
uint256 constant STATE_AT = 248;
uint256 constant BLOCK_MASK = ((1 << 88) - 1) << ACCOUNT_BITS;
uint256 constant STATE_MASK = 3 << STATE_AT;
uint256 constant QUEUED = 4 << STATE_AT;
uint256 constant FUNDED = 8 << STATE_AT;
uint256 constant LOGIC = 16 << STATE_AT;

function account(Shown shown) pure returns (address) {
    return address(uint160(Shown.unwrap(shown)));
}

function number(Shown shown) pure returns (uint48) {
    return uint48(Shown.unwrap(shown) >> ACCOUNT_BITS);
}

function timestamp(Shown shown) pure returns (uint40) {
    return uint40(Shown.unwrap(shown) >> (ACCOUNT_BITS + NUMBER_BITS));
}

function state(Shown shown) pure returns (IFeeds.FeedState) {
    return IFeeds.FeedState((Shown.unwrap(shown) & STATE_MASK) >> STATE_AT);
}

function isQueued(Shown shown) pure returns (bool) {
    return Shown.unwrap(shown) & QUEUED != 0;
}

function wasFunded(Shown shown) pure returns (bool) {
    return Shown.unwrap(shown) & FUNDED != 0;
}

function hadLogic(Shown shown) pure returns (bool) {
    return Shown.unwrap(shown) & LOGIC != 0;
}

/// The same with another block.
function later(Shown shown, uint48 number_, uint40 timestamp_) pure returns (Shown) {
    uint256 block_ = (uint256(timestamp_) << NUMBER_BITS) | number_;
    return Shown.wrap((Shown.unwrap(shown) & ~BLOCK_MASK) | (block_ << ACCOUNT_BITS));
}

function withState(Shown shown, IFeeds.FeedState state_) pure returns (Shown) {
    return Shown.wrap((Shown.unwrap(shown) & ~STATE_MASK) | (uint256(state_) << STATE_AT));
}

function withQueue(Shown shown, bool queued) pure returns (Shown) {
    uint256 others = Shown.unwrap(shown) & ~QUEUED;
    return Shown.wrap(queued ? others | QUEUED : others);
}

function withFunds(Shown shown) pure returns (Shown) {
    return Shown.wrap(Shown.unwrap(shown) | FUNDED);
}

function withLogic(Shown shown) pure returns (Shown) {
    return Shown.wrap(Shown.unwrap(shown) | LOGIC);
}
