// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LogicMissing} from "../../../contracts/interfaces/IReplicas.sol";
import {FeedEmpty, FeedTooOld} from "../../../contracts/interfaces/IFeeds.sol";
import {Update} from "../../../contracts/types/Update.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";

contract FeedsReadTest is FeedDeployment {
    function test_RevertGiven_NothingWasApplied() external {
        Update memory genesis = createFeed(accountVector(TOKEN));
        postTruth(genesis, updateVector(TOKEN, 0));
        vm.expectRevert(abi.encodeWithSelector(FeedEmpty.selector, genesis.feed));
        feeds.read(genesis.feed, 0, type(uint256).max);
        assertTrue(!feeds.isReadable(genesis.feed, type(uint256).max), "readable");
    }

    function test_RevertWhen_TheStateIsTooOld() external {
        Update memory update = catchUp(TOKEN, 1);
        (bytes32 slot, bytes32 value) = deltaAt(updateVector(TOKEN, 0).deltas, 0);
        vm.warp(update.timestamp + 90);
        assertEq(feeds.read(update.feed, slot, 90), value, "value");
        assertTrue(feeds.isReadable(update.feed, 90), "readable");
        assertTrue(!feeds.isReadable(update.feed, 89), "readable");
        vm.expectRevert(abi.encodeWithSelector(FeedTooOld.selector, update.feed, update.timestamp, 89));
        feeds.read(update.feed, slot, 89);
        assertEq(feeds.read(update.feed, slot, type(uint256).max), value, "any age");
    }

    function test_WhenTheSlotIsUnknownOrCleared() external {
        Update memory update = catchUp(TOKEN, 4);
        assertEq(feeds.read(update.feed, keccak256("unknown"), 1 hours), bytes32(0), "unknown");
        for (uint256 i = 0; i < 3; ++i) {
            (bytes32 slot, ) = deltaAt(updateVector(TOKEN, 0).deltas, i);
            assertEq(feeds.read(update.feed, slot, 1 hours), bytes32(0), "cleared");
        }
    }

    function test_GivenRefundMode() external {
        Update memory update = catchUp(SINGLE, 1);
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        assertEq(feeds.read(update.feed, 0, 1 hours), bytes32(uint256(1)), "value");
    }

    function testFuzz_RevertWhen_AReplicaWithoutLogicIsCalled(bytes calldata input) external {
        Update memory update = catchUp(SINGLE, 1);
        address replica = feeds.feedOf(update.feed).replica;
        vm.expectRevert(abi.encodeWithSelector(LogicMissing.selector, update.feed));
        (bool ignored, ) = replica.call(input);
        assertTrue(ignored, "expectRevert has seen the revert");
    }

    function test_RevertWhen_ValueIsSentToAReplica() external {
        Update memory update = catchUp(SINGLE, 1);
        address replica = feeds.feedOf(update.feed).replica;
        vm.deal(address(feeds), 1);
        vm.prank(address(feeds));
        (bool success, ) = replica.call{value: 1}("");
        assertTrue(!success, "refused");
    }
}
