// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {SlotValueMalformed} from "../../../contracts/types/Account.sol";
import {TrieBuilder} from "../support/TrieBuilder.sol";
import {SlotCase, TrieVectors} from "./TrieVectors.sol";

contract MerklePatriciaSlotAtTest is TrieVectors, TrieBuilder {
    /// RLP of 1024.
    bytes private constant SLOT_VALUE = hex"820400";

    function test_WhenTheVectorIsValid() external view {
        SlotCase[] memory cases = slotCases();
        for (uint256 i = 0; i < cases.length; ++i) {
            SlotCase memory each = cases[i];
            if (!each.valid) continue;
            assertEq(harness.slotAt(each.storageRoot, each.hashedSlot, each.proof), each.value, each.name);
        }
    }

    function test_RevertWhen_TheEncodingIsNotCanonical() external view {
        SlotCase[] memory cases = slotCases();
        for (uint256 i = 0; i < cases.length; ++i) {
            SlotCase memory each = cases[i];
            if (each.valid) continue;
            bytes memory value = harness.traverse(each.storageRoot, each.hashedSlot, each.proof);
            try harness.slotAt(each.storageRoot, each.hashedSlot, each.proof) {
                assertTrue(false, each.name);
            } catch (bytes memory thrown) {
                assertEq(
                    thrown,
                    abi.encodeWithSelector(SlotValueMalformed.selector, value.length),
                    each.name
                );
            }
        }
    }

    function test_RevertWhen_TheProofIsNotValid() external {
        SlotCase memory each = slotCases()[0];
        vm.expectRevert(
            abi.encodeWithSelector(MerklePatricia.InvalidProof.selector, 0, MerklePatricia.Reason.WrongHash)
        );
        harness.slotAt(keccak256("another root"), each.hashedSlot, each.proof);
    }

    function test_WhenAllBranchesAreFull() external {
        address owner = address(0xacc0);
        bytes32 key = keccak256(abi.encode(7));
        (bytes32 storageRoot, bytes[] memory storageProof) = column(key, 5, SLOT_VALUE, 16);
        bytes memory account = accountRlp(storageRoot, keccak256("code"));
        (bytes32 stateRoot, bytes[] memory accountProof) = column(
            keccak256(abi.encodePacked(owner)),
            8,
            account,
            16
        );

        (uint256 gas, uint256 value) = harness.gasOfSlot(stateRoot, owner, accountProof, key, storageProof);
        assertEq(value, 0x400, "value");
        vm.snapshotValue("MerklePatricia", "account8_slot5", gas);
        uint256 level = _gasOfLevel(key, 16);
        vm.snapshotValue("MerklePatricia", "level_full_branch", level);
        assertLe(level, 1200, "gas of a level");
    }

    function test_WhenBranchesAreNotFull() external {
        vm.snapshotValue("MerklePatricia", "level_branch_of_15", _gasOfLevel(bytes32(0), 15));
        vm.snapshotValue("MerklePatricia", "level_branch_of_2", _gasOfLevel(bytes32(0), 2));
    }

    function _gasOfLevel(bytes32 key, uint256 children) private view returns (uint256) {
        // Two levels apart, so that the leaf's path is of the same parity.
        (bytes32 root, bytes[] memory proof) = column(key, 4, SLOT_VALUE, children);
        uint256 four = _gasOf(root, key, proof);
        (root, proof) = column(key, 6, SLOT_VALUE, children);
        return (_gasOf(root, key, proof) - four) / 2;
    }

    function _gasOf(bytes32 root, bytes32 key, bytes[] memory proof) private view returns (uint256 spent) {
        bytes memory input = abi.encodeCall(harness.slotAt, (root, key, proof));
        address target = address(harness);
        bool success;
        // Only the call itself: the proof is encoded before, and nothing is decoded.
        assembly ("memory-safe") {
            let start := gas()
            success := staticcall(gas(), target, add(input, 0x20), mload(input), 0, 0)
            spent := sub(start, gas())
        }
        assertTrue(success, "call");
    }
}
