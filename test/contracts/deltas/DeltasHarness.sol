// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Deltas} from "../../../contracts/types/Deltas.sol";

/// Gives the library's functions an outside: they take calldata.
contract DeltasHarness {
    function requireOrdered(bytes calldata chunk, bytes32 previous) external pure returns (bytes32) {
        return Deltas.requireOrdered(chunk, previous);
    }

    function find(bytes calldata chunk, bytes32 key) external pure returns (bool, uint256) {
        return Deltas.find(chunk, key);
    }

    function digest(bytes calldata chunk, bytes32 previous) external pure returns (bytes32) {
        return Deltas.digest(chunk, previous);
    }

    function commit(bytes32[] calldata digests) external pure returns (bytes32) {
        return Deltas.commit(digests);
    }

    function keyAt(bytes calldata chunk, uint256 index) external pure returns (bytes32) {
        return Deltas.keyAt(chunk, index);
    }

    function valueAt(bytes calldata chunk, uint256 index) external pure returns (uint256) {
        return Deltas.valueAt(chunk, index);
    }
}
