// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChannelInvalid} from "../../../contracts/interfaces/IOutbox.sol";
import {Outbox} from "../../../contracts/messaging/Outbox.sol";
import {Channel} from "../../../contracts/types/Message.sol";
import {OutboxFixture} from "./OutboxFixture.sol";

contract OutboxConstructorTest is OutboxFixture {
    function test_WhenTheChannelIsValid() external view {
        assertEq(outbox.count(), 0, "count");
        assertEq(outbox.root(), 0, "root");
        Channel memory channel = outbox.channel();
        assertEq(channel.sourceChainId, SOURCE_CHAIN_ID, "sourceChainId");
        assertEq(channel.outbox, address(outbox), "outbox");
        assertEq(channel.destinationChainId, DESTINATION_CHAIN_ID, "destinationChainId");
        assertEq(channel.inbox, INBOX, "inbox");
    }

    function test_RevertWhen_TheChannelIsInvalid() external {
        bytes memory invalid = abi.encodeWithSelector(ChannelInvalid.selector);
        vm.expectRevert(invalid);
        new Outbox(0, INBOX);
        vm.expectRevert(invalid);
        new Outbox(SOURCE_CHAIN_ID, INBOX);
        vm.expectRevert(invalid);
        new Outbox(DESTINATION_CHAIN_ID, address(0));
    }
}
