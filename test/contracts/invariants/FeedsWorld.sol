// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeeds} from "../../../contracts/interfaces/IFeeds.sol";
import {Update, UpdateStatus} from "../../../contracts/types/Update.sol";
import {KeyVector, UpdateVector} from "../support/DeltaVectors.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";

/// What is true about the contracts of A, and every update ever posted about them.
///
/// The contracts are those of the vectors: contract state `s` is the one after its first `s` updates. Two feeds
/// mirror the token: nobody watches the second.
abstract contract FeedsWorld is FeedDeployment {
    enum Kind {
        Truth,
        KeyLie,
        AccountLie
    }

    struct Posted {
        Update update;
        bytes deltas;
        Kind kind;
        /// The contract's state that the update speaks of, and the one it starts from.
        uint256 state;
        uint256 from;
        /// Which lie of the vector it is.
        uint256 lie;
        /// What it builds on: an index into the feed's list plus one, zero for the genesis update.
        uint256 parent;
    }

    uint256 internal constant UNWATCHED = 4;
    uint256 internal constant FEED_COUNT = 5;

    mapping(uint256 feed => Posted[]) internal _posted;
    mapping(uint256 feed => Update) internal _geneses;
    mapping(uint256 contract_ => mapping(uint256 state => bytes)) private _vectors;
    /// Slots that a contract ever used, and their values in each state.
    mapping(uint256 contract_ => bytes32[]) internal _slots;
    mapping(uint256 contract_ => mapping(bytes32 slot => bool)) private _seen;
    mapping(uint256 contract_ => mapping(uint256 state => mapping(bytes32 slot => bytes32))) internal _values;

    /// Long enough for several roots to become final while an update can still be challenged.
    function _feedParameters() internal pure override returns (IFeeds.Parameters memory) {
        return
            IFeeds.Parameters({
                window: 120,
                bond: UPDATE_BOND,
                maxRootAge: 1 hours,
                rootShareBps: ROOT_SHARE_BPS
            });
    }

    function _learn() internal {
        uint256[4] memory contracts = [TOKEN, UNBORN, MIXED, LARGE];
        for (uint256 i = 0; i < contracts.length; ++i) _learn(contracts[i]);
        for (uint256 feed = 0; feed < FEED_COUNT; ++feed) {
            _geneses[feed] = createFeed(accountVector(contractOf(feed)));
        }
    }

    function _learn(uint256 contract_) private {
        uint256 states = updateCounts()[contract_];
        for (uint256 state = 1; state <= states; ++state) {
            UpdateVector memory vector = updateVector(contract_, state - 1);
            _vectors[contract_][state] = abi.encode(vector);
            for (uint256 i = 0; i < _slots[contract_].length; ++i) {
                bytes32 known = _slots[contract_][i];
                _values[contract_][state][known] = _values[contract_][state - 1][known];
            }
            for (uint256 i = 0; i < vector.deltas.length / 64; ++i) {
                (bytes32 slot, bytes32 value) = deltaAt(vector.deltas, i);
                if (!_seen[contract_][slot]) _slots[contract_].push(slot);
                _seen[contract_][slot] = true;
                _values[contract_][state][slot] = value;
            }
        }
    }

    function contractOf(uint256 feed) public pure returns (uint256) {
        uint256[5] memory contracts = [TOKEN, UNBORN, MIXED, LARGE, TOKEN];
        return contracts[feed];
    }

    function feedOf(uint256 feed) public view returns (IFeeds.Feed memory) {
        return feeds.feedOf(_geneses[feed].feed);
    }

    function vectorOf(uint256 feed, uint256 state) internal view returns (UpdateVector memory) {
        return abi.decode(_vectors[contractOf(feed)][state], (UpdateVector));
    }

    function statusOf(Posted storage posted) internal view returns (UpdateStatus) {
        return feeds.record(posted.update.id()).status;
    }

    /// Whether a court rejected the update or one that it builds on.
    function isDead(uint256 feed, uint256 index) internal view returns (bool) {
        Posted storage posted = _posted[feed][index];
        UpdateStatus status = statusOf(posted);
        if (status == UpdateStatus.Rejected || status == UpdateStatus.Released) return true;
        return posted.parent != 0 && isDead(feed, posted.parent - 1);
    }

    /// Whether the update and all that it builds on are true.
    function isTrue(uint256 feed, uint256 index) public view returns (bool) {
        Posted storage posted = _posted[feed][index];
        return posted.kind == Kind.Truth && (posted.parent == 0 || isTrue(feed, posted.parent - 1));
    }

    /// The tail of a queue as in `Posted.parent`.
    function tailOf(uint256 feed) internal view returns (uint256) {
        for (uint256 i = _posted[feed].length; i != 0; --i) {
            if (!isDead(feed, i - 1)) return i;
        }
        return 0;
    }

    /// The update that may be applied next, as in `Posted.parent`; zero for none.
    function nextOf(uint256 feed) internal view returns (uint256) {
        bytes32 head = feedOf(feed).head;
        for (uint256 i = _posted[feed].length; i != 0; --i) {
            Posted storage posted = _posted[feed][i - 1];
            UpdateStatus status = statusOf(posted);
            bool living = status == UpdateStatus.Pending || status == UpdateStatus.Applying;
            if (living && posted.update.parent == head) return i;
        }
        return 0;
    }

    /// The proofs that kill a lie: it must not build on a living lie about the account, whose storage nobody has.
    function _kill(uint256 feed, uint256 index) internal {
        Posted storage posted = _posted[feed][index];
        UpdateVector memory vector = vectorOf(feed, posted.state);
        if (posted.kind == Kind.AccountLie) {
            disproveAccount(posted.update, vector.accountProof);
        } else {
            KeyVector memory proof = vector.keys[vector.lies[posted.lie].proof];
            disproveKey(posted.update, posted.deltas, proof);
        }
        require(statusOf(posted) == UpdateStatus.Rejected, "a lie lives");
    }

    /// The honest challenger kills every living lie of the feeds it watches, the oldest first.
    function _watch(uint256 feed) internal {
        for (uint256 i = 0; i < _posted[feed].length; ++i) {
            if (_posted[feed][i].kind != Kind.Truth && !isDead(feed, i)) _kill(feed, i);
        }
    }

    // What the invariants look at

    function reserved() public view returns (uint256 sum, uint256 bonds) {
        for (uint256 feed = 0; feed < FEED_COUNT; ++feed) {
            for (uint256 i = 0; i < _posted[feed].length; ++i) {
                UpdateStatus status = statusOf(_posted[feed][i]);
                if (status != UpdateStatus.Pending && status != UpdateStatus.Applying) continue;
                sum += _posted[feed][i].update.reserve;
                bonds += UPDATE_BOND;
            }
        }
    }

    function owed() public view returns (uint256 sum) {
        for (uint256 feed = 0; feed < FEED_COUNT; ++feed) sum += feedOf(feed).funds;
        sum += feeds.earnings(PROPOSER) + feeds.earnings(ROOT_PROPOSER);
    }

    function held() public view returns (uint256 balance, uint256 bonds) {
        return (address(feeds).balance, stake.lockedBy(address(feeds), PROPOSER));
    }

    /// Reverts unless the replica of a watched feed shows the last applied state, or nothing.
    function requireFaithful(uint256 feed) external view {
        IFeeds.Feed memory shown = feedOf(feed);
        bool readable = feeds.isReadable(_geneses[feed].feed, type(uint256).max);
        if (shown.state != IFeeds.FeedState.Live) {
            require(!readable, "readable although half applied or frozen");
            require(shown.state != IFeeds.FeedState.Frozen || feed == UNWATCHED, "a watched feed froze");
            return;
        }
        if (feed == UNWATCHED) return;
        uint256 state = 0;
        for (uint256 i = 0; i < _posted[feed].length; ++i) {
            Posted storage posted = _posted[feed][i];
            if (statusOf(posted) == UpdateStatus.Applied) require(isTrue(feed, i), "a lie was applied");
            if (posted.update.id() != shown.head) continue;
            state = posted.state;
            require(shown.number == posted.update.number, "number");
            require(shown.timestamp == posted.update.timestamp, "timestamp");
        }
        _requireState(feed, state, shown.replica);
    }

    function _requireState(uint256 feed, uint256 state, address replica) private view {
        bytes32[] storage slots = _slots[contractOf(feed)];
        for (uint256 i = 0; i < slots.length; ++i) {
            bytes32 wanted = _values[contractOf(feed)][state][slots[i]];
            require(vm.load(replica, slots[i]) == wanted, "a value is false");
        }
    }

    /// Reverts if a true update was rejected.
    function requireTruthsAlive(uint256 feed) external view {
        for (uint256 i = 0; i < _posted[feed].length; ++i) {
            if (!isTrue(feed, i)) continue;
            require(statusOf(_posted[feed][i]) != UpdateStatus.Rejected, "a truth was rejected");
        }
    }
}
