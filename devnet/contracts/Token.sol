// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// An ordinary token on A. It knows nothing of optisync.
contract Token is ERC20 {
    constructor(uint256 supply) ERC20("Source Token", "SRC") {
        _mint(msg.sender, supply);
    }
}
