// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeeds} from "../../../contracts/interfaces/IFeeds.sol";
import {IProver} from "../../../contracts/interfaces/IProver.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Update} from "../../../contracts/types/Update.sol";
import {ProverDeployment, Sync, TransitionVector} from "../support/ProverDeployment.sol";
import {Vm} from "../support/Test.sol";

/// Whatever bytes a sync is told, no feed shows anything but what A has.
///
/// forge-config: default.fuzz.runs = 256
contract ProverSyncBytesTest is ProverDeployment {
    bytes4 private constant PANIC = 0x4e487b71;
    uint256 private constant SHAPES = 4;

    struct Story {
        Update parent;
        Claim root;
        TransitionVector vector;
        /// One that names the account by its path, and one that has a proof of it.
        Sync[2] said;
    }

    /// ABI encoding of each story: the compiler cannot copy it to storage by itself.
    mapping(uint256 shape => bytes) private _stories;

    function setUp() public override {
        super.setUp();
        string[SHAPES] memory names = [
            string("10 of a thousand, revalued"),
            "everything at once",
            "an inline leaf changes to a hashed one",
            "first slots that share nibbles"
        ];
        for (uint256 shape = 0; shape < SHAPES; ++shape) {
            Story memory story;
            story.vector = transition(names[shape]);
            story.parent = feedAt(story.vector.oldRoot);
            bytes[] memory proof;
            (story.root, proof) = finalStorage(story.vector.newRoot);
            story.said = [shortSyncOf(story.vector, proof), syncOf(story.vector, proof)];
            _stories[shape] = abi.encode(story);
        }
    }

    /// Roots are young as long as the preparations take.
    function _feedParameters() internal pure override returns (IFeeds.Parameters memory parameters) {
        parameters = super._feedParameters();
        parameters.maxRootAge = 1 hours;
    }

    function _story(uint256 shape) private view returns (Story memory) {
        return abi.decode(_stories[shape % SHAPES], (Story));
    }

    function _call(Story memory story, uint256 form) private returns (bool success, bytes memory reason) {
        return address(prover).call(syncCall(story.parent, story.root, story.said[form]));
    }

    /// The feed's head is an update that says what A has, and the replica has it.
    function _requireTrue(Story memory story) private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 proven = 0;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != IFeeds.UpdateProven.selector) continue;
            ++proven;
            (bytes32 root, bytes32 storageRoot, bytes32 codeHash, address payee, , bytes memory deltas) = abi
                .decode(logs[i].data, (bytes32, bytes32, bytes32, address, uint256, bytes));
            assertEq(root, story.root.id(), "the root's claim");
            assertEq(storageRoot, story.vector.newRoot, "storage root");
            assertEq(codeHash, CODE_HASH, "code hash");
            assertEq(keccak256(deltas), keccak256(story.vector.deltas), "deltas");
            Update memory head = provenUpdate(story.parent, story.root, story.vector);
            head.proposer = payee;
            assertEq(feeds.feedOf(story.parent.feed).head, head.id(), "the head follows from its event");
        }
        assertEq(proven, 1, "one event");
        for (uint256 i = 0; i < story.vector.deltas.length / 64; ++i) {
            (bytes32 slot, bytes32 value) = deltaAt(story.vector.deltas, i);
            assertEq(vm.load(replicas.replicaOf(story.parent.feed), slot), value, "value");
        }
    }

    function _requireNothing(Story memory story) private view {
        assertEq(feeds.feedOf(story.parent.feed).head, story.parent.id(), "nothing stays advanced");
    }

    function _require(Story memory story, bool success, bytes memory reason) private {
        if (success) return _requireTrue(story);
        _requireNothing(story);
        // What is no encoding of arguments at all is refused by the compiler's decoder, which gives no reason.
        assertTrue(reason.length == 0 || (reason.length >= 4 && bytes4(reason) != PANIC), "a named reason");
    }

    function test_WhenNothingIsChanged() external {
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < 2 * SHAPES; ++i) {
            Story memory story = _story(i / 2);
            vm.recordLogs();
            (bool success, ) = _call(story, i % 2);
            assertTrue(success, story.vector.name);
            _requireTrue(story);
            vm.revertToState(state);
        }
    }

    /// Any byte of the whole call but the function's name: heads, root and terms among them.
    function testFuzz_WhenAByteIsAnother(uint256 shape, uint256 form, uint256 place, uint8 mask) external {
        Story memory story = _story(shape);
        bytes memory data = syncCall(story.parent, story.root, story.said[form % 2]);
        data[4 + (place % (data.length - 4))] ^= bytes1(mask == 0 ? uint8(1) : mask);
        vm.recordLogs();
        (bool success, bytes memory reason) = address(prover).call(data);
        _require(story, success, reason);
    }

    /// The fields before the proof are few, and each is worth as much trying.
    function testFuzz_WhenAByteBeforeTheProofIsAnother(uint256 shape, uint256 place, uint8 mask) external {
        Story memory story = _story(shape);
        bytes memory data = syncCall(story.parent, story.root, story.said[0]);
        data[4 + (place % (13 * 32))] ^= bytes1(mask == 0 ? uint8(1) : mask);
        vm.recordLogs();
        (bool success, bytes memory reason) = address(prover).call(data);
        _require(story, success, reason);
    }

    /// A few bytes of the proof are gone, come twice or are moved; its sizes may say so.
    function testFuzz_WhenThePartsAreCutAnew(
        uint256 shape,
        uint256[3] memory cuts,
        uint8[4] memory sizes,
        uint256 kind
    ) external {
        Story memory story = _story(shape);
        bytes memory proof = proofOf(story.said[0]);
        for (uint256 i = 0; i < 3; ++i) cuts[i] = kind & 1 == 0 ? cuts[i] % 96 : cuts[i] % proof.length;
        (uint256 low, uint256 high) = cuts[0] < cuts[1] ? (cuts[0], cuts[1]) : (cuts[1], cuts[0]);
        if (high > proof.length) high = proof.length;
        if (low > high) low = high;
        bytes memory part = slice(proof, low, high);
        bytes memory rest = bytes.concat(slice(proof, 0, low), slice(proof, high, proof.length));
        if (kind & 2 != 0) rest = proof;
        uint256 place = cuts[2] < rest.length ? cuts[2] : rest.length;
        if (kind & 4 != 0) part = "";
        proof = bytes.concat(slice(rest, 0, place), part, slice(rest, place, rest.length));
        // The last byte of a size, one more or less.
        if (kind & 8 != 0 && proof.length > 9)
            for (uint256 i = 0; i < 3; ++i)
                if (sizes[i] & 3 != 0) proof[3 * i + 2] = bytes1(uint8(proof[3 * i + 2]) ^ (sizes[i] & 0x43));
        vm.recordLogs();
        (bool success, bytes memory reason) = address(prover).call(
            abi.encodeCall(
                IProver.sync,
                (headOf(story.parent), story.root, IProver.Terms(PROPOSER, 0), proof)
            )
        );
        _require(story, success, reason);
    }

    /// The call ends where the proof goes on: what is not there must not be read as zeros.
    function testFuzz_WhenTheCallIsCut(uint256 shape, uint256 form, uint256 size) external {
        Story memory story = _story(shape);
        bytes memory data = syncCall(story.parent, story.root, story.said[form % 2]);
        // The padding behind the last byte may be missing.
        data = slice(data, 0, 4 + (size % (data.length - 36)));
        (bool success, ) = address(prover).call(data);
        assertTrue(!success, "refused");
        _requireNothing(story);
    }

    /// A proof that lies elsewhere in the call, over its other arguments.
    function testFuzz_WhenTheProofOverlaps(uint256 shape, uint16 offset) external {
        Story memory story = _story(shape);
        bytes memory data = syncCall(story.parent, story.root, story.said[0]);
        uint256 said = uint256(offset) % 0x1c0;
        assembly ("memory-safe") {
            // Behind length, selector, head, root and terms.
            mstore(add(data, add(36, mul(11, 32))), said)
        }
        vm.recordLogs();
        (bool success, bytes memory reason) = address(prover).call(data);
        _require(story, success, reason);
    }

    /// What is written in the high bits of a field is not cut off.
    function test_RevertWhen_AFieldIsDirty() external {
        Story memory story = _story(0);
        bytes memory data = syncCall(story.parent, story.root, story.said[0]);
        // The head's feed; number, timestamp and proposer of the root; payee and fee.
        uint256[6] memory fields = [uint256(0), 6, 7, 8, 9, 10];
        for (uint256 i = 0; i < fields.length; ++i) {
            bytes memory dirty = bytes.concat(data);
            dirty[4 + 32 * fields[i]] = 0x01;
            (bool success, ) = address(prover).call(dirty);
            assertTrue(!success, "refused");
        }
        _requireNothing(story);
    }
}
