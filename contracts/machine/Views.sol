// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ByteTree} from "./ByteTree.sol";
import {View} from "./State.sol";
import {Tape} from "./Tape.sol";

/// @title Reading views, memory and blobs by bytes
/// @notice Words that lie across two words of a tree are read as two, the lower first. Bytes beyond a view, or beyond a
/// blob, are zero and need no proof.
library Views {
    /// A view of size zero is always the same.
    function create(bytes32 root, uint64 offset, uint64 size) internal pure returns (View memory view_) {
        if (size != 0) (view_.root, view_.offset, view_.size) = (root, offset, size);
    }

    /// A view of bytes that were not in a tree before.
    function store(bytes memory data) internal pure returns (View memory) {
        return create(ByteTree.rootOf(data), 0, uint64(data.length));
    }

    /// The 32 bytes of the view from `position` on.
    function readWord(
        View memory source,
        Tape memory tape,
        uint256 position
    ) internal pure returns (bytes32) {
        if (position >= source.size) return 0;
        uint256 left = source.size - position;
        return readBytes(source.root, tape, source.offset + position, left < 32 ? left : 32);
    }

    /// The bytes [position, position + size) of a view, zero beyond its end.
    function read(
        View memory source,
        Tape memory tape,
        uint256 position,
        uint256 size
    ) internal pure returns (bytes memory data) {
        data = new bytes(size);
        if (size == 0 || position >= source.size) return data;
        uint256 end = source.size - position < size ? source.size : position + size;
        uint256 from = source.offset + position;
        uint256 to = source.offset + end;
        for (uint256 index = from / 32; index * 32 < to; ++index) {
            bytes32 word = ByteTree.read(source.root, tape, index);
            _place(data, word, index * 32, from, to);
        }
    }

    /// Up to 32 bytes of a tree, aligned to the top of the word.
    function readBytes(
        bytes32 root,
        Tape memory tape,
        uint256 offset,
        uint256 size
    ) internal pure returns (bytes32 word) {
        uint256 shift = offset % 32;
        word = ByteTree.read(root, tape, offset / 32) << (8 * shift);
        if (shift + size > 32) word |= ByteTree.read(root, tape, offset / 32 + 1) >> (8 * (32 - shift));
        if (size < 32) word &= ~bytes32(type(uint256).max >> (8 * size));
    }

    /// Writes a word at any byte of a tree.
    function writeWord(
        bytes32 root,
        Tape memory tape,
        uint256 offset,
        bytes32 word
    ) internal pure returns (bytes32) {
        uint256 shift = offset % 32;
        if (shift == 0) return ByteTree.write(root, tape, offset / 32, word);
        root = writeBytes(root, tape, offset, 32 - shift, word);
        return writeBytes(root, tape, offset + 32 - shift, shift, word << (8 * (32 - shift)));
    }

    /// Writes the first `size` bytes of `data` at `offset`; they do not leave the word of the tree that they begin in.
    function writeBytes(
        bytes32 root,
        Tape memory tape,
        uint256 offset,
        uint256 size,
        bytes32 data
    ) internal pure returns (bytes32) {
        ByteTree.Path memory path = ByteTree.open(root, tape, offset / 32, ByteTree.DEPTH);
        bytes32 mask = ~bytes32(size == 32 ? 0 : type(uint256).max >> (8 * size));
        uint256 shift = 8 * (offset % 32);
        return ByteTree.update(path, (path.word & ~(mask >> shift)) | ((data & mask) >> shift));
    }

    /// Copies what lies in [from, to) of a word that begins at `position` to where it belongs in `data`, which begins at
    /// `from`.
    function _place(
        bytes memory data,
        bytes32 word,
        uint256 position,
        uint256 from,
        uint256 to
    ) private pure {
        for (uint256 i = 0; i < 32; ++i) {
            uint256 here = position + i;
            if (here >= from && here < to) data[here - from] = word[i];
        }
    }
}
