// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IInbox} from "../../contracts/interfaces/IInbox.sol";
import {IOutbox} from "../../contracts/interfaces/IOutbox.sol";
import {BridgeEnd} from "./BridgeEnd.sol";

/// The end of a token bridge where the token is not: a token that stands for what a Vault at the other end holds.
contract VaultToken is ERC20, BridgeEnd {
    /// @param peer The Vault at the other end.
    constructor(
        IOutbox outbox,
        IInbox inbox,
        address peer
    ) ERC20("Vault Token", "VLT") BridgeEnd(outbox, inbox, peer) {}

    /// Burns tokens of the caller and releases as many to `to` at the other end.
    function burn(address to, uint256 amount) external returns (bytes32 id) {
        _burn(msg.sender, amount);
        return _depart(to, amount);
    }

    function _arrive(address to, uint256 amount) internal override {
        _mint(to, amount);
    }
}
