// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Tape} from "../../../../contracts/machine/Tape.sol";
import {TapeWriter} from "./TapeWriter.sol";

/// A byte tree kept as the plain row of its first words.
library TreeModel {
    using TapeWriter for Tape;

    function root(bytes32[] memory words, uint256 depth) internal pure returns (bytes32) {
        return _node(words, 0, depth);
    }

    /// Adds the access to a word.
    function show(bytes32[] memory words, uint256 index, uint256 depth, Tape memory tape) internal pure {
        tape.add(index < words.length ? words[index] : bytes32(0));
        uint256 bitmap = 0;
        for (uint256 level = 0; level < depth; ++level) {
            if (_node(words, (index >> level) ^ 1, level) != 0) bitmap |= 1 << level;
        }
        tape.add(bitmap);
        for (uint256 level = 0; level < depth; ++level) {
            bytes32 sibling = _node(words, (index >> level) ^ 1, level);
            if (sibling != 0) tape.add(sibling);
        }
    }

    /// The node number `index` of a level.
    function _node(bytes32[] memory words, uint256 index, uint256 level) private pure returns (bytes32) {
        if (index << level >= words.length) return 0;
        if (level == 0) return words[index];
        bytes32 left = _node(words, 2 * index, level - 1);
        bytes32 right = _node(words, 2 * index + 1, level - 1);
        return left == 0 && right == 0 ? bytes32(0) : keccak256(abi.encode(left, right));
    }
}
