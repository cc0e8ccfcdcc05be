// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInbox, RootNotContested, RootUnknown} from "../../../contracts/interfaces/IInbox.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Branch, Message, MessageStatus, OUTBOX_ROOT_SLOT} from "../../../contracts/types/Message.sol";
import {MessageDeployment} from "../support/MessageDeployment.sol";
import {Listener} from "../support/Receivers.sol";

contract InboxDisownTest is MessageDeployment {
    uint64 private constant NUMBER = 200;

    Message private _sent;
    bytes32 private _root;
    /// Two claims about one block. The first becomes final, and the root is synced under it.
    Claim private _first;
    Claim private _second;

    function setUp() public override {
        super.setUp();
        _sent = send(address(new Listener()), "hello");
        _root = outbox.root();
        (bytes32 stateRoot, bytes[] memory accountProof, bytes[] memory storageProof) = proveSlot(
            address(outbox),
            OUTBOX_ROOT_SLOT,
            uint256(_root)
        );
        bytes memory header = headerWith(NUMBER, timestampAt(NUMBER), stateRoot);
        _first = propose(PROPOSER, sync.genesis(), header);
        _second = propose(PROPOSER, sync.genesis(), forkedBlockAt(NUMBER, 1));
        finalize(_first);
        inbox.sync(_first, accountProof, storageProof);
    }

    function _expectNotContested(bytes32 root, uint64 number) private {
        vm.expectRevert(abi.encodeWithSelector(RootNotContested.selector, root, number));
    }

    function test_WhenTheBlockIsContested() external {
        sync.finalize(_second);
        assertEq(sync.refundMode(), true, "refund mode");
        vm.expectEmit(address(inbox));
        emit IInbox.RootDisowned(_root, NUMBER);
        inbox.disown(_root, _first);

        assertEq(inbox.syncedAt(_root), 0, "syncedAt");
        Branch memory branch = branchOf(_sent);
        vm.expectRevert(abi.encodeWithSelector(RootUnknown.selector, _root));
        inbox.deliver(_sent, branch);
        _expectNotContested(_root, NUMBER);
        inbox.disown(_root, _first);
    }

    function test_WhenAMessageFailedUnderIt() external {
        Branch memory branch = branchOf(_sent);
        bytes memory code = _sent.receiver.code;
        vm.etch(_sent.receiver, "");
        assertTrue(!inbox.deliver(_sent, branch), "failed");
        sync.finalize(_second);
        inbox.disown(_root, _first);

        assertTrue(inbox.status(_sent.nonce) == MessageStatus.Failed, "status");
        vm.etch(_sent.receiver, code);
        assertTrue(inbox.retry(_sent, _sent.gasLimit), "retried");
    }

    function test_RevertWhen_TheBlockIsNotContested() external {
        _expectNotContested(_root, NUMBER);
        inbox.disown(_root, _first);
    }

    function test_RevertWhen_TheClaimIsAboutAnotherBlock() external {
        sync.finalize(_second);
        _expectNotContested(_root, GENESIS_NUMBER);
        inbox.disown(_root, genesisClaim());
    }

    function test_RevertWhen_TheClaimIsNotFinal() external {
        sync.finalize(_second);
        _expectNotContested(_root, NUMBER);
        inbox.disown(_root, _second);
    }

    function test_RevertWhen_TheRootWasNotSynced() external {
        sync.finalize(_second);
        _expectNotContested(keccak256("another root"), NUMBER);
        inbox.disown(keccak256("another root"), _first);
    }
}
