// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccountTrue, IDeltaCourt} from "../../../contracts/interfaces/IDeltaCourt.sol";
import {IFeeds, UpdateStatusWrong} from "../../../contracts/interfaces/IFeeds.sol";
import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {EMPTY_ROOT} from "../../../contracts/types/Account.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Update, UpdateStatus} from "../../../contracts/types/Update.sol";
import {UpdateVector} from "../support/DeltaVectors.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";

contract DeltaCourtDisproveAccountTest is FeedDeployment {
    function test_RevertWhen_AnUpdateIsTrue() external {
        uint256[6] memory counts = updateCounts();
        for (uint256 contract_ = 0; contract_ < counts.length; ++contract_) {
            Update memory parent = createFeed(accountVector(contract_));
            for (uint256 i = 0; i < counts[contract_]; ++i) {
                UpdateVector memory vector = updateVector(contract_, i);
                parent = postTruth(parent, vector);
                _survive(parent, vector);
                passUpdateWindow();
                applyUpdate(parent, vector.deltas);
                _survive(parent, vector);
            }
        }
    }

    function _survive(Update memory update, UpdateVector memory vector) private {
        vm.expectRevert(
            abi.encodeWithSelector(AccountTrue.selector, update.id(), vector.storageRoot, vector.codeHash)
        );
        disproveAccount(update, vector.accountProof);
    }

    /// Posts the vector's update with another storage root and code hash, and shows the account.
    function _kill(uint256 contract_, uint256 index, bytes32 storageRoot, bytes32 codeHash) private {
        Update memory parent = catchUp(contract_, index);
        UpdateVector memory vector = updateVector(contract_, index);
        IFeeds.Post memory said = saidBy(vector);
        said.storageRoot = storageRoot;
        said.codeHash = codeHash;
        Update memory update = post(parent, finalRoot(vector.stateRoot), said, vector.deltas);

        vm.expectEmit();
        emit IDeltaCourt.AccountLieProven(update.id(), CHALLENGER, vector.storageRoot, vector.codeHash);
        vm.expectEmit();
        emit IFeeds.UpdateRejected(update.id(), update.feed, CHALLENGER);
        disproveAccount(update, vector.accountProof);

        requireUpdate(update, UpdateStatus.Rejected);
        requireStake(CHALLENGER, 100 ether + UPDATE_BOND / 2, 0);
        requireStake(PROPOSER, 100 ether - UPDATE_BOND, 0);
        assertEq(stake.burned(), UPDATE_BOND / 2, "burned");
    }

    function test_WhenTheStorageRootIsWrong() external {
        UpdateVector memory vector = updateVector(TOKEN, 1);
        _kill(TOKEN, 1, bytes32(uint256(vector.storageRoot) ^ 1), vector.codeHash);
    }

    function test_WhenTheStorageRootIsThatOfAnotherState() external {
        _kill(TOKEN, 1, updateVector(TOKEN, 0).storageRoot, updateVector(TOKEN, 1).codeHash);
    }

    function test_WhenTheStorageRootIsZero() external {
        _kill(TOKEN, 1, 0, updateVector(TOKEN, 1).codeHash);
    }

    function test_WhenTheCodeHashIsWrong() external {
        UpdateVector memory vector = updateVector(MIXED, 0);
        _kill(MIXED, 0, vector.storageRoot, bytes32(uint256(vector.codeHash) ^ 1));
    }

    function test_WhenAnAbsentAccountIsGivenCode() external {
        _kill(UNBORN, 0, EMPTY_ROOT, keccak256(""));
    }

    function test_WhenAnAbsentAccountIsGivenStorage() external {
        _kill(UNBORN, 0, keccak256("storage"), 0);
    }

    function test_WhenAnExistingAccountIsSaidToBeAbsent() external {
        _kill(UNBORN, 1, EMPTY_ROOT, 0);
    }

    function _lie() private returns (Update memory update, UpdateVector memory vector) {
        vector = updateVector(TOKEN, 0);
        IFeeds.Post memory said = saidBy(vector);
        said.codeHash = keccak256("other code");
        Update memory parent = createFeed(accountVector(TOKEN));
        update = post(parent, finalRoot(vector.stateRoot), said, vector.deltas);
    }

    function test_RevertGiven_TheUpdateWasNeverPosted() external {
        (Update memory update, UpdateVector memory vector) = _lie();
        update.reserve += 1;
        vm.expectRevert(abi.encodeWithSelector(UpdateStatusWrong.selector, update.id(), UpdateStatus.None));
        disproveAccount(update, vector.accountProof);
    }

    function test_RevertGiven_TheUpdateIsRejected() external {
        (Update memory update, UpdateVector memory vector) = _lie();
        disproveAccount(update, vector.accountProof);
        vm.expectRevert(
            abi.encodeWithSelector(UpdateStatusWrong.selector, update.id(), UpdateStatus.Rejected)
        );
        disproveAccount(update, vector.accountProof);
    }

    function test_GivenTheUpdateIsApplied() external {
        (Update memory update, UpdateVector memory vector) = _lie();
        passUpdateWindow();
        applyUpdate(update, vector.deltas);
        vm.expectEmit();
        emit IFeeds.FeedWasFrozen(update.feed, update.id());
        disproveAccount(update, vector.accountProof);
        assertEq(uint256(feeds.feedOf(update.feed).state), uint256(IFeeds.FeedState.Frozen), "state");
        requireStake(PROPOSER, 100 ether, 0);
    }

    function test_RevertGiven_TheGenesisUpdate() external {
        Update memory genesis = createFeed(accountVector(TOKEN));
        _expectInvalid(0, MerklePatricia.Reason.Truncated);
        disproveAccount(genesis, new bytes[](0));
        _expectInvalid(0, MerklePatricia.Reason.WrongHash);
        disproveAccount(genesis, updateVector(TOKEN, 0).accountProof);
    }

    function _expectInvalid(uint256 node, MerklePatricia.Reason reason) private {
        vm.expectRevert(abi.encodeWithSelector(MerklePatricia.InvalidProof.selector, node, reason));
    }

    function test_RevertWhen_TheProofIsOfAnotherAccount() external {
        UpdateVector memory vector = updateVector(TOKEN, 0);
        Update memory genesis = createFeed(STRANGER);
        Claim memory root = finalRoot(vector.stateRoot);
        Update memory update = post(genesis, root, saidBy(vector), vector.deltas);
        vm.expectPartialRevert(MerklePatricia.InvalidProof.selector);
        disproveAccount(update, vector.accountProof);
    }

    function test_RevertWhen_TheProofIsTruncated() external {
        (Update memory update, UpdateVector memory vector) = _lie();
        uint256 last = vector.accountProof.length - 1;
        bytes[] memory proof = new bytes[](last);
        for (uint256 i = 0; i < last; ++i) proof[i] = vector.accountProof[i];
        _expectInvalid(last, MerklePatricia.Reason.Truncated);
        disproveAccount(update, proof);
    }

    function test_RevertWhen_TheProofHasANodeTooMany() external {
        (Update memory update, UpdateVector memory vector) = _lie();
        uint256 size = vector.accountProof.length;
        bytes[] memory proof = new bytes[](size + 1);
        for (uint256 i = 0; i < size; ++i) proof[i] = vector.accountProof[i];
        _expectInvalid(size, MerklePatricia.Reason.Trailing);
        disproveAccount(update, proof);
    }

    function test_WhenRefundModeIsOn() external {
        (Update memory update, UpdateVector memory vector) = _lie();
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        disproveAccount(update, vector.accountProof);
        requireUpdate(update, UpdateStatus.Rejected);
    }
}
