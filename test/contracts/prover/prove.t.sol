// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChunkMismatch, DigestsMismatch, UpdateStatusWrong} from "../../../contracts/interfaces/IFeeds.sol";
import {
    AccountDiffers,
    IProver,
    NewRootMismatch,
    PieceNotNext,
    PieceOutOfChunk
} from "../../../contracts/interfaces/IProver.sol";
import {EMPTY_ROOT} from "../../../contracts/types/Account.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {CHUNK} from "../../../contracts/types/Deltas.sol";
import {Update, UpdateStatus} from "../../../contracts/types/Update.sol";
import {ProverDeployment, TransitionVector} from "../support/ProverDeployment.sol";

contract ProverProveTest is ProverDeployment {
    /// A true update that waits at the head of the queue, with its account's proof.
    function _pending(
        TransitionVector memory vector
    ) private returns (Update memory update, bytes[] memory proof) {
        Update memory parent = feedAt(vector.oldRoot);
        Claim memory root;
        (root, proof) = finalStorage(vector.newRoot);
        update = postAt(parent, root, vector.newRoot, vector.deltas);
    }

    function _piece(
        string memory name,
        bytes memory all,
        uint256 index,
        uint256 from,
        uint256 to
    ) private view returns (IProver.Piece memory piece) {
        TransitionVector memory vector = transition(name);
        bytes[] memory chunks = chunksOf(all);
        piece.digests = digestsOf(chunks);
        (piece.index, piece.previous, piece.chunk) = (index, previousKey(chunks, index), chunks[index]);
        (piece.from, piece.to, piece.before, piece.nodes) = (from, to, vector.before, vector.nodes);
    }

    function test_WhenTheUpdateIsTheNext_ItIsAppliedAtOnce() external {
        TransitionVector memory vector = transition("everything at once");
        (Update memory update, bytes[] memory proof) = _pending(vector);
        uint256 locked = stake.account(PROPOSER).locked;
        prover.prove(update, proof, pieceOf(vector, 0, update.count));
        requireShown(update, vector.deltas);
        requireUpdate(update, UpdateStatus.Applied);
        assertEq(stake.account(PROPOSER).locked, locked - UPDATE_BOND, "bond");
    }

    function test_WhenNothingChanged() external {
        TransitionVector memory vector = transition("the first slot");
        Update memory parent = feedAt(vector.newRoot);
        (Claim memory root, bytes[] memory proof) = finalStorage(vector.newRoot);
        Update memory update = postAt(parent, root, vector.newRoot, "");
        IProver.Piece memory piece;
        prover.prove(update, proof, piece);
        requireUpdate(update, UpdateStatus.Applied);
    }

    function test_WhenAnotherUpdateWaitsBefore_OnlyTheWindowEnds() external {
        TransitionVector memory vector = transition("the last slot goes");
        Update memory parent = createFeed(ACCOUNT);
        (Claim memory root, ) = finalStorage(vector.oldRoot);
        Update memory first = postAt(parent, root, vector.oldRoot, transition("the first slot").deltas);
        bytes[] memory proof;
        (root, proof) = finalStorage(vector.newRoot);
        Update memory second = postAt(first, root, vector.newRoot, vector.deltas);
        prover.prove(second, proof, pieceOf(vector, 0, 1));
        requireUpdate(second, UpdateStatus.Pending);
        passUpdateWindow();
        applyUpdate(first, transition("the first slot").deltas);
        applyUpdate(second, vector.deltas);
    }

    function test_WhenItGoesInPieces() external {
        TransitionVector memory last = transition("last chunk of a thousand new slots");
        bytes memory all = bytes.concat(
            transition("first chunk of a thousand new slots").deltas,
            transition("half of the second chunk of a thousand new slots").deltas,
            transition("rest of the second chunk of a thousand new slots").deltas,
            last.deltas
        );
        Update memory parent = createFeed(ACCOUNT);
        (Claim memory root, bytes[] memory proof) = finalStorage(last.newRoot);
        Update memory update = postAt(parent, root, last.newRoot, all);
        bytes[] memory none = new bytes[](0);
        IProver.Piece memory piece = _piece("first chunk of a thousand new slots", all, 0, 0, CHUNK);
        prover.prove(update, none, piece);
        (bytes32 reached, uint256 proven) = prover.progressOf(update.id(), address(this));
        assertEq(reached, transition("first chunk of a thousand new slots").newRoot, "on the way");
        assertEq(proven, CHUNK, "proven");
        prover.prove(update, none, piece);
        IProver.Piece memory late = _piece("last chunk of a thousand new slots", all, 2, 0, 40);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(PieceNotNext.selector, 2 * CHUNK, 0));
        prover.prove(update, none, late);
        piece = _piece("half of the second chunk of a thousand new slots", all, 1, 0, 240);
        prover.prove(update, none, piece);
        piece = _piece("rest of the second chunk of a thousand new slots", all, 1, 240, CHUNK);
        prover.prove(update, none, piece);
        piece = _piece("last chunk of a thousand new slots", all, 2, 0, 40);
        prover.prove(update, proof, piece);
        (reached, proven) = prover.progressOf(update.id(), address(this));
        assertEq(proven, 0, "no progress is kept");
        requireUpdate(update, UpdateStatus.Pending);
        // Its window is over: anybody applies it.
        applyUpdate(update, all);
    }

    function test_RevertWhen_ThePieceIsOutOfItsChunk() external {
        TransitionVector memory vector = transition("two first slots");
        (Update memory update, bytes[] memory proof) = _pending(vector);
        vm.expectRevert(abi.encodeWithSelector(PieceOutOfChunk.selector, 0, 3, 2));
        prover.prove(update, proof, pieceOf(vector, 0, 3));
        vm.expectRevert(abi.encodeWithSelector(PieceOutOfChunk.selector, 0, 0, 2));
        prover.prove(update, proof, pieceOf(vector, 0, 0));
        vm.expectRevert(abi.encodeWithSelector(PieceNotNext.selector, 1, 0));
        prover.prove(update, proof, pieceOf(vector, 1, 2));
    }

    function test_RevertWhen_TheChunkIsForeign() external {
        TransitionVector memory vector = transition("two first slots");
        (Update memory update, bytes[] memory proof) = _pending(vector);
        IProver.Piece memory piece = pieceOf(vector, 0, 2);
        piece.chunk[63] = 0xee;
        vm.expectPartialRevert(ChunkMismatch.selector);
        prover.prove(update, proof, piece);
        piece = pieceOf(vector, 0, 2);
        piece.digests[0] = 0;
        vm.expectPartialRevert(DigestsMismatch.selector);
        prover.prove(update, proof, piece);
    }

    function test_RevertWhen_TheUpdateIsALie() external {
        TransitionVector memory vector = transition("two first slots");
        Update memory parent = createFeed(ACCOUNT);
        (Claim memory root, bytes[] memory proof) = finalStorage(vector.newRoot);
        vector.deltas[63] = 0xee;
        Update memory lie = postAt(parent, root, vector.newRoot, vector.deltas);
        vm.expectPartialRevert(NewRootMismatch.selector);
        prover.prove(lie, proof, pieceOf(vector, 0, 2));
    }

    function test_RevertWhen_TheAccountIsAnother() external {
        TransitionVector memory vector = transition("two first slots");
        Update memory parent = createFeed(ACCOUNT);
        (bytes32 stateRoot, bytes[] memory proof) = stateWith(EMPTY_ROOT, CODE_HASH);
        Update memory lie = postAt(parent, finalRoot(stateRoot), vector.newRoot, vector.deltas);
        vm.expectRevert(abi.encodeWithSelector(AccountDiffers.selector, EMPTY_ROOT, CODE_HASH));
        prover.prove(lie, proof, pieceOf(vector, 0, 2));
        (stateRoot, proof) = stateWith(vector.newRoot, keccak256("other code"));
        parent = createFeed(ACCOUNT);
        lie = postAt(parent, finalRoot(stateRoot), vector.newRoot, vector.deltas);
        vm.expectRevert(
            abi.encodeWithSelector(AccountDiffers.selector, vector.newRoot, keccak256("other code"))
        );
        prover.prove(lie, proof, pieceOf(vector, 0, 2));
    }

    function test_RevertGiven_TheUpdateIsNotPending() external {
        TransitionVector memory vector = transition("two first slots");
        (Update memory update, bytes[] memory proof) = _pending(vector);
        prover.prove(update, proof, pieceOf(vector, 0, 2));
        vm.expectRevert(
            abi.encodeWithSelector(UpdateStatusWrong.selector, update.id(), UpdateStatus.Applied)
        );
        prover.prove(update, proof, pieceOf(vector, 0, 2));
        update.count = 7;
        vm.expectRevert(abi.encodeWithSelector(UpdateStatusWrong.selector, update.id(), UpdateStatus.None));
        prover.prove(update, proof, pieceOf(vector, 0, 2));
    }
}
