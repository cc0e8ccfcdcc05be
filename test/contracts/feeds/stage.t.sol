// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChunkNotFull, IFeeds, TooManyChunks} from "../../../contracts/interfaces/IFeeds.sol";
import {DeltasMalformed, DeltasUnordered} from "../../../contracts/types/Deltas.sol";
import {UpdateVector} from "../support/DeltaVectors.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";

contract FeedsStageTest is FeedDeployment {
    uint64 private _feed;

    function setUp() public override {
        super.setUp();
        _feed = createFeed(accountVector(LARGE)).feed;
    }

    function _full() private view returns (bytes memory) {
        return chunksOf(updateVector(LARGE, 0).deltas)[0];
    }

    function test_RevertWhen_TheChunkIsNotFull() external {
        bytes memory chunk = _full();
        vm.expectRevert(abi.encodeWithSelector(ChunkNotFull.selector, 511));
        feeds.stage(_feed, slice(chunk, 0, 511 * 64));
        vm.expectRevert(abi.encodeWithSelector(ChunkNotFull.selector, 0));
        feeds.stage(_feed, "");
    }

    function test_RevertWhen_TheChunkIsMalformed() external {
        bytes memory chunk = _full();
        vm.expectRevert(abi.encodeWithSelector(DeltasMalformed.selector, 512 * 64 - 1));
        feeds.stage(_feed, slice(chunk, 0, 512 * 64 - 1));
        vm.expectRevert(abi.encodeWithSelector(DeltasMalformed.selector, 513 * 64));
        feeds.stage(_feed, bytes.concat(chunk, slice(chunk, 0, 64)));
    }

    function test_RevertWhen_TheChunkIsUnordered() external {
        bytes memory chunk = _full();
        bytes memory swapped = bytes.concat(slice(chunk, 64, 512 * 64), slice(chunk, 0, 64));
        bytes32 last = lastKey(chunk);
        bytes32 first = lastKey(slice(chunk, 0, 64));
        vm.expectRevert(abi.encodeWithSelector(DeltasUnordered.selector, 511, last, first));
        feeds.stage(_feed, swapped);
    }

    function test_RevertWhen_TheChunkDoesNotFollowTheStage() external {
        bytes memory chunk = _full();
        feeds.stage(_feed, chunk);
        bytes32 first = lastKey(slice(chunk, 0, 64));
        vm.expectRevert(abi.encodeWithSelector(DeltasUnordered.selector, 0, lastKey(chunk), first));
        feeds.stage(_feed, chunk);
    }

    function test_RevertGiven_TheStageIsFull() external {
        bytes memory chunk = _full();
        fillStage(address(this), _feed);
        vm.expectRevert(abi.encodeWithSelector(TooManyChunks.selector, 1024));
        feeds.stage(_feed, chunk);
    }

    function test_WhenTheChunkFollows() external {
        bytes memory chunk = _full();
        vm.expectEmit();
        emit IFeeds.Staged(PROPOSER, _feed, 0, chunk);
        vm.prank(PROPOSER);
        feeds.stage(_feed, chunk);

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
        feeds.stage(_feed, chunk);
        feeds.stage(_feed + 1, chunk);
        vm.prank(PROPOSER);
        feeds.stage(_feed, chunk);
        vm.expectEmit();
        emit IFeeds.StageDropped(address(this), _feed);
        feeds.dropStage(_feed);

        IFeeds.Stage memory stage = feeds.stageOf(address(this), _feed);
        assertEq(stage.commitment, bytes32(0), "commitment");
        assertEq(stage.lastKey, bytes32(0), "last key");
        assertEq(stage.chunks, 0, "chunks");
        assertEq(feeds.stageOf(address(this), _feed + 1).chunks, 1, "stage for another feed");
        assertEq(feeds.stageOf(PROPOSER, _feed).chunks, 1, "stage of another");
        feeds.stage(_feed, chunk);
    }
}
