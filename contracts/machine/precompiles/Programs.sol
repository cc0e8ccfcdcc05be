// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The programs that the machine runs as precompiles
/// @notice Hashes of the runtime code of contracts/machine/programs. Written by `tools/programs.ts`.
library Programs {
    bytes32 internal constant RIPEMD160 = 0x948d2a468961a434e11f75df7a48d89cb799b62e93bf4cf17ba0b1b36e5a72de;
    bytes32 internal constant MODEXP = 0x4496396a647fedaa40268a171c518121f0bef229d2407be7f75d201eca0e7ad2;
}
