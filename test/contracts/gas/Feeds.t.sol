// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDeltaCourt} from "../../../contracts/interfaces/IDeltaCourt.sol";
import {IFeeds} from "../../../contracts/interfaces/IFeeds.sol";
import {EMPTY_ROOT} from "../../../contracts/types/Account.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Update, UpdateStatus} from "../../../contracts/types/Update.sol";
import {KeyVector} from "../support/DeltaVectors.sol";
import {DeepTries} from "../support/DeepTries.sol";
import {Deployment} from "../support/Deployment.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";
import {TransactionGas} from "../support/TransactionGas.sol";

/// What a feed costs, in whole transactions. Typical values have ten significant bytes, like token balances;
/// the largest have 32. Slots have 32, like the slots of mappings.
///
/// forge-config: default.isolate = true
contract FeedsGasTest is FeedDeployment, TransactionGas {
    string private constant FEEDS = "Feeds";
    string private constant COURT = "DeltaCourt";
    uint256 private constant MAX_GAS = 12_000_000;
    /// EIP-7825 lets no transaction have more. 512 fresh slots cost 11.3 M alone.
    uint256 private constant MAX_APPLY_GAS = 1 << 24;
    uint256 private constant MAX_SIZE = 100_000;
    uint256 private constant TYPICAL_VALUE = 0x3141_5926_5358_9793_2384;
    uint256 private constant LARGEST_VALUE = type(uint256).max / 3;

    Update private _genesis;

    function setUp() public override(Deployment, FeedDeployment) {
        super.setUp();
        _genesis = createFeed(STRANGER);
    }

    // Making deltas

    /// `count` slots in the order of deltas, all set to values of the size of `value`.
    function _deltas(uint256 count, uint256 value) private pure returns (bytes memory deltas) {
        bytes32[] memory slots = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) slots[i] = keccak256(abi.encode("slot", i));
        _sort(slots, 0, count);
        deltas = new bytes(64 * count);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 slot = slots[i];
            // Byte by byte is too slow for chunks.
            assembly ("memory-safe") {
                let to := add(add(deltas, 32), mul(i, 64))
                mstore(to, slot)
                mstore(add(to, 32), add(value, i))
            }
        }
    }

    /// Quicksort of [low, high) by the slots' hashes.
    function _sort(bytes32[] memory slots, uint256 low, uint256 high) private pure {
        if (high - low < 2) return;
        bytes32 pivot = keccak256(abi.encode(slots[(low + high) / 2]));
        uint256 left = low;
        uint256 right = high - 1;
        while (left <= right) {
            while (keccak256(abi.encode(slots[left])) < pivot) ++left;
            while (keccak256(abi.encode(slots[right])) > pivot) --right;
            if (left > right) break;
            (slots[left], slots[right]) = (slots[right], slots[left]);
            ++left;
            if (right == 0) break;
            --right;
        }
        _sort(slots, low, right + 1);
        _sort(slots, left, high);
    }

    // Sending

    function _said() private view returns (IFeeds.Post memory said) {
        said.proposer = PROPOSER;
        said.storageRoot = keccak256("storage root");
        said.codeHash = keccak256("code");
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
        for (uint256 i = 0; i + 1 < chunks.length; ++i) {
            gas += _send(
                FEEDS,
                string.concat("stage 512: ", name),
                PROPOSER,
                address(feeds),
                abi.encodeCall(IFeeds.stage, (parent.feed, chunks[i]))
            );
        }
        said.staged = feeds.stageOf(PROPOSER, parent.feed).commitment;
        if (chunks.length != 0) said.lastChunk = chunks[chunks.length - 1];
        gas += _send(
            FEEDS,
            string.concat("post ", vm.toString(said.lastChunk.length / 64), ": ", name),
            PROPOSER,
            address(feeds),
            abi.encodeCall(IFeeds.post, (parent, root, said))
        );
        requireUpdate(update, UpdateStatus.Pending);
    }

    function _sendApply(
        string memory name,
        Update memory update,
        bytes memory deltas,
        uint256 index
    ) private returns (uint256) {
        bytes[] memory chunks = chunksOf(deltas);
        bytes memory chunk = chunks.length == 0 ? bytes("") : chunks[index];
        return
            _send(
                FEEDS,
                string.concat("applyChunk ", vm.toString(chunk.length / 64), ": ", name),
                PROPOSER,
                address(feeds),
                abi.encodeCall(
                    IFeeds.applyChunk,
                    (update, digestsOf(chunks), previousKey(chunks, index), chunk)
                )
            );
    }

    /// Posts and applies, recording all.
    function _sendUpdate(
        string memory name,
        Update memory parent,
        bytes memory deltas
    ) private returns (Update memory update, uint256 gas) {
        (update, gas) = _sendPost(name, parent, deltas);
        passUpdateWindow();
        uint256 chunks = chunksOf(deltas).length;
        for (uint256 i = 0; i < chunks || i == 0; ++i) gas += _sendApply(name, update, deltas, i);
        requireUpdate(update, UpdateStatus.Applied);
    }

    // The goal: what a thousand changed values cost

    function test_AThousandChangedSlots() external {
        bytes memory before = _deltas(1000, TYPICAL_VALUE);
        (Update memory parent, ) = _sendUpdate("new, typical", _genesis, before);
        bytes memory later = _deltas(1000, TYPICAL_VALUE + 1000);
        (, uint256 gas) = _sendUpdate("changed, typical", parent, later);
        vm.snapshotValue(FEEDS, "one of 1000 changed slots, staged, posted and applied", gas / 1000);
        assertLe(gas, 8000 * 1000, "gas of a thousand changed slots");
    }

    function test_AFullChunkOfTheLargestValues() external {
        bytes memory before = _deltas(512, LARGEST_VALUE);
        (Update memory parent, ) = _sendUpdate("new, largest", _genesis, before);
        bytes memory later = _deltas(512, LARGEST_VALUE + 1000);
        (parent, ) = _sendUpdate("changed, largest", parent, later);
        _sendUpdate("redundant, largest", parent, later);
    }

    function test_SmallUpdates() external {
        (Update memory update, ) = _sendUpdate("no change", _genesis, "");
        (update, ) = _sendUpdate("new, typical", update, _deltas(1, TYPICAL_VALUE));
        (update, ) = _sendUpdate("changed, typical", update, _deltas(1, TYPICAL_VALUE + 1));
        (update, ) = _sendUpdate("new, typical", update, _deltas(100, TYPICAL_VALUE + 2));
        _sendUpdate("changed, typical", update, _deltas(100, TYPICAL_VALUE + 200));
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
        digests = new bytes32[](1024);
        for (uint256 i = 0; i < 1024; ++i) digests[i] = keccak256(abi.encode("digest", i));
        previous = index == 0 ? bytes32(0) : bytes32(uint256(1));
        digests[index] = keccak256(abi.encodePacked(previous, chunk));
        IFeeds.Post memory said = _said();
        said.storageRoot = storageRoot;
        Claim memory root = finalRoot(keccak256("next state"));
        update = updateOf(parent, root, said, "");
        update.deltas = said.staged = commitmentOf(digests);
        update.count = 1024 * 512;
        // The fee of so many values exceeds the funds.
        update.reserve = uint96(FUNDS);
        _pretendStage(said.staged);
        vm.prank(PROPOSER);
        assertEq(feeds.post(parent, root, said), update.id(), "id");
    }

    function _pretendStage(bytes32 commitment) private {
        fillStage(PROPOSER, _genesis.feed);
        vm.record();
        feeds.stageOf(PROPOSER, _genesis.feed);
        (bytes32[] memory reads, ) = vm.accesses(address(feeds));
        vm.store(address(feeds), reads[0], commitment);
        assertEq(feeds.stageOf(PROPOSER, _genesis.feed).commitment, commitment, "staged commitment");
    }

    function test_TheLargestApplyChunk() external {
        bytes memory chunk = _deltas(512, LARGEST_VALUE);
        (Update memory update, bytes32[] memory digests, bytes32 previous) = _largest(
            _genesis,
            keccak256("storage root"),
            chunk,
            0
        );
        passUpdateWindow();
        bytes memory data = abi.encodeCall(IFeeds.applyChunk, (update, digests, previous, chunk));
        uint256 gas = _send(
            FEEDS,
            "applyChunk 512 of 1024 chunks: new, largest",
            PROPOSER,
            address(feeds),
            data
        );
        assertLe(data.length, MAX_SIZE, "bytes");
        assertLe(gas, MAX_APPLY_GAS, "gas");
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
        bytes memory deltas = _deltas(count, TYPICAL_VALUE);
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
        (uint256 gas, uint256 size) = _keyLie(512, 8);
        assertLe(gas, MAX_GAS, "gas");
        assertLe(size, MAX_SIZE, "bytes");
    }

    function test_DisproveKey_Largest() external {
        (KeyVector memory proof, bytes32 oldRoot, bytes32 newRoot) = _deepKey(
            bytes32(type(uint256).max - 1),
            LARGEST_VALUE,
            20
        );
        bytes memory chunk = _deltas(512, LARGEST_VALUE);
        (Update memory update, bytes32[] memory digests, bytes32 previous) = _largest(
            _rooted(oldRoot),
            newRoot,
            chunk,
            1023
        );
        IDeltaCourt.ChunkProof memory said = IDeltaCourt.ChunkProof(digests, 1023, previous, chunk);
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
        (Update memory update, ) = _sendUpdate("new, typical", _genesis, _deltas(1, TYPICAL_VALUE));
        bytes memory data = abi.encodeCall(
            IFeeds.read,
            (update.feed, keccak256(abi.encode("slot", 0)), 1 hours)
        );
        _send(FEEDS, "read, as a transaction", STRANGER, address(feeds), data);
    }
}
