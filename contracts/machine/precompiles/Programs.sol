// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Code} from "../State.sol";

/// @title The programs that the machine runs as precompiles
/// @notice Records of the runtime code of contracts/machine/programs. Written by `tools/programs.ts`.
library Programs {
    function ripemd160Code() internal pure returns (Code memory) {
        return
            Code({
                size: 10111,
                delegate: address(0),
                root: 0xd9ca51aee6ba90353dcddb351e7199a04e9d50066586d6db6e7c0341ade90985,
                jumps: 0xccd42c1a1899ebc3552e7aac9e9eb5400c0bb80aecf109756084fa4f512ed4c2
            });
    }

    function modExpCode() internal pure returns (Code memory) {
        return
            Code({
                size: 2655,
                delegate: address(0),
                root: 0x090ea5f0f82ffa230aee6cafd82a4ac5a4624f1541afeaa40b4e042c09b0be67,
                jumps: 0xbe42ae2db25d7fde82fba75f4baf610dcb42073f1461e25bf361f2e9c5a4074e
            });
    }
}
