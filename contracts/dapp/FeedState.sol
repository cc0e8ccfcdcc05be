// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeeds} from "../interfaces/IFeeds.sol";
import {SourceSlot} from "./SourceSlot.sol";
import {SourceWords} from "./SourceWords.sol";

/// @title Reading a contract of A through its feed
/// @notice Typed reads of raw storage that a feed mirrors to B.
///
///     using FeedState for IFeeds;
///     uint256 balance = FEEDS.readUint(FEED, SourceSlots.variable(0).entry(holder), MAX_AGE);
///
/// Every read takes the largest age, in seconds since the block on A, that the caller can live with. There is no
/// default. Reads revert as `IFeeds.read` does (FeedTooOld, FeedEmpty, FeedApplying, FeedFrozen): not readable is not
/// zero. Ask `IFeeds.isReadable` first where a contract has something better to do than to revert.
///
/// Several reads in one transaction are of one block of A. Reads in different transactions need not be: `IFeeds.asOf`
/// tells which block is shown.
library FeedState {
    using SourceWords for bytes32;

    /// @notice The string or bytes is longer than the caller reads: its length is up to the contract on A.
    error BytesTooLong(uint256 length, uint256 most);

    function readWord(
        IFeeds feeds,
        uint64 feed,
        SourceSlot slot,
        uint256 maxAge
    ) internal view returns (bytes32) {
        return feeds.read(feed, slot.word(), maxAge);
    }

    function readUint(
        IFeeds feeds,
        uint64 feed,
        SourceSlot slot,
        uint256 maxAge
    ) internal view returns (uint256) {
        return uint256(feeds.read(feed, slot.word(), maxAge));
    }

    /// @notice An address that has a slot to itself, or the low end of one. For others see SourceWords.
    function readAddress(
        IFeeds feeds,
        uint64 feed,
        SourceSlot slot,
        uint256 maxAge
    ) internal view returns (address) {
        return feeds.read(feed, slot.word(), maxAge).toAddress(0);
    }

    function readBool(
        IFeeds feeds,
        uint64 feed,
        SourceSlot slot,
        uint256 maxAge
    ) internal view returns (bool) {
        return feeds.read(feed, slot.word(), maxAge).toBool(0);
    }

    /// @notice A `string` or `bytes`, short or long.
    /// @param most Longest that is read; longer ones revert. A slot costs a call for every 32 bytes.
    function readBytes(
        IFeeds feeds,
        uint64 feed,
        SourceSlot slot,
        uint256 maxAge,
        uint256 most
    ) internal view returns (bytes memory content) {
        bytes32 head = feeds.read(feed, slot.word(), maxAge);
        (uint256 length, bool isLong) = head.bytesLength();
        require(length <= most, BytesTooLong(length, most));
        content = new bytes(length);
        if (!isLong) {
            _put(content, 0, head);
            return content;
        }
        SourceSlot first = slot.data();
        for (uint256 start = 0; start < length; start += 32) {
            _put(content, start, feeds.read(feed, first.member(start / 32).word(), maxAge));
        }
    }

    function _put(bytes memory content, uint256 start, bytes32 word) private pure {
        uint256 left = content.length - start;
        // Only what belongs to the content: behind it in memory is something else, and a short head ends with its length.
        bytes32 mask = left >= 32 ? bytes32(type(uint256).max) : ~bytes32(type(uint256).max >> (8 * left));
        assembly ("memory-safe") {
            let target := add(add(content, 0x20), start)
            mstore(target, or(and(word, mask), and(mload(target), not(mask))))
        }
    }
}
