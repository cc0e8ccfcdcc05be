// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    FeedFrozen,
    FeedUnknown,
    IFeeds,
    ParentNotTail,
    ReserveTooSmall,
    RootTooOld,
    StageMismatch,
    TooManyChunks,
    UpdateExists,
    UpdateNotNewer
} from "../../../contracts/interfaces/IFeeds.sol";
import {NotStaker, StakeTooSmall} from "../../../contracts/interfaces/IStake.sol";
import {ClaimStatusWrong, RefundModeActive} from "../../../contracts/interfaces/IStateSync.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {CHUNK, MAX_CHUNKS, DeltasMalformed, DeltasUnordered} from "../../../contracts/types/Deltas.sol";
import {Update, UpdateRecord, UpdateStatus} from "../../../contracts/types/Update.sol";
import {UpdateVector} from "../support/DeltaVectors.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";

contract FeedsPostTest is FeedDeployment {
    Update private _genesis;
    Claim private _root;

    function setUp() public override {
        super.setUp();
        _genesis = createFeed(accountVector(TOKEN));
        _root = finalRoot(updateVector(TOKEN, 0).stateRoot);
    }

    /// The first update of the token, whole in its last chunk.
    function _said() private view returns (IFeeds.Post memory said) {
        UpdateVector memory vector = updateVector(TOKEN, 0);
        said = saidBy(vector);
        said.lastChunk = vector.deltas;
    }

    function _expect(bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(PROPOSER);
    }

    function _requirePending(Update memory update) private view {
        UpdateRecord memory record = feeds.record(update.id());
        assertEq(uint256(record.status), uint256(UpdateStatus.Pending), "status");
        assertTrue(!record.extended, "extended");
        assertEq(record.deadline, sync.clock() + UPDATE_WINDOW, "deadline");
        assertEq(record.appliedChunks, 0, "chunks");
        assertEq(record.changed, 0, "changed");
        IFeeds.Feed memory feed = feeds.feedOf(update.feed);
        bool isExtended = update.parent == feed.head ? feed.isQueued : feeds.record(update.parent).extended;
        assertTrue(isExtended, "parent extended");
    }

    function test_RevertGiven_RefundMode() external {
        IFeeds.Post memory said = _said();
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        _expect(abi.encodeWithSelector(RefundModeActive.selector));
        feeds.post(_genesis, _root, said);
    }

    function test_RevertGiven_TheFeedIsUnknown() external {
        IFeeds.Post memory said = _said();
        _genesis.feed = 9;
        _expect(abi.encodeWithSelector(FeedUnknown.selector, uint64(9)));
        feeds.post(_genesis, _root, said);
    }

    function test_RevertGiven_TheFeedIsFrozen() external {
        UpdateVector memory vector = updateVector(TOKEN, 0);
        bytes memory lie = deltasOf(vector, vector.lies[0]);
        Update memory update = post(_genesis, _root, saidBy(vector), lie);
        passUpdateWindow();
        applyUpdate(update, lie);
        disproveKey(update, lie, vector.keys[vector.lies[0].proof]);
        Claim memory root = finalRoot(vector.stateRoot);
        IFeeds.Post memory said = _said();
        _expect(abi.encodeWithSelector(FeedFrozen.selector, update.feed));
        feeds.post(_genesis, root, said);
    }

    // The parent

    function test_RevertWhen_TheParentIsUnknown() external {
        IFeeds.Post memory said = _said();
        _genesis.storageRoot = keccak256("other");
        _expect(abi.encodeWithSelector(ParentNotTail.selector, _genesis.id()));
        feeds.post(_genesis, _root, said);
    }

    function test_RevertWhen_TheParentIsExtended() external {
        IFeeds.Post memory said = _said();
        post(_genesis, _root, saidBy(updateVector(TOKEN, 0)), said.lastChunk);
        Claim memory next = finalRoot(keccak256("next"));
        _expect(abi.encodeWithSelector(ParentNotTail.selector, _genesis.id()));
        feeds.post(_genesis, next, said);
    }

    function test_RevertWhen_TheParentIsRejectedOrReleased() external {
        UpdateVector memory vector = updateVector(TOKEN, 0);
        bytes memory lie = deltasOf(vector, vector.lies[0]);
        Update memory dead = post(_genesis, _root, saidBy(vector), lie);
        Update memory child = postTruth(dead, updateVector(TOKEN, 1));
        disproveKey(dead, lie, vector.keys[vector.lies[0].proof]);
        feeds.release(child);
        Claim memory next = finalRoot(vector.stateRoot);
        IFeeds.Post memory said = _said();
        _expect(abi.encodeWithSelector(ParentNotTail.selector, dead.id()));
        feeds.post(dead, next, said);
        _expect(abi.encodeWithSelector(ParentNotTail.selector, child.id()));
        feeds.post(child, next, said);
    }

    function test_WhenTheParentIsPendingOrApplied() external {
        UpdateVector memory vector = updateVector(TOKEN, 0);
        Update memory first = post(_genesis, _root, saidBy(vector), vector.deltas);
        _requirePending(first);
        Update memory second = postTruth(first, updateVector(TOKEN, 1));
        _requirePending(second);
        passUpdateWindow();
        applyUpdate(first, vector.deltas);
        applyUpdate(second, updateVector(TOKEN, 1).deltas);
        _requirePending(postTruth(second, updateVector(TOKEN, 2)));
    }

    function test_WhenTheParentIsHalfApplied() external {
        UpdateVector memory vector = updateVector(LARGE, 0);
        Update memory first = postTruth(createFeed(accountVector(LARGE)), vector);
        passUpdateWindow();
        applyOne(first, vector.deltas, 0);
        Update memory second = postTruth(first, updateVector(LARGE, 1));
        _requirePending(second);
        applyOne(first, vector.deltas, 1);
        passUpdateWindow();
        applyUpdate(second, updateVector(LARGE, 1).deltas);
    }

    // The root

    function test_RevertWhen_TheRootIsUnknown() external {
        IFeeds.Post memory said = _said();
        _root.stateRoot = keccak256("other");
        bytes32 id = _root.id();
        _expect(abi.encodeWithSelector(ClaimStatusWrong.selector, id, ClaimStatus.None, ClaimStatus.Final));
        feeds.post(_genesis, _root, said);
    }

    function test_RevertWhen_TheRootIsPending() external {
        IFeeds.Post memory said = _said();
        Claim memory pending = propose(
            PROPOSER,
            _root.id(),
            headerWith(_root.number + 1, uint64(block.timestamp), "x")
        );
        bytes32 id = pending.id();
        _expect(
            abi.encodeWithSelector(ClaimStatusWrong.selector, id, ClaimStatus.Pending, ClaimStatus.Final)
        );
        feeds.post(_genesis, pending, said);
    }

    function test_RevertWhen_TheRootIsTooOld() external {
        IFeeds.Post memory said = _said();
        vm.warp(_root.timestamp + MAX_ROOT_AGE + 1);
        _expect(abi.encodeWithSelector(RootTooOld.selector, _root.timestamp, uint256(MAX_ROOT_AGE)));
        feeds.post(_genesis, _root, said);
        vm.warp(_root.timestamp + MAX_ROOT_AGE);
        vm.prank(PROPOSER);
        feeds.post(_genesis, _root, said);
    }

    function test_RevertWhen_TheRootIsNotNewer() external {
        UpdateVector memory vector = updateVector(TOKEN, 0);
        Update memory first = post(_genesis, _root, saidBy(vector), vector.deltas);
        IFeeds.Post memory said = _said();
        _expect(abi.encodeWithSelector(UpdateNotNewer.selector, _root.number, _root.number));
        feeds.post(first, _root, said);
    }

    // The deltas

    function test_RevertWhen_TheStageIsAnother() external {
        IFeeds.Post memory said = _said();
        said.staged = keccak256("stage");
        _expect(abi.encodeWithSelector(StageMismatch.selector, bytes32(0), said.staged));
        feeds.post(_genesis, _root, said);

        bytes memory deltas = updateVector(LARGE, 0).deltas;
        (bytes32 staged, ) = stageAllButLast(PROPOSER, _genesis.feed, deltas);
        said.staged = 0;
        _expect(abi.encodeWithSelector(StageMismatch.selector, staged, bytes32(0)));
        feeds.post(_genesis, _root, said);
    }

    function test_RevertWhen_TheLastChunkIsMalformed() external {
        IFeeds.Post memory said = _said();
        said.lastChunk = new bytes(65);
        _expect(abi.encodeWithSelector(DeltasMalformed.selector, 65));
        feeds.post(_genesis, _root, said);
        said.lastChunk = slice(updateVector(LARGE, 0).deltas, 0, (CHUNK + 1) * 64);
        _expect(abi.encodeWithSelector(DeltasMalformed.selector, (CHUNK + 1) * 64));
        feeds.post(_genesis, _root, said);
    }

    function test_RevertWhen_TheLastChunkDoesNotFollowTheStage() external {
        bytes memory deltas = updateVector(LARGE, 0).deltas;
        IFeeds.Post memory said = _said();
        (said.staged, ) = stageAllButLast(PROPOSER, _genesis.feed, deltas);
        said.lastChunk = slice(deltas, (CHUNK - 1) * 64, CHUNK * 64);
        bytes32 last = lastKey(said.lastChunk);
        _expect(abi.encodeWithSelector(DeltasUnordered.selector, 0, last, last));
        feeds.post(_genesis, _root, said);
    }

    function test_RevertWhen_TheStageIsFull() external {
        bytes memory deltas = updateVector(LARGE, 0).deltas;
        IFeeds.Post memory said = _said();
        (said.staged, said.lastChunk) = stageAllButLast(PROPOSER, _genesis.feed, deltas);
        fillStage(PROPOSER, _genesis.feed, MAX_CHUNKS);
        _expect(abi.encodeWithSelector(TooManyChunks.selector, MAX_CHUNKS));
        feeds.post(_genesis, _root, said);
        said.lastChunk = "";
        vm.prank(PROPOSER);
        feeds.post(_genesis, _root, said);
        assertEq(feeds.stageOf(PROPOSER, _genesis.feed).chunks, 0, "stage taken");
    }

    function test_WhenThereAreNoDeltas() external {
        Update memory update = post(_genesis, _root, saidBy(updateVector(TOKEN, 0)), "");
        assertEq(update.deltas, bytes32(0), "commitment");
        assertEq(update.count, 0, "count");
        assertEq(update.reserve, 0, "reserve");
    }

    function test_WhenAFullChunkIsTheLast() external {
        bytes memory deltas = slice(updateVector(LARGE, 0).deltas, 0, CHUNK * 64);
        Update memory update = post(_genesis, _root, saidBy(updateVector(LARGE, 0)), deltas);
        assertEq(update.count, CHUNK, "count");
        _requirePending(update);
    }

    function test_WhenAllIsStagedAndTheLastChunkIsEmpty() external {
        bytes memory deltas = slice(updateVector(LARGE, 0).deltas, 0, CHUNK * 64);
        vm.prank(PROPOSER);
        feeds.stage(_genesis.feed, chunksOf(deltas));
        IFeeds.Post memory said = saidBy(updateVector(LARGE, 0));
        said.staged = feeds.stageOf(PROPOSER, _genesis.feed).commitment;
        Update memory update = updateOf(_genesis, _root, said, deltas);
        vm.prank(PROPOSER);
        assertEq(feeds.post(_genesis, _root, said), update.id(), "id");
        passUpdateWindow();
        applyUpdate(update, deltas);
    }

    // The bond

    function test_RevertWhen_TheBondIsMissing() external {
        IFeeds.Post memory said = _said();
        said.proposer = STRANGER;
        vm.expectRevert(abi.encodeWithSelector(StakeTooSmall.selector, STRANGER, 0, uint256(UPDATE_BOND)));
        vm.prank(STRANGER);
        feeds.post(_genesis, _root, said);
    }

    function test_WhenAnOperatorPosts() external {
        address operator = address(uint160(uint256(keccak256("operator"))));
        vm.prank(PROPOSER);
        stake.setOperator(operator, UPDATE_BOND);
        bytes memory deltas = updateVector(LARGE, 0).deltas;
        IFeeds.Post memory said = saidBy(updateVector(LARGE, 0));
        Update memory update = updateOf(_genesis, _root, said, deltas);
        (said.staged, said.lastChunk) = stageAllButLast(operator, _genesis.feed, deltas);
        vm.prank(operator);
        assertEq(feeds.post(_genesis, _root, said), update.id(), "id");
        requireStake(PROPOSER, 100 ether - UPDATE_BOND, UPDATE_BOND);
        assertEq(feeds.stageOf(operator, _genesis.feed).chunks, 0, "stage taken");
    }

    function test_RevertWhen_AStrangerPosts() external {
        IFeeds.Post memory said = _said();
        vm.expectRevert(abi.encodeWithSelector(NotStaker.selector, PROPOSER, STRANGER));
        vm.prank(STRANGER);
        feeds.post(_genesis, _root, said);
    }

    // The reserve

    function test_WhenTheFundsCoverTheLargestFee() external {
        UpdateVector memory vector = updateVector(TOKEN, 0);
        Update memory first = post(_genesis, _root, saidBy(vector), vector.deltas);
        assertEq(first.reserve, 3 * uint256(GWEI_PER_VALUE) * 1 gwei, "reserve of the first");
        Update memory second = postTruth(first, updateVector(TOKEN, 1));
        uint256 covered = second.timestamp - first.timestamp;
        assertEq(second.reserve, (covered * GWEI_PER_SECOND + GWEI_PER_VALUE) * 1 gwei, "reserve");
        assertEq(feeds.feedOf(1).funds, FUNDS - first.reserve - second.reserve, "funds");
    }

    function test_WhenTheFundsDoNotCoverTheFee() external {
        vm.prank(CREATOR);
        feeds.defund(_genesis.feed, uint96(FUNDS) - 5, CREATOR);
        UpdateVector memory vector = updateVector(TOKEN, 0);
        Update memory first = post(_genesis, _root, saidBy(vector), vector.deltas);
        assertEq(first.reserve, 5, "reserve");
        Update memory second = postTruth(first, updateVector(TOKEN, 1));
        assertEq(second.reserve, 0, "reserve without funds");
        passUpdateWindow();
        applyUpdate(first, vector.deltas);
        applyUpdate(second, updateVector(TOKEN, 1).deltas);
        assertEq(feeds.earnings(PROPOSER), 5, "earnings: the root's share rounds down to nothing");
        assertEq(feeds.earnings(ROOT_PROPOSER), 0, "root proposer's earnings");
    }

    function test_RevertWhen_TheReserveIsLessThanTheCallerCountsOn() external {
        IFeeds.Post memory said = _said();
        uint256 due = 3 * uint256(GWEI_PER_VALUE) * 1 gwei;
        said.minReserve = uint96(due) + 1;
        _expect(abi.encodeWithSelector(ReserveTooSmall.selector, due, due + 1));
        feeds.post(_genesis, _root, said);

        said.minReserve = uint96(due);
        vm.prank(CREATOR);
        feeds.defund(_genesis.feed, uint96(FUNDS - due) + 1, CREATOR);
        _expect(abi.encodeWithSelector(ReserveTooSmall.selector, due - 1, due));
        feeds.post(_genesis, _root, said);
        assertEq(feeds.feedOf(_genesis.feed).funds, due - 1, "funds");

        feeds.fund{value: 1}(_genesis.feed);
        vm.prank(PROPOSER);
        feeds.post(_genesis, _root, said);
        assertEq(feeds.feedOf(_genesis.feed).funds, 0, "funds set aside");
    }

    // After a rejection

    function test_GivenTheUpdateWasRejected() external {
        UpdateVector memory vector = updateVector(TOKEN, 0);
        bytes memory lie = deltasOf(vector, vector.lies[0]);
        Update memory dead = post(_genesis, _root, saidBy(vector), lie);
        disproveKey(dead, lie, vector.keys[vector.lies[0].proof]);

        IFeeds.Post memory said = _said();
        said.lastChunk = lie;
        _expect(abi.encodeWithSelector(UpdateExists.selector, dead.id()));
        feeds.post(_genesis, _root, said);
        _requirePending(post(_genesis, _root, saidBy(vector), vector.deltas));
    }
}
