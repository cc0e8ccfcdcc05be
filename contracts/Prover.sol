// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeeds, ChunkMismatch, DigestsMismatch, UpdateStatusWrong} from "./interfaces/IFeeds.sol";
import {
    IProver,
    AccountDiffers,
    NewRootMismatch,
    NotProver,
    PieceNotNext,
    PieceOutOfChunk,
    SlotHealthy,
    StateRootMismatch
} from "./interfaces/IProver.sol";
import {AccountPath} from "./libraries/AccountPath.sol";
import {MerklePatricia} from "./libraries/MerklePatricia.sol";
import {NodeRlp} from "./libraries/NodeRlp.sol";
import {SyncProof, SyncProofMalformed} from "./libraries/SyncProof.sol";
import {Transition} from "./libraries/Transition.sol";
import {Account} from "./types/Account.sol";
import {Claim} from "./types/Claim.sol";
import {CHUNK, DELTA_SIZE, Deltas} from "./types/Deltas.sol";
import {Head, Update, UpdateStatus} from "./types/Update.sol";

/// The rules are told in IProver.
contract Prover is IProver {
    using Deltas for bytes;
    using SyncProof for bytes;

    struct Progress {
        bytes32 root;
        uint256 proven;
    }

    IFeeds public immutable FEEDS;

    /// By prover: whoever leaves another's proof on a detour of his own making, from which it cannot go on, gains nothing.
    mapping(bytes32 update => mapping(address by => Progress)) public progressOf;

    constructor(IFeeds feeds) {
        require(feeds.PROVER() == address(this), NotProver(address(this)));
        FEEDS = feeds;
    }

    /// @inheritdoc IProver
    function prove(Update calldata update, bytes[] calldata accountProof, Piece calldata piece) external {
        bytes32 id = update.calldataId();
        UpdateStatus status = FEEDS.record(id).status;
        require(status == UpdateStatus.Pending, UpdateStatusWrong(id, status));

        (bytes32 root, uint256 proven) = _provePiece(id, update, piece);
        if (proven != update.count) {
            progressOf[id][msg.sender] = Progress(root, proven);
            emit PieceProven(id, proven, root);
            return;
        }
        require(root == update.storageRoot, NewRootMismatch(root, update.storageRoot));
        (bytes32 storageRoot, bytes32 codeHash) = _proveAccount(update, accountProof);
        require(
            storageRoot == update.storageRoot && codeHash == update.codeHash,
            AccountDiffers(storageRoot, codeHash)
        );
        delete progressOf[id][msg.sender];

        FEEDS.confirm(update);
        // Other updates may wait before it, or be too large for one transaction: `applyChunks` is anybody's.
        if (piece.digests.length > 1 || FEEDS.feedOf(update.feed).head != update.parent) return;
        bytes[] memory chunks = new bytes[](piece.digests.length);
        if (chunks.length != 0) chunks[0] = piece.chunk;
        FEEDS.applyChunks(update, piece.digests, 0, chunks);
    }

    /// @inheritdoc IProver
    function sync(
        Head calldata parent,
        Claim calldata root,
        Terms calldata terms,
        bytes calldata proof
    ) external returns (bytes32 id) {
        (Update memory update, uint256 from) = _draft(parent, root, terms, proof);
        bytes calldata path = proof.pathFrom(from);
        update.codeHash = AccountPath.codeHashOf(path);
        address account;
        (id, account) = FEEDS.advance(update, root.calldataId(), terms.minFee, proof.deltasOf());

        // INVARIANT: nothing stays advanced that is not proven. Whose account it has to be is what Feeds has just said:
        // to ask it before would take another call, and nobody else is called in between.
        bytes32 got = AccountPath.rootOf(account, update.storageRoot, path);
        require(got == root.stateRoot, StateRootMismatch(got, root.stateRoot));
    }

    /// @inheritdoc IProver
    function syncByProof(
        Head calldata parent,
        Claim calldata root,
        Terms calldata terms,
        bytes calldata proof,
        bytes[] calldata accountProof
    ) external returns (bytes32 id) {
        (Update memory update, uint256 from) = _draft(parent, root, terms, proof);
        require(proof.pathFrom(from).length == 0, SyncProofMalformed(proof.length));
        (Account memory account, ) = MerklePatricia.accountAt(
            root.stateRoot,
            FEEDS.accountOf(parent.feed),
            accountProof
        );
        require(
            update.storageRoot == account.storageRoot,
            NewRootMismatch(update.storageRoot, account.storageRoot)
        );
        update.codeHash = account.codeHash;
        (id, ) = FEEDS.advance(update, root.calldataId(), terms.minFee, proof.deltasOf());
    }

    /// @inheritdoc IProver
    function heal(
        Update calldata head,
        bytes32 slot,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) external {
        (bytes32 storageRoot, ) = _proveAccount(head, accountProof);
        bytes32 key = keccak256(abi.encode(slot));
        bytes32 right = bytes32(MerklePatricia.slotAt(storageRoot, key, storageProof));
        bytes32 wrong = FEEDS.heal(head, slot, right);
        require(wrong != right, SlotHealthy(head.feed, slot, right));
    }

    /// @return root What the piece leads to. @return proven Deltas proven with it.
    function _provePiece(
        bytes32 id,
        Update calldata update,
        Piece calldata piece
    ) private view returns (bytes32 root, uint256 proven) {
        root = update.oldStorageRoot;
        bytes32 committed = Deltas.commit(piece.digests);
        require(committed == update.deltas, DigestsMismatch(committed, update.deltas));
        // No deltas: nothing changed, so nothing is to prove but the account.
        if (update.count == 0) return (root, 0);

        bytes32 wanted = piece.digests[piece.index];
        bytes32 digest = piece.chunk.digest(piece.previous);
        require(digest == wanted, ChunkMismatch(piece.index, digest, wanted));
        uint256 size = piece.chunk.sizeOf();
        require(piece.from < piece.to && piece.to <= size, PieceOutOfChunk(piece.from, piece.to, size));
        uint256 start = piece.index * CHUNK + piece.from;
        // A first piece begins anew.
        if (start != 0) {
            Progress memory progress = progressOf[id][msg.sender];
            require(start == progress.proven, PieceNotNext(start, progress.proven));
            root = progress.root;
        }

        root = _rootAfter(
            root,
            piece.chunk[piece.from * DELTA_SIZE:piece.to * DELTA_SIZE],
            piece.before,
            piece.nodes
        );
        proven = start + piece.to - piece.from;
    }

    /// The update that a sync makes, without the account's code hash. That the root is final and the parent the feed's
    /// head is checked by Feeds: everything here is about these. @return update It. @return path Where the account's path begins.
    function _draft(
        Head calldata parent,
        Claim calldata root,
        Terms calldata terms,
        bytes calldata proof
    ) private pure returns (Update memory update, uint256 path) {
        update.feed = parent.feed;
        update.parent = parent.headId();
        update.number = root.number;
        update.timestamp = root.timestamp;
        update.stateRoot = root.stateRoot;
        update.oldStorageRoot = parent.storageRoot;
        update.proposer = terms.payee;
        update.rootProposer = root.proposer;
        (bytes calldata deltas, bytes calldata before, bytes calldata nodes) = proof.transitionOf();
        uint256 size = deltas.sizeOf();
        if (size != 0) (update.count, update.deltas) = (uint32(size), Deltas.extend(0, deltas.digest(0)));
        update.storageRoot = _rootAfter(parent.storageRoot, deltas, before, nodes);
        (, path) = NodeRlp.bounds(nodes);
    }

    function _proveAccount(
        Update calldata update,
        bytes[] calldata proof
    ) private view returns (bytes32 storageRoot, bytes32 codeHash) {
        (Account memory account, ) = MerklePatricia.accountAt(
            update.stateRoot,
            FEEDS.accountOf(update.feed),
            proof
        );
        return (account.storageRoot, account.codeHash);
    }

    /// Without deltas the root stays; no multi-proof is read.
    function _rootAfter(
        bytes32 oldRoot,
        bytes calldata deltas,
        bytes calldata before,
        bytes calldata nodes
    ) private pure returns (bytes32) {
        if (deltas.length == 0) return oldRoot;
        return Transition.rootAfter(oldRoot, deltas, before, nodes);
    }
}
