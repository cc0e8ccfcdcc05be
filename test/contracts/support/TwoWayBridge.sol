// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IInbox} from "../../../contracts/interfaces/IInbox.sol";
import {IOutbox} from "../../../contracts/interfaces/IOutbox.sol";
import {IStateSync} from "../../../contracts/interfaces/IStateSync.sol";
import {Inbox} from "../../../contracts/messaging/Inbox.sol";
import {Outbox} from "../../../contracts/messaging/Outbox.sol";
import {Claim} from "../../../contracts/types/Claim.sol";
import {Branch, Message, MessageStatus, NEVER, OUTBOX_ROOT_SLOT} from "../../../contracts/types/Message.sol";
import {Token} from "../../../devnet/contracts/Token.sol";
import {Vault} from "../../../devnet/contracts/Vault.sol";
import {VaultToken} from "../../../devnet/contracts/VaultToken.sol";
import {DeepTries} from "./DeepTries.sol";
import {FinalRoots} from "./FinalRoots.sol";
import {MessageTrees} from "./MessageTrees.sol";
import {Test} from "./Test.sol";

error Moody();

/// A token that lets nothing out of the vault while it is in a mood.
contract MoodyToken is Token {
    address private immutable VAULT;
    bool public isMoody;

    constructor(uint256 supply, address vault) Token(supply) {
        VAULT = vault;
    }

    function setMood(bool moody) external {
        isMoody = moody;
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!isMoody || from != VAULT, Moody());
        super._update(from, to, value);
    }
}

/// A token that is not minted while it is in a mood.
contract MoodyVaultToken is VaultToken {
    bool public isMoody;

    constructor(IOutbox outbox, IInbox inbox, address peer) VaultToken(outbox, inbox, peer) {}

    function setMood(bool moody) external {
        isMoody = moody;
    }

    function _update(address from, address to, uint256 value) internal override(ERC20) {
        require(!isMoody || from != address(0), Moody());
        super._update(from, to, value);
    }
}

/// A token on A and what stands for it on B, with a way of messages in each direction. Both chains live in one, and
/// which of them it is just now is the chain's identifier.
abstract contract TwoWayBridge is Test {
    using MessageTrees for bytes32[];

    uint256 internal constant CHAIN_A = 31_338;
    uint256 internal constant CHAIN_B = 31_337;
    uint256 internal constant SUPPLY = 1_000_000 ether;
    uint256 internal constant AB = 0;
    uint256 internal constant BA = 1;

    struct Way {
        Outbox outbox;
        Inbox inbox;
        FinalRoots roots;
        uint256 from;
        uint256 to;
        /// How many messages the last synced root covers.
        uint256 synced;
        uint64 number;
    }

    MoodyToken internal token;
    Vault internal vault;
    MoodyVaultToken internal wrapped;
    Way[2] internal ways;
    mapping(uint256 way => Message[]) internal messages;
    mapping(uint256 way => bytes32[]) internal leaves;
    mapping(uint256 way => uint256[]) internal amounts;

    function _deploy() internal {
        vm.warp(1_800_000_000);
        uint256 nonce = vm.getNonce(address(this));
        _deployWay(AB, CHAIN_A, CHAIN_B);
        _deployWay(BA, CHAIN_B, CHAIN_A);
        address vaultAddress = vm.computeCreateAddress(address(this), nonce + 7);
        address wrappedAddress = vm.computeCreateAddress(address(this), nonce + 8);
        token = new MoodyToken(SUPPLY, vaultAddress);
        vault = new Vault(token, ways[AB].outbox, ways[BA].inbox, wrappedAddress);
        wrapped = new MoodyVaultToken(ways[BA].outbox, ways[AB].inbox, vaultAddress);
        assertEq(address(vault), vaultAddress, "vault");
        assertEq(address(wrapped), wrappedAddress, "wrapped");
    }

    function _deployWay(uint256 way, uint256 from, uint256 to) private {
        FinalRoots roots = new FinalRoots();
        address inbox = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        vm.chainId(from);
        Outbox outbox = new Outbox(to, inbox);
        vm.chainId(to);
        ways[way] = Way(
            outbox,
            new Inbox(IStateSync(address(roots)), from, address(outbox), false),
            roots,
            from,
            to,
            0,
            0
        );
    }

    // What people do

    function lock(address from, address to, uint256 amount) internal {
        vm.chainId(CHAIN_A);
        vm.prank(from);
        token.approve(address(vault), amount);
        vm.prank(from);
        _sent(AB, vault.lock(to, amount), to, amount);
    }

    function burn(address from, address to, uint256 amount) internal {
        vm.chainId(CHAIN_B);
        vm.prank(from);
        _sent(BA, wrapped.burn(to, amount), to, amount);
    }

    function _sent(uint256 way, bytes32 id, address to, uint256 amount) private {
        (address from, address peer) = way == AB
            ? (address(vault), address(wrapped))
            : (address(wrapped), address(vault));
        uint32 nonce = uint32(messages[way].length);
        messages[way].push(Message(nonce, from, peer, 120_000, NEVER, abi.encode(to, amount)));
        leaves[way].push(id);
        amounts[way].push(amount);
    }

    // What relayers do

    function syncWay(uint256 way) internal {
        Way storage way_ = ways[way];
        bytes32 root = vm.load(address(way_.outbox), bytes32(OUTBOX_ROOT_SLOT));
        (bytes32 storageRoot, bytes[] memory storageProof) = DeepTries.prove(
            keccak256(abi.encode(OUTBOX_ROOT_SLOT)),
            DeepTries.slotValue(uint256(root)),
            2
        );
        (bytes32 stateRoot, bytes[] memory accountProof) = DeepTries.prove(
            keccak256(abi.encodePacked(address(way_.outbox))),
            DeepTries.account(0, storageRoot, keccak256("code")),
            2
        );
        Claim memory claim;
        (claim.stateRoot, claim.number, claim.timestamp) = (
            stateRoot,
            ++way_.number,
            uint64(block.timestamp)
        );
        way_.roots.makeFinal(claim);
        vm.chainId(way_.to);
        way_.inbox.sync(claim, accountProof, storageProof);
        way_.synced = messages[way].length;
    }

    /// Delivers a message under the last synced root, or retries it if it failed before.
    function push(uint256 way, uint256 nonce) internal returns (bool) {
        Way storage way_ = ways[way];
        vm.chainId(way_.to);
        Message memory message = messages[way][nonce];
        MessageStatus status = way_.inbox.status(message.nonce);
        if (status == MessageStatus.None) return way_.inbox.deliver(message, branchOf(way, nonce));
        if (status == MessageStatus.Failed) return way_.inbox.retry(message, message.gasLimit);
        return true;
    }

    function branchOf(uint256 way, uint256 nonce) internal view returns (Branch memory) {
        return leaves[way].branch(ways[way].synced, nonce);
    }

    function isDelivered(uint256 way, uint256 nonce) internal view returns (bool) {
        return ways[way].inbox.status(uint32(nonce)) == MessageStatus.Delivered;
    }

    // What there is

    /// Tokens that left one end and did not arrive at the other.
    function inFlight(uint256 way) public view returns (uint256 sum) {
        for (uint256 i = 0; i < amounts[way].length; ++i) {
            if (!isDelivered(way, i)) sum += amounts[way][i];
        }
    }

    /// Reverts unless every token locked in the vault exists exactly once: on B, or on its way.
    function requireConserved() public view {
        assertEq(token.totalSupply(), SUPPLY, "supply on A");
        assertEq(
            token.balanceOf(address(vault)),
            wrapped.totalSupply() + inFlight(AB) + inFlight(BA),
            "locked on A"
        );
    }
}
