// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ByteTree} from "../../../../contracts/machine/ByteTree.sol";
import {View} from "../../../../contracts/machine/State.sol";
import {Tape} from "../../../../contracts/machine/Tape.sol";
import {Views} from "../../../../contracts/machine/Views.sol";
import {Test} from "../../support/Test.sol";
import {TreeModel} from "../support/TreeModel.sol";

contract ViewsTest is Test {
    uint256 private constant DEPTH = ByteTree.DEPTH;
    uint256 private constant SIZE = 160;

    function readWord(View memory source, Tape memory tape, uint256 at) external pure returns (bytes32 word) {
        word = Views.readWord(source, tape, at);
        tape.close();
    }

    function read(
        View memory source,
        Tape memory tape,
        uint256 at,
        uint256 size
    ) external pure returns (bytes memory data) {
        data = Views.read(source, tape, at, size);
        tape.close();
    }

    function writeWord(
        bytes32 root,
        Tape memory tape,
        uint256 offset,
        bytes32 word
    ) external pure returns (bytes32 next) {
        next = Views.writeWord(root, tape, offset, word);
        tape.close();
    }

    function _words(uint256 seed) private pure returns (bytes32[] memory words) {
        words = new bytes32[](SIZE / 32);
        for (uint256 i = 0; i < words.length; ++i) words[i] = keccak256(abi.encode(seed, i));
    }

    function _view(
        uint256 seed,
        uint256 offset,
        uint256 size
    ) private pure returns (View memory source, bytes memory data) {
        offset %= SIZE;
        size %= SIZE - offset + 1;
        source = Views.create(TreeModel.root(_words(seed), DEPTH), uint64(offset), uint64(size));
        bytes memory all = abi.encodePacked(_words(seed));
        data = new bytes(size);
        for (uint256 i = 0; i < size; ++i) data[i] = all[offset + i];
    }

    /// Shows the words that hold [from, to).
    function _show(uint256 seed, uint256 from, uint256 to, Tape memory tape) private pure {
        for (uint256 i = from / 32; i * 32 < to; ++i) TreeModel.show(_words(seed), i, DEPTH, tape);
    }

    function _padded(bytes memory data, uint256 at, uint256 size) private pure returns (bytes memory part) {
        part = new bytes(size);
        for (uint256 i = 0; i < size && at + i < data.length; ++i) part[i] = data[at + i];
    }

    function testFuzz_WhenBytesOfAViewAreRead(
        uint256 seed,
        uint256 offset,
        uint256 size,
        uint256 at
    ) public view {
        (View memory source, bytes memory data) = _view(seed, offset, size);
        at %= SIZE + 40;
        size = seed % 137;
        Tape memory tape;
        uint256 end = at + size < source.size ? at + size : source.size;
        if (at < end) _show(seed, source.offset + at, source.offset + end, tape);
        assertEq(this.read(source, tape, at, size), _padded(data, at, size), "bytes");
        if (size != 32) return;
        assertEq(abi.encode(this.readWord(source, tape, at)), _padded(data, at, 32), "word");
    }

    function testFuzz_WhenAWordOfAViewIsRead(
        uint256 seed,
        uint256 offset,
        uint256 size,
        uint256 at
    ) public view {
        (View memory source, bytes memory data) = _view(seed, offset, size);
        at %= SIZE + 40;
        Tape memory tape;
        uint256 end = at + 32 < source.size ? at + 32 : source.size;
        if (at < end) _show(seed, source.offset + at, source.offset + end, tape);
        assertEq(abi.encode(this.readWord(source, tape, at)), _padded(data, at, 32), "word");
    }

    function testFuzz_WhenAWordIsWrittenAtAnyByte(uint256 seed, uint256 at, bytes32 word) public view {
        at %= SIZE - 31;
        bytes memory data = abi.encodePacked(_words(seed));
        Tape memory tape;
        TreeModel.show(_words(seed), at / 32, DEPTH, tape);
        for (uint256 i = 0; i < 32; ++i) {
            // The second word is shown as it stands in the tree with the first one written.
            if (i != 0 && (at + i) % 32 == 0) TreeModel.show(_toWords(data), (at + i) / 32, DEPTH, tape);
            data[at + i] = word[i];
        }
        bytes32 got = this.writeWord(TreeModel.root(_words(seed), DEPTH), tape, at, word);
        assertEq(got, TreeModel.root(_toWords(data), DEPTH), "root");
    }

    function test_WhenAViewOfNothingIsMade() public pure {
        View memory nothing = Views.create(keccak256("root"), 7, 0);
        assertEq(keccak256(abi.encode(nothing)), keccak256(new bytes(96)), "view");
    }

    function _toWords(bytes memory data) private pure returns (bytes32[] memory words) {
        words = new bytes32[](data.length / 32);
        for (uint256 i = 0; i < data.length; ++i) words[i / 32] |= bytes32(data[i]) >> (8 * (i % 32));
    }
}
