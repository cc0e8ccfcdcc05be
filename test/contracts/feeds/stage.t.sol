// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChunkNotFull, IFeeds, TooManyChunks} from "../../../contracts/interfaces/IFeeds.sol";
import {CHUNK, MAX_CHUNKS, DeltasMalformed, DeltasUnordered} from "../../../contracts/types/Deltas.sol";
import {UpdateVector} from "../support/DeltaVectors.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";
import {ManyDeltas} from "../support/ManyDeltas.sol";

contract FeedsStageTest is FeedDeployment {
    uint64 private _feed;

    function setUp() public override {
        super.setUp();
        _feed = createFeed(accountVector(LARGE)).feed;
    }

    function _full() private view returns (bytes memory) {
        return chunksOf(updateVector(LARGE, 0).deltas)[0];
    }

    function _one(bytes memory chunk) private pure returns (bytes[] memory chunks) {
        chunks = new bytes[](1);
        chunks[0] = chunk;
    }

    function _two() private pure returns (bytes[] memory) {
        return chunksOf(ManyDeltas.ordered(2 * CHUNK, 1));
    }

    function test_RevertWhen_TheChunkIsNotFull() external {
        bytes memory chunk = _full();
        vm.expectRevert(abi.encodeWithSelector(ChunkNotFull.selector, CHUNK - 1));
        feeds.stage(_feed, _one(slice(chunk, 0, (CHUNK - 1) * 64)));
        vm.expectRevert(abi.encodeWithSelector(ChunkNotFull.selector, 0));
        feeds.stage(_feed, _one(""));
    }

    function test_RevertWhen_TheChunkIsMalformed() external {
        bytes memory chunk = _full();
        vm.expectRevert(abi.encodeWithSelector(DeltasMalformed.selector, CHUNK * 64 - 1));
        feeds.stage(_feed, _one(slice(chunk, 0, CHUNK * 64 - 1)));
        vm.expectRevert(abi.encodeWithSelector(DeltasMalformed.selector, (CHUNK + 1) * 64));
        feeds.stage(_feed, _one(bytes.concat(chunk, slice(chunk, 0, 64))));
    }

    function test_RevertWhen_TheChunkIsUnordered() external {
        bytes memory chunk = _full();
        bytes memory swapped = bytes.concat(slice(chunk, 64, CHUNK * 64), slice(chunk, 0, 64));
        bytes32 last = lastKey(chunk);
        bytes32 first = lastKey(slice(chunk, 0, 64));
        vm.expectRevert(abi.encodeWithSelector(DeltasUnordered.selector, CHUNK - 1, last, first));
        feeds.stage(_feed, _one(swapped));
    }

    function test_RevertWhen_TheChunkDoesNotFollowTheStage() external {
        bytes memory chunk = _full();
        feeds.stage(_feed, _one(chunk));
        bytes32 first = lastKey(slice(chunk, 0, 64));
        vm.expectRevert(abi.encodeWithSelector(DeltasUnordered.selector, 0, lastKey(chunk), first));
        feeds.stage(_feed, _one(chunk));
    }

    function test_RevertGiven_TheStageIsFull() external {
        bytes memory chunk = _full();
        fillStage(address(this), _feed, MAX_CHUNKS);
        vm.expectRevert(abi.encodeWithSelector(TooManyChunks.selector, 1024));
        feeds.stage(_feed, _one(chunk));
    }

    function test_RevertGiven_TheStageFillsUpOnTheWay() external {
        fillStage(address(this), _feed, MAX_CHUNKS - 1);
        bytes[] memory chunks = _two();
        vm.expectRevert(abi.encodeWithSelector(TooManyChunks.selector, MAX_CHUNKS));
        feeds.stage(_feed, chunks);
        feeds.stage(_feed, span(chunks, 0, 1));
    }

    function test_RevertWhen_ALaterChunkIsNotFull() external {
        bytes[] memory chunks = chunksOf(ManyDeltas.ordered(2 * CHUNK - 1, 1));
        vm.expectRevert(abi.encodeWithSelector(ChunkNotFull.selector, CHUNK - 1));
        feeds.stage(_feed, chunks);
        assertEq(feeds.stageOf(address(this), _feed).chunks, 0, "chunks");
    }

    function test_RevertWhen_ALaterChunkDoesNotFollow() external {
        bytes[] memory chunks = _two();
        (chunks[0], chunks[1]) = (chunks[1], chunks[0]);
        bytes32 first = lastKey(slice(chunks[1], 0, 64));
        vm.expectRevert(abi.encodeWithSelector(DeltasUnordered.selector, 0, lastKey(chunks[0]), first));
        feeds.stage(_feed, chunks);
    }

    function test_WhenSeveralChunksFollow() external {
        bytes[] memory chunks = _two();
        for (uint32 i = 0; i < 2; ++i) {
            vm.expectEmit();
            emit IFeeds.Staged(PROPOSER, _feed, i, chunks[i]);
        }
        vm.prank(PROPOSER);
        feeds.stage(_feed, chunks);
        feeds.stage(_feed, span(chunks, 0, 1));
        feeds.stage(_feed, span(chunks, 1, 2));

        IFeeds.Stage memory stage = feeds.stageOf(PROPOSER, _feed);
        assertEq(stage.commitment, commitmentOf(digestsOf(chunks)), "commitment");
        assertEq(abi.encode(stage), abi.encode(feeds.stageOf(address(this), _feed)), "one after the other");
    }

    function test_WhenThereIsNoChunk() external {
        feeds.stage(_feed, _one(_full()));
        IFeeds.Stage memory stage = feeds.stageOf(address(this), _feed);
        feeds.stage(_feed, new bytes[](0));
        assertEq(abi.encode(feeds.stageOf(address(this), _feed)), abi.encode(stage), "stage");
    }

    function test_WhenTheChunkFollows() external {
        bytes memory chunk = _full();
        vm.expectEmit();
        emit IFeeds.Staged(PROPOSER, _feed, 0, chunk);
        vm.prank(PROPOSER);
        feeds.stage(_feed, _one(chunk));

        IFeeds.Stage memory stage = feeds.stageOf(PROPOSER, _feed);
        bytes32 digest = keccak256(abi.encodePacked(bytes32(0), chunk));
        assertEq(stage.commitment, keccak256(abi.encode(bytes32(0), digest)), "commitment");
        assertEq(stage.lastKey, lastKey(chunk), "last key");
        assertEq(stage.chunks, 1, "chunks");
        assertEq(feeds.stageOf(STRANGER, _feed).commitment, bytes32(0), "stage of another");
        assertEq(feeds.stageOf(PROPOSER, _feed + 1).commitment, bytes32(0), "stage of another feed");
    }

    function test_WhenTheStageIsDropped() external {
        bytes memory chunk = _full();
        feeds.stage(_feed, _one(chunk));
        feeds.stage(_feed + 1, _one(chunk));
        vm.prank(PROPOSER);
        feeds.stage(_feed, _one(chunk));
        vm.expectEmit();
        emit IFeeds.StageDropped(address(this), _feed);
        feeds.dropStage(_feed);

        IFeeds.Stage memory stage = feeds.stageOf(address(this), _feed);
        assertEq(stage.commitment, bytes32(0), "commitment");
        assertEq(stage.lastKey, bytes32(0), "last key");
        assertEq(stage.chunks, 0, "chunks");
        assertEq(feeds.stageOf(address(this), _feed + 1).chunks, 1, "stage for another feed");
        assertEq(feeds.stageOf(PROPOSER, _feed).chunks, 1, "stage of another");
        feeds.stage(_feed, _one(chunk));
    }
}
