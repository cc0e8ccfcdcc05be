// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC7786Recipient} from "@openzeppelin/contracts/crosschain/ERC7786Recipient.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import {RootUnknown} from "../../../contracts/interfaces/IInbox.sol";
import {Inbox} from "../../../contracts/messaging/Inbox.sol";
import {Branch, Message, NEVER} from "../../../contracts/types/Message.sol";
import {BridgeEnd, RecipientInvalid} from "../../../devnet/contracts/BridgeEnd.sol";
import {MessageTrees} from "../support/MessageTrees.sol";
import {TwoWayBridge} from "../support/TwoWayBridge.sol";

contract BridgeRoundTripTest is TwoWayBridge {
    using MessageTrees for bytes32[];

    address private constant ALICE = address(0xa11ce);
    address private constant BOB = address(0xb0b);

    function setUp() public {
        _deploy();
        token.transfer(ALICE, 100);
    }

    function _bring(uint256 way, uint256 nonce) private {
        syncWay(way);
        assertTrue(push(way, nonce), "delivered");
    }

    function test_WhenTokensGoThereAndBack() external {
        lock(ALICE, BOB, 60);
        requireConserved();
        assertEq(token.balanceOf(ALICE), 40, "left on A");
        assertEq(wrapped.balanceOf(BOB), 0, "on B, before");
        vm.chainId(CHAIN_B);
        syncWay(AB);
        vm.expectEmit(address(wrapped));
        emit BridgeEnd.Arrived(leaves[AB][0], BOB, 60);
        assertTrue(push(AB, 0), "delivered");
        assertEq(wrapped.balanceOf(BOB), 60, "on B");
        requireConserved();

        burn(BOB, ALICE, 25);
        assertEq(wrapped.totalSupply(), 35, "left on B");
        requireConserved();
        _bring(BA, 0);
        assertEq(token.balanceOf(ALICE), 65, "back on A");
        assertEq(token.balanceOf(address(vault)), 35, "locked");
        requireConserved();
    }

    function test_WhenTheReceiverFails() external {
        lock(ALICE, BOB, 60);
        wrapped.setMood(true);
        syncWay(AB);
        assertEq(push(AB, 0), false, "delivered");
        assertEq(inFlight(AB), 60, "in flight");
        requireConserved();
        assertEq(push(AB, 0), false, "retried");
        wrapped.setMood(false);
        assertTrue(push(AB, 0), "retried");
        assertEq(wrapped.balanceOf(BOB), 60, "on B");
        requireConserved();

        burn(BOB, ALICE, 60);
        token.setMood(true);
        syncWay(BA);
        assertEq(push(BA, 0), false, "delivered");
        requireConserved();
        token.setMood(false);
        assertTrue(push(BA, 0), "retried");
        assertEq(token.balanceOf(ALICE), 100, "on A");
        requireConserved();
    }

    function test_WhenBothChainsRollBack() external {
        uint256 fork = vm.snapshotState();
        lock(ALICE, BOB, 60);
        syncWay(AB);
        push(AB, 0);
        requireConserved();
        Message memory gone = messages[AB][0];
        Branch memory branch = branchOf(AB, 0);
        bytes32 root = ways[AB].outbox.root();

        vm.revertToState(fork);
        lock(ALICE, ALICE, 10);
        syncWay(AB);
        Inbox inbox = ways[AB].inbox;
        vm.expectRevert(abi.encodeWithSelector(RootUnknown.selector, root));
        inbox.deliver(gone, branch);
        assertTrue(push(AB, 0), "delivered");
        assertEq(wrapped.totalSupply(), 10, "on B");
        requireConserved();
    }

    function test_RevertWhen_TheRecipientIsInvalid() external {
        vm.prank(ALICE);
        token.approve(address(vault), 100);
        vm.chainId(CHAIN_A);
        address[2] memory recipients = [address(0), address(wrapped)];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(ALICE);
            vm.expectRevert(abi.encodeWithSelector(RecipientInvalid.selector, recipients[i]));
            vault.lock(recipients[i], 1);
        }
        lock(ALICE, BOB, 60);
        _bring(AB, 0);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(RecipientInvalid.selector, address(vault)));
        wrapped.burn(address(vault), 1);
    }

    function test_WhenSomebodyElseSends() external {
        vm.chainId(CHAIN_A);
        vm.prank(BOB);
        bytes32 id = ways[AB].outbox.send(address(wrapped), 120_000, NEVER, abi.encode(BOB, 1 ether));
        messages[AB].push(Message(0, BOB, address(wrapped), 120_000, NEVER, abi.encode(BOB, 1 ether)));
        leaves[AB].push(id);
        syncWay(AB);
        assertEq(push(AB, 0), false, "delivered");
        assertEq(wrapped.totalSupply(), 0, "on B");
    }

    function test_RevertWhen_SomebodyElseCalls() external {
        bytes memory sender = InteroperableAddress.formatEvmV1(CHAIN_A, address(vault));
        vm.prank(BOB);
        vm.expectRevert(
            abi.encodeWithSelector(ERC7786Recipient.ERC7786RecipientUnauthorizedGateway.selector, BOB, sender)
        );
        wrapped.receiveMessage(0, sender, abi.encode(BOB, 1 ether));
    }
}
