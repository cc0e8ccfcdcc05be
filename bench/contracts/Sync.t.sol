// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeeds} from "../../contracts/interfaces/IFeeds.sol";
import {IProver} from "../../contracts/interfaces/IProver.sol";
import {EMPTY_ROOT} from "../../contracts/types/Account.sol";
import {Claim} from "../../contracts/types/Claim.sol";
import {CHUNK} from "../../contracts/types/Deltas.sol";
import {Update} from "../../contracts/types/Update.sol";
import {Deployment} from "../../test/contracts/support/Deployment.sol";
import {FeedDeployment} from "../../test/contracts/support/FeedDeployment.sol";
import {ManyDeltas} from "../../test/contracts/support/ManyDeltas.sol";
import {ProverDeployment, Sync, TransitionVector} from "../../test/contracts/support/ProverDeployment.sol";
import {TransactionGas} from "../../test/contracts/support/TransactionGas.sol";

/// A transition with the account's path in a state of few accounts.
struct SyncVector {
    string name;
    bytes32 oldRoot;
    bytes32 newRoot;
    bytes deltas;
    bytes before;
    bytes nodes;
    bytes32 stateRoot;
    bytes accountPath;
}

/// What whole synchronisations cost, in whole transactions. `bench/gas.ts` writes the transitions to out/bench.json and
/// makes a table of what is measured here; run it by `npm run bench:gas`.
///
/// forge-config: default.isolate = true
contract SyncBench is ProverDeployment, TransactionGas {
    string private constant VECTORS = "out/bench.json";
    string private constant TYPE =
        "TransitionVector(string name,bytes32 oldRoot,bytes32 newRoot,bytes deltas,bytes before,bytes nodes)";
    string private constant SYNC_TYPE =
        "SyncVector(string name,bytes32 oldRoot,bytes32 newRoot,bytes deltas,bytes before,bytes nodes,bytes32 stateRoot,bytes accountPath)";
    string private constant GROUP = "bench";
    /// Full chunks that nodes relay in one transaction.
    uint256 private constant STAGED_AT_ONCE = 3;
    /// Full branches above an account of a large chain.
    uint256 private constant DEEP = 8;

    function setUp() public override(Deployment, FeedDeployment) {
        super.setUp();
    }

    /// A feed without fees, as SmartSync's contracts have none, that shows this storage root.
    function _freeFeedAt(bytes32 storageRoot) private returns (Update memory head) {
        head.feed = feeds.createFeed(ACCOUNT, 0, 0);
        head.storageRoot = EMPTY_ROOT;
        (Claim memory root, ) = finalStorage(storageRoot);
        IFeeds.Post memory said;
        (said.proposer, said.storageRoot, said.codeHash) = (PROPOSER, storageRoot, CODE_HASH);
        Update memory next = updateOf(head, root, said, "");
        next.reserve = 0;
        vm.prank(PROPOSER);
        feeds.post(head, root, said);
        passUpdateWindow();
        applyUpdate(next, "");
        return next;
    }

    function _fill(uint64 feed, bytes memory deltas) private {
        address replica = replicas.replicaOf(feed);
        // Some old value: what a write costs depends only on whether there is one.
        for (uint256 i = 0; i < deltas.length / 64; ++i) {
            (bytes32 slot, ) = deltaAt(deltas, i);
            vm.store(replica, slot, bytes32(uint256(0x0f4240)));
        }
    }

    function test_Sync() external {
        string memory json = vm.readFile(VECTORS);
        SyncVector[] memory all = abi.decode(
            vm.parseJsonTypeArray(json, ".syncs", SYNC_TYPE),
            (SyncVector[])
        );
        for (uint256 i = 0; i < all.length; ++i) {
            _sync(all[i], string.concat("sync ", all[i].name));
            // The same where the account is one of hundreds of millions.
            bytes memory account = accountRlp(all[i].newRoot, CODE_HASH);
            bytes[] memory proof;
            (all[i].stateRoot, proof) = column(keccak256(abi.encodePacked(ACCOUNT)), DEEP, account, 16);
            all[i].accountPath = pathOf(ACCOUNT, proof);
            _sync(all[i], string.concat("large sync ", all[i].name));
        }
    }

    function _sync(SyncVector memory vector, string memory name) private {
        Update memory parent = _freeFeedAt(vector.oldRoot);
        _fill(parent.feed, vector.deltas);
        Sync memory said;
        said.payee = PROPOSER;
        said.accountPath = vector.accountPath;
        (said.deltas, said.before, said.nodes) = (vector.deltas, vector.before, vector.nodes);
        bytes memory data = syncCall(parent, finalRoot(vector.stateRoot), said);
        _send(GROUP, name, PROPOSER, address(prover), data);
        vm.snapshotValue(GROUP, string.concat("calldata of ", name), _calldataGas(data));
        vm.snapshotValue(GROUP, string.concat("floor of ", name), _floor(data));
    }

    /// What calldata costs where the floor does not bind.
    function _calldataGas(bytes memory data) private pure returns (uint256 gas) {
        for (uint256 i = 0; i < data.length; ++i) gas += data[i] == 0 ? 4 : 16;
    }

    /// A thousand deltas: more than fit a transaction, so they are posted and proven in pieces.
    function test_Pieces() external {
        string memory json = vm.readFile(VECTORS);
        string[2] memory maps = ["1000", "10000"];
        for (uint256 i = 0; i < maps.length; ++i) {
            TransitionVector[] memory pieces = abi.decode(
                vm.parseJsonTypeArray(json, string.concat(".pieces", maps[i]), TYPE),
                (TransitionVector[])
            );
            uint256 gas = _prove(pieces);
            vm.snapshotValue(GROUP, string.concat("sync 1000/", maps[i]), gas);
        }
    }

    function _prove(TransitionVector[] memory pieces) private returns (uint256 gas) {
        bytes memory all;
        for (uint256 i = 0; i < pieces.length; ++i) all = bytes.concat(all, pieces[i].deltas);
        bytes32 newRoot = pieces[pieces.length - 1].newRoot;
        Update memory parent = _freeFeedAt(pieces[0].oldRoot);
        _fill(parent.feed, all);
        (Claim memory root, bytes[] memory proof) = finalStorage(newRoot);
        bytes[] memory chunks = chunksOf(all);
        Update memory update;
        (update, gas) = _postMeasured(parent, root, newRoot, all, chunks);
        uint256 start = 0;
        for (uint256 i = 0; i < pieces.length; ++i) {
            IProver.Piece memory piece;
            piece.digests = digestsOf(chunks);
            piece.index = start / CHUNK;
            piece.previous = previousKey(chunks, piece.index);
            piece.chunk = chunks[piece.index];
            piece.from = start % CHUNK;
            piece.to = piece.from + pieces[i].deltas.length / 64;
            (piece.before, piece.nodes) = (pieces[i].before, pieces[i].nodes);
            start += pieces[i].deltas.length / 64;
            bytes memory data = abi.encodeCall(IProver.prove, (update, proof, piece));
            uint256 spent = _send(GROUP, "a piece", PROPOSER, address(prover), data);
            assertLe(data.length, 131_072, "bytes of a transaction");
            assertLe(spent, 16_777_216, "gas of a transaction");
            gas += spent;
        }
        gas += _applyMeasured(update, chunks);
    }

    function _postMeasured(
        Update memory parent,
        Claim memory root,
        bytes32 storageRoot,
        bytes memory deltas,
        bytes[] memory chunks
    ) private returns (Update memory update, uint256 gas) {
        IFeeds.Post memory said;
        (said.proposer, said.storageRoot, said.codeHash) = (PROPOSER, storageRoot, CODE_HASH);
        update = updateOf(parent, root, said, deltas);
        if (feeds.feedOf(parent.feed).funds == 0) update.reserve = 0;
        for (uint256 from = 0; from + 1 < chunks.length; from += STAGED_AT_ONCE) {
            uint256 to = from + STAGED_AT_ONCE < chunks.length ? from + STAGED_AT_ONCE : chunks.length - 1;
            bytes memory staging = abi.encodeCall(IFeeds.stage, (parent.feed, span(chunks, from, to)));
            gas += _send(GROUP, "staging", PROPOSER, address(feeds), staging);
        }
        said.staged = feeds.stageOf(PROPOSER, parent.feed).commitment;
        if (chunks.length != 0) said.lastChunk = chunks[chunks.length - 1];
        bytes memory data = abi.encodeCall(IFeeds.post, (parent, root, said));
        gas += _send(GROUP, "posting", PROPOSER, address(feeds), data);
    }

    function _applyMeasured(Update memory update, bytes[] memory chunks) private returns (uint256 gas) {
        bytes32[] memory digests = digestsOf(chunks);
        for (uint256 i = 0; i < chunks.length; ++i) {
            bytes memory data = abi.encodeCall(
                IFeeds.applyChunks,
                (update, digests, previousKey(chunks, i), span(chunks, i, i + 1))
            );
            gas += _send(GROUP, "applying", PROPOSER, address(feeds), data);
        }
    }

    function _optimistic(
        uint256 count,
        uint256 value,
        Update memory parent
    ) private returns (Update memory update, uint256 gas) {
        bytes memory deltas = ManyDeltas.ordered(count, value);
        bytes[] memory chunks = chunksOf(deltas);
        bytes32 storageRoot = keccak256(deltas);
        (Claim memory root, ) = finalStorage(storageRoot);
        (update, gas) = _postMeasured(parent, root, storageRoot, deltas, chunks);
        passUpdateWindow();
        gas += _applyMeasured(update, chunks);
    }

    /// Initialises `count` slots, then changes them all, without a proof.
    function test_Optimistic() external {
        uint256[4] memory counts = [uint256(1), 10, 100, 1000];
        for (uint256 i = 0; i < counts.length; ++i) {
            string memory count = vm.toString(counts[i]);
            Update memory update = _freeFeedAt(EMPTY_ROOT);
            uint256 gas;
            (update, gas) = _optimistic(counts[i], 0x0f4240, update);
            vm.snapshotValue(GROUP, string.concat("initialise ", count), gas);
            (, gas) = _optimistic(counts[i], 0x1e8480, update);
            vm.snapshotValue(GROUP, string.concat("optimistic ", count), gas);
        }
    }

    /// As many slots as take many transactions to stage and to write.
    function test_InitialiseMany() external {
        (, uint256 gas) = _optimistic(10_000, 0x0f4240, _freeFeedAt(EMPTY_ROOT));
        vm.snapshotValue(GROUP, "initialise 10000", gas);
    }
}
