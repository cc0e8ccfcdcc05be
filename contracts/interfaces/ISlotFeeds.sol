// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Claim} from "../types/Claim.sol";
import {IStateSync} from "./IStateSync.sol";

error SlotFeedUnknown(uint64 feed);
error SlotFeedEmpty(uint64 feed);
/// The feed's values are of block timestamp `timestamp`, older than the reader accepts.
error SlotFeedTooOld(uint64 feed, uint64 timestamp, uint256 maxAge);
error SlotFeedNotNewer(uint64 number, uint64 shown);
/// No slots, or more than one transaction can prove.
error SlotCountWrong(uint256 count);
/// Slots have to ascend strictly.
error SlotsUnordered(bytes32 previous, bytes32 slot);
error SlotsMismatch(bytes32 got, bytes32 wanted);
error SlotNotListed(uint64 feed, bytes32 slot);
error ProofCountWrong(uint256 got, uint256 wanted);

/// A few slots of a contract of A, always proven: no bonds, no window, no deltas, nobody to trust but the root.
///
/// For whoever needs a price or a supply rather than a whole contract. Anybody refreshes a feed by proving all its
/// slots under one final root, so a reader never sees values of two blocks.
interface ISlotFeeds {
    struct SlotFeed {
        address account;
        /// Block of A, and its timestamp, that the values are of; zero before the first proof.
        uint48 number;
        uint40 timestamp;
        /// keccak256(abi.encode(slots)).
        bytes32 slots;
    }

    event SlotFeedCreated(
        uint64 indexed feed,
        address indexed account,
        address indexed creator,
        bytes32[] slots
    );
    event SlotsProven(uint64 indexed feed, uint64 indexed number, uint64 timestamp, uint256 changed);

    /// Starts a feed of the slots, in ascending order, of an account of A.
    function createSlotFeed(address account, bytes32[] calldata slots) external returns (uint64 feed);

    /// Proves all slots of a feed under a final root newer than what it shows.
    /// @param storageProofs One for each slot, in order.
    function proveSlots(
        uint64 feed,
        bytes32[] calldata slots,
        Claim calldata root,
        bytes[] calldata accountProof,
        bytes[][] calldata storageProofs
    ) external;

    /// @param maxAge Oldest acceptable value, in seconds since its block on A.
    function readSlot(uint64 feed, bytes32 slot, uint256 maxAge) external view returns (bytes32 value);

    /// Whether `readSlot` would answer for a slot of the feed.
    function isReadable(uint64 feed, uint256 maxAge) external view returns (bool);

    function asOf(uint64 feed) external view returns (uint64 number, uint64 timestamp);

    function slotFeedOf(uint64 feed) external view returns (SlotFeed memory);

    function slotFeedCount() external view returns (uint64);

    function SYNC() external view returns (IStateSync);
}
