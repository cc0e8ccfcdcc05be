// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// The values named are not the ones that the game is at: another move came first, or another game is meant.
error VectorForeign(bytes32 got, bytes32 wanted);
error IndexOutOfRange(uint256 index, uint256 parts);

/// @title What the players of an execution game agree on
/// @notice A pair is the two ends of an interval, 64 bytes; a vector its two ends and the 63 values between, 2,080
/// bytes. The lengths tell their hashes apart.
library Vectors {
    function hashPair(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return keccak256(abi.encode(left, right));
    }

    function requirePair(bytes32 left, bytes32 right, bytes32 wanted) internal pure {
        bytes32 got = hashPair(left, right);
        require(got == wanted, VectorForeign(got, wanted));
    }

    function hashVector(
        bytes32 left,
        bytes32[63] calldata points,
        bytes32 right
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(left, points, right));
    }

    function requireVector(bytes32[65] calldata values, bytes32 wanted) internal pure {
        bytes32 got = keccak256(abi.encode(values));
        require(got == wanted, VectorForeign(got, wanted));
    }

    /// Hash of the pair that is part `index` of a vector.
    function hashPart(bytes32[65] calldata values, uint256 index) internal pure returns (bytes32) {
        require(index < 64, IndexOutOfRange(index, 64));
        return hashPair(values[index], values[index + 1]);
    }
}
