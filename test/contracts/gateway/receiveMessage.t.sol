// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CrosschainLinked} from "@openzeppelin/contracts/crosschain/CrosschainLinked.sol";
import {ERC7786Recipient} from "@openzeppelin/contracts/crosschain/ERC7786Recipient.sol";
import {BridgeERC20} from "@openzeppelin/contracts/crosschain/bridges/BridgeERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Crosschain} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Crosschain.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Answerer, Recorder} from "../support/Receivers.sol";
import {GatewayFixture} from "./GatewayFixture.sol";

/// OpenZeppelin's bridge as it is.
contract TokenBridge is BridgeERC20 {
    constructor(IERC20 token, Link[] memory links) BridgeERC20(token) CrosschainLinked(links) {}
}

/// OpenZeppelin's token that lives on several chains as it is.
contract TokenThere is ERC20Crosschain {
    constructor(Link[] memory links) ERC20("Token there", "THERE") CrosschainLinked(links) {}
}

contract GatewayReceiveMessageTest is GatewayFixture {
    bytes[] private _none;

    function _send(address to, bytes memory payload, bytes[] memory attributes) private {
        vm.chainId(CHAIN_A);
        vm.recordLogs();
        vm.prank(ALICE);
        gatewayA.sendMessage(at(CHAIN_B, to), payload, attributes);
    }

    function test_WhenThePeerSent() external {
        Recorder recorder = new Recorder();
        _send(address(recorder), "hello", _none);
        assertTrue(carry(AB), "delivered");
        Recorder.Received memory received = recorder.last();
        assertEq(received.gateway, address(gatewayB), "gateway");
        assertEq(received.id, leaves[AB][0], "id");
        assertEq(received.sender, at(CHAIN_A, ALICE), "sender");
        assertEq(received.payload, "hello", "payload");
    }

    /// forge-config: default.fuzz.runs = 32
    function testFuzz_WhenTheRecipientNeedsItsGas(uint256 gasLimit, uint256 size) external {
        gasLimit = bound(gasLimit, 0, 9_000_000);
        size = bound(size, 0, 32_000);
        Eater eater = new Eater(gasLimit);
        bytes[] memory attributes = new bytes[](1);
        attributes[0] = abi.encodeWithSignature("gasLimit(uint64)", gasLimit);
        _send(address(eater), new bytes(size), attributes);
        carry(AB);
        // Whoever gets too little cannot say so.
        if (gasLimit > 3_000) assertTrue(isDelivered(AB, 0), "it had what it was promised");
    }

    function test_WhenTheRecipientFails() external {
        _send(address(new Answerer(true, 4, 0)), "", _none);
        assertTrue(!carry(AB), "reverts");
        _send(address(new Answerer(false, 32, 0)), "", _none);
        assertTrue(!carry(AB), "answers something else");
        _send(ALICE, "", _none);
        assertTrue(!carry(AB), "is none");
        for (uint256 i = 0; i < 3; ++i)
            assertEq(ways[AB].inbox.failed(uint32(i)), leaves[AB][i], "can be retried");
    }

    function test_RevertWhen_SomebodyElseSent() external {
        Recorder recorder = new Recorder();
        bytes memory forged = abi.encode(address(this), address(recorder), "forged");
        // Not through the Inbox.
        vm.chainId(CHAIN_B);
        bytes memory peer = at(CHAIN_A, address(gatewayA));
        vm.expectRevert(
            abi.encodeWithSelector(
                ERC7786Recipient.ERC7786RecipientUnauthorizedGateway.selector,
                address(this),
                peer
            )
        );
        gatewayB.receiveMessage(0, peer, forged);
        // Through the Inbox, from somebody who is not the peer.
        vm.chainId(CHAIN_A);
        vm.recordLogs();
        vm.prank(ALICE);
        ways[AB].outbox.send(address(gatewayB), 400_000, type(uint64).max, forged);
        assertTrue(!carry(AB), "delivered");
        assertEq(recorder.count(), 0, "count");
    }

    function test_WhenOpenZeppelinsContractsUseIt() external {
        uint256 nonce = vm.getNonce(address(this));
        address there = vm.computeCreateAddress(address(this), nonce + 1);
        CrosschainLinked.Link[] memory links = new CrosschainLinked.Link[](1);
        links[0] = CrosschainLinked.Link(address(gatewayA), at(CHAIN_B, there));
        vm.chainId(CHAIN_A);
        TokenBridge bridge = new TokenBridge(token, links);
        links[0] = CrosschainLinked.Link(address(gatewayB), at(CHAIN_A, address(bridge)));
        vm.chainId(CHAIN_B);
        TokenThere wrappedThere = new TokenThere(links);
        assertEq(address(wrappedThere), there, "there");

        vm.chainId(CHAIN_A);
        token.transfer(ALICE, 1_000);
        vm.recordLogs();
        vm.startPrank(ALICE);
        token.approve(address(bridge), 1_000);
        bridge.crosschainTransfer(at(CHAIN_B, ALICE), 1_000);
        vm.stopPrank();
        assertTrue(carry(AB), "minted");
        assertEq(wrappedThere.balanceOf(ALICE), 1_000, "on B");
        assertEq(token.balanceOf(address(bridge)), 1_000, "locked");

        vm.chainId(CHAIN_B);
        vm.recordLogs();
        vm.prank(ALICE);
        wrappedThere.crosschainTransfer(at(CHAIN_A, ALICE), 400);
        assertTrue(carry(BA), "released");
        assertEq(wrappedThere.totalSupply(), 600, "left on B");
        assertEq(token.balanceOf(ALICE), 400, "back on A");
    }
}

/// Accepts if it was called with as much gas as it wants.
contract Eater {
    uint256 private immutable WANTED;

    constructor(uint256 wanted) {
        WANTED = wanted;
    }

    fallback() external {
        // What it took to get here.
        require(gasleft() + 200 >= WANTED);
        bytes32 selector = bytes32(ERC7786Recipient.receiveMessage.selector);
        assembly ("memory-safe") {
            mstore(0x00, selector)
            return(0x00, 0x20)
        }
    }
}
