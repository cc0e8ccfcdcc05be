// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// As many deltas as a test wants, of slots like those of mappings.
library ManyDeltas {
    /// `count` deltas in their order, their values counting up from about `value`.
    function ordered(uint256 count, uint256 value) internal pure returns (bytes memory deltas) {
        bytes32[] memory slots = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) slots[i] = keccak256(abi.encode("slot", i));
        _sort(slots, 0, count);
        deltas = new bytes(64 * count);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 slot = slots[i];
            // Byte by byte is too slow for chunks.
            assembly ("memory-safe") {
                let to := add(add(deltas, 32), mul(i, 64))
                mstore(to, slot)
                mstore(add(to, 32), add(value, i))
            }
        }
    }

    /// Quicksort of [low, high) by the slots' hashes.
    function _sort(bytes32[] memory slots, uint256 low, uint256 high) private pure {
        if (high - low < 2) return;
        bytes32 pivot = keccak256(abi.encode(slots[(low + high) / 2]));
        uint256 left = low;
        uint256 right = high - 1;
        while (left <= right) {
            while (keccak256(abi.encode(slots[left])) < pivot) ++left;
            while (keccak256(abi.encode(slots[right])) > pivot) --right;
            if (left > right) break;
            (slots[left], slots[right]) = (slots[right], slots[left]);
            ++left;
            if (right == 0) break;
            --right;
        }
        _sort(slots, low, right + 1);
        _sort(slots, left, high);
    }
}
