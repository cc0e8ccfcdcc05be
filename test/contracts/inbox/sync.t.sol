// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SourceState} from "../../../contracts/dapp/SourceState.sol";
import {IInbox, RootMissing} from "../../../contracts/interfaces/IInbox.sol";
import {ChannelInvalid} from "../../../contracts/interfaces/IOutbox.sol";
import {IStateSync, ClaimStatusWrong} from "../../../contracts/interfaces/IStateSync.sol";
import {MerklePatricia} from "../../../contracts/libraries/MerklePatricia.sol";
import {Inbox} from "../../../contracts/messaging/Inbox.sol";
import {EMPTY_ROOT} from "../../../contracts/types/Account.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Channel, OUTBOX_ROOT_SLOT} from "../../../contracts/types/Message.sol";
import {MessageDeployment} from "../support/MessageDeployment.sol";

contract InboxSyncTest is MessageDeployment {
    bytes[] private _accountProof;
    bytes[] private _storageProof;

    /// A final claim under which the Outbox has this root.
    function _claimWith(bytes32 root) private returns (Claim memory) {
        bytes32 stateRoot;
        (stateRoot, _accountProof, _storageProof) = proveSlot(
            address(outbox),
            OUTBOX_ROOT_SLOT,
            uint256(root)
        );
        return finalClaim(stateRoot);
    }

    function _sync(Claim memory claim) private returns (bytes32) {
        return inbox.sync(claim, _accountProof, _storageProof);
    }

    function test_WhenItIsConstructed() external view {
        Channel memory channel = inbox.channel();
        assertEq(channel.sourceChainId, SOURCE_CHAIN_ID, "sourceChainId");
        assertEq(channel.outbox, address(outbox), "outbox");
        assertEq(channel.destinationChainId, DESTINATION_CHAIN_ID, "destinationChainId");
        assertEq(channel.inbox, address(inbox), "inbox");
        assertEq(channel.id(), outbox.channel().id(), "one channel");
        assertEq(address(inbox.SYNC()), address(sync), "SYNC");
        assertEq(inbox.ATTESTED_ONLY(), false, "ATTESTED_ONLY");
    }

    function test_RevertWhen_TheChannelIsInvalid() external {
        bytes memory invalid = abi.encodeWithSelector(ChannelInvalid.selector);
        vm.expectRevert(invalid);
        new Inbox(IStateSync(address(0)), SOURCE_CHAIN_ID, address(outbox), false);
        vm.expectRevert(invalid);
        new Inbox(sync, 0, address(outbox), false);
        vm.expectRevert(invalid);
        new Inbox(sync, DESTINATION_CHAIN_ID, address(outbox), false);
        vm.expectRevert(invalid);
        new Inbox(sync, SOURCE_CHAIN_ID, address(0), false);
    }

    function test_WhenTheRootIsFinal() external {
        send(STRANGER, "hello");
        bytes32 root = outbox.root();
        Claim memory claim = _claimWith(root);
        vm.expectEmit(address(inbox));
        emit IInbox.RootSynced(root, claim.number);
        assertEq(_sync(claim), root, "root");
        assertEq(inbox.syncedAt(root), claim.number, "syncedAt");
    }

    function test_WhenTheRootIsKnown() external {
        bytes32 root = keccak256("root");
        Claim memory first = _claimWith(root);
        _sync(first);
        Claim memory second = _claimWith(root);
        vm.recordLogs();
        assertEq(_sync(first), root, "the same again");
        assertEq(_sync(second), root, "the same root in a later block");
        assertEq(vm.getRecordedLogs().length, 0, "events");
        assertEq(inbox.syncedAt(root), first.number, "syncedAt");
    }

    function test_WhenOtherRootsFollow() external {
        bytes32 root = keccak256("root");
        Claim memory first = _claimWith(root);
        _sync(first);
        for (uint256 i = 0; i < 3; ++i) _sync(_claimWith(keccak256(abi.encode(i))));
        assertEq(inbox.syncedAt(root), first.number, "syncedAt");
    }

    function test_WhenTheClaimIsOld() external {
        Claim memory claim = _claimWith(keccak256("root"));
        vm.warp(block.timestamp + 3650 days);
        assertEq(_sync(claim), keccak256("root"), "root");
    }

    function test_RevertWhen_TheClaimIsNotFinal() external {
        Claim memory claim = _claimWith(keccak256("root"));
        Claim memory pending = propose(
            PROPOSER,
            claim.id(),
            headerWith(claim.number + 1, claim.timestamp + 1, claim.stateRoot)
        );
        vm.expectRevert(
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                pending.id(),
                ClaimStatus.Pending,
                ClaimStatus.Final
            )
        );
        _sync(pending);
        claim.stateRoot = keccak256("another state");
        vm.expectRevert(
            abi.encodeWithSelector(ClaimStatusWrong.selector, claim.id(), ClaimStatus.None, ClaimStatus.Final)
        );
        _sync(claim);
    }

    function test_RevertWhen_AProofIsForSomethingElse() external {
        bytes32 stateRoot;
        bytes memory wrongHash = abi.encodeWithSelector(
            MerklePatricia.InvalidProof.selector,
            1,
            MerklePatricia.Reason.WrongHash
        );
        (stateRoot, _accountProof, _storageProof) = proveSlot(address(inbox), OUTBOX_ROOT_SLOT, 7);
        Claim memory claim = finalClaim(stateRoot);
        vm.expectRevert(wrongHash);
        _sync(claim);

        (stateRoot, _accountProof, _storageProof) = proveSlot(address(outbox), OUTBOX_ROOT_SLOT + 1, 7);
        claim = finalClaim(stateRoot);
        vm.expectRevert(wrongHash);
        _sync(claim);

        claim = _claimWith(keccak256("root"));
        _claimWith(keccak256("another root"));
        vm.expectRevert(
            abi.encodeWithSelector(MerklePatricia.InvalidProof.selector, 0, MerklePatricia.Reason.WrongHash)
        );
        _sync(claim);
    }

    function test_RevertWhen_TheOutboxDoesNotExist() external {
        Claim memory claim = finalClaim(EMPTY_ROOT);
        vm.expectRevert(abi.encodeWithSelector(RootMissing.selector, claim.number));
        _sync(claim);
    }

    function test_RevertWhen_NothingWasSent() external {
        // Some clients keep slots of value zero in their tries.
        Claim memory claim = _claimWith(0);
        vm.expectRevert(abi.encodeWithSelector(RootMissing.selector, claim.number));
        _sync(claim);
    }

    function test_WhenAnchorEvidenceIsDemanded() external {
        (outbox, inbox) = deployChannel(true);
        assertEq(inbox.ATTESTED_ONLY(), true, "ATTESTED_ONLY");
        Claim memory claim = _claimWith(keccak256("root"));
        vm.expectRevert(abi.encodeWithSelector(SourceState.RootNotAttested.selector, claim.number));
        _sync(claim);

        anchorCourt.attest(claim, evidenceFor(claim));
        assertEq(_sync(claim), keccak256("root"), "root");
    }
}
