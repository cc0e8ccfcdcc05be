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

    /// Beyond the second level: 4 * 8 * 8 leaves are a run of one on level 2.
    ///
    /// forge-config: default.fuzz.runs = 4
    function testFuzz_WhenTheLeavesAreAny(uint256 seed, uint256 count) external {
        count = bound(count, 1, 300);
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = keccak256(abi.encode(seed, i));
        bytes32[] memory roots = leaves.roots(count);
        for (uint256 i = 0; i < count; ++i) assertEq(tree.append(leaves[i]), roots[i + 1], vm.toString(i));
    }

    /// The tree is imaginary, but its frontier is what matters, in the harness's first 20 slots: runs, then roots.
    function _imagine(uint256 count) private {
        for (uint256 i = 0; i < 10; ++i) {
            vm.store(address(tree), bytes32(i), keccak256(abi.encode("run", i)));
            vm.store(address(tree), bytes32(10 + i), keccak256(abi.encode("root", i)));
        }
        vm.store(address(tree), bytes32(uint256(20)), bytes32(count));
        vm.store(address(tree), bytes32(uint256(21)), keccak256("root"));
        assertEq(tree.count(), count, "count");
    }

    function _pair(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(left, right));
    }

    /// The most that one leaf can complete: 4 * 8^9 leaves are one node on level 9.
    function test_WhenTheLeafCompletesTheMost() external {
        _imagine(4 * 8 ** 9 - 1);
        bytes32 wanted = _pair(keccak256("root"), keccak256("leaf"));
        for (uint256 level = 0; level < 9; ++level)
            wanted = _pair(keccak256(abi.encode("run", level)), wanted);
        assertEq(tree.append(keccak256("leaf")), wanted, "root");
        assertEq(vm.load(address(tree), bytes32(uint256(9))), wanted, "run");
        // The next leaf keeps it, as the root before what comes.
        assertEq(tree.append(keccak256("next")), _pair(wanted, keccak256("next")), "next root");
        assertEq(vm.load(address(tree), bytes32(uint256(19))), wanted, "root before");
    }

    /// Leaf 2^32 - 2: number 3 of the last row, which never becomes complete.
    function test_WhenTheLeafIsTheLast() external {
        _imagine(2 ** 32 - 2);
        assertEq(tree.append(keccak256("last")), _pair(keccak256("root"), keccak256("last")), "root");
    }

    /// A run of two on level 1, and what was before it: 0o1270 rows.
    function test_WhenTheRunIsLater() external {
        _imagine(4 * 0x2b8 - 1);
        bytes32 wanted = _pair(keccak256("root"), keccak256("leaf"));
        wanted = _pair(keccak256(abi.encode("run", 1)), _pair(keccak256(abi.encode("run", 0)), wanted));
        assertEq(tree.append(keccak256("leaf")), _pair(keccak256(abi.encode("root", 2)), wanted), "root");
    }
}
