// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    ISlotFeeds,
    ProofCountWrong,
    SlotCountWrong,
    SlotFeedEmpty,
    SlotFeedNotNewer,
    SlotFeedTooOld,
    SlotFeedUnknown,
    SlotNotListed,
    SlotsMismatch,
    SlotsUnordered
} from "./interfaces/ISlotFeeds.sol";
import {ZeroAddress} from "./interfaces/IStake.sol";
import {IStateSync} from "./interfaces/IStateSync.sol";
import {MerklePatricia} from "./libraries/MerklePatricia.sol";
import {Account} from "./types/Account.sol";
import {Claim} from "./types/Claim.sol";

/// The rules are told in ISlotFeeds.
contract SlotFeeds is ISlotFeeds {
    /// Sixteen proofs of ten full branches each stay within 100 KB of calldata.
    uint256 public constant MAX_SLOTS = 16;

    IStateSync public immutable SYNC;

    uint64 public slotFeedCount;
    mapping(uint64 feed => SlotFeed) private _feeds;
    /// One more than the slot's place among the feed's; zero if it is none of them.
    mapping(uint64 feed => mapping(bytes32 slot => uint256)) private _places;
    mapping(uint64 feed => mapping(uint256 place => bytes32)) private _values;

    constructor(IStateSync sync) {
        require(address(sync) != address(0), ZeroAddress());

        SYNC = sync;
    }

    /// @inheritdoc ISlotFeeds
    function createSlotFeed(address account, bytes32[] calldata slots) external returns (uint64 feed) {
        require(account != address(0), ZeroAddress());
        require(slots.length != 0 && slots.length <= MAX_SLOTS, SlotCountWrong(slots.length));
        feed = ++slotFeedCount;
        for (uint256 i = 0; i < slots.length; ++i) {
            if (i != 0) require(slots[i] > slots[i - 1], SlotsUnordered(slots[i - 1], slots[i]));
            _places[feed][slots[i]] = i + 1;
        }

        _feeds[feed].account = account;
        _feeds[feed].slots = keccak256(abi.encode(slots));
        emit SlotFeedCreated(feed, account, msg.sender, slots);
    }

    /// @inheritdoc ISlotFeeds
    function proveSlots(
        uint64 feed,
        bytes32[] calldata slots,
        Claim calldata root,
        bytes[] calldata accountProof,
        bytes[][] calldata storageProofs
    ) external {
        SlotFeed storage feed_ = _known(feed);
        bytes32 listed = keccak256(abi.encode(slots));
        require(listed == feed_.slots, SlotsMismatch(listed, feed_.slots));
        require(storageProofs.length == slots.length, ProofCountWrong(storageProofs.length, slots.length));
        require(root.number > feed_.number, SlotFeedNotNewer(root.number, feed_.number));
        SYNC.requireFinal(root);

        (Account memory account, ) = MerklePatricia.accountAt(root.stateRoot, feed_.account, accountProof);
        uint256 changed = _write(feed, account.storageRoot, slots, storageProofs);
        (feed_.number, feed_.timestamp) = (uint48(root.number), uint40(root.timestamp));
        emit SlotsProven(feed, root.number, root.timestamp, changed);
    }

    /// @inheritdoc ISlotFeeds
    function readSlot(uint64 feed, bytes32 slot, uint256 maxAge) external view returns (bytes32 value) {
        uint64 timestamp = _known(feed).timestamp;
        require(timestamp != 0, SlotFeedEmpty(feed));
        require(_isFresh(timestamp, maxAge), SlotFeedTooOld(feed, timestamp, maxAge));
        uint256 place = _places[feed][slot];
        // A slot that nobody proves is unknown, not zero.
        require(place != 0, SlotNotListed(feed, slot));
        return _values[feed][place - 1];
    }

    /// @inheritdoc ISlotFeeds
    function isReadable(uint64 feed, uint256 maxAge) external view returns (bool) {
        uint64 timestamp = _feeds[feed].timestamp;
        return timestamp != 0 && _isFresh(timestamp, maxAge);
    }

    /// @inheritdoc ISlotFeeds
    function asOf(uint64 feed) external view returns (uint64 number, uint64 timestamp) {
        SlotFeed storage feed_ = _known(feed);
        return (feed_.number, feed_.timestamp);
    }

    /// @inheritdoc ISlotFeeds
    function slotFeedOf(uint64 feed) external view returns (SlotFeed memory) {
        return _known(feed);
    }

    function _write(
        uint64 feed,
        bytes32 storageRoot,
        bytes32[] calldata slots,
        bytes[][] calldata proofs
    ) private returns (uint256 changed) {
        for (uint256 i = 0; i < slots.length; ++i) {
            bytes32 key = keccak256(abi.encode(slots[i]));
            bytes32 value = bytes32(MerklePatricia.slotAt(storageRoot, key, proofs[i]));
            if (_values[feed][i] == value) continue;
            _values[feed][i] = value;
            ++changed;
        }
    }

    function _known(uint64 feed) private view returns (SlotFeed storage feed_) {
        feed_ = _feeds[feed];
        require(feed_.account != address(0), SlotFeedUnknown(feed));
    }

    function _isFresh(uint256 timestamp, uint256 maxAge) private view returns (bool) {
        // Saturating, because readers may pass any number.
        return block.timestamp <= timestamp || block.timestamp - timestamp <= maxAge;
    }
}
