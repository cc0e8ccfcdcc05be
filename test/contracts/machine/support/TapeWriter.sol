// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Tape} from "../../../../contracts/machine/Tape.sol";

/// Writes the words of a tape.
library TapeWriter {
    function add(Tape memory tape, bytes32 word) internal pure {
        bytes32[] memory words = new bytes32[](tape.words.length + 1);
        for (uint256 i = 0; i < tape.words.length; ++i) words[i] = tape.words[i];
        words[tape.words.length] = word;
        tape.words = words;
    }

    function add(Tape memory tape, uint256 word) internal pure {
        add(tape, bytes32(word));
    }

    function add(Tape memory tape, bytes32[] memory words) internal pure {
        for (uint256 i = 0; i < words.length; ++i) add(tape, words[i]);
    }

    function addBlob(Tape memory tape, bytes memory blob) internal pure {
        bytes[] memory blobs = new bytes[](tape.blobs.length + 1);
        for (uint256 i = 0; i < tape.blobs.length; ++i) blobs[i] = tape.blobs[i];
        blobs[tape.blobs.length] = blob;
        tape.blobs = blobs;
    }
}
