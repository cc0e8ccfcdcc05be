// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageTree} from "../../../contracts/libraries/MessageTree.sol";
import {Branch, Step} from "../../../contracts/types/Message.sol";
import {MessageTrees} from "../support/MessageTrees.sol";
import {BranchCase, MessageVectors} from "./MessageTreeHarness.sol";

contract MessageTreeRootOfTest is MessageVectors {
    using MessageTrees for bytes32[];

    /// Leaves of a tree, some of them to be proven.
    struct Chosen {
        bytes32[] leaves;
        uint256[] indices;
        bytes32[] proven;
        Branch branch;
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
        chosen.branch = chosen.leaves.branch(size, chosen.indices);
    }

    function _rootOf(Chosen memory chosen) private view returns (bytes32) {
        return tree.rootOf(chosen.proven, chosen.branch);
    }

    /// Whether the library refuses a branch, or lets it lead elsewhere.
    function _isRefused(Chosen memory chosen, bytes32 root) private view returns (bool) {
        try tree.rootOf(chosen.proven, chosen.branch) returns (bytes32 got) {
            return got != root;
        } catch {
            return true;
        }
    }

    function test_WhenTheVectorIsAccepted() external view {
        BranchCase[] memory cases = acceptedCases();
        for (uint256 i = 0; i < cases.length; ++i) {
            BranchCase memory each = cases[i];
            assertEq(tree.rootOf(each.ids, branchIn(each)), each.root, each.name);
        }
    }

    function test_WhenTheVectorIsRejected() external view {
        BranchCase[] memory cases = rejectedCases();
        for (uint256 i = 0; i < cases.length; ++i) {
            BranchCase memory each = cases[i];
            try tree.rootOf(each.ids, branchIn(each)) returns (bytes32 root) {
                assertTrue(root != each.root, each.name);
            } catch {}
        }
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_WhenTheBranchIsRight(uint256 size, uint256 bits) external view {
        size = bound(size, 1, 140);
        Chosen memory chosen = _choose(size, bits | (1 << (bits % size)));
        assertEq(_rootOf(chosen), chosen.leaves.root(size), "root");
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_WhenSomethingIsAnother(uint256 size, uint256 bits, uint256 other) external view {
        size = bound(size, 2, 60);
        Chosen memory chosen = _choose(size, bits | (1 << (bits % size)));
        bytes32 root = chosen.leaves.root(size);
        assertTrue(_isRefused(chosen, chosen.leaves.root(size - 1)), "an earlier root");
        uint256 at;
        if (chosen.branch.siblings.length != 0) {
            at = other % chosen.branch.siblings.length;
            bytes32 good = chosen.branch.siblings[at];
            chosen.branch.siblings[at] = keccak256("damage");
            assertTrue(_isRefused(chosen, root), "another sibling");
            chosen.branch.siblings[at] = good;
        }
        at = other % chosen.proven.length;
        chosen.proven[at] = keccak256("another");
        assertTrue(_isRefused(chosen, root), "another leaf");
    }

    /// Whatever the steps are: all that is proven is in the tree, or nothing is.
    function testFuzz_WhenTheStepsAreAny(uint256 bits, uint256 said, uint256 other) external view {
        Chosen memory chosen = _choose(20, bits | 1);
        bytes memory steps = chosen.branch.steps;
        for (uint256 i = 0; i < steps.length; ++i) {
            if ((said >> (8 * i)) & 3 == 0) steps[i] = bytes1(uint8(said >> (8 * i)));
        }
        chosen.proven[other % chosen.proven.length] = keccak256("another");
        assertTrue(_isRefused(chosen, chosen.leaves.root(20)), "a leaf that is not there");
    }

    function test_RevertWhen_ThereAreNoLeaves() external {
        vm.expectRevert(abi.encodeWithSelector(MessageTree.NoLeaves.selector));
        tree.rootOf(new bytes32[](0), Branch(new bytes32[](0), ""));
    }

    function test_RevertWhen_StepsAreMiscounted() external {
        Chosen memory chosen = _choose(8, 0x20);
        // Leaf 5: the root before its row, the leaf before it, the two after it, and the row before: steps 1 + 4 or 5.
        uint256 total = 1 + chosen.branch.siblings.length;
        chosen.branch.steps = bytes.concat(chosen.branch.steps, hex"00");
        vm.expectRevert(
            abi.encodeWithSelector(MessageTree.StepsMiscounted.selector, chosen.branch.steps.length, total)
        );
        _rootOf(chosen);
    }

    function _expectMalformed(uint256 step) private {
        vm.expectRevert(abi.encodeWithSelector(MessageTree.BranchMalformed.selector, step));
    }

    function _malformed(uint256 leaves, uint256 siblings, Step[] memory steps, uint256 step) private {
        bytes memory packed = MessageTrees.pack(steps, steps.length);
        bytes32[] memory proven = new bytes32[](leaves);
        _expectMalformed(step);
        tree.rootOf(proven, Branch(new bytes32[](siblings), packed));
    }

    function test_RevertWhen_NothingIsThereForAStep() external {
        Step[] memory steps = new Step[](3);
        (steps[0], steps[1], steps[2]) = (Step.Leaf, Step.Leaf, Step.Right);
        _malformed(1, 2, steps, 1);
        (steps[0], steps[1], steps[2]) = (Step.Right, Step.Leaf, Step.Right);
        _malformed(1, 2, steps, 0);
        (steps[0], steps[1], steps[2]) = (Step.Leaf, Step.Join, Step.Leaf);
        _malformed(2, 0, steps, 1);
        (steps[0], steps[1], steps[2]) = (Step.Leaf, Step.Leaf, Step.Left);
        _malformed(2, 0, steps, 2);
    }

    function test_RevertWhen_NotAllIsUsed() external {
        Step[] memory steps = new Step[](4);
        // Two leaves read, one node of them, and a sibling left over for a leaf that is not there.
        (steps[0], steps[1], steps[2], steps[3]) = (Step.Leaf, Step.Left, Step.Leaf, Step.Left);
        _malformed(2, 1, steps, 3);
        _malformed(2, 4, new Step[](7), 2);
    }
}
