// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FeedApplying, FeedFrozen, FeedTooOld, IFeeds} from "./interfaces/IFeeds.sol";
import {LogicMissing, ViewFailed} from "./interfaces/IReplicas.sol";

/// A contract of A on B: its storage, slot by slot, and its view functions.
///
/// Nothing of its own is in its storage: all metadata lives in Feeds, so that no slot of ours can ever stand where the
/// mirrored contract has one. For the same reason it has no functions of its own:
///
///     from Feeds, 32 bytes          returns the value of that slot
///     from Feeds, n x 64 bytes      writes n deltas (slot, value), returns how many values changed
///     from anybody else             is a call of the mirrored contract, answered by its logic
///
/// A call is answered in a call to itself, which is static: whatever the logic would write, send or log reverts. That
/// inner call has the address of the logic, as Feeds knows it, appended, and delegates to it: the logic is the
/// contract's own code and sees the contract's own storage.
///
///     caller ── data ──▶ Replica ── static: data . logic ──▶ Replica ── delegates: data ──▶ logic
///                          └── shown? ──▶ Feeds
contract Replica {
    address private immutable FEEDS;
    address private immutable REPLICAS;
    uint64 private immutable FEED;
    /// Seconds. Oldest state that plain calls are answered with.
    uint256 private immutable MAX_AGE;

    constructor(address feeds, uint64 feed, uint40 maxAge) {
        FEEDS = feeds;
        REPLICAS = msg.sender;
        FEED = feed;
        MAX_AGE = maxAge;
    }

    fallback() external {
        if (msg.sender == FEEDS)
            _serve();
            // Only the static call below has this sender: no logic can call anything but precompiles.
        else if (msg.sender == address(this)) _delegate();
        else _answer();
    }

    /// Reads a slot, or writes deltas.
    function _serve() private {
        // Raw slots can only be reached in assembly; hundreds of them a call make the loop's own cost matter. Reading
        // the slot first costs nothing extra: the write to it is then a warm one. A branch around redundant writes
        // would cost true updates, which have none, more than it saves.
        assembly ("memory-safe") {
            function write(at) -> isSame {
                let slot := calldataload(at)
                let value := calldataload(add(at, 32))
                isSame := eq(sload(slot), value)
                sstore(slot, value)
            }
            let end := calldatasize()
            if eq(end, 32) {
                mstore(0, sload(calldataload(0)))
                return(0, 32)
            }
            let at := 0
            let same := 0
            // Two deltas a turn; an odd one goes first.
            if and(end, 64) {
                same := write(at)
                at := 64
            }
            for {} lt(at, end) {
                at := add(at, 128)
            } {
                same := add(same, write(at))
                same := add(same, write(add(at, 64)))
            }
            mstore(0, sub(shr(6, end), same))
            return(0, 32)
        }
    }

    function _answer() private view {
        address logic = _logic();
        uint64 feed = FEED;
        // Calldata goes on as it is, whatever it is, and so does the answer.
        assembly ("memory-safe") {
            let input := mload(0x40)
            let size := calldatasize()
            calldatacopy(input, 0, size)
            mstore(add(input, size), logic)
            let success := staticcall(gas(), address(), input, add(size, 32), 0, 0)
            size := returndatasize()
            returndatacopy(input, 0, size)
            if success {
                return(input, size)
            }
            if size {
                revert(input, size)
            }
        }
        revert ViewFailed(feed);
    }

    /// The logic to answer with, if the state is one to answer from.
    function _logic() private view returns (address logic) {
        IFeeds.Shown memory shown = IFeeds(FEEDS).shown(FEED);
        require(shown.state != IFeeds.FeedState.Frozen, FeedFrozen(FEED));
        require(shown.state != IFeeds.FeedState.Applying, FeedApplying(FEED));
        require(shown.logic != address(0), LogicMissing(FEED));
        // INVARIANT: nothing is read that is older than the reader accepts. Replicas has been told how old that is.
        require(
            block.timestamp <= shown.timestamp + MAX_AGE || msg.sender == REPLICAS,
            FeedTooOld(FEED, shown.timestamp, MAX_AGE)
        );
        return shown.logic;
    }

    function _delegate() private {
        assembly {
            let size := sub(calldatasize(), 32)
            let logic := calldataload(size)
            calldatacopy(0, 0, size)
            let success := delegatecall(gas(), logic, 0, size, 0, 0)
            size := returndatasize()
            returndatacopy(0, 0, size)
            if success {
                return(0, size)
            }
            revert(0, size)
        }
    }
}
