// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    IFeeds,
    NotDeltaCourt,
    UpdateAlive,
    UpdateStatusWrong
} from "../../../contracts/interfaces/IFeeds.sol";
import {Update, UpdateStatus} from "../../../contracts/types/Update.sol";
import {UpdateVector} from "../support/DeltaVectors.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";

contract FeedsReleaseTest is FeedDeployment {
    /// A false first update of the token, a true second and a true third one, all pending.
    function _queue() private returns (Update memory dead, Update memory child, Update memory grandchild) {
        Update memory genesis = createFeed(accountVector(TOKEN));
        UpdateVector memory vector = updateVector(TOKEN, 0);
        dead = post(genesis, finalRoot(vector.stateRoot), saidBy(vector), deltasOf(vector, vector.lies[0]));
        child = postTruth(dead, updateVector(TOKEN, 1));
        grandchild = postTruth(child, updateVector(TOKEN, 2));
    }

    function _disprove(Update memory update) private {
        UpdateVector memory vector = updateVector(TOKEN, 0);
        disproveKey(update, deltasOf(vector, vector.lies[0]), vector.keys[vector.lies[0].proof]);
    }

    function _enterRefundMode() private {
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
    }

    function _expectStatus(Update memory update, UpdateStatus status) private {
        vm.expectRevert(abi.encodeWithSelector(UpdateStatusWrong.selector, update.id(), status));
    }

    /// Releases a child whose parent is dead; what it had set aside is the feed's again.
    function _release(Update memory update) private {
        uint256 locked = stake.account(PROPOSER).locked;
        uint256 funds = feeds.feedOf(update.feed).funds;
        vm.expectEmit();
        emit IFeeds.UpdateReleased(update.id(), update.feed);
        vm.prank(STRANGER);
        feeds.release(update);
        requireUpdate(update, UpdateStatus.Released);
        assertEq(stake.account(PROPOSER).locked, locked - UPDATE_BOND, "bonds");
        assertEq(feeds.feedOf(update.feed).funds, funds + update.reserve, "funds");
    }

    function test_RevertWhen_AnybodyRejects() external {
        (Update memory update, , ) = _queue();
        vm.expectRevert(abi.encodeWithSelector(NotDeltaCourt.selector, STRANGER));
        vm.prank(STRANGER);
        feeds.reject(update, STRANGER);
    }

    function test_RevertGiven_TheParentLives() external {
        (Update memory update, Update memory child, ) = _queue();
        vm.expectRevert(abi.encodeWithSelector(UpdateAlive.selector, update.id()));
        feeds.release(update);
        vm.expectRevert(abi.encodeWithSelector(UpdateAlive.selector, child.id()));
        feeds.release(child);
    }

    function test_GivenTheParentIsDead() external {
        (Update memory update, Update memory child, Update memory grandchild) = _queue();
        _disprove(update);
        vm.expectRevert(abi.encodeWithSelector(UpdateAlive.selector, grandchild.id()));
        feeds.release(grandchild);
        _release(child);
        _release(grandchild);
        requireStake(PROPOSER, 100 ether - UPDATE_BOND, 0);
        assertEq(feeds.feedOf(update.feed).funds, FUNDS, "funds");
        // The queue goes on from the genesis update.
        Update memory genesis;
        genesis.feed = update.feed;
        genesis.storageRoot = update.oldStorageRoot;
        Update memory truth = postTruth(genesis, updateVector(TOKEN, 0));
        passUpdateWindow();
        applyUpdate(truth, updateVector(TOKEN, 0).deltas);
    }

    function test_GivenRefundMode() external {
        (Update memory update, Update memory child, Update memory grandchild) = _queue();
        _enterRefundMode();
        _release(child);
        _release(update);
        _release(grandchild);
        requireStake(PROPOSER, 100 ether, 0);
        vm.prank(CREATOR);
        feeds.defund(update.feed, uint96(FUNDS), CREATOR);
        assertEq(address(feeds).balance, 0, "balance");
    }

    function test_GivenTheFeedIsFrozen() external {
        (Update memory update, Update memory child, Update memory grandchild) = _queue();
        UpdateVector memory vector = updateVector(TOKEN, 0);
        passUpdateWindow();
        applyUpdate(update, deltasOf(vector, vector.lies[0]));
        _disprove(update);
        _release(grandchild);
        _release(child);
        requireStake(PROPOSER, 100 ether, 0);
    }

    function test_GivenAHalfAppliedUpdateOfAFrozenFeed() external {
        Update memory genesis = createFeed(accountVector(LARGE));
        UpdateVector memory vector = updateVector(LARGE, 0);
        bytes memory lie = deltasOf(vector, vector.lies[0]);
        Update memory first = post(genesis, finalRoot(vector.stateRoot), saidBy(vector), lie);
        UpdateVector memory next = updateVector(LARGE, 1);
        Update memory second = postTruth(first, next);
        passUpdateWindow();
        applyUpdate(first, lie);
        applyOne(second, next.deltas, 0);
        _expectStatus(second, UpdateStatus.Applying);
        feeds.release(second);

        disproveKey(first, lie, vector.keys[vector.lies[0].proof]);
        _release(second);
        requireStake(PROPOSER, 100 ether, 0);
    }

    function test_RevertGiven_TheUpdateIsOver() external {
        (Update memory update, Update memory child, ) = _queue();
        _disprove(update);
        feeds.release(child);
        _expectStatus(update, UpdateStatus.Rejected);
        feeds.release(update);
        _expectStatus(child, UpdateStatus.Released);
        feeds.release(child);
        child.number += 1;
        _expectStatus(child, UpdateStatus.None);
        feeds.release(child);

        Update memory applied = catchUp(SINGLE, 1);
        _expectStatus(applied, UpdateStatus.Applied);
        feeds.release(applied);
        _enterRefundMode();
        _expectStatus(applied, UpdateStatus.Applied);
        feeds.release(applied);
    }
}
