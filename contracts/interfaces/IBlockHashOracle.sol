// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Block hash oracle
/// @notice A contract on B that knows hashes of A's final blocks, such as a chain relay or a record of a predeploy.
interface IBlockHashOracle {
    /// @notice The hash of A's block `number`; zero if the oracle does not know it.
    /// @dev Once it is not zero it must never change.
    function blockHash(uint64 number) external view returns (bytes32);
}
