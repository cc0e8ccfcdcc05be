// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Deployment} from "./Deployment.sol";

/// Measures what whole transactions cost.
///
/// Tests that inherit this are configured, each by itself, to be isolated: forge runs every call as a
/// transaction of its own: storage and accounts are cold, 21,000 gas and the calldata are charged and refunds are
/// given back. What forge's fork does not charge yet is the floor of EIP-7623, so it is applied here. Snapshots hold
/// the sum.
abstract contract TransactionGas is Deployment {
    error TransactionFailed(bytes reason);

    /// Sends a transaction and writes its gas to snapshots/`group`.json under `name`.
    function _send(
        string memory group,
        string memory name,
        address from,
        address to,
        bytes memory data
    ) internal returns (uint256 gas) {
        vm.prank(from);
        (bool success, bytes memory reason) = to.call(data);
        gas = vm.lastCallGas().gasTotalUsed;
        require(success, TransactionFailed(reason));
        uint256 floor = _floor(data);
        if (gas < floor) gas = floor;
        vm.snapshotValue(group, name, gas);
    }

    /// EIP-7623: 10 gas per token, a zero byte being one token and any other byte four.
    function _floor(bytes memory data) internal pure returns (uint256) {
        uint256 tokens = 0;
        for (uint256 i = 0; i < data.length; ++i) tokens += data[i] == 0 ? 1 : 4;
        return 21_000 + 10 * tokens;
    }
}
