// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IProver} from "../../../contracts/interfaces/IProver.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Update, UpdateStatus} from "../../../contracts/types/Update.sol";
import {DeepTries} from "../support/DeepTries.sol";
import {Deployment} from "../support/Deployment.sol";
import {FeedDeployment} from "../support/FeedDeployment.sol";
import {ProverDeployment, Sync, TransitionVector} from "../support/ProverDeployment.sol";
import {TransactionGas} from "../support/TransactionGas.sol";

/// What proven updates cost, in whole transactions: an account below eight full branches, storage of a thousand slots.
///
/// forge-config: default.isolate = true
contract ProofsGasTest is ProverDeployment, TransactionGas {
    string private constant PROVER = "Prover";
    uint256 private constant LEVELS = 8;
    uint256 private constant MAX_GAS = 12_000_000;
    uint256 private constant MAX_SIZE = 100_000;

    function setUp() public override(Deployment, FeedDeployment) {
        super.setUp();
    }

    /// A final root of a large state.
    function _finalLarge(bytes32 storageRoot) private returns (Claim memory root, bytes[] memory proof) {
        bytes32 stateRoot;
        (stateRoot, proof) = column(
            keccak256(abi.encodePacked(ACCOUNT)),
            LEVELS,
            accountRlp(storageRoot, CODE_HASH),
            16
        );
        root = finalRoot(stateRoot);
    }

    /// The replica of the feed has some old value in the slots of the deltas.
    function _fill(uint64 feed, bytes memory deltas) private {
        address replica = feeds.feedOf(feed).replica;
        for (uint256 i = 0; i < deltas.length / 64; ++i) {
            (bytes32 slot, ) = deltaAt(deltas, i);
            vm.store(replica, slot, bytes32(uint256(1)));
        }
    }

    function _sendProof(string memory name, bytes memory data) private {
        uint256 gas = _send(PROVER, name, PROPOSER, address(prover), data);
        assertLe(gas, MAX_GAS, name);
        assertLe(data.length, MAX_SIZE, name);
    }

    function _sync(string memory name) private {
        TransitionVector memory vector = transition(name);
        Update memory parent = feedAt(vector.oldRoot);
        _fill(parent.feed, vector.deltas);
        (Claim memory root, bytes[] memory proof) = _finalLarge(vector.newRoot);
        Sync memory said = shortSyncOf(vector, proof);
        _sendProof(string.concat("sync ", name), syncCall(parent, root, said));
    }

    function test_Sync() external {
        _sync("1 of a thousand, revalued");
        _sync("10 of a thousand, revalued");
        _sync("100 of a thousand, revalued");
        // The general form, as if keys had come or gone.
        _sync("one of a thousand");
    }

    function _prove(string memory name) private {
        TransitionVector memory vector = transition(name);
        Update memory parent = feedAt(vector.oldRoot);
        _fill(parent.feed, vector.deltas);
        (Claim memory root, bytes[] memory proof) = _finalLarge(vector.newRoot);
        Update memory update = postAt(parent, root, vector.newRoot, vector.deltas);
        IProver.Piece memory piece = pieceOf(vector, 0, vector.deltas.length / 64);
        _sendProof(string.concat("prove ", name), abi.encodeCall(IProver.prove, (update, proof, piece)));
        requireUpdate(update, UpdateStatus.Applied);
    }

    function test_Prove() external {
        _prove("1 of a thousand, revalued");
        _prove("100 of a thousand, revalued");
        _prove("a hundred of a thousand");
    }

    function test_Heal() external {
        bytes32 slot = bytes32(uint256(5));
        bytes32 key = keccak256(abi.encode(slot));
        (bytes32 storageRoot, bytes[] memory slotProof) = DeepTries.prove(key, DeepTries.slotValue(1000), 5);
        Update memory parent = createFeed(ACCOUNT);
        (Claim memory root, bytes[] memory proof) = _finalLarge(storageRoot);
        bytes memory deltas = abi.encode(slot, 9);
        Update memory head = postAt(parent, root, storageRoot, deltas);
        passUpdateWindow();
        applyUpdate(head, deltas);
        _sendProof("heal", abi.encodeCall(IProver.heal, (head, slot, proof, slotProof)));
        assertEq(feeds.read(head.feed, slot, type(uint256).max), bytes32(uint256(1000)), "healed");
    }
}
