// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The part of the OP Stack's `L1Block` predeploy that anchors read
/// @notice Source: OP Stack specification, "L1 Attributes Predeployed Contract".
interface IL1Block {
    /// @notice The number of the L1 block that the current L2 block derives from.
    function number() external view returns (uint64);

    /// @notice Its hash.
    function hash() external view returns (bytes32);
}
