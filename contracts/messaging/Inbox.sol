// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC7786Recipient} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import {SourceState} from "../dapp/SourceState.sol";
import {
    IInbox,
    RootMissing,
    RootUnknown,
    RootNotContested,
    MessageExpired,
    MessageAttempted,
    MessageNotFailed,
    GasLimitTooLow,
    GasTooLow,
    NotAccepted,
    NotSelf
} from "../interfaces/IInbox.sol";
import {ChannelInvalid, ChainIdChanged} from "../interfaces/IOutbox.sol";
import {IStateSync, BlockContested} from "../interfaces/IStateSync.sol";
import {MerklePatricia} from "../libraries/MerklePatricia.sol";
import {MessageTree} from "../libraries/MessageTree.sol";
import {Account} from "../types/Account.sol";
import {Claim} from "../types/Claim.sol";
import {
    Branch,
    Channel,
    Message,
    MessageStatus,
    OUTBOX_ROOT_SLOT,
    hashPayload,
    messageId
} from "../types/Message.sol";

/// The rules are told in IInbox.
contract Inbox is IInbox {
    using SourceState for IStateSync;

    /// @notice How much of what a failing receiver returned goes into the event, in bytes.
    uint256 public constant MAX_FAILURE_DATA = 256;
    /// @notice Gas that is there beside the receiver's limit when it is called: for the access to its account and to
    /// one that it delegates to (2 x 2,600), and to report a failure.
    uint256 public constant CALL_RESERVE = 10_000;
    /// @notice Gas that is kept to record what came of it: 22,100 for the slot of a failure, 4,000 for the event.
    uint256 public constant RECORD_RESERVE = 35_000;

    /// @inheritdoc IInbox
    IStateSync public immutable SYNC;
    /// @inheritdoc IInbox
    bool public immutable ATTESTED_ONLY;
    uint256 private immutable CHAIN_ID;
    uint256 private immutable SOURCE_CHAIN_ID;
    address private immutable OUTBOX;
    bytes32 private immutable CHANNEL;

    /// @inheritdoc IInbox
    mapping(bytes32 root => uint64 number) public syncedAt;
    /// One bit per nonce: set when the receiver is called for the first time, and never cleared.
    mapping(uint256 word => uint256 bits) private _attempted;
    /// @inheritdoc IInbox
    mapping(uint32 nonce => bytes32 id) public failed;

    /// @param outbox The Outbox on A, whose address is known before it is deployed.
    /// @param attestedOnly Whether roots need anchor evidence, and so hold even if no challenger watched.
    constructor(IStateSync sync_, uint256 sourceChainId, address outbox, bool attestedOnly) {
        require(
            address(sync_) != address(0) &&
                sourceChainId != 0 &&
                sourceChainId != block.chainid &&
                outbox != address(0),
            ChannelInvalid()
        );
        SYNC = sync_;
        ATTESTED_ONLY = attestedOnly;
        CHAIN_ID = block.chainid;
        SOURCE_CHAIN_ID = sourceChainId;
        OUTBOX = outbox;
        CHANNEL = Channel(sourceChainId, outbox, block.chainid, address(this)).id();
    }

    // Roots

    /// @inheritdoc IInbox
    function sync(
        Claim calldata claim,
        bytes[] calldata accountProof,
        bytes[] calldata storageProof
    ) external returns (bytes32 root) {
        // However old a root is, what it proves was sent.
        bytes32 stateRoot =
            ATTESTED_ONLY ? SYNC.attestedRoot(claim, type(uint64).max) : SYNC.root(claim, type(uint64).max);
        (Account memory account, ) = MerklePatricia.accountAt(stateRoot, OUTBOX, accountProof);
        bytes32 slot = keccak256(abi.encode(OUTBOX_ROOT_SLOT));
        root = bytes32(MerklePatricia.slotAt(account.storageRoot, slot, storageProof));
        // INVARIANT: zero is no root.
        require(root != 0, RootMissing(claim.number));
        if (syncedAt[root] != 0) return root;

        syncedAt[root] = claim.number;
        emit RootSynced(root, claim.number);
    }

    /// @inheritdoc IInbox
    function disown(bytes32 root, Claim calldata claim) external {
        uint64 number = syncedAt[root];
        require(
            number != 0 && number == claim.number && _isContested(claim),
            RootNotContested(root, claim.number)
        );

        delete syncedAt[root];
        emit RootDisowned(root, number);
    }

    // Messages

    /// @inheritdoc IInbox
    function deliver(Message calldata message, Branch calldata branch) external returns (bool delivered) {
        bytes32 id = _idOf(message);
        _requireTied(id, branch);
        _requireTimely(id, message);
        MessageStatus status_ = status(message.nonce);
        require(status_ == MessageStatus.None, MessageAttempted(id, status_));

        return _attempt(id, message);
    }

    /// @inheritdoc IInbox
    function deliverBatch(
        Message[] calldata messages,
        Branch calldata branch
    ) external returns (bool[] memory delivered) {
        bytes32[] memory ids = new bytes32[](messages.length);
        bytes32[] memory leaves = new bytes32[](messages.length);
        for (uint256 i = 0; i < messages.length; ++i) ids[i] = leaves[i] = _idOf(messages[i]);
        _requireSynced(MessageTree.rootOf(leaves, branch));

        delivered = new bool[](messages.length);
        for (uint256 i = 0; i < messages.length; ++i) {
            // Asked anew for each: the receiver of an earlier one may have delivered it, and it may be here twice.
            if (_isAttempted(messages[i].nonce) || block.timestamp > messages[i].expiry) continue;
            delivered[i] = _attempt(ids[i], messages[i]);
        }
    }

    /// @inheritdoc IInbox
    function retry(Message calldata message, uint64 gasLimit) external returns (bool delivered) {
        bytes32 id = _idOf(message);
        require(failed[message.nonce] == id, MessageNotFailed(id));
        _requireTimely(id, message);
        require(gasLimit >= message.gasLimit, GasLimitTooLow(gasLimit, message.gasLimit));

        // INVARIANT: while its receiver runs, a message is delivered.
        delete failed[message.nonce];
        return _call(id, message, gasLimit);
    }

    // Reading

    /// @inheritdoc IInbox
    function status(uint32 nonce) public view returns (MessageStatus) {
        if (!_isAttempted(nonce)) return MessageStatus.None;
        return failed[nonce] == 0 ? MessageStatus.Delivered : MessageStatus.Failed;
    }

    /// @inheritdoc IInbox
    function statusOf(
        Message calldata message,
        Branch calldata branch
    ) external view returns (MessageStatus status_) {
        _requireTied(_idOf(message), branch);
        status_ = status(message.nonce);
        if (status_ != MessageStatus.Delivered && block.timestamp > message.expiry) {
            status_ = MessageStatus.Expired;
        }
    }

    /// @inheritdoc IInbox
    function channel() external view returns (Channel memory) {
        return Channel(SOURCE_CHAIN_ID, OUTBOX, CHAIN_ID, address(this));
    }

    // Calling

    /// Calls the receiver of a message for the first time.
    function _attempt(bytes32 id, Message calldata message) private returns (bool) {
        // INVARIANT: a message passes here once, whatever its receiver does.
        _attempted[message.nonce >> 8] |= 1 << (message.nonce & 0xff);
        return _call(id, message, message.gasLimit);
    }

    function _call(bytes32 id, Message calldata message, uint64 gasLimit) private returns (bool accepted) {
        uint256 available = gasleft();
        uint256 needed = uint256(gasLimit) + CALL_RESERVE + RECORD_RESERVE;
        require(available >= needed, GasTooLow(available, needed));
        // In a call to itself, so that a receiver that does not accept leaves nothing behind, even if it did not revert.
        try this.handOver{gas: available - RECORD_RESERVE}(id, message, gasLimit) {
            accepted = true;
            emit MessageDelivered(id, message.nonce);
        } catch (bytes memory reason) {
            // INVARIANT: a lack of gas is not taken for a failure of the receiver. If the call to itself ran out before
            // or after the receiver's, it says nothing at all.
            require(bytes4(reason) == NotAccepted.selector, GasTooLow(available, needed + gasLimit / 32));
            failed[message.nonce] = id;
            (Failure failure, bytes memory data) = _decode(reason);
            emit MessageFailed(id, message.nonce, failure, data);
        }
    }

    /// @inheritdoc IInbox
    function handOver(bytes32 id, Message calldata message, uint64 gasLimit) external {
        require(msg.sender == address(this), NotSelf(msg.sender));
        address receiver = message.receiver;
        // A call of an account without code succeeds, and returns nothing.
        require(receiver.code.length != 0, NotAccepted(Failure.NoCode, ""));
        bytes memory input = abi.encodeCall(
            IERC7786Recipient.receiveMessage,
            (id, InteroperableAddress.formatEvmV1(SOURCE_CHAIN_ID, message.sender), message.payload)
        );
        // INVARIANT: the receiver gets its whole limit. A call passes on at most 63/64 of what there is, silently
        // (EIP-150); whoever delivers could otherwise make any receiver fail, or succeed half.
        uint256 needed = ((uint256(gasLimit) + CALL_RESERVE) * 64) / 63 + 1;
        uint256 available = gasleft();
        require(available >= needed, GasTooLow(available, needed));

        bool success;
        bytes32 answer;
        uint256 size;
        // Not a call of Solidity's: that copies all that the receiver returns, which may be a megabyte at the expense
        // of whoever delivers. One word is copied here, and a bounded part below.
        assembly ("memory-safe") {
            success := call(gasLimit, receiver, 0, add(input, 0x20), mload(input), 0x00, 0x20)
            answer := mload(0x00)
            size := returndatasize()
        }
        // With less than a word returned, the rest of `answer` would be what was in memory before.
        if (success && size >= 32 && answer == bytes32(IERC7786Recipient.receiveMessage.selector)) return;
        revert NotAccepted(
            success ? Failure.NotAccepted : Failure.Reverted,
            _returned(size < MAX_FAILURE_DATA ? size : MAX_FAILURE_DATA)
        );
    }

    /// The first bytes that the last call returned.
    function _returned(uint256 size) private pure returns (bytes memory data) {
        data = new bytes(size);
        assembly ("memory-safe") {
            returndatacopy(add(data, 0x20), 0, size)
        }
    }

    /// What a NotAccepted says, without its selector.
    function _decode(bytes memory reason) private pure returns (Failure failure, bytes memory data) {
        assembly ("memory-safe") {
            // The length moves up over the selector.
            let size := mload(reason)
            reason := add(reason, 4)
            mstore(reason, sub(size, 4))
        }
        return abi.decode(reason, (Failure, bytes));
    }

    // Checking

    function _idOf(Message calldata message) private view returns (bytes32) {
        // The id names this chain, not a fork of it.
        require(block.chainid == CHAIN_ID, ChainIdChanged(block.chainid, CHAIN_ID));
        return
            messageId(
                CHANNEL,
                message.nonce,
                message.sender,
                message.receiver,
                message.gasLimit,
                message.expiry,
                hashPayload(message.payload)
            );
    }

    function _isAttempted(uint32 nonce) private view returns (bool) {
        return (_attempted[nonce >> 8] >> (nonce & 0xff)) & 1 == 1;
    }

    function _requireTied(bytes32 id, Branch calldata branch) private view {
        bytes32[] memory leaves = new bytes32[](1);
        leaves[0] = id;
        _requireSynced(MessageTree.rootOf(leaves, branch));
    }

    function _requireSynced(bytes32 root) private view {
        require(syncedAt[root] != 0, RootUnknown(root));
    }

    function _requireTimely(bytes32 id, Message calldata message) private view {
        require(block.timestamp <= message.expiry, MessageExpired(id, message.expiry, block.timestamp));
    }

    /// Whether StateSync takes a final claim's block for contested.
    function _isContested(Claim calldata claim) private view returns (bool) {
        try SYNC.requireFinal(claim) returns (bool) {
            return false;
        } catch (bytes memory reason) {
            // Any other reason, the lack of gas among them, is none.
            return bytes4(reason) == BlockContested.selector;
        }
    }
}
