// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    ChunkCountWrong,
    ChunkMismatch,
    DigestsMismatch,
    FeedApplying,
    FeedFrozen,
    IFeeds,
    NotNext,
    UpdateStatusWrong
} from "../../../contracts/interfaces/IFeeds.sol";
import {RefundModeActive, WindowOpen} from "../../../contracts/interfaces/IStateSync.sol";
import {CHUNK} from "../../../contracts/types/Deltas.sol";
import {Update, UpdateRecord, UpdateStatus} from "../../../contracts/types/Update.sol";
import {UpdateVector} from "../support/DeltaVectors.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";

contract FeedsApplyChunksTest is FeedDeployment {
    /// A posted first update of three slots.
    function _posted() private returns (Update memory update, UpdateVector memory vector) {
        vector = updateVector(TOKEN, 0);
        update = postTruth(createFeed(accountVector(TOKEN)), vector);
    }

    /// The first update of a contract, its window over.
    function _due(uint256 contract_) private returns (Update memory update, UpdateVector memory vector) {
        vector = updateVector(contract_, 0);
        update = postTruth(createFeed(accountVector(contract_)), vector);
        passUpdateWindow();
    }

    /// The first update of the large contract, its first chunk applied.
    function _halfApplied() private returns (Update memory update, UpdateVector memory vector) {
        (update, vector) = _due(LARGE);
        applyOne(update, vector.deltas, 0);
    }

    function _expectStatus(Update memory update, UpdateStatus status) private {
        vm.expectRevert(abi.encodeWithSelector(UpdateStatusWrong.selector, update.id(), status));
    }

    function _enterRefundMode() private {
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
    }

    function _requireShown(Update memory update, bytes memory deltas) private view {
        for (uint256 i = 0; i < deltas.length / 64; ++i) {
            (bytes32 slot, bytes32 value) = deltaAt(deltas, i);
            assertEq(feeds.read(update.feed, slot, 1 hours), value, "value");
        }
        (uint64 number, uint64 timestamp) = feeds.asOf(update.feed);
        assertEq(number, update.number, "number");
        assertEq(timestamp, update.timestamp, "timestamp");
        assertEq(feeds.feedOf(update.feed).head, update.id(), "head");
    }

    // The window

    function test_RevertGiven_TheWindowIsOpen() external {
        (Update memory update, UpdateVector memory vector) = _posted();
        uint256 deadline = feeds.record(update.id()).deadline;
        assertEq(deadline, block.timestamp + UPDATE_WINDOW, "deadline");
        vm.warp(deadline);
        vm.expectRevert(abi.encodeWithSelector(WindowOpen.selector, deadline, deadline));
        applyOne(update, vector.deltas, 0);
        vm.warp(deadline + 1);
        applyOne(update, vector.deltas, 0);
        requireUpdate(update, UpdateStatus.Applied);
    }

    function test_RevertGiven_TheClockIsFrozen() external {
        (Update memory update, UpdateVector memory vector) = _posted();
        uint256 deadline = feeds.record(update.id()).deadline;
        vm.prank(GUARDIAN);
        sync.freeze();
        uint256 frozen = sync.clock();
        vm.warp(block.timestamp + 100);
        vm.expectRevert(abi.encodeWithSelector(WindowOpen.selector, deadline, frozen));
        applyOne(update, vector.deltas, 0);
        vm.prank(GUARDIAN);
        sync.resume();
        vm.warp(deadline + 100);
        vm.expectRevert(abi.encodeWithSelector(WindowOpen.selector, deadline, deadline));
        applyOne(update, vector.deltas, 0);
        vm.warp(deadline + 101);
        applyOne(update, vector.deltas, 0);
    }

    // True updates of every vector, one after another

    function test_WhenEveryVectorIsApplied() external {
        uint256[6] memory counts = updateCounts();
        for (uint256 contract_ = 0; contract_ < counts.length; ++contract_) {
            Update memory parent = createFeed(accountVector(contract_));
            for (uint256 i = 0; i < counts[contract_]; ++i) {
                UpdateVector memory vector = updateVector(contract_, i);
                Update memory update = postTruth(parent, vector);
                passUpdateWindow();
                applyUpdate(update, vector.deltas);
                _requireShown(update, vector.deltas);
                requireStake(PROPOSER, 100 ether, 0);
                UpdateRecord memory record = feeds.record(update.id());
                assertEq(record.changed, update.count, "changed");
                assertEq(record.appliedChunks, vector.digests.length, "chunks");
                parent = update;
            }
        }
    }

    function test_WhenTheUpdateIsTheNext_ItWritesTheDeltasOnly() external {
        (Update memory update, UpdateVector memory vector) = _posted();
        passUpdateWindow();
        address replica = feeds.feedOf(update.feed).replica;
        vm.record();
        applyOne(update, vector.deltas, 0);
        (, bytes32[] memory writes) = vm.accesses(replica);
        assertEq(writes.length, 3, "writes");
        for (uint256 i = 0; i < 3; ++i) {
            (bytes32 slot, ) = deltaAt(vector.deltas, i);
            assertEq(writes[i], slot, "slot written");
        }
    }

    function test_WhenTheUpdateIsTheNext_ItReports() external {
        (Update memory update, UpdateVector memory vector) = _posted();
        passUpdateWindow();
        vm.expectEmit();
        emit IFeeds.ChunkApplied(update.id(), update.feed, 0, 3);
        vm.expectEmit();
        emit IFeeds.UpdateApplied(update.id(), update.feed, update.number, 3, 3 * GWEI_PER_VALUE * 1 gwei);
        applyOne(update, vector.deltas, 0);
    }

    function test_RevertWhen_TheUpdateIsNotTheNext() external {
        (Update memory update, ) = _posted();
        UpdateVector memory second = updateVector(TOKEN, 1);
        Update memory child = postTruth(update, second);
        passUpdateWindow();
        bytes32 head = feeds.feedOf(update.feed).head;
        vm.expectRevert(abi.encodeWithSelector(NotNext.selector, update.id(), head));
        applyOne(child, second.deltas, 0);
    }

    // The chunk

    function test_RevertWhen_ADigestIsWrong() external {
        (Update memory update, UpdateVector memory vector) = _posted();
        passUpdateWindow();
        bytes32[] memory digests = vector.digests;
        digests[0] = bytes32(uint256(digests[0]) ^ 1);
        vm.expectRevert(
            abi.encodeWithSelector(DigestsMismatch.selector, commitmentOf(digests), vector.commitment)
        );
        feeds.applyChunks(update, digests, 0, chunksOf(vector.deltas));
    }

    function test_RevertWhen_ThereAreNoDigests() external {
        (Update memory update, UpdateVector memory vector) = _posted();
        passUpdateWindow();
        vm.expectRevert(abi.encodeWithSelector(DigestsMismatch.selector, bytes32(0), vector.commitment));
        feeds.applyChunks(update, new bytes32[](0), 0, new bytes[](0));
    }

    function test_RevertWhen_AnUpdateWithoutDeltasIsGivenDigests() external {
        Update memory parent = catchUp(TOKEN, 2);
        Update memory update = postTruth(parent, updateVector(TOKEN, 2));
        UpdateVector memory other = updateVector(TOKEN, 0);
        passUpdateWindow();
        vm.expectRevert(abi.encodeWithSelector(DigestsMismatch.selector, other.commitment, bytes32(0)));
        feeds.applyChunks(update, other.digests, 0, chunksOf(other.deltas));
    }

    function test_RevertWhen_TheChunkIsWrong() external {
        (Update memory update, UpdateVector memory vector) = _posted();
        passUpdateWindow();
        bytes[] memory chunks = chunksOf(vector.deltas);
        chunks[0][63] ^= 0x01;
        bytes32 got = keccak256(abi.encodePacked(bytes32(0), chunks[0]));
        vm.expectRevert(abi.encodeWithSelector(ChunkMismatch.selector, 0, got, vector.digests[0]));
        feeds.applyChunks(update, vector.digests, 0, chunks);
        got = keccak256(abi.encodePacked(bytes32(0)));
        vm.expectRevert(abi.encodeWithSelector(ChunkMismatch.selector, 0, got, vector.digests[0]));
        chunks[0] = "";
        feeds.applyChunks(update, vector.digests, 0, chunks);
    }

    function test_RevertWhen_ThePreviousKeyIsWrong() external {
        (Update memory update, UpdateVector memory vector) = _posted();
        passUpdateWindow();
        bytes32 previous = bytes32(uint256(1));
        bytes32 got = keccak256(abi.encodePacked(previous, vector.deltas));
        vm.expectRevert(abi.encodeWithSelector(ChunkMismatch.selector, 0, got, vector.digests[0]));
        feeds.applyChunks(update, vector.digests, previous, chunksOf(vector.deltas));
    }

    function test_RevertWhen_ChunksComeInAnotherOrder() external {
        (Update memory update, UpdateVector memory vector) = _due(LARGE);
        vm.expectRevert(
            abi.encodeWithSelector(ChunkMismatch.selector, 0, vector.digests[1], vector.digests[0])
        );
        applyOne(update, vector.deltas, 1);
        applyOne(update, vector.deltas, 0);
        vm.expectRevert(
            abi.encodeWithSelector(ChunkMismatch.selector, 1, vector.digests[0], vector.digests[1])
        );
        applyOne(update, vector.deltas, 0);
    }

    function test_RevertWhen_ALaterChunkIsWrong() external {
        (Update memory update, UpdateVector memory vector) = _due(LARGE);
        bytes[] memory chunks = chunksOf(vector.deltas);
        chunks[1][63] ^= 0x01;
        bytes32 got = keccak256(abi.encodePacked(lastKey(chunks[0]), chunks[1]));
        vm.expectRevert(abi.encodeWithSelector(ChunkMismatch.selector, 1, got, vector.digests[1]));
        feeds.applyChunks(update, vector.digests, 0, chunks);
        requireUpdate(update, UpdateStatus.Pending);
        (bytes32 slot, ) = deltaAt(vector.deltas, 0);
        assertEq(vm.load(feeds.feedOf(update.feed).replica, slot), bytes32(0), "value");
    }

    // How many chunks

    function _expectCount(uint256 got, uint256 left) private {
        vm.expectRevert(abi.encodeWithSelector(ChunkCountWrong.selector, got, left));
    }

    function test_WhenAllAreGivenAtOnce() external {
        (Update memory update, UpdateVector memory vector) = _due(LARGE);
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectEmit();
            emit IFeeds.ChunkApplied(update.id(), update.feed, i, i == 0 ? CHUNK : update.count);
        }
        vm.expectEmit();
        emit IFeeds.UpdateApplied(update.id(), update.feed, update.number, update.count, update.reserve);
        applyChunks(update, vector.deltas, 0, 2);
        _requireShown(update, vector.deltas);
    }

    function test_RevertWhen_ThereIsNoChunk() external {
        (Update memory update, UpdateVector memory vector) = _due(LARGE);
        _expectCount(0, 2);
        applyChunks(update, vector.deltas, 0, 0);
        applyOne(update, vector.deltas, 0);
        _expectCount(0, 1);
        applyChunks(update, vector.deltas, 1, 1);
    }

    function test_RevertWhen_ThereAreMoreChunksThanLeft() external {
        (Update memory update, UpdateVector memory vector) = _due(LARGE);
        bytes[] memory chunks = chunksOf(bytes.concat(vector.deltas, new bytes(CHUNK * 64)));
        _expectCount(3, 2);
        feeds.applyChunks(update, vector.digests, 0, chunks);
        applyOne(update, vector.deltas, 0);
        _expectCount(2, 1);
        applyChunks(update, vector.deltas, 0, 2);
        applyOne(update, vector.deltas, 1);
    }

    function test_RevertWhen_AnUpdateWithoutDeltasIsGivenAChunk() external {
        Update memory parent = catchUp(TOKEN, 2);
        Update memory update = postTruth(parent, updateVector(TOKEN, 2));
        passUpdateWindow();
        _expectCount(1, 0);
        feeds.applyChunks(update, new bytes32[](0), 0, new bytes[](1));
        applyChunks(update, "", 0, 0);
        requireUpdate(update, UpdateStatus.Applied);
    }

    // Half applied

    function test_GivenTheUpdateIsHalfApplied() external {
        (Update memory update, UpdateVector memory vector) = _halfApplied();
        requireUpdate(update, UpdateStatus.Applying);
        assertTrue(!feeds.isReadable(update.feed, type(uint256).max), "readable");
        vm.expectRevert(abi.encodeWithSelector(FeedApplying.selector, update.feed));
        feeds.read(update.feed, 0, type(uint256).max);
        requireStake(PROPOSER, 100 ether - UPDATE_BOND, UPDATE_BOND);

        vm.prank(STRANGER);
        applyOne(update, vector.deltas, 1);
        _requireShown(update, vector.deltas);
        requireStake(PROPOSER, 100 ether, 0);
    }

    function test_GivenTheUpdateIsHalfApplied_ItCompletesInRefundMode() external {
        (Update memory update, UpdateVector memory vector) = _halfApplied();
        _enterRefundMode();
        _expectStatus(update, UpdateStatus.Applying);
        feeds.release(update);
        applyOne(update, vector.deltas, 1);
        requireUpdate(update, UpdateStatus.Applied);
        requireStake(PROPOSER, 100 ether, 0);
    }

    // States

    function test_RevertGiven_TheUpdateIsUnknown() external {
        (Update memory update, UpdateVector memory vector) = _posted();
        passUpdateWindow();
        update.storageRoot = keccak256("other");
        _expectStatus(update, UpdateStatus.None);
        applyOne(update, vector.deltas, 0);
    }

    function test_RevertGiven_TheUpdateIsApplied() external {
        (Update memory update, UpdateVector memory vector) = _posted();
        passUpdateWindow();
        applyOne(update, vector.deltas, 0);
        _expectStatus(update, UpdateStatus.Applied);
        applyOne(update, vector.deltas, 0);
    }

    function test_RevertGiven_TheUpdateIsRejectedOrReleased() external {
        Update memory genesis = createFeed(accountVector(TOKEN));
        UpdateVector memory vector = updateVector(TOKEN, 0);
        bytes memory lie = deltasOf(vector, vector.lies[0]);
        Update memory dead = post(genesis, finalRoot(vector.stateRoot), saidBy(vector), lie);
        UpdateVector memory second = updateVector(TOKEN, 1);
        Update memory child = postTruth(dead, second);
        passUpdateWindow();
        disproveKey(dead, lie, vector.keys[vector.lies[0].proof]);
        _expectStatus(dead, UpdateStatus.Rejected);
        applyOne(dead, lie, 0);
        bytes32 head = feeds.feedOf(dead.feed).head;
        vm.expectRevert(abi.encodeWithSelector(NotNext.selector, dead.id(), head));
        applyOne(child, second.deltas, 0);
        feeds.release(child);
        _expectStatus(child, UpdateStatus.Released);
        applyOne(child, second.deltas, 0);
    }

    function test_RevertGiven_RefundMode() external {
        (Update memory update, UpdateVector memory vector) = _posted();
        passUpdateWindow();
        _enterRefundMode();
        vm.expectRevert(abi.encodeWithSelector(RefundModeActive.selector));
        applyOne(update, vector.deltas, 0);
    }

    function test_RevertGiven_TheFeedIsFrozen() external {
        UpdateVector memory vector = updateVector(TOKEN, 0);
        Update memory genesis = createFeed(accountVector(TOKEN));
        bytes memory lie = deltasOf(vector, vector.lies[0]);
        Update memory update = post(genesis, finalRoot(vector.stateRoot), saidBy(vector), lie);
        passUpdateWindow();
        applyUpdate(update, lie);
        UpdateVector memory second = updateVector(TOKEN, 1);
        Update memory child = postTruth(update, second);
        disproveKey(update, lie, vector.keys[vector.lies[0].proof]);
        passUpdateWindow();
        vm.expectRevert(abi.encodeWithSelector(FeedFrozen.selector, update.feed));
        applyOne(child, second.deltas, 0);
    }

    /// Whatever gas the call gets, it either applies all of the chunk or nothing.
    function testFuzz_RevertWhen_GasIsShort(uint256 gas_) external {
        (Update memory update, UpdateVector memory vector) = _due(MIXED);
        bytes memory call = abi.encodeCall(
            IFeeds.applyChunks,
            (update, vector.digests, 0, chunksOf(vector.deltas))
        );
        (bool success, ) = address(feeds).call{gas: bound(gas_, 100_000, 1_500_000)}(call);
        requireUpdate(update, success ? UpdateStatus.Applied : UpdateStatus.Pending);
        address replica = feeds.feedOf(update.feed).replica;
        for (uint256 i = 0; i < 40; ++i) {
            (bytes32 slot, bytes32 value) = deltaAt(vector.deltas, i);
            assertEq(vm.load(replica, slot), success ? value : bytes32(0), "value");
        }
    }
}
