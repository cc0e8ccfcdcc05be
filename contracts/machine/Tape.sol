// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

using Tapes for Tape global;

/// The witness of one step: words and blobs, each read strictly in order and to the end. Nothing on it is believed:
/// whoever reads checks it against a commitment in the machine's state.
struct Tape {
    bytes32[] words;
    uint256 word;
    bytes[] blobs;
    uint256 blob;
}

/// @title Reading the tape of a proof
library Tapes {
    /// @notice The step needs more than the proof holds.
    error TapeExhausted(uint256 words, uint256 blobs);
    /// @notice The step is over and the proof goes on.
    error TapeNotConsumed(uint256 words, uint256 blobs);
    error BlobForeign(bytes32 got, bytes32 wanted);
    error RecordForeign(bytes32 got, bytes32 wanted);
    /// @notice The account holds no page: it has no code.
    error PageEmpty(address page);

    /// @param pages Accounts whose code, each without its first byte, makes up one last blob: what is too large for a
    /// transaction. Their code is as little trusted as the rest.
    function open(
        bytes32[] calldata words,
        bytes[] calldata blobs,
        address[] calldata pages
    ) internal view returns (Tape memory tape) {
        tape.words = words;
        uint256 count = blobs.length;
        tape.blobs = new bytes[](pages.length == 0 ? count : count + 1);
        for (uint256 i = 0; i < count; ++i) tape.blobs[i] = blobs[i];
        if (pages.length != 0) tape.blobs[count] = _read(pages);
    }

    function next(Tape memory tape) internal pure returns (bytes32) {
        require(tape.word < tape.words.length, TapeExhausted(tape.word, tape.blob));
        return tape.words[tape.word++];
    }

    function nextUint(Tape memory tape) internal pure returns (uint256) {
        return uint256(next(tape));
    }

    /// The next `count` words, which must be the fields of the record with this hash. They are for `abi.decode`, which
    /// checks their widths.
    function nextRecord(
        Tape memory tape,
        uint256 count,
        bytes32 hash
    ) internal pure returns (bytes memory record) {
        bytes32[] memory fields = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) fields[i] = next(tape);
        record = abi.encodePacked(fields);
        // INVARIANT: the fields are those that the state commits to.
        bytes32 got = keccak256(record);
        require(got == hash, RecordForeign(got, hash));
    }

    /// The next blob, which must have this hash.
    function nextBlob(Tape memory tape, bytes32 hash) internal pure returns (bytes memory blob) {
        require(tape.blob < tape.blobs.length, TapeExhausted(tape.word, tape.blob));
        blob = tape.blobs[tape.blob++];
        // INVARIANT: every byte of a blob is committed to by the state.
        bytes32 got = keccak256(blob);
        require(got == hash, BlobForeign(got, hash));
    }

    /// All blobs that are left, for a reader that checks them itself.
    function takeBlobs(Tape memory tape) internal pure returns (bytes[] memory blobs) {
        uint256 count = tape.blobs.length - tape.blob;
        blobs = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) blobs[i] = tape.blobs[tape.blob++];
    }

    /// INVARIANT: the tape is consumed exactly.
    function close(Tape memory tape) internal pure {
        require(
            tape.word == tape.words.length && tape.blob == tape.blobs.length,
            TapeNotConsumed(tape.words.length - tape.word, tape.blobs.length - tape.blob)
        );
    }

    function _read(address[] calldata pages) private view returns (bytes memory blob) {
        uint256 size = 0;
        for (uint256 i = 0; i < pages.length; ++i) {
            require(pages[i].code.length != 0, PageEmpty(pages[i]));
            size += pages[i].code.length - 1;
        }
        blob = new bytes(size);
        uint256 filled = 0;
        for (uint256 i = 0; i < pages.length; ++i) {
            address page = pages[i];
            size = page.code.length - 1;
            // `page.code` would put every page into new memory first, and memory is what limits the largest blob.
            assembly ("memory-safe") {
                extcodecopy(page, add(add(blob, 0x20), filled), 1, size)
            }
            filled += size;
        }
    }
}
