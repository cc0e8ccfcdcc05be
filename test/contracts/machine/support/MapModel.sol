// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Tape} from "../../../../contracts/machine/Tape.sol";
import {TapeWriter} from "./TapeWriter.sol";

/// The world map kept as the plain list of its entries.
struct MapModel {
    bytes32[] keys;
    bytes32[] values;
}

library MapModels {
    using TapeWriter for Tape;

    function create() internal pure returns (MapModel memory) {
        return MapModel(new bytes32[](0), new bytes32[](0));
    }

    /// The map with one more entry, or another value of an old one.
    function with(
        MapModel memory map,
        bytes32 key,
        bytes32 value
    ) internal pure returns (MapModel memory result) {
        (bool isThere, uint256 at) = _indexOf(map, key);
        uint256 count = map.keys.length;
        result = MapModel(
            new bytes32[](isThere ? count : count + 1),
            new bytes32[](isThere ? count : count + 1)
        );
        for (uint256 i = 0; i < count; ++i) (result.keys[i], result.values[i]) = (map.keys[i], map.values[i]);
        (result.keys[at], result.values[at]) = (key, value);
    }

    function root(MapModel memory map) internal pure returns (bytes32) {
        return _subtree(map, 0, 0);
    }

    /// Adds the search for a key.
    function show(MapModel memory map, bytes32 key, Tape memory tape) internal pure {
        uint256 depth = 0;
        while (_count(map, key, depth) > 1) ++depth;
        tape.add(depth);
        for (uint256 i = 0; i < depth; ++i) tape.add(_subtree(map, key ^ bytes32(1 << (255 - i)), i + 1));
        for (uint256 i = 0; i < map.keys.length; ++i) {
            if (!_shares(map.keys[i], key, depth)) continue;
            tape.add(map.keys[i]);
            tape.add(map.values[i]);
            return;
        }
        tape.add(uint256(0));
    }

    /// The subtree of the keys that share the first `depth` bits with `prefix`.
    function _subtree(MapModel memory map, bytes32 prefix, uint256 depth) private pure returns (bytes32) {
        uint256 count = _count(map, prefix, depth);
        if (count == 0) return 0;
        if (count == 1) {
            for (uint256 i = 0; ; ++i) {
                if (_shares(map.keys[i], prefix, depth)) {
                    return keccak256(abi.encode(uint256(1), map.keys[i], map.values[i]));
                }
            }
        }
        bytes32 bit = bytes32(1 << (255 - depth));
        return
            keccak256(
                abi.encode(_subtree(map, prefix & ~bit, depth + 1), _subtree(map, prefix | bit, depth + 1))
            );
    }

    function _count(MapModel memory map, bytes32 prefix, uint256 depth) private pure returns (uint256 count) {
        for (uint256 i = 0; i < map.keys.length; ++i) if (_shares(map.keys[i], prefix, depth)) ++count;
    }

    function _shares(bytes32 key, bytes32 prefix, uint256 depth) private pure returns (bool) {
        return depth == 0 || uint256(key ^ prefix) >> (256 - depth) == 0;
    }

    function _indexOf(MapModel memory map, bytes32 key) private pure returns (bool, uint256) {
        for (uint256 i = 0; i < map.keys.length; ++i) if (map.keys[i] == key) return (true, i);
        return (false, map.keys.length);
    }
}
