// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// A delta is 64 bytes: the slot, then its new value. A list of deltas is strictly ascending by keccak256(slot),
// the order of the storage trie, so that "this key is missing" is shown by two neighbours around its hash.
//
// The list is cut into chunks of CHUNK deltas; only the last may be shorter. Its commitment is a hash chain:
//
//     digest(i)     = keccak256(last hashed slot of chunk i-1 (zero for the first) . bytes of chunk i)
//     commitment(0) = 0
//     commitment(i) = keccak256(commitment(i-1) . digest(i))
//
// A chunk's digest fixes the hashed key before it, so one chunk alone decides every key in its interval.
//
// 480: the costliest chunk to apply is a full one of fresh slots and largest values in an update of MAX_CHUNKS. That
// is 23,150 gas a delta (22,100 to write it, 1,024 for its bytes) and 0.8 M around them, most of it for the digests:
// under 12 M gas together, where 512 deltas would take 12.7 M.
uint256 constant CHUNK = 480;
uint256 constant DELTA_SIZE = 64;
// 491,520 slots an update: the list of digests stays within 32 KB of calldata.
uint256 constant MAX_CHUNKS = 1024;

/// The deltas are not a whole number of 64-byte entries, or too many for one chunk.
error DeltasMalformed(uint256 size);
/// Entry `index` does not follow its predecessor in the order of hashed slots.
error DeltasUnordered(uint256 index, bytes32 previous, bytes32 key);

library Deltas {
    /// @return key The hash of delta `index`'s slot.
    function keyAt(bytes calldata chunk, uint256 index) internal pure returns (bytes32 key) {
        // Hashing one calldata word needs no allocation: the scratch space holds it.
        assembly ("memory-safe") {
            mstore(0x00, calldataload(add(chunk.offset, mul(index, 64))))
            key := keccak256(0x00, 0x20)
        }
    }

    /// The hashed slot of the last delta of a chunk that is not empty.
    function lastKey(bytes calldata chunk) internal pure returns (bytes32) {
        return keyAt(chunk, chunk.length / DELTA_SIZE - 1);
    }

    /// @param index Of a delta that the chunk has.
    function valueAt(bytes calldata chunk, uint256 index) internal pure returns (uint256 value) {
        // Every caller has counted the deltas; slices would count them twice more.
        assembly ("memory-safe") {
            value := calldataload(add(chunk.offset, add(mul(index, 64), 32)))
        }
    }

    /// @return size The number of deltas in a well-formed chunk.
    function sizeOf(bytes calldata chunk) internal pure returns (uint256 size) {
        unchecked {
            size = chunk.length / DELTA_SIZE;
            require(size * DELTA_SIZE == chunk.length && size <= CHUNK, DeltasMalformed(chunk.length));
        }
    }

    /// Checks the order of a chunk that follows the hashed key `previous` (zero: none).
    /// @return last The hashed key of its last delta, or `previous` for an empty chunk.
    function requireOrdered(bytes calldata chunk, bytes32 previous) internal pure returns (bytes32 last) {
        uint256 size = sizeOf(chunk);
        last = previous;
        for (uint256 i = 0; i < size; ++i) {
            bytes32 key = keyAt(chunk, i);
            // INVARIANT: keys of a list strictly ascend, within a chunk and from chunk to chunk. No slot hashes to
            // zero, so zero can stand for "none".
            require(key > last, DeltasUnordered(i, last, key));
            last = key;
        }
    }

    function digest(bytes calldata chunk, bytes32 previous) internal pure returns (bytes32 hash) {
        // The copy goes to free memory without claiming it: an encoding would keep 30 KB that the call which writes
        // the chunk, and every later chunk, needing as much, would have to pay for quadratically.
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mstore(scratch, previous)
            calldatacopy(add(scratch, 32), chunk.offset, chunk.length)
            hash := keccak256(scratch, add(chunk.length, 32))
        }
    }

    function extend(bytes32 commitment, bytes32 chunkDigest) internal pure returns (bytes32 extended) {
        // Two words fit the scratch space; a chain has up to MAX_CHUNKS links.
        assembly ("memory-safe") {
            mstore(0x00, commitment)
            mstore(0x20, chunkDigest)
            extended := keccak256(0x00, 0x40)
        }
    }

    /// @return commitment The commitment to the chunks with these digests.
    function commit(bytes32[] calldata digests) internal pure returns (bytes32 commitment) {
        for (uint256 i = 0; i < digests.length; ++i) {
            commitment = extend(commitment, digests[i]);
        }
    }

    /// Looks a hashed key up in an ordered chunk by bisection.
    function find(bytes calldata chunk, bytes32 key) internal pure returns (bool found, uint256 value) {
        uint256 low = 0;
        uint256 high = chunk.length / DELTA_SIZE;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            bytes32 here = keyAt(chunk, middle);
            if (here == key) return (true, valueAt(chunk, middle));
            if (here < key) low = middle + 1;
            else high = middle;
        }
    }
}
