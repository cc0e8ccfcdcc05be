// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccountTrue, KeyTrue} from "../../../contracts/interfaces/IDeltaCourt.sol";
import {IFeeds} from "../../../contracts/interfaces/IFeeds.sol";
import {EMPTY_ROOT} from "../../../contracts/types/Account.sol";
import {Update, UpdateStatus} from "../../../contracts/types/Update.sol";
import {KeyVector, LieVector, UpdateVector} from "../support/DeltaVectors.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";

/// Where a feed begins, the tries are at their strangest.
contract FeedsFirstUpdateTest is FeedDeployment {
    function test_GivenTheAccountDoesNotExist() external {
        UpdateVector memory vector = updateVector(UNBORN, 0);
        assertEq(vector.storageRoot, EMPTY_ROOT, "storage root");
        assertEq(vector.codeHash, bytes32(0), "code hash");
        _surviveAndApply(UNBORN, vector);
    }

    function test_GivenTheAccountDoesNotExist_WhenASlotIsListed() external {
        _dieOfEveryLie(UNBORN);
    }

    function test_GivenTheStorageIsEmpty() external {
        UpdateVector memory vector = updateVector(HOLLOW, 0);
        assertEq(vector.storageRoot, EMPTY_ROOT, "storage root");
        assertTrue(vector.codeHash != 0, "code hash");
        _surviveAndApply(HOLLOW, vector);
    }

    function test_GivenTheStorageIsEmpty_WhenASlotIsListed() external {
        _dieOfEveryLie(HOLLOW);
    }

    function test_GivenTwoChunks() external {
        UpdateVector memory vector = updateVector(LARGE, 0);
        assertEq(vector.digests.length, 2, "chunks");
        _surviveAndApply(LARGE, vector);
    }

    function test_GivenTwoChunks_WhenAKeyAtTheBorderIsMissing() external {
        _dieOfEveryLie(LARGE);
    }

    function _surviveAndApply(uint256 contract_, UpdateVector memory vector) private {
        Update memory update = postTruth(createFeed(accountVector(contract_)), vector);
        vm.expectRevert(
            abi.encodeWithSelector(AccountTrue.selector, update.id(), vector.storageRoot, vector.codeHash)
        );
        disproveAccount(update, vector.accountProof);
        for (uint256 i = 0; i < vector.keys.length; ++i) {
            KeyVector memory proof = vector.keys[i];
            assertEq(proof.oldProof.length, 0, "nodes of the empty trie");
            vm.expectRevert(
                abi.encodeWithSelector(KeyTrue.selector, update.id(), proof.key, 0, uint256(proof.later))
            );
            disproveKey(update, vector.deltas, proof);
        }
        passUpdateWindow();
        applyUpdate(update, vector.deltas);
        (uint64 number, ) = feeds.asOf(update.feed);
        assertEq(number, update.number, "number");
        assertTrue(feeds.isReadable(update.feed, 1 hours), "readable");
    }

    function _dieOfEveryLie(uint256 contract_) private {
        Update memory genesis = createFeed(accountVector(contract_));
        UpdateVector memory vector = updateVector(contract_, 0);
        assertTrue(vector.lies.length != 0, "lies");
        for (uint256 i = 0; i < vector.lies.length; ++i) {
            LieVector memory lie = vector.lies[i];
            bytes memory deltas = deltasOf(vector, lie);
            IFeeds.Post memory said = saidBy(vector);
            Update memory update = post(genesis, finalRoot(vector.stateRoot), said, deltas);
            disproveKey(update, deltas, vector.keys[lie.proof]);
            requireUpdate(update, UpdateStatus.Rejected);
        }
    }
}
