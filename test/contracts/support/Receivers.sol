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

/// Reverts until it is opened.
contract Refuser is ERC7786Recipient {
    error Refused(uint256 code, bytes payload);

    bool public isOpen;
    uint256 public count;

    function open() external {
        isOpen = true;
    }

    function _isAuthorizedGateway(address, bytes calldata) internal pure override returns (bool) {
        return true;
    }

    function _processMessage(address, bytes32, bytes calldata, bytes calldata payload) internal override {
        ++count;
        require(isOpen, Refused(7786, payload));
    }
}

/// Burns all the gas it gets.
contract GasBurner {
    fallback() external {
        while (true) {}
    }
}

/// Answers with whatever it was told to, as a return or as a revert: bytes, and zeros up to a size.
contract Answerer {
    bool private immutable REVERTS;
    uint256 private immutable SIZE;
    bytes32 private immutable WORD;

    constructor(bool reverts, uint256 size, bytes32 word) {
        (REVERTS, SIZE, WORD) = (reverts, size, word);
    }

    fallback() external {
        (bool reverts, uint256 size, bytes32 word) = (REVERTS, SIZE, WORD);
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, word)
            if reverts {
                revert(data, size)
            }
            return(data, size)
        }
    }
}

/// Calls somebody back before it accepts, and remembers how that went.
contract CallerBack is ERC7786Recipient {
    address private _target;
    bytes private _data;
    bool public succeeded;
    bytes public answer;
    uint256 public count;

    function prepare(address target, bytes calldata data) external {
        (_target, _data) = (target, data);
    }

    function _isAuthorizedGateway(address, bytes calldata) internal pure override returns (bool) {
        return true;
    }

    function _processMessage(address, bytes32, bytes calldata, bytes calldata) internal override {
        ++count;
        // Only once: what it calls may lead back here.
        bytes memory data = _data;
        if (data.length == 0) return;
        delete _data;
        (succeeded, answer) = _target.call(data);
    }
}

/// Does its work, but answers wrongly.
contract Forgetful {
    uint256 public count;

    fallback() external {
        ++count;
    }
}
