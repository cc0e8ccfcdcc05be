// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    FeedFrozen,
    IFeeds,
    NotNext,
    ParentNotTail,
    QueueNotEmpty,
    UpdateAlive
} from "../../../contracts/interfaces/IFeeds.sol";
import {IProver} from "../../../contracts/interfaces/IProver.sol";
import {EMPTY_ROOT} from "../../../contracts/types/Account.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Update, UpdateRecord, UpdateStatus} from "../../../contracts/types/Update.sol";
import {ProverDeployment, Sync, TransitionVector} from "../support/ProverDeployment.sol";

/// A feed on which posted and proven updates, truths and lies follow each other in any order, beside a model that looks
/// at all of them each time: what builds on what is marked in records and, for the head, in the feed.
///
/// forge-config: default.fuzz.runs = 48
contract FeedsQueueTest is ProverDeployment {
    bytes32 private constant NO_CODE_HASH = keccak256("no such code");

    /// All that were ever posted or proven, the genesis update first.
    Update[] private _updates;
    /// Index of the head.
    uint256 private _head;
    bool private _isFrozen;

    function setUp() public override {
        super.setUp();
        _updates.push(createFeed(ACCOUNT));
    }

    function _isLie(Update memory update) private pure returns (bool) {
        return update.codeHash == NO_CODE_HASH;
    }

    function _statusOf(uint256 index) private view returns (UpdateStatus) {
        return feeds.record(_updates[index].id()).status;
    }

    function _isQueued(uint256 index) private view returns (bool) {
        UpdateStatus status = _statusOf(index);
        return status == UpdateStatus.Pending || status == UpdateStatus.Applying;
    }

    /// The update that waits on another; zero for none.
    function _childOf(uint256 index) private view returns (uint256 child) {
        bytes32 id = _updates[index].id();
        for (uint256 i = 1; i < _updates.length; ++i) {
            if (_updates[i].parent != id || !_isQueued(i)) continue;
            assertEq(child, 0, "one living child");
            child = i;
        }
    }

    function _final() private returns (Claim memory root, bytes[] memory proof) {
        return finalStorage(EMPTY_ROOT);
    }

    function _post(uint256 on, bool isLie) private {
        (Claim memory root, ) = _final();
        Update memory parent = _updates[on];
        IFeeds.Post memory said;
        (said.proposer, said.storageRoot) = (PROPOSER, EMPTY_ROOT);
        said.codeHash = isLie ? NO_CODE_HASH : CODE_HASH;
        bytes memory refused;
        if (_isFrozen) refused = abi.encodeWithSelector(FeedFrozen.selector, parent.feed);
        else if ((on != _head && !_isQueued(on)) || _childOf(on) != 0)
            refused = abi.encodeWithSelector(ParentNotTail.selector, parent.id());
        if (refused.length == 0) {
            _updates.push(post(parent, root, said, ""));
            return;
        }
        vm.expectRevert(refused);
        vm.prank(PROPOSER);
        feeds.post(parent, root, said);
    }

    function _sync(uint256 on) private {
        (Claim memory root, bytes[] memory proof) = _final();
        Update memory parent = _updates[on];
        TransitionVector memory nothing;
        nothing.newRoot = EMPTY_ROOT;
        bytes32 head = _updates[_head].id();
        bytes memory refused;
        if (_isFrozen) refused = abi.encodeWithSelector(FeedFrozen.selector, parent.feed);
        else if (on != _head) refused = abi.encodeWithSelector(NotNext.selector, parent.id(), head);
        else if (_childOf(on) != 0) refused = abi.encodeWithSelector(QueueNotEmpty.selector, head);
        if (refused.length != 0) vm.expectRevert(refused);
        syncAs(parent, root, shortSyncOf(nothing, proof));
        if (refused.length != 0) return;

        Update memory update = provenUpdate(parent, root, nothing);
        update.proposer = PROPOSER;
        _updates.push(update);
        _head = _updates.length - 1;
    }

    function _proofOf(Update memory update) private view returns (bytes[] memory proof) {
        bytes32 stateRoot;
        (stateRoot, proof) = stateWith(EMPTY_ROOT, CODE_HASH);
        assertEq(stateRoot, update.stateRoot, "one state");
    }

    /// A truth is proven; at the head of the queue it is applied with that.
    function _prove(uint256 index) private {
        Update memory update = _updates[index];
        if (_statusOf(index) != UpdateStatus.Pending || _isLie(update) || _isFrozen) return;
        IProver.Piece memory nothing;
        prover.prove(update, _proofOf(update), nothing);
        if (update.parent != _updates[_head].id()) return;
        requireUpdate(update, UpdateStatus.Applied);
        _head = index;
    }

    function _apply() private {
        uint256 next = _childOf(_head);
        if (next == 0 || _isFrozen) return;
        passUpdateWindow();
        applyUpdate(_updates[next], "");
        _head = next;
    }

    function _reject(uint256 index) private {
        UpdateStatus status = _statusOf(index);
        Update memory update = _updates[index];
        if (!_isLie(update) || status == UpdateStatus.Rejected || status == UpdateStatus.Released) return;
        disproveAccount(update, _proofOf(update));
        if (status != UpdateStatus.Pending) _isFrozen = true;
    }

    function _release(uint256 index) private {
        if (!_isQueued(index)) return;
        Update memory update = _updates[index];
        UpdateStatus above = feeds.record(update.parent).status;
        bool isDead = _isFrozen || above == UpdateStatus.Rejected || above == UpdateStatus.Released;
        if (!isDead) vm.expectRevert(abi.encodeWithSelector(UpdateAlive.selector, update.id()));
        feeds.release(update);
    }

    function _require() private view {
        IFeeds.Feed memory feed = feeds.feedOf(_updates[0].feed);
        assertEq(feed.head, _updates[_head].id(), "head");
        assertEq(feed.number, _updates[_head].number, "number");
        assertEq(feed.timestamp, _updates[_head].timestamp, "timestamp");
        assertEq(feed.account, ACCOUNT, "account");
        assertEq(feed.state == IFeeds.FeedState.Frozen, _isFrozen, "frozen");
        uint256 waiting = 0;
        uint256 owed = feed.funds + feeds.earnings(PROPOSER) + feeds.earnings(ROOT_PROPOSER);
        for (uint256 i = 0; i < _updates.length; ++i) {
            uint256 child = _childOf(i);
            if (_isQueued(i)) (waiting, owed) = (waiting + 1, owed + _updates[i].reserve);
            if (_isFrozen) continue;
            if (i == _head) assertEq(feed.isQueued, child != 0, "mark of the head");
            UpdateRecord memory record = feeds.record(_updates[i].id());
            if (_isQueued(i)) assertEq(record.extended, child != 0, "mark of a record");
        }
        assertEq(stake.account(PROPOSER).locked, waiting * UPDATE_BOND, "bonds");
        assertEq(address(feeds).balance, owed, "every wei is somebody's");
    }

    function testFuzz_WhenUpdatesFollowEachOther(uint256[24] memory seeds) external {
        for (uint256 i = 0; i < seeds.length; ++i) {
            uint256 seed = seeds[i] >> 8;
            uint256 any = seed % _updates.length;
            uint256 last = seed & 1 == 0 ? _updates.length - 1 : _head;
            uint256 kind = seeds[i] % 16;
            if (kind < 3) _post(last, false);
            else if (kind < 5) _post(last, true);
            else if (kind == 5) _post(any, seed & 2 == 0);
            else if (kind < 9) _sync(_head);
            else if (kind == 9) _sync(any);
            else if (kind < 12) _prove(any);
            else if (kind == 12) _apply();
            else if (kind < 15) _reject(any);
            else _release(any);
            _require();
        }
    }

    function test_RevertWhen_AnUpdateIsProvenOnAHalfWrittenOne() external {
        Update memory genesis = _updates[0];
        bytes memory deltas = transition("first chunk of a thousand new slots").deltas;
        bytes memory last = transition("half of the second chunk of a thousand new slots").deltas;
        deltas = bytes.concat(deltas, slice(last, 0, 64));
        (Claim memory root, ) = _final();
        Update memory update = postAt(genesis, root, keccak256("storage"), deltas);
        passUpdateWindow();
        applyOne(update, deltas, 0);
        requireUpdate(update, UpdateStatus.Applying);
        assertTrue(feeds.feedOf(genesis.feed).isQueued, "queued");

        Sync memory said;
        bytes[] memory proof;
        (root, proof) = _final();
        said.accountPath = pathOf(ACCOUNT, proof);
        vm.expectRevert(abi.encodeWithSelector(QueueNotEmpty.selector, genesis.id()));
        syncAs(genesis, root, said);
        vm.expectRevert(abi.encodeWithSelector(NotNext.selector, update.id(), genesis.id()));
        syncAs(update, root, said);

        applyOne(update, deltas, 1);
        assertTrue(!feeds.feedOf(genesis.feed).isQueued, "nothing builds on it yet");
        requireUpdate(update, UpdateStatus.Applied);
    }
}
