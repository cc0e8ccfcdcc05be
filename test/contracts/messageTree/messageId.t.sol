// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Channel, messageId} from "../../../contracts/types/Message.sol";
import {MessageVector, MessageVectors} from "./MessageTreeHarness.sol";

contract MessageIdTest is MessageVectors {
    function _idOf(bytes32 channel, MessageVector memory each) private pure returns (bytes32) {
        return
            messageId(
                channel,
                uint32(each.nonce),
                each.sender,
                each.receiver,
                uint64(each.gasLimit),
                uint64(each.expiry),
                keccak256(each.payload)
            );
    }

    function test_WhenTheVectorsAreHashed() external view {
        (Channel memory channel, bytes32 channelId) = channelVector();
        assertEq(channel.id(), channelId, "channel");
        MessageVector[] memory messages = messageVectors();
        for (uint256 i = 0; i < messages.length; ++i) {
            assertEq(_idOf(channelId, messages[i]), messages[i].id, vm.toString(i));
        }
    }

    function test_WhenOneFieldDiffers() external view {
        MessageVector memory each = messageVectors()[3];
        (Channel memory channel, bytes32 channelId) = channelVector();
        bytes32[11] memory ids;
        ids[0] = each.id;
        each.nonce += 1;
        ids[1] = _idOf(channelId, each);
        each.sender = address(1);
        ids[2] = _idOf(channelId, each);
        each.receiver = address(1);
        ids[3] = _idOf(channelId, each);
        each.gasLimit += 1;
        ids[4] = _idOf(channelId, each);
        each.expiry -= 1;
        ids[5] = _idOf(channelId, each);
        each.payload = "";
        ids[6] = _idOf(channelId, each);
        channel.sourceChainId += 1;
        ids[7] = _idOf(channel.id(), each);
        channel.destinationChainId += 1;
        ids[8] = _idOf(channel.id(), each);
        channel.outbox = address(1);
        ids[9] = _idOf(channel.id(), each);
        channel.inbox = address(1);
        ids[10] = _idOf(channel.id(), each);
        for (uint256 i = 0; i < ids.length; ++i) {
            for (uint256 j = 0; j < i; ++j) assertTrue(ids[i] != ids[j], "two messages share an id");
        }
    }
}
