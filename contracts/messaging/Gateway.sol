// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC7786Recipient} from "@openzeppelin/contracts/crosschain/ERC7786Recipient.sol";
import {
    IERC7786GatewaySource,
    IERC7786Recipient
} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import {IInbox} from "../interfaces/IInbox.sol";
import {IOutbox, ReceiverZero} from "../interfaces/IOutbox.sol";
import {NEVER} from "../types/Message.sol";

/// Outbox and Inbox have to join this chain and one other, and the other end has to be known.
error EndsInvalid();
/// Messages carry no currency.
error ValueNotCarried(uint256 value);
/// The recipient is not on the chain at the other end.
error DestinationUnknown(uint256 chainId);
/// The recipient answered something else than ERC-7786 demands.
error RecipientRefused(address recipient, bytes4 answer);

/// One of the two ends of an ERC-7786 gateway: one address to send to and to receive from, as OpenZeppelin's
/// CrosschainLinked and the bridges and tokens that build on it expect. There is one on each chain, and a way of messages
/// in each direction. It adds nothing to what has to be believed: it takes messages from its Inbox only, and of those
/// only its peer's.
///
/// | attribute          | is                                                                | default       |
/// |--------------------|-------------------------------------------------------------------|---------------|
/// | `gasLimit(uint64)` | gas that the recipient gets at the least; a retry may give more   | DEFAULT_GAS   |
/// | `expiry(uint64)`   | last second of the other chain's clock in which it is delivered   | never         |
contract Gateway is IERC7786GatewaySource, ERC7786Recipient {
    bytes4 private constant GAS_LIMIT = bytes4(keccak256("gasLimit(uint64)"));
    bytes4 private constant EXPIRY = bytes4(keccak256("expiry(uint64)"));

    /// @notice Gas that a recipient gets unless the sender says otherwise.
    uint64 public constant DEFAULT_GAS = 200_000;
    /// @notice Gas for what the other end does before it calls the recipient, besides one for each byte.
    uint64 public constant OWN_GAS = 15_000;

    IOutbox public immutable OUTBOX;
    address public immutable INBOX;
    /// @notice The other end.
    address public immutable PEER;
    uint256 private immutable PEER_CHAIN_ID;
    bytes32 private immutable PEER_HASH;

    /// @param outbox From this chain to the other one.
    /// @param inbox From the other chain to this one.
    /// @param peer The Gateway on the other chain, whose address is known before it is deployed.
    constructor(IOutbox outbox, IInbox inbox, address peer) {
        uint256 peerChainId = inbox.channel().sourceChainId;
        require(
            peer != address(0) &&
                outbox.channel().sourceChainId == block.chainid &&
                inbox.channel().destinationChainId == block.chainid &&
                outbox.channel().destinationChainId == peerChainId,
            EndsInvalid()
        );
        OUTBOX = outbox;
        INBOX = address(inbox);
        PEER = peer;
        PEER_CHAIN_ID = peerChainId;
        PEER_HASH = keccak256(InteroperableAddress.formatEvmV1(peerChainId, peer));
    }

    /// @inheritdoc IERC7786GatewaySource
    function supportsAttribute(bytes4 selector) external pure returns (bool) {
        return selector == GAS_LIMIT || selector == EXPIRY;
    }

    /// @inheritdoc IERC7786GatewaySource
    /// @return sendId The message's id, which the recipient gets as `receiveId`.
    function sendMessage(
        bytes calldata recipient,
        bytes calldata payload,
        bytes[] calldata attributes
    ) external payable returns (bytes32 sendId) {
        require(msg.value == 0, ValueNotCarried(msg.value));
        bytes memory body = abi.encode(msg.sender, _accountOf(recipient), payload);
        (uint64 gasLimit, uint64 expiry) = _read(attributes);
        sendId = OUTBOX.send(PEER, _withOwn(gasLimit, payload.length), expiry, body);
        emit MessageSent(
            sendId,
            InteroperableAddress.formatEvmV1(block.chainid, msg.sender),
            recipient,
            payload,
            0,
            attributes
        );
    }

    /// @inheritdoc ERC7786Recipient
    function _isAuthorizedGateway(
        address gateway,
        bytes calldata sender
    ) internal view override returns (bool) {
        return gateway == INBOX && keccak256(sender) == PEER_HASH;
    }

    /// @inheritdoc ERC7786Recipient
    function _processMessage(
        address,
        bytes32 receiveId,
        bytes calldata,
        bytes calldata payload
    ) internal override {
        (address from, address to, bytes memory body) = abi.decode(payload, (address, address, bytes));
        bytes memory sender = InteroperableAddress.formatEvmV1(PEER_CHAIN_ID, from);
        bytes4 answer = IERC7786Recipient(to).receiveMessage(receiveId, sender, body);
        require(answer == IERC7786Recipient.receiveMessage.selector, RecipientRefused(to, answer));
    }

    function _accountOf(bytes calldata recipient) private view returns (address) {
        (uint256 chainId, address account) = InteroperableAddress.parseEvmV1Calldata(recipient);
        require(chainId == PEER_CHAIN_ID, DestinationUnknown(chainId));
        // An interoperable address may name a chain alone.
        require(account != address(0), ReceiverZero());
        return account;
    }

    /// Gas with which the peer has `gasLimit` for the recipient: it passes on 63/64 of what it has left.
    function _withOwn(uint64 gasLimit, uint256 size) private pure returns (uint64) {
        uint256 sum = uint256(gasLimit) + gasLimit / 63 + OWN_GAS + size;
        // The Outbox knows the largest limit, and refuses this one.
        return sum > type(uint64).max ? type(uint64).max : uint64(sum);
    }

    /// What attributes say. Of two alike the last one counts.
    function _read(bytes[] calldata attributes) private pure returns (uint64 gasLimit, uint64 expiry) {
        (gasLimit, expiry) = (DEFAULT_GAS, NEVER);
        for (uint256 i = 0; i < attributes.length; ++i) {
            bytes calldata attribute = attributes[i];
            bytes4 selector = bytes4(attribute);
            require(selector == GAS_LIMIT || selector == EXPIRY, UnsupportedAttribute(selector));
            uint64 value = abi.decode(attribute[4:], (uint64));
            if (selector == GAS_LIMIT) gasLimit = value;
            else expiry = value;
        }
    }
}
