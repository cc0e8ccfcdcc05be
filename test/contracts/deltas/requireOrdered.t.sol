// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CHUNK, DeltasMalformed, DeltasUnordered} from "../../../contracts/types/Deltas.sol";
import {DeltaVectors} from "../support/DeltaVectors.sol";
import {DeltasHarness} from "./DeltasHarness.sol";

contract DeltasRequireOrderedTest is DeltaVectors {
    DeltasHarness private immutable DELTAS = new DeltasHarness();

    /// Forty deltas in order.
    bytes private _chunk;

    function setUp() external {
        _chunk = updateVector(MIXED, 0).deltas;
    }

    function test_WhenTheChunkIsEmpty() external view {
        assertEq(DELTAS.requireOrdered("", bytes32(uint256(7))), bytes32(uint256(7)), "last");
    }

    function test_RevertWhen_TheSizeIsNotWhole() external {
        for (uint256 size = 1; size < 130; ++size) {
            if (size % 64 == 0) continue;
            vm.expectRevert(abi.encodeWithSelector(DeltasMalformed.selector, size));
            DELTAS.requireOrdered(slice(_chunk, 0, size), 0);
        }
    }

    function test_RevertWhen_ThereIsOneDeltaTooMany() external {
        bytes memory deltas = updateVector(LARGE, 0).deltas;
        vm.expectRevert(abi.encodeWithSelector(DeltasMalformed.selector, (CHUNK + 1) * 64));
        DELTAS.requireOrdered(slice(deltas, 0, (CHUNK + 1) * 64), 0);
        DELTAS.requireOrdered(slice(deltas, 0, CHUNK * 64), 0);
    }

    function test_RevertWhen_TheFirstKeyDoesNotFollow() external {
        bytes32 first = DELTAS.keyAt(_chunk, 0);
        vm.expectRevert(abi.encodeWithSelector(DeltasUnordered.selector, 0, first, first));
        DELTAS.requireOrdered(_chunk, first);
        bytes32 beyond = bytes32(uint256(first) + 1);
        vm.expectRevert(abi.encodeWithSelector(DeltasUnordered.selector, 0, beyond, first));
        DELTAS.requireOrdered(_chunk, beyond);
        DELTAS.requireOrdered(_chunk, bytes32(uint256(first) - 1));
    }

    function testFuzz_RevertWhen_NeighboursAreSwapped(uint256 seed) external {
        uint256 index = bound(seed, 0, 38);
        bytes memory swapped = bytes.concat(
            slice(_chunk, 0, 64 * index),
            slice(_chunk, 64 * index + 64, 64 * index + 128),
            slice(_chunk, 64 * index, 64 * index + 64),
            slice(_chunk, 64 * index + 128, _chunk.length)
        );
        bytes32 greater = DELTAS.keyAt(_chunk, index + 1);
        bytes32 less = DELTAS.keyAt(_chunk, index);
        vm.expectRevert(abi.encodeWithSelector(DeltasUnordered.selector, index + 1, greater, less));
        DELTAS.requireOrdered(swapped, 0);
    }

    function test_RevertWhen_NeighboursAreEqual() external {
        bytes memory twice = bytes.concat(slice(_chunk, 0, 64), slice(_chunk, 0, 64));
        bytes32 key = DELTAS.keyAt(_chunk, 0);
        vm.expectRevert(abi.encodeWithSelector(DeltasUnordered.selector, 1, key, key));
        DELTAS.requireOrdered(twice, 0);
    }

    function test_WhenAllKeysAscend() external view {
        assertEq(DELTAS.requireOrdered(_chunk, 0), DELTAS.keyAt(_chunk, 39), "last");
        bytes32 slot = bytes32(slice(_chunk, 39 * 64, 39 * 64 + 32));
        assertEq(DELTAS.keyAt(_chunk, 39), keccak256(abi.encode(slot)), "hashed slot");
    }
}
