// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ByteTree} from "../../../../contracts/machine/ByteTree.sol";
import {Tape} from "../../../../contracts/machine/Tape.sol";
import {Test} from "../../support/Test.sol";
import {TapeWriter} from "../support/TapeWriter.sol";
import {TreeModel} from "../support/TreeModel.sol";

contract ByteTreeAccessTest is Test {
    using TapeWriter for Tape;

    uint256 private constant DEPTH = ByteTree.DEPTH;

    function read(bytes32 root, Tape memory tape, uint256 index) external pure returns (bytes32 word) {
        word = ByteTree.read(root, tape, index);
        tape.close();
    }

    function write(
        bytes32 root,
        Tape memory tape,
        uint256 index,
        bytes32 word
    ) external pure returns (bytes32 next) {
        next = ByteTree.write(root, tape, index, word);
        tape.close();
    }

    /// Up to eight words, some of them zero.
    function _words(uint256 seed) private pure returns (bytes32[] memory words) {
        words = new bytes32[](seed % 9);
        for (uint256 i = 0; i < words.length; ++i) {
            bytes32 word = keccak256(abi.encode(seed, i));
            if (uint256(word) % 3 != 0) words[i] = word;
        }
    }

    function testFuzz_WhenAWordOfAnyTreeIsRead(uint256 seed, uint256 index) public view {
        bytes32[] memory words = _words(seed);
        index = seed % 2 == 0 ? index % 9 : index % 2 ** DEPTH;
        Tape memory tape;
        TreeModel.show(words, index, DEPTH, tape);
        bytes32 got = this.read(TreeModel.root(words, DEPTH), tape, index);
        assertEq(got, index < words.length ? words[index] : bytes32(0), "word");
    }

    function testFuzz_WhenAWordIsWritten(uint256 seed, uint256 index, bytes32 word) public view {
        bytes32[] memory words = _words(seed);
        index %= 9;
        Tape memory tape;
        TreeModel.show(words, index, DEPTH, tape);
        bytes32 got = this.write(TreeModel.root(words, DEPTH), tape, index, word);
        bytes32[] memory wanted = new bytes32[](9);
        for (uint256 i = 0; i < words.length; ++i) wanted[i] = words[i];
        wanted[index] = word;
        assertEq(got, TreeModel.root(wanted, DEPTH), "root");
    }

    function testFuzz_RevertWhen_AnyWordOfTheTapeIsAnother(uint256 seed, uint256 flip) public {
        bytes32[] memory words = _words((seed / 10) * 9 + 8);
        bytes32 root = TreeModel.root(words, DEPTH);
        vm.assume(root != 0);
        Tape memory tape;
        TreeModel.show(words, 5, DEPTH, tape);
        tape.words[flip % tape.words.length] ^= bytes32(1 << (flip >> 248));
        vm.expectRevert();
        this.read(root, tape, 5);
    }

    function test_RevertWhen_TheBitmapIsWiderThanTheTreeIsDeep() public {
        Tape memory tape;
        tape.add(uint256(0));
        tape.add(uint256(1 << DEPTH));
        vm.expectRevert(abi.encodeWithSelector(ByteTree.TreeBitmapTooLarge.selector, 1 << DEPTH, DEPTH));
        this.read(0, tape, 0);
    }

    function test_RevertWhen_TheIndexLiesBeyondTheTree() public {
        Tape memory tape;
        vm.expectRevert(abi.encodeWithSelector(ByteTree.TreeIndexOutOfRange.selector, 1 << DEPTH, DEPTH));
        this.read(0, tape, 1 << DEPTH);
    }

    function testFuzz_WhenBytesAreStored(bytes memory data) public pure {
        bytes32[] memory words = new bytes32[]((data.length + 31) / 32);
        for (uint256 i = 0; i < data.length; ++i) {
            words[i / 32] |= bytes32(data[i]) >> (8 * (i % 32));
        }
        assertEq(ByteTree.rootOf(data), TreeModel.root(words, DEPTH), "root");
    }
}
