// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchEmpty, IOutbox, OutboxFull, ReceiverZero} from "../../../contracts/interfaces/IOutbox.sol";
import {Message} from "../../../contracts/types/Message.sol";
import {MessageTrees} from "../support/MessageTrees.sol";
import {OutboxFixture} from "./OutboxFixture.sol";

contract OutboxSendBatchTest is OutboxFixture {
    using MessageTrees for bytes32[];

    function _drafts(uint256 count) private pure returns (IOutbox.Draft[] memory drafts) {
        drafts = new IOutbox.Draft[](count);
        for (uint256 i = 0; i < count; ++i) {
            drafts[i] = IOutbox.Draft(RECEIVER, GAS_LIMIT + uint64(i), NO_EXPIRY, abi.encode("message", i));
        }
    }

    /// forge-config: default.fuzz.runs = 32
    function testFuzz_WhenThereAreDrafts(uint256 before, uint256 count) external {
        before = bound(before, 0, 9);
        count = bound(count, 1, 9);
        bytes32[] memory leaves = new bytes32[](before + count);
        for (uint256 i = 0; i < before; ++i) leaves[i] = outbox.send(RECEIVER, 0, NO_EXPIRY, "");

        IOutbox.Draft[] memory drafts = _drafts(count);
        for (uint256 i = 0; i < count; ++i) leaves[before + i] = _expectSent(uint32(before + i), drafts[i]);
        vm.prank(SENDER);
        bytes32[] memory ids = outbox.sendBatch(drafts);

        assertEq(ids.length, count, "ids");
        for (uint256 i = 0; i < count; ++i) assertEq(ids[i], leaves[before + i], "id");
        assertEq(outbox.count(), before + count, "count");
        assertEq(rootSlot(), leaves.root(before + count), "root");
        assertEq(outbox.send(RECEIVER, 0, NO_EXPIRY, "") != 0, true, "the next");
    }

    function _expectSent(uint32 nonce, IOutbox.Draft memory draft) private returns (bytes32 id) {
        id = idOf(Message(nonce, SENDER, draft.receiver, draft.gasLimit, draft.expiry, draft.payload));
        vm.expectEmit(address(outbox));
        emit IOutbox.MessageSent(
            id,
            SENDER,
            draft.receiver,
            nonce,
            draft.gasLimit,
            draft.expiry,
            draft.payload
        );
    }

    function test_RevertWhen_ThereAreNone() external {
        vm.expectRevert(abi.encodeWithSelector(BatchEmpty.selector));
        outbox.sendBatch(new IOutbox.Draft[](0));
    }

    function test_RevertWhen_OneIsOutOfBounds() external {
        IOutbox.Draft[] memory drafts = _drafts(3);
        drafts[2].receiver = address(0);
        vm.expectRevert(abi.encodeWithSelector(ReceiverZero.selector));
        outbox.sendBatch(drafts);
    }

    function test_RevertWhen_TheTreeIsTooFull() external {
        vm.store(address(outbox), bytes32(uint256(1)), bytes32(uint256(2 ** 32 - 3)));
        vm.expectRevert(abi.encodeWithSelector(OutboxFull.selector));
        outbox.sendBatch(_drafts(3));
        outbox.sendBatch(_drafts(2));
        assertEq(outbox.count(), 2 ** 32 - 1, "count");
    }
}
