// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// What tests mirror: a real token with an immutable of its own, which its constructor set.
contract MirroredToken is ERC20 {
    error NothingThere(address account);

    uint256 public immutable CAP;
    address[] public holders;

    constructor(uint256 cap) ERC20("Mirrored", "MIR") {
        CAP = cap;
    }

    function mint(address to, uint256 amount) external {
        if (balanceOf(to) == 0) holders.push(to);
        _mint(to, amount);
    }

    function requireHolder(address account) external view returns (uint256 balance) {
        balance = balanceOf(account);
        require(balance != 0, NothingThere(account));
    }

    function sum() external view returns (uint256 total) {
        for (uint256 i = 0; i < holders.length; ++i) total += balanceOf(holders[i]);
    }

    function silent() external pure {
        // A reason is what this one does not give.
        assembly ("memory-safe") {
            revert(0, 0)
        }
    }

    function echo() external pure returns (bytes memory) {
        return msg.data;
    }
}

/// The same storage, another code: what an upgrade leads to.
contract MirroredTokenTwo is ERC20 {
    constructor() ERC20("Mirrored", "MIR") {}

    function version() external pure returns (uint256) {
        return 2;
    }
}

/// Real code that calls whoever receives a token.
contract MirroredNames is ERC721 {
    constructor() ERC721("Names", "NAM") {}
}

/// Uses a precompile, as compilers do.
contract Signatures {
    function signer(bytes32 digest, uint8 v, bytes32 r, bytes32 s) external pure returns (address) {
        return ecrecover(digest, v, r, s);
    }
}

/// Its answers depend on the chain.
contract Calendar {
    uint256 public end = 42;

    function isOver() external view returns (bool) {
        return block.timestamp > end;
    }

    function domain() external view returns (uint256, address) {
        return (block.chainid, address(this));
    }
}
