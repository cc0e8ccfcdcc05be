// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IInbox} from "../../contracts/interfaces/IInbox.sol";
import {IOutbox} from "../../contracts/interfaces/IOutbox.sol";
import {BridgeEnd} from "./BridgeEnd.sol";

/// The end of a token bridge where the token is: what is locked here exists as a VaultToken at the other end.
/// @dev For tokens that move exactly what they are told to; not for those that take a fee or change balances.
contract Vault is BridgeEnd {
    using SafeERC20 for IERC20;

    IERC20 public immutable TOKEN;

    /// @param peer The VaultToken at the other end.
    constructor(IERC20 token, IOutbox outbox, IInbox inbox, address peer) BridgeEnd(outbox, inbox, peer) {
        TOKEN = token;
    }

    /// Locks tokens of the caller, which has approved them, and mints as many for `to` at the other end.
    function lock(address to, uint256 amount) external returns (bytes32 id) {
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
        return _depart(to, amount);
    }

    function _arrive(address to, uint256 amount) internal override {
        TOKEN.safeTransfer(to, amount);
    }
}
