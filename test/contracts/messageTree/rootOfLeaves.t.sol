// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageTree} from "../../../contracts/libraries/MessageTree.sol";
import {Branch} from "../../../contracts/types/Message.sol";
import {MessageTrees} from "../support/MessageTrees.sol";
import {BranchCase, MessageVectors} from "./MessageTreeHarness.sol";

contract MessageTreeRootOfLeavesTest is MessageVectors {
    using MessageTrees for bytes32[];

    /// Leaves of a tree, some of them to be proven.
    struct Chosen {
        bytes32[] leaves;
        uint256[] indices;
        bytes32[] proven;
    }

    /// Chooses the leaves whose bits are set.
    function _choose(uint256 size, uint256 bits) private pure returns (Chosen memory chosen) {
        chosen.leaves = new bytes32[](size);
        uint256 count = 0;
        for (uint256 i = 0; i < size; ++i) {
            chosen.leaves[i] = keccak256(abi.encode("leaf", i));
            count += (bits >> i) & 1;
        }
        chosen.indices = new uint256[](count);
        chosen.proven = new bytes32[](count);
        for (uint256 i = size; i != 0; --i) {
            if ((bits >> (i - 1)) & 1 == 0) continue;
            chosen.indices[--count] = i - 1;
            chosen.proven[count] = chosen.leaves[i - 1];
        }
    }

    function _branchOf(Chosen memory chosen) private pure returns (Branch memory) {
        return chosen.leaves.branch(chosen.leaves.length, chosen.indices);
    }

    function test_WhenTheVectorIsAccepted() external view {
        BranchCase[] memory cases = acceptedCases();
        for (uint256 i = 0; i < cases.length; ++i) {
            BranchCase memory each = cases[i];
            assertEq(tree.rootOfLeaves(each.ids, each.nonces, branchIn(each)), each.root, each.name);
        }
    }

    function test_WhenTheVectorIsRejected() external view {
        BranchCase[] memory cases = rejectedCases();
        for (uint256 i = 0; i < cases.length; ++i) {
            BranchCase memory each = cases[i];
            try tree.rootOfLeaves(each.ids, each.nonces, branchIn(each)) returns (bytes32 root) {
                assertTrue(root != each.root, each.name);
            } catch {}
        }
    }

    function testFuzz_WhenTheBranchIsRight(uint256 size, uint256 bits) external view {
        size = bound(size, 1, 40);
        Chosen memory chosen = _choose(size, bits | (1 << (bits % size)));
        bytes32 root = tree.rootOfLeaves(chosen.proven, chosen.indices, _branchOf(chosen));
        assertEq(root, chosen.leaves.root(size), "root");
    }

    function testFuzz_WhenALeafIsAnother(uint256 size, uint256 bits, uint256 other) external view {
        size = bound(size, 1, 40);
        Chosen memory chosen = _choose(size, bits | (1 << (bits % size)));
        Branch memory branch = _branchOf(chosen);
        chosen.proven[other % chosen.proven.length] = keccak256("another");
        bytes32 root = tree.rootOfLeaves(chosen.proven, chosen.indices, branch);
        assertTrue(root != chosen.leaves.root(size), "root");
    }

    function testFuzz_WhenIndicesAreAny(uint8[4] memory said, uint256 bits, uint256 seed) external view {
        // Whatever indices are said, what is proven is in the tree, or nothing is.
        Chosen memory chosen = _choose(20, bits | 1);
        Branch memory branch = _branchOf(chosen);
        uint256[] memory indices = new uint256[](4);
        bytes32[] memory proven = new bytes32[](4);
        bool isTrue = true;
        for (uint256 i = 0; i < 4; ++i) {
            indices[i] = said[i] % 20;
            proven[i] = chosen.leaves[uint256(keccak256(abi.encode(seed, i))) % 20];
            isTrue = isTrue && proven[i] == chosen.leaves[indices[i]];
        }
        try tree.rootOfLeaves(proven, indices, branch) returns (bytes32 root) {
            assertTrue(isTrue || root != chosen.leaves.root(20), "a leaf at a place that is not its own");
        } catch {}
    }

    function test_RevertWhen_ThereAreNoLeaves() external {
        Branch memory branch = Branch(8, new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(MessageTree.NoLeaves.selector));
        tree.rootOfLeaves(new bytes32[](0), new uint256[](0), branch);
    }

    function test_RevertWhen_LeavesDoNotAscend() external {
        Chosen memory chosen = _choose(8, 0x0e);
        Branch memory branch = _branchOf(chosen);
        chosen.indices[2] = 2;
        vm.expectRevert(abi.encodeWithSelector(MessageTree.LeavesUnordered.selector, 2, 2, 2));
        tree.rootOfLeaves(chosen.proven, chosen.indices, branch);
        chosen.indices[1] = 0;
        vm.expectRevert(abi.encodeWithSelector(MessageTree.LeavesUnordered.selector, 1, 1, 0));
        tree.rootOfLeaves(chosen.proven, chosen.indices, branch);
    }

    function test_RevertWhen_ALeafLiesOutsideTheTree() external {
        Chosen memory chosen = _choose(8, 0xc0);
        Branch memory branch = _branchOf(chosen);
        branch.size = 7;
        vm.expectRevert(abi.encodeWithSelector(MessageTree.LeafOutsideTree.selector, 7, 7));
        tree.rootOfLeaves(chosen.proven, chosen.indices, branch);
    }

    function test_RevertWhen_TheBranchIsTooShortOrTooLong() external {
        // Leaves 1 and 6 of 8: siblings 0 and 7, then the nodes (2, 3) and (4, 5).
        Chosen memory chosen = _choose(8, 0x42);
        Branch memory branch = _branchOf(chosen);
        assertEq(branch.siblings.length, 4, "siblings");
        branch.siblings = new bytes32[](3);
        vm.expectRevert(abi.encodeWithSelector(MessageTree.BranchTooShort.selector, 3));
        tree.rootOfLeaves(chosen.proven, chosen.indices, branch);
        branch.siblings = new bytes32[](5);
        vm.expectRevert(abi.encodeWithSelector(MessageTree.BranchTooLong.selector, 5, 4));
        tree.rootOfLeaves(chosen.proven, chosen.indices, branch);
    }
}
