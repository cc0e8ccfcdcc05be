// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC7786Recipient} from "@openzeppelin/contracts/crosschain/ERC7786Recipient.sol";
import {IInbox} from "../../contracts/interfaces/IInbox.sol";

/// The simplest receiver on B: it writes down what arrives from A, whoever sent it. A contract that acts on messages
/// must also ask who the sender is, as BridgeEnd does.
contract Notebook is ERC7786Recipient {
    address private immutable INBOX;

    /// How many messages have arrived.
    uint256 public count;
    /// The payload of the last one.
    bytes public last;

    event Noted(bytes32 indexed id, bytes sender, bytes payload);

    constructor(IInbox inbox) {
        INBOX = address(inbox);
    }

    /// @inheritdoc ERC7786Recipient
    function _isAuthorizedGateway(address gateway, bytes calldata) internal view override returns (bool) {
        return gateway == INBOX;
    }

    /// @inheritdoc ERC7786Recipient
    function _processMessage(
        address,
        bytes32 receiveId,
        bytes calldata sender,
        bytes calldata payload
    ) internal override {
        ++count;
        last = payload;
        emit Noted(receiveId, sender, payload);
    }
}
