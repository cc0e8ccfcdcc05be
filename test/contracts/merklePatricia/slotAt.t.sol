// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {SlotValueMalformed} from "../../../contracts/types/Account.sol";
import {SlotCase, TrieVectors} from "./TrieVectors.sol";

contract MerklePatriciaSlotAtTest is TrieVectors {
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
        (bytes32 storageRoot, bytes[] memory storageProof) = _column(key, 5, SLOT_VALUE, 16);
        bytes memory account = abi.encodePacked(
            hex"f84680",
            hex"80a0",
            storageRoot,
            hex"a0",
            keccak256("code")
        );
        account[1] = bytes1(uint8(account.length - 2));
        (bytes32 stateRoot, bytes[] memory accountProof) = _column(
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
        (bytes32 root, bytes[] memory proof) = _column(key, 4, SLOT_VALUE, children);
        uint256 four = _gasOf(root, key, proof);
        (root, proof) = _column(key, 6, SLOT_VALUE, children);
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

    /// A leaf under `levels` branches, each with hashes for its first `children` nibbles.
    function _column(
        bytes32 key,
        uint256 levels,
        bytes memory value,
        uint256 children
    ) private pure returns (bytes32 root, bytes[] memory proof) {
        proof = new bytes[](levels + 1);
        proof[levels] = _leaf(key, levels, value);
        root = keccak256(proof[levels]);
        for (uint256 i = levels; i > 0; --i) {
            uint256 nibble = (uint256(key) >> (256 - 4 * i)) & 0xf;
            bytes memory items;
            for (uint256 j = 0; j < 16; ++j) {
                bytes32 child = j == nibble ? root : keccak256(abi.encode(i, j));
                items = j < children ? bytes.concat(items, hex"a0", child) : bytes.concat(items, hex"80");
            }
            items = bytes.concat(items, hex"80");
            proof[i - 1] =
                items.length > 255
                    ? abi.encodePacked(hex"f9", uint16(items.length), items)
                    : abi.encodePacked(hex"f8", uint8(items.length), items);
            root = keccak256(proof[i - 1]);
        }
    }

    function _leaf(bytes32 key, uint256 depth, bytes memory value) private pure returns (bytes memory) {
        uint256 odd = depth & 1;
        bytes memory path = new bytes(33 - (depth + 1) / 2);
        path[0] =
            odd == 1 ? bytes1(0x30 | (uint8(uint256(key) >> (256 - 4 * depth - 4)) & 0x0f)) : bytes1(0x20);
        for (uint256 i = 1; i < path.length; ++i) path[i] = key[i + (depth + odd) / 2 - 1];
        bytes memory items = bytes.concat(
            bytes1(uint8(0x80 + path.length)),
            path,
            value.length > 55
                ? abi.encodePacked(hex"b8", uint8(value.length))
                : abi.encodePacked(uint8(0x80 + value.length)),
            value
        );
        return
            items.length > 55
                ? abi.encodePacked(hex"f8", uint8(items.length), items)
                : abi.encodePacked(uint8(0xc0 + items.length), items);
    }
}
