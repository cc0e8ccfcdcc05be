// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeltaCourt} from "../../../contracts/interfaces/IDeltaCourt.sol";
import {IFeeds} from "../../../contracts/interfaces/IFeeds.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Update, UpdateStatus} from "../../../contracts/types/Update.sol";
import {LieVector, UpdateVector} from "../support/DeltaVectors.sol";
import {FeedsWorld} from "./FeedsWorld.sol";

/// What anybody may do to feeds. Every action first makes sure that it may be taken, so none may revert.
contract FeedsHandler is FeedsWorld {
    /// Longer than it takes a root to become final.
    uint256 private constant LOOKAHEAD = 40;

    /// How often what happened: an invariant that is never put to the test proves nothing.
    mapping(bytes32 what => uint256) public seen;

    constructor() {
        setUp();
    }

    function setUp() public override {
        super.setUp();
        _fund(PROPOSER, 1000 ether);
        _learn();
    }

    /// Posts a truth or a lie at the tail of a queue: the next state, or the last one once more.
    function post(uint256 feedSeed, uint256 seed) external {
        uint256 feed = feedSeed % FEED_COUNT;
        if (_isOver(feed)) return;
        uint256 tail = tailOf(feed);
        Posted memory made;
        made.parent = tail;
        made.from = tail == 0 ? 0 : _posted[feed][tail - 1].state;
        bool again = made.from != 0 && (seed % 4 == 0 || made.from == updateCounts()[contractOf(feed)]);
        made.state = again ? made.from : made.from + 1;
        UpdateVector memory vector = vectorOf(feed, made.state);
        made.deltas = again ? bytes("") : vector.deltas;
        IFeeds.Post memory said = saidBy(vector);
        _falsify(made, vector, said, again, seed >> 8);
        _beforeTimePasses(LOOKAHEAD);
        // The challenger may just have killed what this was to build on.
        if (tailOf(feed) != tail || _isOver(feed)) return;
        Update memory parent = tail == 0 ? _geneses[feed] : _posted[feed][tail - 1].update;
        made.update = post(parent, finalRoot(vector.stateRoot), said, made.deltas);
        _posted[feed].push(made);
        ++seen[made.kind == Kind.Truth ? bytes32("truth") : bytes32("lie")];
    }

    /// One update in two is a lie.
    function _falsify(
        Posted memory made,
        UpdateVector memory vector,
        IFeeds.Post memory said,
        bool again,
        uint256 seed
    ) private pure {
        if (seed % 2 == 0) return;
        seed >>= 8;
        if (!again && seed % 4 != 0) {
            made.kind = Kind.KeyLie;
            made.lie = (seed >> 8) % vector.lies.length;
            made.deltas = deltasOf(vector, vector.lies[made.lie]);
            return;
        }
        made.kind = Kind.AccountLie;
        if (seed % 8 == 0) said.storageRoot = bytes32(uint256(said.storageRoot) ^ 1);
        else said.codeHash = bytes32(uint256(said.codeHash) ^ 1);
    }

    /// The honest challenger does not always wait until the last moment.
    function watch(uint256 feedSeed) external {
        if (feedSeed % FEED_COUNT != UNWATCHED) _watch(feedSeed % FEED_COUNT);
    }

    /// Somebody looks at the unwatched feed at last.
    function wakeUp(uint256 seed) external {
        if (seed % 4 != 0) return;
        _watch(UNWATCHED);
        if (feedOf(UNWATCHED).state == IFeeds.FeedState.Frozen) ++seen["frozen"];
    }

    /// Shows anything true about a true update to the court, which must not be moved.
    function attack(uint256 feedSeed, uint256 seed) external {
        uint256 feed = feedSeed % FEED_COUNT;
        uint256 count = _posted[feed].length;
        if (count == 0 || !isTrue(feed, seed % count)) return;
        Posted storage posted = _posted[feed][seed % count];
        // The proofs of the vector are about the step from one state to the next.
        UpdateVector memory vector = vectorOf(feed, posted.state);
        seed >>= 8;
        _requireRefused(abi.encodeCall(IDeltaCourt.disproveAccount, (posted.update, vector.accountProof)));
        uint256 k = seed % vector.keys.length;
        bytes[] memory oldProof =
            posted.from == posted.state ? vector.keys[k].newProof : vector.keys[k].oldProof;
        _requireRefused(
            abi.encodeCall(
                IDeltaCourt.disproveKey,
                (
                    posted.update,
                    vector.keys[k].key,
                    oldProof,
                    vector.keys[k].newProof,
                    chunkProof(posted.deltas, vector.keys[k].key)
                )
            )
        );
        ++seen["attack"];
    }

    function _requireRefused(bytes memory proof) private {
        vm.prank(CHALLENGER);
        (bool success, ) = address(deltaCourt).call(proof);
        require(!success, "a truth was disproven");
    }

    /// Applies one chunk or all chunks of what is next.
    function applyNext(uint256 feedSeed, uint256 seed) external {
        uint256 feed = feedSeed % FEED_COUNT;
        uint256 next = nextOf(feed);
        if (next == 0 || feedOf(feed).state == IFeeds.FeedState.Frozen) return;
        Posted storage posted = _posted[feed][next - 1];
        bytes32 id = posted.update.id();
        bool begun = statusOf(posted) == UpdateStatus.Applying;
        if (!begun && (sync.refundMode() || sync.clock() <= feeds.record(id).deadline)) return;
        uint256 applied = feeds.record(id).appliedChunks;
        if (seed % 2 == 0) applyOne(posted.update, posted.deltas, applied);
        else applyChunks(posted.update, posted.deltas, applied, chunksOf(posted.deltas).length);
        ++seen[statusOf(posted) == UpdateStatus.Applied ? bytes32("applied") : bytes32("applying")];
    }

    /// Releases everything that can be.
    function releaseDead(uint256 feedSeed) external {
        _releaseAll(feedSeed % FEED_COUNT);
    }

    function _releaseAll(uint256 feed) private {
        bool frozen = feedOf(feed).state == IFeeds.FeedState.Frozen;
        for (uint256 i = 0; i < _posted[feed].length; ++i) {
            Posted storage posted = _posted[feed][i];
            UpdateStatus status = statusOf(posted);
            bool ended = frozen || (status == UpdateStatus.Pending && sync.refundMode());
            bool orphan = posted.parent != 0 && isDead(feed, posted.parent - 1);
            if (status != UpdateStatus.Pending && status != UpdateStatus.Applying) continue;
            if (!ended && !orphan) continue;
            feeds.release(posted.update);
            ++seen["released"];
        }
    }

    function moveFunds(uint256 feedSeed, uint256 seed) external {
        uint256 feed = feedSeed % FEED_COUNT;
        uint96 funds = feedOf(feed).funds;
        if (seed % 2 == 0) {
            vm.deal(STRANGER, 1 ether);
            vm.prank(STRANGER);
            feeds.fund{value: seed % 1 ether}(_geneses[feed].feed);
        } else {
            vm.prank(CREATOR);
            feeds.defund(_geneses[feed].feed, uint96(bound(seed >> 1, 0, funds)), CREATOR);
        }
        _withdraw(seed % 3 == 0 ? PROPOSER : ROOT_PROPOSER);
    }

    function _withdraw(address account) private {
        if (feeds.earnings(account) == 0) return;
        vm.prank(account);
        feeds.withdrawEarnings(account);
    }

    function passTime(uint256 seed) external {
        uint256 elapsed = bound(seed, 1, 150);
        _beforeTimePasses(elapsed);
        vm.warp(block.timestamp + elapsed);
    }

    /// Freezes the clock for some seconds: no deadline comes nearer meanwhile.
    function freezeClock(uint256 seed) external {
        if (sync.freezeBudget() < 20) return;
        uint256 before = sync.clock();
        vm.prank(GUARDIAN);
        sync.freeze();
        vm.warp(block.timestamp + bound(seed, 1, 19));
        require(sync.clock() == before, "the frozen clock moved");
        vm.prank(GUARDIAN);
        sync.resume();
    }

    function endEverything(uint256 seed) external {
        if (seed % 32 != 0 || sync.refundMode()) return;
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        ++seen["refund mode"];
    }

    /// Takes every wei out, whatever state the feeds are in.
    function takeEverythingOut() external {
        for (uint256 feed = 0; feed < FEED_COUNT; ++feed) {
            if (feed != UNWATCHED) _watch(feed);
        }
        if (!sync.refundMode()) {
            vm.prank(address(anchorCourt));
            sync.enterRefundMode();
        }
        for (uint256 feed = 0; feed < FEED_COUNT; ++feed) {
            while (feedOf(feed).state == IFeeds.FeedState.Applying) {
                Posted storage posted = _posted[feed][nextOf(feed) - 1];
                uint256 index = feeds.record(posted.update.id()).appliedChunks;
                applyOne(posted.update, posted.deltas, index);
            }
            _releaseAll(feed);
            uint96 funds = feedOf(feed).funds;
            vm.prank(CREATOR);
            feeds.defund(_geneses[feed].feed, funds, CREATOR);
        }
        _withdraw(PROPOSER);
        _withdraw(ROOT_PROPOSER);
    }

    function _isOver(uint256 feed) private view returns (bool) {
        return sync.refundMode() || feedOf(feed).state == IFeeds.FeedState.Frozen;
    }

    /// The honest challenger never lets the window of a lie pass.
    function _beforeTimePasses(uint256 elapsed) private {
        for (uint256 feed = 0; feed < FEED_COUNT; ++feed) {
            if (feed == UNWATCHED) continue;
            for (uint256 i = 0; i < _posted[feed].length; ++i) {
                Posted storage posted = _posted[feed][i];
                if (posted.kind == Kind.Truth || isDead(feed, i)) continue;
                if (sync.clock() + elapsed > feeds.record(posted.update.id()).deadline) _kill(feed, i);
            }
        }
    }
}
