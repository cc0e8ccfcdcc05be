// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CHUNK} from "../../../contracts/types/Deltas.sol";
import {DeltaVectors, UpdateVector} from "../support/DeltaVectors.sol";
import {DeltasHarness} from "./DeltasHarness.sol";

contract DeltasCommitTest is DeltaVectors {
    DeltasHarness private immutable DELTAS = new DeltasHarness();

    function test_WhenThereAreNoDigests() external view {
        assertEq(DELTAS.commit(new bytes32[](0)), bytes32(0), "commitment to nothing");
    }

    function test_WhenTheDeltasAreThoseOfAVector() external view {
        uint256[6] memory counts = updateCounts();
        for (uint256 feed = 0; feed < counts.length; ++feed) {
            for (uint256 i = 0; i < counts[feed]; ++i) _checkVector(updateVector(feed, i));
        }
    }

    function _checkVector(UpdateVector memory vector) private view {
        bytes32 previous;
        uint256 chunks;
        for (uint256 start = 0; start < vector.deltas.length; start += CHUNK * 64) {
            uint256 end = start + CHUNK * 64;
            if (end > vector.deltas.length) end = vector.deltas.length;
            bytes memory chunk = slice(vector.deltas, start, end);
            assertEq(DELTAS.digest(chunk, previous), vector.digests[chunks++], vector.name);
            previous = DELTAS.requireOrdered(chunk, previous);
        }
        assertEq(chunks, vector.digests.length, "number of chunks");
        assertEq(DELTAS.commit(vector.digests), vector.commitment, vector.name);
    }
}
