// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Outbox} from "../../../contracts/messaging/Outbox.sol";
import {Message, messageId} from "../../../contracts/types/Message.sol";
import {Test} from "../support/Test.sol";

/// An Outbox on A, for an Inbox that is not needed.
abstract contract OutboxFixture is Test {
    uint256 internal constant SOURCE_CHAIN_ID = 31_338;
    uint256 internal constant DESTINATION_CHAIN_ID = 31_337;
    uint256 internal constant NOW = 1_800_000_000;
    address internal constant INBOX = address(0x1b0);
    address internal constant SENDER = address(0x5e4d);
    address internal constant RECEIVER = address(0x4ece);
    uint64 internal constant GAS_LIMIT = 100_000;
    uint64 internal constant NO_EXPIRY = type(uint64).max;

    Outbox internal outbox;

    function setUp() public virtual {
        vm.warp(NOW);
        vm.chainId(SOURCE_CHAIN_ID);
        outbox = new Outbox(DESTINATION_CHAIN_ID, INBOX);
    }

    function idOf(Message memory message) internal view returns (bytes32) {
        return
            messageId(
                outbox.channel().id(),
                message.nonce,
                message.sender,
                message.receiver,
                message.gasLimit,
                message.expiry,
                keccak256(message.payload)
            );
    }

    function rootSlot() internal view returns (bytes32) {
        return vm.load(address(outbox), 0);
    }
}
