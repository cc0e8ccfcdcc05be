// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Calling B's own precompiles
/// @notice A precompile of A that does bounded work is answered by the precompile of the same address on B. Its failure
/// must mean that the input is bad and never that gas was short, because a failure is a transition of the machine.
library Native {
    /// @notice More than any precompile called here takes for one input.
    uint256 internal constant NATIVE_GAS = 2_000_000;
    /// @notice Leaves `NATIVE_GAS` after the 63/64 rule (EIP-150) and everything that the call itself costs.
    uint256 internal constant NEEDED_GAS = 2_200_000;

    /// @dev The transaction has too little gas left to tell a bad input from starvation: try again with more.
    error NativeGasShort(uint256 left, uint256 needed);

    /// Runs a precompile of B on `input`.
    function run(
        uint256 precompile,
        bytes memory input
    ) internal view returns (bool success, bytes memory output) {
        // INVARIANT: a precompile that fails here has refused its input.
        require(gasleft() >= NEEDED_GAS, NativeGasShort(gasleft(), NEEDED_GAS));
        return address(uint160(precompile)).staticcall{gas: NATIVE_GAS}(input);
    }
}
