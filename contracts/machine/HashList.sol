// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Tape} from "./Tape.sol";

/// @title Hash lists: the machine's stack, and the flush's walk
/// @notice The empty list is zero; `cons(v, rest) = keccak256(v ‖ rest)`.
library HashList {
    error ListForeign(bytes32 got, bytes32 wanted);

    function cons(bytes32 value, bytes32 rest) internal pure returns (bytes32) {
        return Hashes.efficientKeccak256(value, rest);
    }

    /// Takes the first `count` values off a list; the tape shows them and then what is left. None shows nothing.
    function take(
        bytes32 list,
        Tape memory tape,
        uint256 count
    ) internal pure returns (uint256[] memory values, bytes32 rest) {
        values = new uint256[](count);
        if (count == 0) return (values, list);
        for (uint256 i = 0; i < count; ++i) values[i] = tape.nextUint();
        rest = tape.next();
        bytes32 got = rest;
        for (uint256 i = count; i != 0; --i) got = cons(bytes32(values[i - 1]), got);
        // INVARIANT: the values are those of the list.
        require(got == list, ListForeign(got, list));
    }
}
