// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DeltaVectors} from "../support/DeltaVectors.sol";
import {DeltasHarness} from "./DeltasHarness.sol";

contract DeltasFindTest is DeltaVectors {
    DeltasHarness private immutable DELTAS = new DeltasHarness();

    function test_WhenTheChunkIsEmpty() external view {
        (bool found, ) = DELTAS.find("", keccak256("key"));
        assertTrue(!found, "nothing to find");
    }

    function test_WhenTheKeyIsInTheChunk() external view {
        bytes memory deltas = updateVector(MIXED, 0).deltas;
        for (uint256 size = 1; size <= 40; ++size) {
            bytes memory chunk = slice(deltas, 0, 64 * size);
            for (uint256 i = 0; i < size; ++i) {
                bytes32 key = DELTAS.keyAt(chunk, i);
                (bool found, uint256 value) = DELTAS.find(chunk, key);
                assertTrue(found, "found");
                assertEq(value, DELTAS.valueAt(chunk, i), "value");
                assertEq(bytes32(value), bytes32(slice(chunk, 64 * i + 32, 64 * i + 64)), "bytes");
                _requireMissing(chunk, bytes32(uint256(key) - 1));
                _requireMissing(chunk, bytes32(uint256(key) + 1));
            }
            _requireMissing(chunk, 0);
            _requireMissing(chunk, bytes32(type(uint256).max));
        }
    }

    function _requireMissing(bytes memory chunk, bytes32 key) private view {
        (bool found, uint256 value) = DELTAS.find(chunk, key);
        assertTrue(!found && value == 0, "missing");
    }
}
