// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NotNext} from "../../../contracts/interfaces/IFeeds.sol";
import {NewRootMismatch} from "../../../contracts/interfaces/IProver.sol";
import {LogicMissing} from "../../../contracts/interfaces/IReplicas.sol";
import {ClaimStatusWrong} from "../../../contracts/interfaces/IStateSync.sol";
import {DeltaRedundant, OldRootMismatch} from "../../../contracts/libraries/Transition.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Update} from "../../../contracts/types/Update.sol";
import {ProverDeployment, Sync, TransitionVector} from "../support/ProverDeployment.sol";

/// The attacks that succeed against SmartSync's contracts (Westerkamp and Küpper, 2022), tried on proven updates. Its
/// A5 (foreign logic) is `test_RevertWhen_TheCodeIsForeign` of Replicas::register; A8 (a plain transaction that writes
/// through the fallback) is `test_RevertWhen_ACallWouldChangeState` of Replicas::viewCall.
contract SmartSyncAttacksTest is ProverDeployment {
    /// A feed that shows ten changed of a thousand, with the next move prepared.
    function _prepare() private returns (Update memory parent, Claim memory root, Sync memory said) {
        TransitionVector memory vector = transition("ten of a thousand");
        parent = feedAt(vector.oldRoot);
        bytes[] memory proof;
        (root, proof) = finalStorage(vector.newRoot);
        said = syncOf(vector, proof);
    }

    /// A1: a genuine root and proof, and another value in the leaf.
    function test_A1_AnotherValue() external {
        (Update memory parent, Claim memory root, Sync memory said) = _prepare();
        said.deltas[62] = 0x0b;
        said.deltas[63] = 0xad;
        vm.expectPartialRevert(NewRootMismatch.selector);
        syncAs(parent, root, said);
    }

    /// A1c: the same although nothing changed on A.
    function test_A1c_AValueOutOfNothing() external {
        (Update memory parent, , Sync memory said) = _prepare();
        Claim memory root;
        (root, said.accountProof) = finalStorage(parent.storageRoot);
        vm.expectPartialRevert(NewRootMismatch.selector);
        syncAs(parent, root, said);
        // A delta that says the old value again is no way around it.
        said.deltas = bytes.concat(slice(said.deltas, 0, 32), bytes32(_firstOldValue(said.before)));
        said.before = slice(said.before, 0, 1 + uint8(said.before[0]));
        vm.expectRevert(abi.encodeWithSelector(DeltaRedundant.selector, 0));
        syncAs(parent, root, said);
    }

    /// A1d: a slot that A does not have.
    function test_A1d_ASlotOutOfNothing() external {
        (Update memory parent, Claim memory root, Sync memory said) = _prepare();
        bytes32 slot = _slotAfterAll(said.deltas);
        said.deltas = bytes.concat(said.deltas, slot, bytes32(uint256(1)));
        said.before = bytes.concat(said.before, hex"00");
        vm.expectRevert();
        syncAs(parent, root, said);
    }

    /// A2: one change is published and another withheld.
    function test_A2_AChangeWithheld() external {
        (Update memory parent, Claim memory root, Sync memory said) = _prepare();
        said.deltas = slice(said.deltas, 0, said.deltas.length - 64);
        // With the old value left away or not, and with the old subtrie in its place or not.
        vm.expectRevert();
        syncAs(parent, root, said);
        said.before = slice(said.before, 0, said.before.length - 3);
        vm.expectPartialRevert(OldRootMismatch.selector);
        syncAs(parent, root, said);
    }

    /// A4: storage that anybody may fill until it is verified.
    function test_A4_NobodyWritesBeforeTheFirstUpdate() external {
        Update memory genesis = createFeed(ACCOUNT);
        address replica = replicas.replicaOf(genesis.feed);
        vm.expectRevert(abi.encodeWithSelector(LogicMissing.selector, genesis.feed));
        (bool ignored, ) = replica.call(abi.encode(bytes32(0), bytes32(uint256(1))));
        assertTrue(ignored, "expectRevert has seen the revert");
        assertEq(vm.load(replica, 0), 0, "nothing was written");
    }

    /// A6: a root that anybody brought.
    function test_A6_ARootOfAnybodys() external {
        (Update memory parent, Claim memory root, Sync memory said) = _prepare();
        root.stateRoot = keccak256("mine");
        vm.expectRevert();
        syncAs(parent, root, said);
        // Even with a proof that fits it.
        TransitionVector memory vector = transition("ten of a thousand");
        (root.stateRoot, said.accountProof) = stateWith(vector.newRoot, keccak256("my code"));
        vm.expectPartialRevert(ClaimStatusWrong.selector);
        syncAs(parent, root, said);
    }

    /// A7: an old migration sent again rolls the state back.
    function test_A7_AnOldUpdateAgain() external {
        (Update memory parent, Claim memory root, Sync memory said) = _prepare();
        bytes32 head = syncAs(parent, root, said);
        vm.expectRevert(abi.encodeWithSelector(NotNext.selector, parent.id(), head));
        syncAs(parent, root, said);
    }

    function _firstOldValue(bytes memory before) private pure returns (uint256 value) {
        for (uint256 i = 1; i <= uint8(before[0]); ++i) value = (value << 8) | uint8(before[i]);
    }

    /// A slot whose key comes after those of all deltas.
    function _slotAfterAll(bytes memory deltas) private pure returns (bytes32 slot) {
        bytes32 last = lastKey(deltas);
        uint256 candidate = 1_000_000;
        while (keccak256(abi.encode(candidate)) <= last) ++candidate;
        return bytes32(candidate);
    }
}
