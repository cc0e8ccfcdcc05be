// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeltaCourt} from "../../../contracts/interfaces/IDeltaCourt.sol";
import {IFeeds} from "../../../contracts/interfaces/IFeeds.sol";
import {EMPTY_ROOT} from "../../../contracts/types/Account.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {CHUNK, MAX_CHUNKS} from "../../../contracts/types/Deltas.sol";
import {Update, UpdateStatus} from "../../../contracts/types/Update.sol";
import {KeyVector} from "../support/DeltaVectors.sol";
import {DeepTries} from "../support/DeepTries.sol";
import {Deployment} from "../support/Deployment.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";
import {ManyDeltas} from "../support/ManyDeltas.sol";
import {TransactionGas} from "../support/TransactionGas.sol";

/// What a feed costs, in whole transactions. Typical values have ten significant bytes, like token balances;
/// the largest have 32. Slots have 32, like the slots of mappings.
///
/// forge-config: default.isolate = true
contract FeedsGasTest is FeedDeployment, TransactionGas {
    string private constant FEEDS = "Feeds";
    string private constant COURT = "DeltaCourt";
    uint256 private constant MAX_GAS = 12_000_000;
    uint256 private constant MAX_SIZE = 100_000;
    uint256 private constant TYPICAL_VALUE = 0x3141_5926_5358_9793_2384;
    uint256 private constant LARGEST_VALUE = type(uint256).max / 3;

    Update private _genesis;

    function setUp() public override(Deployment, FeedDeployment) {
        super.setUp();
        _genesis = createFeed(STRANGER);
    }

    // Sending

    function _said() private view returns (IFeeds.Post memory said) {
        said.proposer = PROPOSER;
        said.storageRoot = keccak256("storage root");
        said.codeHash = keccak256("code");
    }

    function _sendStage(
        string memory name,
        uint64 feed,
        bytes[] memory chunks
    ) private returns (uint256 gas) {
        bytes memory data = abi.encodeCall(IFeeds.stage, (feed, chunks));
        name = string.concat("stage ", vm.toString(chunks.length * CHUNK), ": ", name);
        gas = _send(FEEDS, name, PROPOSER, address(feeds), data);
        assertLe(gas, MAX_GAS, name);
        assertLe(data.length, MAX_SIZE, name);
    }

    /// Stages and posts, recording the gas of each transaction; `gas` is their sum.
    function _sendPost(
        string memory name,
        Update memory parent,
        bytes memory deltas
    ) private returns (Update memory update, uint256 gas) {
        Claim memory root = finalRoot(keccak256(abi.encode("state", parent.number)));
        IFeeds.Post memory said = _said();
        update = updateOf(parent, root, said, deltas);
        bytes[] memory chunks = chunksOf(deltas);
        if (chunks.length > 1) gas += _sendStage(name, parent.feed, span(chunks, 0, chunks.length - 1));
        said.staged = feeds.stageOf(PROPOSER, parent.feed).commitment;
        if (chunks.length != 0) said.lastChunk = chunks[chunks.length - 1];
        bytes memory data = abi.encodeCall(IFeeds.post, (parent, root, said));
        name = string.concat("post ", vm.toString(said.lastChunk.length / 64), ": ", name);
        uint256 last = _send(FEEDS, name, PROPOSER, address(feeds), data);
        assertLe(last, MAX_GAS, name);
        assertLe(data.length, MAX_SIZE, name);
        gas += last;
        requireUpdate(update, UpdateStatus.Pending);
    }

    /// Applies the chunks in [start, end).
    function _sendApply(
        string memory name,
        Update memory update,
        bytes[] memory chunks,
        uint256 start,
        uint256 end
    ) private returns (uint256 gas) {
        bytes[] memory part = span(chunks, start, end);
        uint256 count = 0;
        for (uint256 i = 0; i < part.length; ++i) count += part[i].length / 64;
        bytes32 previous = previousKey(chunks, start);
        bytes memory data = abi.encodeCall(IFeeds.applyChunks, (update, digestsOf(chunks), previous, part));
        name = string.concat("applyChunks ", vm.toString(count), ": ", name);
        gas = _send(FEEDS, name, PROPOSER, address(feeds), data);
        assertLe(gas, MAX_GAS, name);
        assertLe(data.length, MAX_SIZE, name);
    }

    /// Posts and applies, `perCall` chunks a transaction, recording all.
    function _sendUpdate(
        string memory name,
        Update memory parent,
        bytes memory deltas,
        uint256 perCall
    ) private returns (Update memory update, uint256 gas) {
        (update, gas) = _sendPost(name, parent, deltas);
        passUpdateWindow();
        bytes[] memory chunks = chunksOf(deltas);
        uint256 start = 0;
        do {
            uint256 end = start + perCall < chunks.length ? start + perCall : chunks.length;
            gas += _sendApply(name, update, chunks, start, end);
            start = end;
        } while (start < chunks.length);
        requireUpdate(update, UpdateStatus.Applied);
    }

    // The goal: what a thousand changed values cost

    function test_AThousandChangedSlots() external {
        bytes memory before = ManyDeltas.ordered(1000, TYPICAL_VALUE);
        (Update memory parent, ) = _sendUpdate("new, typical", _genesis, before, 1);
        bytes memory later = ManyDeltas.ordered(1000, TYPICAL_VALUE + 1000);
        (, uint256 gas) = _sendUpdate("changed, typical", parent, later, 3);
        vm.snapshotValue(FEEDS, "one of 1000 changed slots, staged, posted and applied", gas / 1000);
        assertLe(gas, 8000 * 1000, "gas of a thousand changed slots");
    }

    function test_AFullChunkOfTheLargestValues() external {
        bytes memory before = ManyDeltas.ordered(CHUNK, LARGEST_VALUE);
        (Update memory parent, ) = _sendUpdate("new, largest", _genesis, before, 1);
        bytes memory later = ManyDeltas.ordered(CHUNK, LARGEST_VALUE + 1000);
        (parent, ) = _sendUpdate("changed, largest", parent, later, 1);
        _sendUpdate("redundant, largest", parent, later, 1);
    }

    /// As many chunks as proposers put into one transaction.
    function test_SeveralChunksOfTheLargestValues() external {
        bytes memory before = ManyDeltas.ordered(3 * CHUNK + 1, LARGEST_VALUE);
        (Update memory parent, ) = _sendUpdate("new, largest", _genesis, before, 1);
        bytes memory later = ManyDeltas.ordered(3 * CHUNK + 1, LARGEST_VALUE + 2000);
        _sendUpdate("changed, largest", parent, later, 3);
    }

    function test_SmallUpdates() external {
        (Update memory update, ) = _sendUpdate("no change", _genesis, "", 1);
        (update, ) = _sendUpdate("new, typical", update, ManyDeltas.ordered(1, TYPICAL_VALUE), 1);
        (update, ) = _sendUpdate("changed, typical", update, ManyDeltas.ordered(1, TYPICAL_VALUE + 1), 1);
        (update, ) = _sendUpdate("new, typical", update, ManyDeltas.ordered(100, TYPICAL_VALUE + 2), 1);
        _sendUpdate("changed, typical", update, ManyDeltas.ordered(100, TYPICAL_VALUE + 200), 1);
    }

    // The largest update: 1024 chunks

    /// An update of as many chunks as there can be. Only `chunk`, number `index`, is real: nobody has half a million
    /// slots in order at hand.
    function _largest(
        Update memory parent,
        bytes32 storageRoot,
        bytes memory chunk,
        uint256 index
    ) private returns (Update memory update, bytes32[] memory digests, bytes32 previous) {
        digests = new bytes32[](MAX_CHUNKS);
        for (uint256 i = 0; i < MAX_CHUNKS; ++i) digests[i] = keccak256(abi.encode("digest", i));
        previous = index == 0 ? bytes32(0) : bytes32(uint256(1));
        digests[index] = keccak256(abi.encodePacked(previous, chunk));
        IFeeds.Post memory said = _said();
        said.storageRoot = storageRoot;
        Claim memory root = finalRoot(keccak256("next state"));
        update = updateOf(parent, root, said, "");
        update.deltas = said.staged = commitmentOf(digests);
        update.count = uint32(MAX_CHUNKS * CHUNK);
        // The fee of so many values exceeds the funds.
        update.reserve = uint96(FUNDS);
        _pretendStage(said.staged);
        vm.prank(PROPOSER);
        assertEq(feeds.post(parent, root, said), update.id(), "id");
    }

    function _pretendStage(bytes32 commitment) private {
        fillStage(PROPOSER, _genesis.feed, MAX_CHUNKS);
        vm.record();
        feeds.stageOf(PROPOSER, _genesis.feed);
        (bytes32[] memory reads, ) = vm.accesses(address(feeds));
        vm.store(address(feeds), reads[0], commitment);
        assertEq(feeds.stageOf(PROPOSER, _genesis.feed).commitment, commitment, "staged commitment");
    }

    function test_TheLargestApplyChunks() external {
        bytes[] memory chunks = new bytes[](1);
        chunks[0] = ManyDeltas.ordered(CHUNK, LARGEST_VALUE);
        (Update memory update, bytes32[] memory digests, bytes32 previous) = _largest(
            _genesis,
            keccak256("storage root"),
            chunks[0],
            0
        );
        passUpdateWindow();
        bytes memory data = abi.encodeCall(IFeeds.applyChunks, (update, digests, previous, chunks));
        string memory name = "applyChunks 480, one of 1024 chunks: new, largest";
        uint256 gas = _send(FEEDS, name, PROPOSER, address(feeds), data);
        assertLe(data.length, MAX_SIZE, "bytes");
        assertLe(gas, MAX_GAS, "gas");
    }

    // Proofs

    /// The proofs of a key whose value grew by one, between two tries this deep.
    function _deepKey(
        bytes32 key,
        uint256 value,
        uint256 nodes
    ) private pure returns (KeyVector memory proof, bytes32 oldRoot, bytes32 newRoot) {
        proof.key = key;
        (oldRoot, proof.oldProof) = DeepTries.prove(key, DeepTries.slotValue(value), nodes);
        (newRoot, proof.newProof) = DeepTries.prove(key, DeepTries.slotValue(value + 1), nodes);
    }

    function _sendKey(
        string memory name,
        Update memory update,
        KeyVector memory proof,
        IDeltaCourt.ChunkProof memory said
    ) private returns (uint256 gas, uint256 size) {
        bytes memory data = abi.encodeCall(
            IDeltaCourt.disproveKey,
            (update, proof.key, proof.oldProof, proof.newProof, said)
        );
        gas = _send(COURT, name, CHALLENGER, address(deltaCourt), data);
        size = data.length;
        requireUpdate(update, UpdateStatus.Rejected);
    }

    /// An update with this storage root and nothing else, for another to build on.
    function _rooted(bytes32 storageRoot) private returns (Update memory) {
        IFeeds.Post memory said = _said();
        said.storageRoot = storageRoot;
        return post(_genesis, finalRoot("state"), said, "");
    }

    /// An update that lists `count` slots but not the one that changed; both storage tries are `nodes` deep.
    function _keyLie(uint256 count, uint256 nodes) private returns (uint256 gas, uint256 size) {
        bytes memory deltas = ManyDeltas.ordered(count, TYPICAL_VALUE);
        (KeyVector memory proof, bytes32 oldRoot, bytes32 newRoot) = _deepKey(
            keccak256("changed"),
            TYPICAL_VALUE,
            nodes
        );
        Update memory parent = _rooted(oldRoot);
        IFeeds.Post memory said = _said();
        said.storageRoot = newRoot;
        Update memory update = post(parent, finalRoot("next state"), said, deltas);
        string memory name = string.concat("disproveKey: depth ", vm.toString(nodes));
        name = string.concat(name, ", chunk of ", vm.toString(count));
        return _sendKey(name, update, proof, chunkProof(deltas, proof.key));
    }

    /// The goal is met at any depth that storage tries have, even if both are eight nodes deep. Longer chunks add 1,900
    /// gas a delta, the floor of their bytes.
    function test_DisproveKey_Typical() external {
        (uint256 gas, ) = _keyLie(5, 5);
        assertLe(gas, 380_000, "gas at depth 5");
    }

    function test_DisproveKey_Deep() external {
        (uint256 gas, ) = _keyLie(5, 8);
        assertLe(gas, 380_000, "gas at depth 8");
    }

    function test_DisproveKey_FullChunk() external {
        (uint256 gas, uint256 size) = _keyLie(CHUNK, 8);
        assertLe(gas, MAX_GAS, "gas");
        assertLe(size, MAX_SIZE, "bytes");
    }

    function test_DisproveKey_Largest() external {
        (KeyVector memory proof, bytes32 oldRoot, bytes32 newRoot) = _deepKey(
            bytes32(type(uint256).max - 1),
            LARGEST_VALUE,
            20
        );
        bytes memory chunk = ManyDeltas.ordered(CHUNK, LARGEST_VALUE);
        (Update memory update, bytes32[] memory digests, bytes32 previous) = _largest(
            _rooted(oldRoot),
            newRoot,
            chunk,
            MAX_CHUNKS - 1
        );
        IDeltaCourt.ChunkProof memory said = IDeltaCourt.ChunkProof(digests, MAX_CHUNKS - 1, previous, chunk);
        (uint256 gas, uint256 size) = _sendKey("disproveKey: largest", update, proof, said);
        assertLe(gas, MAX_GAS, "gas");
        assertLe(size, MAX_SIZE, "bytes");
    }

    function test_DisproveAccount() external {
        _accountLie(8);
        _accountLie(16);
    }

    function _accountLie(uint256 nodes) private {
        bytes memory account = DeepTries.account(1e24, EMPTY_ROOT, keccak256("code"));
        (bytes32 stateRoot, bytes[] memory proof) = DeepTries.prove(
            keccak256(abi.encodePacked(STRANGER)),
            account,
            nodes
        );
        Update memory update = post(_genesis, finalRoot(stateRoot), _said(), "");
        bytes memory data = abi.encodeCall(IDeltaCourt.disproveAccount, (update, proof));
        string memory name = string.concat("disproveAccount: depth ", vm.toString(nodes));
        uint256 gas = _send(COURT, name, CHALLENGER, address(deltaCourt), data);
        requireUpdate(update, UpdateStatus.Rejected);
        assertLe(gas, nodes == 8 ? 380_000 : 1_000_000, "gas");
    }

    // Reading

    function test_Read() external {
        (Update memory update, ) = _sendUpdate(
            "new, typical",
            _genesis,
            ManyDeltas.ordered(1, TYPICAL_VALUE),
            1
        );
        bytes memory data = abi.encodeCall(
            IFeeds.read,
            (update.feed, keccak256(abi.encode("slot", 0)), 1 hours)
        );
        _send(FEEDS, "read, as a transaction", STRANGER, address(feeds), data);
    }
}
