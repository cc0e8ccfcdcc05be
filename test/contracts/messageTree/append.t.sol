// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageTrees} from "../support/MessageTrees.sol";
import {MessageTreeHarness, MessageVector, MessageVectors} from "./MessageTreeHarness.sol";

contract MessageTreeAppendTest is MessageVectors {
    using MessageTrees for bytes32[];

    function test_WhenTheLeavesAreThoseOfTheVectors() external {
        MessageVector[] memory messages = messageVectors();
        bytes32[] memory roots = rootVectors();
        assertEq(roots.length, messages.length, "roots");
        for (uint256 i = 0; i < messages.length; ++i) {
            assertEq(tree.append(messages[i].id), roots[i], vm.toString(i));
        }
    }

    /// forge-config: default.fuzz.runs = 12
    function testFuzz_WhenTheLeavesAreAny(uint256 seed, uint256 count) external {
        count = bound(count, 1, 70);
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves[i] = keccak256(abi.encode(seed, i));
            bytes32 root = tree.append(leaves[i]);
            assertEq(root, leaves.root(i + 1), vm.toString(i));
        }
    }

    /// The tree is imaginary, but its frontier is what matters: the roots of its complete subtrees, in the harness's
    /// first 32 slots.
    function test_WhenTheLeafIsTheLast() external {
        for (uint256 level = 0; level < 32; ++level) {
            vm.store(address(tree), bytes32(level), keccak256(abi.encode("subtree", level)));
        }
        // Leaf 2^32 - 2 has 31 bits set, all but the lowest.
        vm.store(address(tree), bytes32(uint256(32)), bytes32(uint256(2 ** 32 - 2)));
        assertEq(tree.count(), 2 ** 32 - 2, "count");
        bytes32 wanted = keccak256(abi.encodePacked(keccak256("last"), bytes32(0)));
        for (uint256 level = 1; level < 32; ++level) {
            wanted = keccak256(abi.encodePacked(keccak256(abi.encode("subtree", level)), wanted));
        }
        assertEq(tree.append(keccak256("last")), wanted, "root");
    }
}
