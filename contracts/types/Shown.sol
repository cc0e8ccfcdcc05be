// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeeds} from "../interfaces/IFeeds.sol";

using {isKnown} for Shown global;
using {stateOf, isQueued, wasFunded, hadLogic, withState, withQueue, withFunds, withLogic} for Marks global;

/// What a feed shows and how it stands: all that a read of it has to know, and most of what an update has, in one slot.
struct Shown {
    /// The mirrored account on A; zero only where there is no feed.
    address account;
    /// Block of A that the replica shows, and its timestamp.
    uint48 number;
    uint40 timestamp;
    Marks marks;
}

/// A feed's state, and which of its other slots need looking at. From the lowest bit:
///
///     state: 2 | an update builds on the head: 1 | somebody has funded it: 1 | somebody gave it logic: 1
///
/// The last two stay for ever: they save reading what most feeds do not have.
type Marks is uint8;

uint8 constant STATE = 0x03;
uint8 constant QUEUED = 0x04;
uint8 constant FUNDED = 0x08;
uint8 constant LOGIC = 0x10;

function isKnown(Shown memory shown) pure returns (bool) {
    return shown.account != address(0);
}

function stateOf(Marks marks) pure returns (IFeeds.FeedState) {
    return IFeeds.FeedState(Marks.unwrap(marks) & STATE);
}

function isQueued(Marks marks) pure returns (bool) {
    return Marks.unwrap(marks) & QUEUED != 0;
}

function wasFunded(Marks marks) pure returns (bool) {
    return Marks.unwrap(marks) & FUNDED != 0;
}

function hadLogic(Marks marks) pure returns (bool) {
    return Marks.unwrap(marks) & LOGIC != 0;
}

function withState(Marks marks, IFeeds.FeedState state) pure returns (Marks) {
    return Marks.wrap((Marks.unwrap(marks) & ~STATE) | uint8(state));
}

function withQueue(Marks marks, bool queued) pure returns (Marks) {
    return Marks.wrap(queued ? Marks.unwrap(marks) | QUEUED : Marks.unwrap(marks) & ~QUEUED);
}

function withFunds(Marks marks) pure returns (Marks) {
    return Marks.wrap(Marks.unwrap(marks) | FUNDED);
}

function withLogic(Marks marks) pure returns (Marks) {
    return Marks.wrap(Marks.unwrap(marks) | LOGIC);
}
