// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FeedUnknown, FundsTooSmall, IFeeds, NotFeedCreator} from "../../../contracts/interfaces/IFeeds.sol";
import {TransferFailed, ZeroAddress} from "../../../contracts/interfaces/IStake.sol";
import {ReplicaAddress} from "../../../contracts/libraries/ReplicaAddress.sol";
import {Replica} from "../../../contracts/Replica.sol";
import {EMPTY_ROOT} from "../../../contracts/types/Account.sol";
import {Update, UpdateStatus} from "../../../contracts/types/Update.sol";
import {UpdateVector} from "../support/DeltaVectors.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";

contract FeedsCreateFeedTest is FeedDeployment {
    function test_RevertWhen_TheAccountIsZero() external {
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        feeds.createFeed(address(0), 1, 1);
    }

    function test_WhenValueIsSent() external {
        Update memory genesis = createFeed(STRANGER);
        IFeeds.Feed memory feed = feeds.feedOf(genesis.feed);
        assertEq(genesis.feed, 1, "feed");
        assertEq(feeds.feedCount(), 1, "count");
        assertEq(feed.account, STRANGER, "account");
        assertEq(feed.creator, CREATOR, "creator");
        assertEq(feed.funds, FUNDS, "funds");
        assertEq(feed.gweiPerSecond, GWEI_PER_SECOND, "price of a second");
        assertEq(feed.gweiPerValue, GWEI_PER_VALUE, "price of a value");
        assertEq(uint256(feed.number) + feed.timestamp, 0, "as of");
        assertEq(uint256(feed.state), uint256(IFeeds.FeedState.Live), "state");
        assertTrue(feed.replica.code.length != 0, "replica");
        requireUpdate(genesis, UpdateStatus.Applied);
        assertEq(address(feeds).balance, FUNDS, "balance");
    }

    function test_WhenNoValueIsSent() external {
        uint64 first = feeds.createFeed(STRANGER, 0, 0);
        uint64 second = feeds.createFeed(STRANGER, 0, 0);
        assertEq(second, first + 1, "feed");
        assertEq(feeds.feedOf(second).funds, 0, "funds");
        assertTrue(feeds.feedOf(first).replica != feeds.feedOf(second).replica, "one replica each");
        assertTrue(feeds.feedOf(first).head != feeds.feedOf(second).head, "one genesis each");
    }

    /// Where the next replica is going to be is known to everybody.
    function test_WhenEtherWaitsForTheReplica() external {
        bytes32 creation = keccak256(type(Replica).creationCode);
        address replica = ReplicaAddress.replicaAt(address(replicas), creation, 1);
        bytes memory said = abi.encodePacked(bytes1(0xff), address(replicas), uint256(1), creation);
        assertEq(replica, address(uint160(uint256(keccak256(said)))), "EIP-1014");
        assertEq(replicas.replicaOf(1), address(0), "not yet");
        vm.deal(replica, 1 ether);
        Update memory genesis;
        (genesis.feed, genesis.storageRoot) = (1, EMPTY_ROOT);
        vm.expectEmit(address(feeds));
        emit IFeeds.FeedCreated(1, STRANGER, address(this), replica, 0, 0, genesis.id());
        feeds.createFeed(STRANGER, 0, 0);
        assertEq(feeds.feedOf(1).replica, replica, "as Feeds computes it");
        assertEq(replicas.replicaOf(1), replica, "as Replicas computes it");
        assertTrue(replica.code.length != 0, "deployed there");
    }

    // Funding

    function test_RevertGiven_TheFeedIsUnknown() external {
        bytes memory unknown = abi.encodeWithSelector(FeedUnknown.selector, uint64(1));
        vm.expectRevert(unknown);
        feeds.fund{value: 1}(1);
        vm.expectRevert(unknown);
        feeds.defund(1, 0, STRANGER);
        vm.expectRevert(unknown);
        feeds.feedOf(1);
        vm.expectRevert(unknown);
        feeds.asOf(1);
        vm.expectRevert(unknown);
        feeds.read(1, 0, type(uint256).max);
        assertTrue(!feeds.isReadable(1, type(uint256).max), "readable");
    }

    function test_WhenAnybodyFunds() external {
        uint64 feed = createFeed(STRANGER).feed;
        vm.deal(STRANGER, 3);
        vm.expectEmit();
        emit IFeeds.FeedFunded(feed, STRANGER, 3);
        vm.prank(STRANGER);
        feeds.fund{value: 3}(feed);
        assertEq(feeds.feedOf(feed).funds, FUNDS + 3, "funds");
    }

    function test_RevertWhen_SomebodyElseDefunds() external {
        uint64 feed = createFeed(STRANGER).feed;
        vm.expectRevert(abi.encodeWithSelector(NotFeedCreator.selector, feed, STRANGER));
        vm.prank(STRANGER);
        feeds.defund(feed, 1, STRANGER);
    }

    function test_RevertWhen_TheAmountIsReserved() external {
        Update memory genesis = createFeed(accountVector(TOKEN));
        Update memory update = postTruth(genesis, updateVector(TOKEN, 0));
        uint256 free = FUNDS - update.reserve;
        vm.expectRevert(abi.encodeWithSelector(FundsTooSmall.selector, genesis.feed, free, free + 1));
        vm.prank(CREATOR);
        feeds.defund(genesis.feed, uint96(free + 1), CREATOR);
        vm.expectEmit();
        emit IFeeds.FeedDefunded(genesis.feed, STRANGER, free);
        vm.prank(CREATOR);
        feeds.defund(genesis.feed, uint96(free), STRANGER);
        assertEq(STRANGER.balance, free, "paid");
        assertEq(address(feeds).balance, update.reserve, "what is left is reserved");
    }

    function test_RevertWhen_TheRecipientIsZeroOrRefuses() external {
        uint64 feed = createFeed(STRANGER).feed;
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        vm.prank(CREATOR);
        feeds.defund(feed, 1, address(0));
        vm.expectRevert(abi.encodeWithSelector(TransferFailed.selector, address(feeds), 1));
        vm.prank(CREATOR);
        feeds.defund(feed, 1, address(feeds));
        assertEq(feeds.feedOf(feed).funds, FUNDS, "funds");
    }
}
