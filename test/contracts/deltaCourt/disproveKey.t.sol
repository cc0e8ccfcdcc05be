// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    IDeltaCourt,
    ChunkForeign,
    KeyOutsideChunk,
    KeyTrue
} from "../../../contracts/interfaces/IDeltaCourt.sol";
import {FeedFrozen, IFeeds, UpdateStatusWrong} from "../../../contracts/interfaces/IFeeds.sol";
import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {Update, UpdateStatus} from "../../../contracts/types/Update.sol";
import {KeyVector, LieVector, UpdateVector} from "../support/DeltaVectors.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";

contract DeltaCourtDisproveKeyTest is FeedDeployment {
    // True updates

    function test_RevertWhen_AnUpdateIsTrue_Single() external {
        _surviveAll(SINGLE, 1);
    }

    function test_RevertWhen_AnUpdateIsTrue_Token() external {
        _surviveAll(TOKEN, 4);
    }

    function test_RevertWhen_AnUpdateIsTrue_Unborn() external {
        _surviveAll(UNBORN, 2);
    }

    function test_RevertWhen_AnUpdateIsTrue_Mixed() external {
        _surviveAll(MIXED, 2);
    }

    function test_RevertWhen_AnUpdateIsTrue_Large() external {
        _surviveAll(LARGE, 2);
    }

    // Lies

    function test_WhenALieIsProven_Single() external {
        _killAll(SINGLE, 0);
    }

    function test_WhenALieIsProven_Token() external {
        for (uint256 i = 0; i < 4; ++i) _killAll(TOKEN, i);
    }

    function test_WhenALieIsProven_Unborn() external {
        for (uint256 i = 0; i < 2; ++i) _killAll(UNBORN, i);
    }

    function test_WhenALieIsProven_Mixed() external {
        for (uint256 i = 0; i < 2; ++i) _killAll(MIXED, i);
    }

    function test_WhenALieIsProven_LargeFirst() external {
        _killAll(LARGE, 0);
    }

    function test_WhenALieIsProven_LargeChanged() external {
        _killAll(LARGE, 1);
    }

    function _surviveAll(uint256 contract_, uint256 updates) private {
        Update memory parent = createFeed(accountVector(contract_));
        for (uint256 i = 0; i < updates; ++i) {
            UpdateVector memory vector = updateVector(contract_, i);
            Update memory update = postTruth(parent, vector);
            assertEq(update.deltas, vector.commitment, "commitment");
            for (uint256 k = 0; k < vector.keys.length; ++k) _survive(update, vector, vector.keys[k]);
            passUpdateWindow();
            applyUpdate(update, vector.deltas);
            for (uint256 k = 0; k < vector.keys.length; ++k) _survive(update, vector, vector.keys[k]);
            parent = update;
        }
    }

    function _survive(Update memory update, UpdateVector memory vector, KeyVector memory proof) private {
        bytes memory wanted = abi.encodeWithSelector(
            KeyTrue.selector,
            update.id(),
            proof.key,
            uint256(proof.before),
            uint256(proof.later)
        );
        IDeltaCourt.ChunkProof memory said = chunkProof(vector.deltas, proof.key);
        vm.expectRevert(wanted);
        deltaCourt.disproveKey(update, proof.key, proof.oldProof, proof.newProof, said);
    }

    function _killAll(uint256 contract_, uint256 index) private {
        Update memory parent = catchUp(contract_, index);
        UpdateVector memory vector = updateVector(contract_, index);
        for (uint256 i = 0; i < vector.lies.length; ++i) _kill(parent, vector, vector.lies[i]);
        // The truth still fits after every lie, and is applied.
        Update memory truth = postTruth(parent, vector);
        passUpdateWindow();
        applyUpdate(truth, vector.deltas);
    }

    function _kill(Update memory parent, UpdateVector memory vector, LieVector memory lie) private {
        bytes memory deltas = deltasOf(vector, lie);
        uint256 funds = feeds.feedOf(parent.feed).funds;
        Update memory update = post(parent, finalRoot(vector.stateRoot), saidBy(vector), deltas);
        KeyVector memory proof = vector.keys[lie.proof];
        uint256 free = stake.account(CHALLENGER).free;
        uint256 burned = stake.burned();

        vm.expectEmit();
        emit IDeltaCourt.KeyLieProven(
            update.id(),
            CHALLENGER,
            proof.key,
            uint256(proof.before),
            uint256(proof.later)
        );
        vm.expectEmit();
        emit IFeeds.UpdateRejected(update.id(), update.feed, CHALLENGER);
        disproveKey(update, deltas, proof);

        requireUpdate(update, UpdateStatus.Rejected);
        assertEq(stake.account(CHALLENGER).free - free, UPDATE_BOND / 2, "reward");
        assertEq(stake.burned() - burned, UPDATE_BOND / 2, "burned");
        assertEq(stake.lockedBy(address(feeds), PROPOSER), 0, "bonds left");
        assertEq(feeds.feedOf(parent.feed).funds, funds, "funds");
    }

    // One update with a lie, for what follows

    /// A posted update of the large contract whose second chunk lacks its first delta.
    function _lie() private returns (Update memory update, bytes memory deltas, UpdateVector memory vector) {
        Update memory parent = createFeed(accountVector(LARGE));
        vector = updateVector(LARGE, 0);
        deltas = deltasOf(vector, _lieNamed(vector, "first after a border delta omitted"));
        update = post(parent, finalRoot(vector.stateRoot), saidBy(vector), deltas);
    }

    function _lieNamed(
        UpdateVector memory vector,
        string memory name
    ) private pure returns (LieVector memory) {
        for (uint256 i = 0; i < vector.lies.length; ++i) {
            if (keccak256(bytes(vector.lies[i].name)) == keccak256(bytes(name))) return vector.lies[i];
        }
        revert(name);
    }

    function _keyNamed(
        UpdateVector memory vector,
        string memory name
    ) private pure returns (KeyVector memory) {
        for (uint256 i = 0; i < vector.keys.length; ++i) {
            if (keccak256(bytes(vector.keys[i].name)) == keccak256(bytes(name))) return vector.keys[i];
        }
        revert(name);
    }

    function _borderProof(UpdateVector memory vector) private pure returns (KeyVector memory) {
        return _keyNamed(vector, "first delta of the second chunk");
    }

    function test_RevertWhen_AnotherKeyIsProven() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        bytes32 lied = _borderProof(vector).key;
        for (uint256 i = 0; i < vector.keys.length; ++i) {
            if (vector.keys[i].key == lied) continue;
            UpdateVector memory said = vector;
            said.deltas = deltas;
            _survive(update, said, vector.keys[i]);
        }
    }

    function test_RevertGiven_TheUpdateWasNeverPosted() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        update.number += 1;
        _expectReject(update, UpdateStatus.None);
        disproveKey(update, deltas, _borderProof(vector));
    }

    function test_RevertGiven_TheUpdateIsRejected() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        disproveKey(update, deltas, _borderProof(vector));
        _expectReject(update, UpdateStatus.Rejected);
        disproveKey(update, deltas, _borderProof(vector));
    }

    function test_RevertGiven_TheUpdateIsReleased() external {
        UpdateVector memory first = updateVector(TOKEN, 0);
        Update memory parent = createFeed(accountVector(TOKEN));
        bytes memory lie = deltasOf(first, _lieNamed(first, "first delta wrong"));
        Update memory dead = post(parent, finalRoot(first.stateRoot), saidBy(first), lie);
        UpdateVector memory second = updateVector(TOKEN, 1);
        bytes memory childLie = deltasOf(second, _lieNamed(second, "first delta wrong"));
        Update memory child = post(dead, finalRoot(second.stateRoot), saidBy(second), childLie);
        disproveKey(dead, lie, first.keys[_lieNamed(first, "first delta wrong").proof]);
        feeds.release(child);

        _expectReject(child, UpdateStatus.Released);
        disproveKey(child, childLie, second.keys[_lieNamed(second, "first delta wrong").proof]);
    }

    function test_GivenTheUpdateIsApplied() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        passUpdateWindow();
        applyUpdate(update, deltas);
        assertTrue(feeds.isReadable(update.feed, type(uint256).max), "readable before");
        uint256 funds = feeds.feedOf(update.feed).funds;

        vm.expectEmit();
        emit IFeeds.FeedWasFrozen(update.feed, update.id());
        disproveKey(update, deltas, _borderProof(vector));

        requireUpdate(update, UpdateStatus.Rejected);
        assertEq(uint256(feeds.feedOf(update.feed).state), uint256(IFeeds.FeedState.Frozen), "state");
        assertTrue(!feeds.isReadable(update.feed, type(uint256).max), "readable after");
        assertEq(feeds.feedOf(update.feed).funds, funds, "funds");
        assertEq(stake.burned(), 0, "burned");
        requireStake(PROPOSER, 100 ether, 0);
        vm.expectRevert(abi.encodeWithSelector(FeedFrozen.selector, update.feed));
        feeds.read(update.feed, 0, type(uint256).max);
    }

    function test_GivenTheUpdateIsHalfApplied() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        passUpdateWindow();
        applyOne(update, deltas, 0);
        requireUpdate(update, UpdateStatus.Applying);

        disproveKey(update, deltas, _borderProof(vector));
        requireUpdate(update, UpdateStatus.Rejected);
        assertEq(uint256(feeds.feedOf(update.feed).state), uint256(IFeeds.FeedState.Frozen), "state");
        assertEq(feeds.feedOf(update.feed).funds, FUNDS, "funds");
        requireStake(PROPOSER, 100 ether - UPDATE_BOND, 0);
        vm.expectRevert(abi.encodeWithSelector(FeedFrozen.selector, update.feed));
        applyOne(update, deltas, 1);
    }

    // The chunk

    function _expectForeign(bytes32 got, bytes32 wanted) private {
        vm.expectRevert(abi.encodeWithSelector(ChunkForeign.selector, got, wanted));
    }

    function _expectReject(Update memory update, UpdateStatus status) private {
        vm.expectRevert(abi.encodeWithSelector(UpdateStatusWrong.selector, update.id(), status));
    }

    function _show(Update memory update, KeyVector memory proof, IDeltaCourt.ChunkProof memory said) private {
        deltaCourt.disproveKey(update, proof.key, proof.oldProof, proof.newProof, said);
    }

    function test_RevertWhen_ADigestIsWrong() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        IDeltaCourt.ChunkProof memory said = chunkProof(deltas, _borderProof(vector).key);
        said.digests[1] = bytes32(uint256(said.digests[1]) ^ 1);
        _expectForeign(commitmentOf(said.digests), update.deltas);
        _show(update, _borderProof(vector), said);
    }

    function test_RevertWhen_ADigestIsMissing() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        IDeltaCourt.ChunkProof memory said = chunkProof(deltas, _borderProof(vector).key);
        bytes32[] memory fewer = new bytes32[](1);
        fewer[0] = said.digests[0];
        said.digests = fewer;
        _expectForeign(commitmentOf(fewer), update.deltas);
        _show(update, _borderProof(vector), said);
    }

    function test_RevertWhen_ThereAreNoDigests() external {
        (Update memory update, , UpdateVector memory vector) = _lie();
        IDeltaCourt.ChunkProof memory said;
        _expectForeign(0, update.deltas);
        _show(update, _borderProof(vector), said);
    }

    function test_RevertWhen_AnUpdateWithoutDeltasIsGivenAChunk() external {
        Update memory parent = catchUp(TOKEN, 2);
        UpdateVector memory vector = updateVector(TOKEN, 2);
        Update memory update = postTruth(parent, vector);
        IDeltaCourt.ChunkProof memory said = chunkProof(updateVector(TOKEN, 0).deltas, vector.keys[0].key);
        _expectForeign(commitmentOf(said.digests), 0);
        _show(update, vector.keys[0], said);
    }

    function test_RevertWhen_TheChunkIsNotTheUpdates() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        IDeltaCourt.ChunkProof memory said = chunkProof(deltas, _borderProof(vector).key);
        said.chunk[said.chunk.length - 1] ^= 0x01;
        _expectForeign(keccak256(abi.encodePacked(said.previous, said.chunk)), said.digests[1]);
        _show(update, _borderProof(vector), said);
    }

    function test_RevertWhen_TheChunkIsEmpty() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        IDeltaCourt.ChunkProof memory said = chunkProof(deltas, _borderProof(vector).key);
        said.chunk = "";
        _expectForeign(keccak256(abi.encodePacked(said.previous)), said.digests[1]);
        _show(update, _borderProof(vector), said);
    }

    function test_RevertWhen_ThePreviousKeyIsWrong() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        IDeltaCourt.ChunkProof memory said = chunkProof(deltas, _borderProof(vector).key);
        said.previous = bytes32(uint256(said.previous) - 1);
        _expectForeign(keccak256(abi.encodePacked(said.previous, said.chunk)), said.digests[1]);
        _show(update, _borderProof(vector), said);
    }

    function test_RevertWhen_TheIndexIsThatOfAnotherChunk() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        IDeltaCourt.ChunkProof memory said = chunkProof(deltas, _borderProof(vector).key);
        said.index = 0;
        _expectForeign(said.digests[1], said.digests[0]);
        _show(update, _borderProof(vector), said);
    }

    function test_RevertWhen_TheIndexIsNone() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        IDeltaCourt.ChunkProof memory said = chunkProof(deltas, _borderProof(vector).key);
        said.index = 2;
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x32));
        _show(update, _borderProof(vector), said);
    }

    function test_RevertWhen_TheKeyLiesBeforeTheChunk() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        KeyVector memory proof = _keyNamed(vector, "first delta");
        _showOutside(update, deltas, proof, 1);
    }

    function test_RevertWhen_TheKeyIsTheLastOneOfTheChunkBefore() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        KeyVector memory proof = _keyNamed(vector, "last delta of the first chunk");
        _showOutside(update, deltas, proof, 1);
    }

    function test_RevertWhen_TheKeyLiesAfterAChunkThatIsNotTheLast() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        _showOutside(update, deltas, _keyNamed(vector, "just after the first chunk"), 0);
        _showOutside(update, deltas, _borderProof(vector), 0);
    }

    function _showOutside(
        Update memory update,
        bytes memory deltas,
        KeyVector memory proof,
        uint256 index
    ) private {
        bytes[] memory chunks = chunksOf(deltas);
        IDeltaCourt.ChunkProof memory said = IDeltaCourt.ChunkProof(
            digestsOf(chunks),
            index,
            previousKey(chunks, index),
            chunks[index]
        );
        vm.expectRevert(
            abi.encodeWithSelector(KeyOutsideChunk.selector, proof.key, said.previous, lastKey(said.chunk))
        );
        _show(update, proof, said);
    }

    function test_WhenTheKeyIsTheLastOneOfAChunk() external {
        Update memory parent = createFeed(accountVector(LARGE));
        UpdateVector memory vector = updateVector(LARGE, 0);
        LieVector memory lie = _lieNamed(vector, "last before a border delta wrong");
        bytes memory deltas = deltasOf(vector, lie);
        Update memory update = post(parent, finalRoot(vector.stateRoot), saidBy(vector), deltas);
        KeyVector memory proof = vector.keys[lie.proof];
        IDeltaCourt.ChunkProof memory said = chunkProof(deltas, proof.key);
        assertEq(said.index, 0, "index");
        assertEq(lastKey(said.chunk), proof.key, "last key");
        _show(update, proof, said);
        requireUpdate(update, UpdateStatus.Rejected);
    }

    function test_WhenTheKeyLiesAfterTheLastChunk() external {
        Update memory parent = createFeed(accountVector(LARGE));
        UpdateVector memory vector = updateVector(LARGE, 0);
        LieVector memory lie = _lieNamed(vector, "last delta omitted");
        bytes memory deltas = deltasOf(vector, lie);
        Update memory update = post(parent, finalRoot(vector.stateRoot), saidBy(vector), deltas);
        KeyVector memory proof = vector.keys[lie.proof];
        IDeltaCourt.ChunkProof memory said = chunkProof(deltas, proof.key);
        assertEq(said.index, 1, "index");
        assertTrue(proof.key > lastKey(said.chunk), "after the last key");
        _show(update, proof, said);
        requireUpdate(update, UpdateStatus.Rejected);
    }

    // The proofs

    function test_RevertWhen_AProofIsForAnotherKey() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        KeyVector memory proof = _borderProof(vector);
        proof.newProof = _keyNamed(vector, "first delta").newProof;
        vm.expectPartialRevert(MerklePatricia.InvalidProof.selector);
        disproveKey(update, deltas, proof);
    }

    function test_RevertWhen_AProofIsForAnotherRoot() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        KeyVector memory proof = _borderProof(vector);
        proof.oldProof = proof.newProof;
        vm.expectRevert(
            abi.encodeWithSelector(MerklePatricia.InvalidProof.selector, 0, MerklePatricia.Reason.Trailing)
        );
        disproveKey(update, deltas, proof);
    }

    function test_WhenAStrangerProves() external {
        (Update memory update, bytes memory deltas, UpdateVector memory vector) = _lie();
        KeyVector memory proof = _borderProof(vector);
        IDeltaCourt.ChunkProof memory said = chunkProof(deltas, proof.key);
        vm.prank(STRANGER);
        deltaCourt.disproveKey(update, proof.key, proof.oldProof, proof.newProof, said);
        requireStake(STRANGER, UPDATE_BOND / 2, 0);
    }
}
