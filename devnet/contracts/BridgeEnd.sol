// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC7786Recipient} from "@openzeppelin/contracts/crosschain/ERC7786Recipient.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import {IInbox} from "../../contracts/interfaces/IInbox.sol";
import {IOutbox} from "../../contracts/interfaces/IOutbox.sol";
import {NEVER} from "../../contracts/types/Message.sol";

/// Tokens sent there would belong to nobody.
error RecipientInvalid(address recipient);

/// One of the two ends of a token bridge: a way of messages in each direction, and a peer at the other end that alone is
/// believed. `outbox` and `inbox` are both on this end's chain; they belong to two deployments, one for each direction.
///
/// Messages never expire, so that a failed one can be retried until it arrives: no token is lost between the ends.
abstract contract BridgeEnd is ERC7786Recipient {
    /// What the peer gets to do its part. More can be given in a retry.
    uint64 private constant GAS_LIMIT = 120_000;

    IOutbox private immutable OUTBOX;
    address private immutable INBOX;
    address private immutable PEER;
    bytes32 private immutable PEER_HASH;

    /// Tokens left this end for the other one.
    event Departed(bytes32 indexed id, address indexed from, address indexed to, uint256 amount);
    /// Tokens arrived from the other end.
    event Arrived(bytes32 indexed id, address indexed to, uint256 amount);

    constructor(IOutbox outbox, IInbox inbox, address peer) {
        OUTBOX = outbox;
        INBOX = address(inbox);
        PEER = peer;
        PEER_HASH = keccak256(InteroperableAddress.formatEvmV1(inbox.channel().sourceChainId, peer));
    }

    /// Makes `amount` appear at the other end, for `to`. The caller has taken it off this one.
    function _depart(address to, uint256 amount) internal returns (bytes32 id) {
        require(to != address(0) && to != PEER, RecipientInvalid(to));
        id = OUTBOX.send(PEER, GAS_LIMIT, NEVER, abi.encode(to, amount));
        emit Departed(id, msg.sender, to, amount);
    }

    /// Pays out at this end what was taken off the other one.
    function _arrive(address to, uint256 amount) internal virtual;

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
        (address to, uint256 amount) = abi.decode(payload, (address, uint256));
        emit Arrived(receiveId, to, amount);
        _arrive(to, amount);
    }
}
