// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC7786Recipient} from "@openzeppelin/contracts/crosschain/ERC7786Recipient.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";

/// Does nothing, and says that it did.
contract Listener is ERC7786Recipient {
    function _isAuthorizedGateway(address, bytes calldata) internal pure override returns (bool) {
        return true;
    }

    function _processMessage(address, bytes32, bytes calldata, bytes calldata) internal pure override {}
}

/// Remembers what it was told last, and how much gas it had.
contract Recorder is ERC7786Recipient {
    using InteroperableAddress for bytes;

    struct Received {
        address gateway;
        bytes32 id;
        bytes sender;
        bytes payload;
        uint256 gas;
        uint256 value;
    }

    uint256 public count;
    Received private _last;

    function last() external view returns (Received memory) {
        return _last;
    }

    function _isAuthorizedGateway(address, bytes calldata) internal pure override returns (bool) {
        return true;
    }

    function _processMessage(
        address gateway,
        bytes32 receiveId,
        bytes calldata sender,
        bytes calldata payload
    ) internal override {
        uint256 gas = gasleft();
        ++count;
        _last = Received(gateway, receiveId, sender, payload, gas, msg.value);
    }
}
