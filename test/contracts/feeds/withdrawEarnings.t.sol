// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeeds, NothingEarned} from "../../../contracts/interfaces/IFeeds.sol";
import {TransferFailed, ZeroAddress} from "../../../contracts/interfaces/IStake.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Update} from "../../../contracts/types/Update.sol";
import {UpdateVector} from "../support/DeltaVectors.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";

contract FeedsWithdrawEarningsTest is FeedDeployment {
    function test_RevertWhen_NothingIsEarned() external {
        vm.expectRevert(abi.encodeWithSelector(NothingEarned.selector, STRANGER));
        vm.prank(STRANGER);
        feeds.withdrawEarnings(STRANGER);
    }

    function test_RevertWhen_TheRecipientIsZeroOrRefuses() external {
        catchUp(TOKEN, 1);
        uint256 earned = feeds.earnings(PROPOSER);
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        vm.prank(PROPOSER);
        feeds.withdrawEarnings(address(0));
        vm.expectRevert(abi.encodeWithSelector(TransferFailed.selector, address(stake), earned));
        vm.prank(PROPOSER);
        feeds.withdrawEarnings(address(stake));
        assertEq(feeds.earnings(PROPOSER), earned, "earnings");
    }

    function test_GivenAFeeWasSplit() external {
        Update memory last = catchUp(TOKEN, 2);
        // Three values, then one, and the seconds between the two blocks.
        uint256 first = 3 * uint256(GWEI_PER_VALUE) * 1 gwei;
        uint256 second = last.reserve;
        uint256 share = (first * ROOT_SHARE_BPS) / 10_000 + (second * ROOT_SHARE_BPS) / 10_000;
        assertEq(feeds.earnings(ROOT_PROPOSER), share, "share of the root");
        assertEq(feeds.earnings(PROPOSER), first + second - share, "rest");
        assertEq(feeds.feedOf(last.feed).funds, FUNDS - first - second, "funds");

        vm.expectEmit();
        emit IFeeds.EarningsWithdrawn(ROOT_PROPOSER, STRANGER, share);
        vm.prank(ROOT_PROPOSER);
        feeds.withdrawEarnings(STRANGER);
        vm.prank(PROPOSER);
        feeds.withdrawEarnings(PROPOSER);
        assertEq(STRANGER.balance, share, "paid");
        assertEq(PROPOSER.balance, first + second - share, "paid to the proposer");
        vm.expectRevert(abi.encodeWithSelector(NothingEarned.selector, PROPOSER));
        vm.prank(PROPOSER);
        feeds.withdrawEarnings(PROPOSER);
    }

    function test_GivenTheRootIsTheGenesisClaim() external {
        vm.warp(timestampAt(GENESIS_NUMBER));
        UpdateVector memory vector = updateVector(TOKEN, 0);
        Update memory update = post(
            createFeed(accountVector(TOKEN)),
            genesisClaim(),
            saidBy(vector),
            vector.deltas
        );
        passUpdateWindow();
        applyUpdate(update, vector.deltas);
        assertEq(feeds.earnings(address(0)), 0, "nobody's earnings");
        assertEq(feeds.earnings(PROPOSER), update.reserve, "all of it");
    }

    function test_GivenADeltaThatChangesNothing() external {
        Update memory parent = catchUp(TOKEN, 1);
        uint256 earned = feeds.earnings(PROPOSER) + feeds.earnings(ROOT_PROPOSER);
        uint256 funds = feeds.feedOf(parent.feed).funds;
        // Nobody challenges an update that lists all three slots although one changed.
        bytes memory deltas = bytes.concat(updateVector(TOKEN, 0).deltas);
        deltas[63] ^= 0x01;
        UpdateVector memory vector = updateVector(TOKEN, 1);
        Claim memory root = finalRoot(vector.stateRoot);
        Update memory update = post(parent, root, saidBy(vector), deltas);
        passUpdateWindow();
        applyUpdate(update, deltas);
        uint256 fee =
            ((root.timestamp - parent.timestamp) * uint256(GWEI_PER_SECOND) + GWEI_PER_VALUE) * 1 gwei;
        assertEq(feeds.earnings(PROPOSER) + feeds.earnings(ROOT_PROPOSER) - earned, fee, "fee");
        assertEq(feeds.record(update.id()).changed, 1, "changed");
        // Two of the three values that were reserved for are the feed's again.
        assertEq(update.reserve - fee, 2 * uint256(GWEI_PER_VALUE) * 1 gwei, "not due");
        assertEq(feeds.feedOf(update.feed).funds, funds - fee, "funds");
    }

    function test_GivenRefundModeAndAFrozenFeed() external {
        Update memory genesis = createFeed(accountVector(TOKEN));
        UpdateVector memory vector = updateVector(TOKEN, 0);
        bytes memory lie = deltasOf(vector, vector.lies[0]);
        Update memory update = post(genesis, finalRoot(vector.stateRoot), saidBy(vector), lie);
        passUpdateWindow();
        applyUpdate(update, lie);
        disproveKey(update, lie, vector.keys[vector.lies[0].proof]);
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        vm.prank(PROPOSER);
        feeds.withdrawEarnings(PROPOSER);
        vm.prank(ROOT_PROPOSER);
        feeds.withdrawEarnings(ROOT_PROPOSER);
        uint96 funds = feeds.feedOf(genesis.feed).funds;
        vm.prank(CREATOR);
        feeds.defund(genesis.feed, funds, CREATOR);
        assertEq(address(feeds).balance, 0, "every wei left");
    }
}
