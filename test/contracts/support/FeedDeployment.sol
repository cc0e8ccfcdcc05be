// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeltaCourt} from "../../../contracts/interfaces/IDeltaCourt.sol";
import {IFeeds} from "../../../contracts/interfaces/IFeeds.sol";
import {EMPTY_ROOT} from "../../../contracts/types/Account.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {CHUNK, DELTA_SIZE} from "../../../contracts/types/Deltas.sol";
import {Head, Update, UpdateStatus} from "../../../contracts/types/Update.sol";
import {DeltaVectors, KeyVector, UpdateVector} from "./DeltaVectors.sol";
import {Deployment} from "./Deployment.sol";

/// A deployment with feeds: final roots on demand, updates posted, applied and disproven as bots would.
abstract contract FeedDeployment is Deployment, DeltaVectors {
    uint48 internal constant GWEI_PER_SECOND = 1_000;
    uint48 internal constant GWEI_PER_VALUE = 50_000;
    uint256 internal constant FUNDS = 10 ether;

    address internal immutable CREATOR = address(uint160(uint256(keccak256("creator"))));
    address internal immutable ROOT_PROPOSER = address(uint160(uint256(keccak256("root proposer"))));

    /// The last final claim and A's block of it.
    bytes32 private _claim;
    uint64 private _number;

    function setUp() public virtual override {
        super.setUp();
        _fund(ROOT_PROPOSER, 10 ether);
    }

    // Roots

    /// Makes A's next block, with this state root and B's time for its timestamp, final.
    function finalRoot(bytes32 stateRoot) internal returns (Claim memory root) {
        if (_claim == 0) (_claim, _number) = (sync.genesis(), GENESIS_NUMBER);
        bytes memory header = headerWith(++_number, uint64(block.timestamp), stateRoot);
        root = propose(ROOT_PROPOSER, _claim, header);
        finalize(root);
        _claim = root.id();
    }

    // Feeds and updates

    /// A funded feed of `CREATOR`. @return genesis Its first, empty update.
    function createFeed(address account) internal returns (Update memory genesis) {
        vm.deal(CREATOR, FUNDS);
        vm.prank(CREATOR);
        genesis.feed = feeds.createFeed{value: FUNDS}(account, GWEI_PER_SECOND, GWEI_PER_VALUE);
        genesis.storageRoot = EMPTY_ROOT;
        assertEq(feeds.feedOf(genesis.feed).head, genesis.id(), "genesis update");
    }

    /// What a sync on top of an update has to say of it.
    function headOf(Update memory update) internal pure returns (Head memory head) {
        (head.feed, head.storageRoot) = (update.feed, update.storageRoot);
        head.link = keccak256(slice(abi.encode(update), 0, 384));
    }

    function saidBy(UpdateVector memory vector) internal view returns (IFeeds.Post memory said) {
        said.proposer = PROPOSER;
        said.storageRoot = vector.storageRoot;
        said.codeHash = vector.codeHash;
    }

    /// What `feeds` is going to make of a post, its funds and stages being what they are now.
    function updateOf(
        Update memory parent,
        Claim memory root,
        IFeeds.Post memory said,
        bytes memory deltas
    ) internal view returns (Update memory) {
        uint256 count = deltas.length / DELTA_SIZE;
        uint256 seconds_ = parent.timestamp == 0 ? 0 : root.timestamp - parent.timestamp;
        uint256 reserve = (seconds_ * GWEI_PER_SECOND + count * GWEI_PER_VALUE) * 1 gwei;
        uint256 funds = feeds.feedOf(parent.feed).funds;
        return
            Update({
                feed: parent.feed,
                parent: parent.id(),
                number: root.number,
                timestamp: root.timestamp,
                stateRoot: root.stateRoot,
                oldStorageRoot: parent.storageRoot,
                storageRoot: said.storageRoot,
                codeHash: said.codeHash,
                deltas: commitmentOf(digestsOf(chunksOf(deltas))),
                count: uint32(count),
                proposer: said.proposer,
                rootProposer: root.proposer,
                reserve: uint96(reserve < funds ? reserve : funds)
            });
    }

    /// Stages all chunks but the last and posts, as `PROPOSER`.
    function post(
        Update memory parent,
        Claim memory root,
        IFeeds.Post memory said,
        bytes memory deltas
    ) internal returns (Update memory update) {
        update = updateOf(parent, root, said, deltas);
        (said.staged, said.lastChunk) = stageAllButLast(PROPOSER, parent.feed, deltas);
        vm.prank(PROPOSER);
        assertEq(feeds.post(parent, root, said), update.id(), "id of the posted update");
    }

    /// Posts what a vector says, truly, on a new final root.
    function postTruth(Update memory parent, UpdateVector memory vector) internal returns (Update memory) {
        return post(parent, finalRoot(vector.stateRoot), saidBy(vector), vector.deltas);
    }

    /// @return staged The stage's commitment. @return lastChunk What is left for `post`.
    function stageAllButLast(
        address by,
        uint64 feed,
        bytes memory deltas
    ) internal returns (bytes32 staged, bytes memory lastChunk) {
        bytes[] memory chunks = chunksOf(deltas);
        if (chunks.length > 1) {
            vm.prank(by);
            feeds.stage(feed, span(chunks, 0, chunks.length - 1));
        }
        staged = feeds.stageOf(by, feed).commitment;
        if (chunks.length != 0) lastChunk = chunks[chunks.length - 1];
    }

    /// Makes the contract believe that `by` has staged that many chunks: nobody has half a million slots.
    function fillStage(address by, uint64 feed, uint256 chunks) internal {
        vm.record();
        feeds.stageOf(by, feed);
        (bytes32[] memory reads, ) = vm.accesses(address(feeds));
        vm.store(address(feeds), reads[reads.length - 1], bytes32(chunks));
        assertEq(feeds.stageOf(by, feed).chunks, chunks, "chunks of a full stage");
    }

    function passUpdateWindow() internal {
        vm.warp(block.timestamp + UPDATE_WINDOW + 1);
    }

    /// Applies the chunks of an update in [start, end).
    function applyChunks(Update memory update, bytes memory deltas, uint256 start, uint256 end) internal {
        bytes[] memory chunks = chunksOf(deltas);
        feeds.applyChunks(update, digestsOf(chunks), previousKey(chunks, start), span(chunks, start, end));
    }

    /// Applies one chunk of an update, or completes one that has none.
    function applyOne(Update memory update, bytes memory deltas, uint256 index) internal {
        applyChunks(update, deltas, index, deltas.length == 0 ? index : index + 1);
    }

    /// Applies all of an update whose window is over, at once.
    function applyUpdate(Update memory update, bytes memory deltas) internal {
        applyChunks(update, deltas, 0, chunksOf(deltas).length);
        requireUpdate(update, UpdateStatus.Applied);
    }

    /// Posts and applies the first `count` updates of a vector's contract to a new feed.
    /// @return parent The last of them.
    function catchUp(uint256 contract_, uint256 count) internal returns (Update memory parent) {
        parent = createFeed(accountVector(contract_));
        for (uint256 i = 0; i < count; ++i) {
            UpdateVector memory vector = updateVector(contract_, i);
            parent = postTruth(parent, vector);
            passUpdateWindow();
            applyUpdate(parent, vector.deltas);
        }
    }

    function requireUpdate(Update memory update, UpdateStatus wanted) internal view {
        assertEq(uint256(feeds.record(update.id()).status), uint256(wanted), "update status");
    }

    // Chunks

    function chunksOf(bytes memory deltas) internal pure returns (bytes[] memory chunks) {
        uint256 full = CHUNK * DELTA_SIZE;
        chunks = new bytes[]((deltas.length + full - 1) / full);
        for (uint256 i = 0; i < chunks.length; ++i) {
            uint256 end = (i + 1) * full;
            chunks[i] = slice(deltas, i * full, end < deltas.length ? end : deltas.length);
        }
    }

    /// The chunks in [start, end).
    function span(
        bytes[] memory chunks,
        uint256 start,
        uint256 end
    ) internal pure returns (bytes[] memory part) {
        part = new bytes[](end - start);
        for (uint256 i = start; i < end; ++i) part[i - start] = chunks[i];
    }

    function digestsOf(bytes[] memory chunks) internal pure returns (bytes32[] memory digests) {
        digests = new bytes32[](chunks.length);
        for (uint256 i = 0; i < chunks.length; ++i) {
            digests[i] = keccak256(abi.encodePacked(previousKey(chunks, i), chunks[i]));
        }
    }

    function commitmentOf(bytes32[] memory digests) internal pure returns (bytes32 commitment) {
        for (uint256 i = 0; i < digests.length; ++i)
            commitment = keccak256(abi.encode(commitment, digests[i]));
    }

    /// The hashed slot that a chunk follows.
    function previousKey(bytes[] memory chunks, uint256 index) internal pure returns (bytes32) {
        return index == 0 ? bytes32(0) : lastKey(chunks[index - 1]);
    }

    function lastKey(bytes memory chunk) internal pure returns (bytes32) {
        return keccak256(slice(chunk, chunk.length - 64, chunk.length - 32));
    }

    function deltaAt(bytes memory deltas, uint256 index) internal pure returns (bytes32 slot, bytes32 value) {
        return abi.decode(slice(deltas, 64 * index, 64 * index + 64), (bytes32, bytes32));
    }

    /// The chunk that decides a key.
    function chunkProof(
        bytes memory deltas,
        bytes32 key
    ) internal pure returns (IDeltaCourt.ChunkProof memory said) {
        bytes[] memory chunks = chunksOf(deltas);
        if (chunks.length == 0) return said;
        while (said.index + 1 < chunks.length && key > lastKey(chunks[said.index])) ++said.index;
        said.digests = digestsOf(chunks);
        said.previous = previousKey(chunks, said.index);
        said.chunk = chunks[said.index];
    }

    // Courts

    /// `CHALLENGER` shows what the roots say about a key.
    function disproveKey(Update memory update, bytes memory deltas, KeyVector memory proof) internal {
        IDeltaCourt.ChunkProof memory said = chunkProof(deltas, proof.key);
        vm.prank(CHALLENGER);
        deltaCourt.disproveKey(update, proof.key, proof.oldProof, proof.newProof, said);
    }

    function disproveAccount(Update memory update, bytes[] memory proof) internal {
        vm.prank(CHALLENGER);
        deltaCourt.disproveAccount(update, proof);
    }
}
