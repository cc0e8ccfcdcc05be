// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "./Test.sol";

/// A hashed slot with its values and proofs under the old and the new storage root.
struct KeyVector {
    string name;
    bytes32 key;
    bytes32 before;
    bytes32 later;
    bytes[] oldProof;
    bytes[] newProof;
}

/// A lie: of the true deltas, `remove` entries at `start` give way to `insert`; the proofs of `keys[proof]` disprove it.
struct LieVector {
    string name;
    uint256 start;
    uint256 remove;
    bytes insert;
    uint256 proof;
}

/// What a true update says about one step of a contract's storage.
struct UpdateVector {
    string name;
    bytes32 stateRoot;
    bytes[] accountProof;
    bytes32 oldStorageRoot;
    bytes32 storageRoot;
    bytes32 codeHash;
    bytes deltas;
    bytes32[] digests;
    bytes32 commitment;
    KeyVector[] keys;
    LieVector[] lies;
}

/// Reads `test/vectors/deltas.json`, which `tools/vectors/deltas.ts` makes of real tries.
abstract contract DeltaVectors is Test {
    string internal constant DELTA_VECTORS = "test/vectors/deltas.json";
    string private constant TYPE =
        "UpdateVector(string name,bytes32 stateRoot,bytes[] accountProof,bytes32 oldStorageRoot,bytes32 storageRoot,"
        "bytes32 codeHash,bytes deltas,bytes32[] digests,bytes32 commitment,KeyVector[] keys,LieVector[] lies)"
        "KeyVector(string name,bytes32 key,bytes32 before,bytes32 later,bytes[] oldProof,bytes[] newProof)"
        "LieVector(string name,uint256 start,uint256 remove,bytes insert,uint256 proof)";

    // The contracts in the file, by index, and how many updates each has.
    uint256 internal constant SINGLE = 0;
    uint256 internal constant TOKEN = 1;
    uint256 internal constant UNBORN = 2;
    uint256 internal constant MIXED = 3;
    uint256 internal constant LARGE = 4;
    uint256 internal constant HOLLOW = 5;

    function updateCounts() internal pure returns (uint256[6] memory) {
        return [uint256(1), 4, 2, 2, 2, 2];
    }

    function accountVector(uint256 feed) internal view returns (address) {
        string memory json = vm.readFile(DELTA_VECTORS);
        return vm.parseJsonAddress(json, string.concat(".feeds[", vm.toString(feed), "].account"));
    }

    function updateVector(uint256 feed, uint256 index) internal view returns (UpdateVector memory) {
        string memory path = string.concat(
            ".feeds[",
            vm.toString(feed),
            "].updates[",
            vm.toString(index),
            "]"
        );
        bytes memory encoded = vm.parseJsonType(vm.readFile(DELTA_VECTORS), path, TYPE);
        return abi.decode(encoded, (UpdateVector));
    }

    /// The deltas that a lie consists of.
    function deltasOf(UpdateVector memory truth, LieVector memory lie) internal pure returns (bytes memory) {
        uint256 from = 64 * lie.start;
        bytes memory head = slice(truth.deltas, 0, from);
        return
            bytes.concat(head, lie.insert, slice(truth.deltas, from + 64 * lie.remove, truth.deltas.length));
    }

    function slice(bytes memory data, uint256 start, uint256 end) internal pure returns (bytes memory part) {
        part = new bytes(end - start);
        // Word by word is too slow for chunks.
        assembly ("memory-safe") {
            mcopy(add(part, 32), add(add(data, 32), start), sub(end, start))
        }
    }
}
