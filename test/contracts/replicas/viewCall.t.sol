// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {FeedApplying, FeedFrozen, FeedTooOld} from "../../../contracts/interfaces/IFeeds.sol";
import {
    CodeUnknown,
    LogicMissing,
    NotFeeds,
    NotReplicas,
    ViewFailed
} from "../../../contracts/interfaces/IReplicas.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {CHUNK} from "../../../contracts/types/Deltas.sol";
import {Update} from "../../../contracts/types/Update.sol";
import {ManyDeltas} from "../support/ManyDeltas.sol";
import {MirroredToken, MirroredTokenTwo} from "../support/Mirrored.sol";
import {ReplicaDeployment} from "../support/ReplicaDeployment.sol";

/// A contract on B that reads the mirrored token in a transaction of its own.
contract Reader {
    uint256 public last;

    function remember(MirroredToken token, address account) external {
        last = token.balanceOf(account) + token.totalSupply();
    }
}

contract ReplicasViewCallTest is ReplicaDeployment {
    function _view(
        Update memory head,
        uint256 maxAge,
        bytes memory data
    ) private view returns (bytes memory) {
        return replicas.viewCall(head.feed, maxAge, data);
    }

    function test_WhenTheStorageIsA_SlotBySlot() external {
        Update memory head = mirrorToken();
        bytes32[] memory slots = tokenSlots();
        for (uint256 i = 0; i < slots.length; ++i)
            assertEq(vm.load(replicaOf(head), slots[i]), vm.load(address(token), slots[i]), "raw slot");
        // Nothing else is there: not one slot of ours was touched.
        vm.record();
        replicas.viewCall(head.feed, 1 hours, abi.encodeCall(token.sum, ()));
        (, bytes32[] memory writes) = vm.accesses(replicaOf(head));
        assertEq(writes.length, 0, "writes");
    }

    function test_WhenAViewIsCalledPlainly() external {
        MirroredToken replica = MirroredToken(replicaOf(mirrorToken()));
        assertEq(replica.balanceOf(ALICE), 1000, "balance");
        assertEq(replica.totalSupply(), 1234, "supply");
        assertEq(bytes(replica.name()), bytes("Mirrored"), "name");
        assertEq(replica.CAP(), CAP, "immutable");
        assertEq(replica.sum(), 1234, "a loop over storage");
        assertEq(replica.holders(1), BOB, "array");
        assertEq(replica.decimals(), 18, "pure");
    }

    function test_WhenAContractReadsInATransaction() external {
        Reader reader = new Reader();
        reader.remember(MirroredToken(replicaOf(mirrorToken())), ALICE);
        assertEq(reader.last(), 2234, "read");
    }

    function test_WhenAnEoaAsks() external {
        MirroredToken replica = MirroredToken(replicaOf(mirrorToken()));
        vm.prank(ALICE);
        assertEq(replica.balanceOf(BOB), 234, "as eth_call would");
    }

    function test_WhenTheReaderStatesAnAge() external {
        Update memory head = mirrorToken();
        bytes memory answer = _view(head, 1 hours, abi.encodeCall(token.balanceOf, (ALICE)));
        assertEq(abi.decode(answer, (uint256)), 1000, "balance");
        assertTrue(replicas.isViewable(head.feed, 1 hours), "viewable");
    }

    function test_WhenTheStateIsAsOldAsAccepted_AndOneSecondOlder() external {
        Update memory head = mirrorToken();
        bytes memory data = abi.encodeCall(token.totalSupply, ());
        vm.warp(head.timestamp + 100);
        _view(head, 100, data);
        vm.expectRevert(abi.encodeWithSelector(FeedTooOld.selector, head.feed, head.timestamp, 99));
        _view(head, 99, data);
        assertTrue(!replicas.isViewable(head.feed, 99), "not viewable");

        MirroredToken replica = MirroredToken(replicaOf(head));
        vm.warp(head.timestamp + PLAIN_AGE);
        assertEq(replica.totalSupply(), 1234, "just fresh enough");
        vm.warp(head.timestamp + PLAIN_AGE + 1);
        vm.expectRevert(abi.encodeWithSelector(FeedTooOld.selector, head.feed, head.timestamp, PLAIN_AGE));
        replica.totalSupply();
        // Who states an age of his own is not bound by the feed's.
        assertEq(abi.decode(_view(head, 2 hours, data), (uint256)), 1234, "older by consent");
    }

    function test_WhenTheDataIsOfAnyShape() external {
        Update memory head = mirrorToken();
        bytes memory data = bytes.concat(abi.encodeCall(token.echo, ()), hex"0102030405060708090a");
        assertEq(abi.decode(_view(head, 1 hours, data), (bytes)), data, "passed on as it is");
    }

    function test_RevertWhen_TheViewReverts_WithItsReason() external {
        Update memory head = mirrorToken();
        bytes memory reason = abi.encodeWithSelector(MirroredToken.NothingThere.selector, STRANGER);
        MirroredToken replica = MirroredToken(replicaOf(head));
        vm.expectRevert(reason);
        replica.requireHolder(STRANGER);
        vm.expectRevert(reason);
        _view(head, 1 hours, abi.encodeCall(token.requireHolder, (STRANGER)));
    }

    function test_RevertWhen_ACallWouldChangeState() external {
        Update memory head = mirrorToken();
        MirroredToken replica = MirroredToken(replicaOf(head));
        bytes memory failed = abi.encodeWithSelector(ViewFailed.selector, head.feed);
        vm.prank(ALICE);
        vm.expectRevert(failed);
        replica.approve{gas: 1_000_000}(BOB, 1);
        vm.expectRevert(failed);
        replica.mint{gas: 1_000_000}(STRANGER, 5);
        // The replica itself is the sender that the logic sees, and has nothing.
        vm.prank(ALICE);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, address(replica), 0, 1)
        );
        replica.transfer{gas: 1_000_000}(BOB, 1);
        vm.expectRevert(failed);
        replicas.viewCall{gas: 1_000_000}(head.feed, 1 hours, abi.encodeCall(token.mint, (STRANGER, 5)));
        assertEq(vm.load(address(replica), balanceSlot(STRANGER)), 0, "nothing was written");
    }

    function test_RevertWhen_AViewGivesNoReason() external {
        Update memory head = mirrorToken();
        MirroredToken replica = MirroredToken(replicaOf(head));
        vm.expectRevert(abi.encodeWithSelector(ViewFailed.selector, head.feed));
        replica.silent();
    }

    function test_RevertWhen_ValueIsSent() external {
        address replica = replicaOf(mirrorToken());
        vm.deal(address(this), 1);
        (bool success, ) = replica.call{value: 1}("");
        assertTrue(!success, "value");
    }

    function test_RevertGiven_NoLogic() external {
        Update memory head = mirror(createReplica(address(token), 0), address(token), tokenSlots());
        bytes memory missing = abi.encodeWithSelector(LogicMissing.selector, head.feed);
        MirroredToken replica = MirroredToken(replicaOf(head));
        vm.expectRevert(missing);
        replica.totalSupply();
        vm.expectRevert(missing);
        _view(head, 1 hours, abi.encodeCall(token.totalSupply, ()));
        assertTrue(!replicas.isViewable(head.feed, 1 hours), "not viewable");
    }

    function test_RevertGiven_AHalfAppliedUpdate() external {
        Update memory head = mirrorToken();
        bytes memory deltas = ManyDeltas.ordered(CHUNK + 1, 1);
        Update memory next = postMirror(head, address(token).codehash, deltas);
        passUpdateWindow();
        applyOne(next, deltas, 0);
        bytes memory applying = abi.encodeWithSelector(FeedApplying.selector, head.feed);
        MirroredToken replica = MirroredToken(replicaOf(head));
        vm.expectRevert(applying);
        replica.totalSupply();
        vm.expectRevert(applying);
        _view(head, 1 hours, abi.encodeCall(token.totalSupply, ()));
        applyOne(next, deltas, 1);
        assertEq(replica.totalSupply(), 1234, "whole again");
    }

    function test_RevertGiven_AFrozenFeed() external {
        Update memory head = mirrorToken();
        vm.prank(address(deltaCourt));
        feeds.reject(head, CHALLENGER);
        bytes memory frozen = abi.encodeWithSelector(FeedFrozen.selector, head.feed);
        MirroredToken replica = MirroredToken(replicaOf(head));
        vm.expectRevert(frozen);
        replica.totalSupply();
        vm.expectRevert(frozen);
        _view(head, 1 hours, abi.encodeCall(token.totalSupply, ()));
    }

    function test_GivenTheCodeOnAChanges_ViewsWaitForTheNewOne() external {
        Update memory head = mirrorToken();
        MirroredTokenTwo upgraded = new MirroredTokenTwo();
        head = mirrorAs(head, address(upgraded).codehash, "");
        MirroredToken replica = MirroredToken(replicaOf(head));
        vm.expectRevert(abi.encodeWithSelector(LogicMissing.selector, head.feed));
        replica.totalSupply();
        assertEq(feeds.read(head.feed, balanceSlot(ALICE), 1 hours), bytes32(uint256(1000)), "slots go on");

        replicas.storeCode(address(upgraded).code);
        replicas.register(head);
        assertEq(MirroredTokenTwo(replicaOf(head)).version(), 2, "new code");
        assertEq(MirroredTokenTwo(replicaOf(head)).balanceOf(ALICE), 1000, "same storage");
    }

    function test_GivenAnUpdateOfTheSameCode_ViewsGoOn() external {
        Update memory head = mirrorToken();
        token.mint(ALICE, 1);
        head = mirror(head, address(token), tokenSlots());
        assertEq(MirroredToken(replicaOf(head)).balanceOf(ALICE), 1001, "new value");
    }

    /// An update that the prover has found true; its roots are made up, so the prover's word is, too.
    function _advance(
        Update memory head,
        bytes32 codeHash,
        bytes memory deltas
    ) private returns (Update memory update) {
        Claim memory root = finalRoot(keccak256(abi.encode("state", head.id())));
        (update.feed, update.parent, update.codeHash) = (head.feed, head.id(), codeHash);
        (update.number, update.timestamp, update.stateRoot) = (root.number, root.timestamp, root.stateRoot);
        vm.prank(address(prover));
        feeds.advance(update, root.id(), 0, deltas);
    }

    function test_GivenAProvenUpdate_ViewsAreOfItsBlock() external {
        Update memory head = mirrorToken();
        MirroredToken replica = MirroredToken(replicaOf(head));
        vm.warp(block.timestamp + PLAIN_AGE);
        bytes memory old = abi.encodeWithSelector(
            FeedTooOld.selector,
            head.feed,
            uint40(head.timestamp),
            PLAIN_AGE
        );
        vm.expectRevert(old);
        replica.totalSupply();

        token.mint(ALICE, 1);
        head = _advance(head, address(token).codehash, deltasFrom(address(token), tokenSlots()));
        assertEq(replica.balanceOf(ALICE), 1001, "the new value, and no longer too old");
        vm.warp(head.timestamp + PLAIN_AGE);
        assertEq(replica.balanceOf(ALICE), 1001, "just as old as accepted");
        vm.warp(head.timestamp + PLAIN_AGE + 1);
        vm.expectPartialRevert(FeedTooOld.selector);
        replica.balanceOf(ALICE);
    }

    function test_GivenAProvenUpdateOfOtherCode_ViewsWaitForTheNewOne() external {
        Update memory head = mirrorToken();
        head = _advance(head, keccak256("other code"), "");
        MirroredToken replica = MirroredToken(replicaOf(head));
        vm.expectRevert(abi.encodeWithSelector(LogicMissing.selector, head.feed));
        replica.totalSupply();
        // The old code is not the code of the block shown, whoever asks for it.
        vm.expectRevert(abi.encodeWithSelector(CodeUnknown.selector, head.codeHash));
        replicas.register(head);
        head = _advance(head, address(token).codehash, "");
        vm.expectRevert(abi.encodeWithSelector(LogicMissing.selector, head.feed));
        replica.totalSupply();
        replicas.register(head);
        assertEq(replica.balanceOf(ALICE), 1000, "registered again");
    }

    function test_RevertWhen_AnybodyElseCreatesOrSets() external {
        vm.expectRevert(abi.encodeWithSelector(NotFeeds.selector, address(this)));
        replicas.create(1, 0);
        Update memory head;
        vm.expectRevert(abi.encodeWithSelector(NotReplicas.selector, address(this)));
        feeds.setLogic(head, address(this), address(0));
    }
}
