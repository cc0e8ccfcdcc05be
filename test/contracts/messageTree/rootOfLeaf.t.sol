// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageTree} from "../../../contracts/libraries/MessageTree.sol";
import {Branch} from "../../../contracts/types/Message.sol";
import {MessageTrees} from "../support/MessageTrees.sol";
import {BranchCase, MessageVectors} from "./MessageTreeHarness.sol";

contract MessageTreeRootOfLeafTest is MessageVectors {
    using MessageTrees for bytes32[];

    function _leaves(uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = keccak256(abi.encode("leaf", i));
    }

    /// Whether the library refuses the branch, or lets it lead elsewhere.
    function _isRefused(
        bytes32 leaf,
        uint256 index,
        Branch memory branch,
        bytes32 root
    ) private view returns (bool) {
        try tree.rootOfLeaf(leaf, index, branch) returns (bytes32 got) {
            return got != root;
        } catch {
            return true;
        }
    }

    function test_WhenTheVectorIsAccepted() external view {
        BranchCase[] memory cases = acceptedCases();
        for (uint256 i = 0; i < cases.length; ++i) {
            BranchCase memory each = cases[i];
            if (each.nonces.length != 1) continue;
            assertEq(tree.rootOfLeaf(each.ids[0], each.nonces[0], branchIn(each)), each.root, each.name);
        }
    }

    function test_WhenTheVectorIsRejected() external view {
        BranchCase[] memory cases = rejectedCases();
        for (uint256 i = 0; i < cases.length; ++i) {
            BranchCase memory each = cases[i];
            if (each.nonces.length != 1) continue;
            assertTrue(_isRefused(each.ids[0], each.nonces[0], branchIn(each), each.root), each.name);
        }
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_WhenTheBranchIsRight(uint256 size, uint256 index) external view {
        size = bound(size, 1, 70);
        index = bound(index, 0, size - 1);
        bytes32[] memory leaves = _leaves(size);
        Branch memory branch = leaves.branch(size, index);
        assertEq(tree.rootOfLeaf(leaves[index], index, branch), leaves.root(size), "root");
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_WhenSomethingIsAnother(uint256 size, uint256 index, uint256 other) external view {
        size = bound(size, 2, 70);
        index = bound(index, 0, size - 1);
        other = bound(other, 0, size - 1);
        bytes32[] memory leaves = _leaves(size);
        bytes32 root = leaves.root(size);
        Branch memory branch = leaves.branch(size, index);
        assertTrue(_isRefused(keccak256("another"), index, branch, root), "another leaf");
        if (other != index) {
            assertTrue(_isRefused(leaves[index], other, branch, root), "another index");
            assertTrue(
                _isRefused(leaves[other], index, branch, root),
                "a leaf of the tree at another's place"
            );
            assertTrue(
                _isRefused(leaves[index], index, leaves.branch(size, other), root),
                "another's branch"
            );
        }
        assertTrue(_isRefused(leaves[index], index, branch, leaves.root(size - 1)), "an earlier root");
        uint256 damaged = other % branch.siblings.length;
        branch.siblings[damaged] = keccak256("damage");
        assertTrue(_isRefused(leaves[index], index, branch, root), "another sibling");
    }

    /// A size changes which places are empty, not what is proven.
    ///
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_WhenTheSizeIsAnother(uint256 size, uint256 index, uint256 said) external view {
        size = bound(size, 1, 70);
        index = bound(index, 0, size - 1);
        bytes32[] memory leaves = _leaves(size);
        Branch memory branch = leaves.branch(size, index);
        branch.size = uint32(bound(said, 0, 100));
        assertTrue(_isRefused(keccak256("another"), index, branch, leaves.root(size)), "another leaf");
    }

    function test_RevertWhen_TheBranchEndsTooEarly() external {
        bytes32[] memory leaves = _leaves(8);
        Branch memory branch = leaves.branch(8, 5);
        branch.siblings = new bytes32[](2);
        vm.expectRevert(abi.encodeWithSelector(MessageTree.BranchTooShort.selector, 2));
        tree.rootOfLeaf(leaves[5], 5, branch);
    }

    function test_RevertWhen_TheBranchGoesOn() external {
        bytes32[] memory leaves = _leaves(8);
        Branch memory branch = leaves.branch(8, 5);
        branch.siblings = new bytes32[](4);
        vm.expectRevert(abi.encodeWithSelector(MessageTree.BranchTooLong.selector, 4, 3));
        tree.rootOfLeaf(leaves[5], 5, branch);
    }

    function test_RevertWhen_TheLeafLiesOutsideTheTree() external {
        bytes32[] memory leaves = _leaves(8);
        Branch memory branch = leaves.branch(8, 5);
        branch.size = 5;
        vm.expectRevert(abi.encodeWithSelector(MessageTree.LeafOutsideTree.selector, 5, 5));
        tree.rootOfLeaf(leaves[5], 5, branch);
        branch.size = 0;
        vm.expectRevert(abi.encodeWithSelector(MessageTree.LeafOutsideTree.selector, 0, 0));
        tree.rootOfLeaf(leaves[5], 0, branch);
    }
}
