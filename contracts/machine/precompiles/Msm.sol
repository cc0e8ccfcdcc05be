// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Native} from "./Native.sol";
import {Prices} from "./Prices.sol";

/// @title The multi-scalar multiplications of BLS12-381, pair by pair
/// @notice EIP-2537. A sum of many products is the sum of the products: each pair goes through B's precompile for one
/// pair, and its product is added to an accumulator by B's precompile for addition.
library Msm {
    /// @dev B refused to add two points that it returned itself.
    error SumFailed();

    /// @return size Of a pair in the input: a point and a scalar of 32 bytes.
    function pairSize(uint256 precompile) internal pure returns (uint256 size) {
        return precompile == Prices.BLS_G1_MSM ? 160 : 288;
    }

    /// The point at infinity: what an accumulator starts with.
    function zero(uint256 precompile) internal pure returns (bytes memory accumulator) {
        return new bytes(pairSize(precompile) - 32);
    }

    /// Adds the product of one pair.
    /// @return valid False if the pair's point is not one of the group; the whole call fails then.
    function add(
        uint256 precompile,
        bytes memory accumulator,
        bytes memory pair
    ) internal view returns (bool valid, bytes memory sum) {
        bytes memory product;
        (valid, product) = Native.run(precompile, pair);
        if (!valid) return (false, "");
        bool added;
        (added, sum) = Native.run(
            precompile == Prices.BLS_G1_MSM ? Prices.BLS_G1_ADD : Prices.BLS_G2_ADD,
            bytes.concat(accumulator, product)
        );
        require(added && sum.length == accumulator.length, SumFailed());
    }
}
