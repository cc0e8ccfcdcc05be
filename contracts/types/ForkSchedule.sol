// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

using ForkScheduleLibrary for ForkSchedule global;

/// @notice The forks of A that a deployment knows: how many fields a block header has from which timestamp on, and
/// the timestamp from which on nothing is known any more. One word, so that it can be an immutable.
///
///   bits  255..192   191..128   127..64    63..0
///         entry 2    entry 1    entry 0    sunset (uint64)
///
///   entry = fromTimestamp (uint56) << 8 | fieldCount (uint8); an unused entry is zero.
///
/// Entries ascend by timestamp and unused ones come last. `create` makes one; a word from elsewhere is one only if
/// `requireValid` accepts it.
type ForkSchedule is uint256;

/// @title Building and reading a fork schedule
library ForkScheduleLibrary {
    /// @notice The number of forks that fit.
    uint256 internal constant MAX_FORKS = 3;

    /// @notice Fields of a header before London, the fewest a header of a chain with difficulty 0 can have.
    uint256 internal constant MIN_FIELDS = 15;

    /// @notice More than any fork in sight; bounds the walk over a header.
    uint256 internal constant MAX_FIELDS = 32;

    uint256 private constant ENTRY_BITS = 64;
    uint256 private constant FIELDS_BITS = 8;

    error ForkScheduleLength(uint256 timestamps, uint256 fieldCounts, uint256 max);
    error ForkNotAscending(uint256 index, uint64 from, uint64 previous);
    error ForkTimestampTooLarge(uint256 index, uint64 from, uint64 max);
    error ForkFieldCountOutOfRange(uint256 index, uint256 fieldCount, uint256 min, uint256 max);
    error SunsetNotAfterLastFork(uint64 sunset, uint64 lastFork);
    /// @dev An entry that follows an unused one.
    error ForkAfterUnusedEntry(uint256 index);
    error BeforeFirstFork(uint64 timestamp, uint64 firstFork);

    /// @notice Builds a schedule.
    /// @param from For each fork, the first timestamp (seconds) of a block under it, strictly ascending; the first is
    /// usually 0. One to three entries.
    /// @param fieldCounts For each fork, the exact number of fields in a header under it.
    /// @param sunsetTimestamp The first timestamp (seconds) that this deployment does not know the rules for;
    /// `type(uint64).max` for none.
    function create(
        uint64[] memory from,
        uint8[] memory fieldCounts,
        uint64 sunsetTimestamp
    ) internal pure returns (ForkSchedule) {
        uint256 length = from.length;
        require(
            length != 0 && length <= MAX_FORKS && length == fieldCounts.length,
            ForkScheduleLength(length, fieldCounts.length, MAX_FORKS)
        );
        uint256 packed = sunsetTimestamp;
        for (uint256 i = 0; i < length; i++) {
            require(from[i] <= type(uint56).max, ForkTimestampTooLarge(i, from[i], type(uint56).max));
            _requireFork(i, i == 0 ? 0 : from[i - 1], from[i], fieldCounts[i]);
            packed |= ((uint256(from[i]) << FIELDS_BITS) | fieldCounts[i]) << (ENTRY_BITS * (i + 1));
        }
        _requireSunset(sunsetTimestamp, from[length - 1]);
        return ForkSchedule.wrap(packed);
    }

    /// @notice Reverts, with the errors of `create`, unless the word is one that `create` makes. A word that was handed
    /// to a constructor may be anything.
    function requireValid(ForkSchedule schedule) internal pure {
        uint256 length = 0;
        uint64 last = 0;
        for (uint256 i = 0; i < MAX_FORKS; i++) {
            (uint64 from, uint256 fieldCount) = _entry(schedule, i);
            if (from == 0 && fieldCount == 0) continue;
            require(i == length, ForkAfterUnusedEntry(i));
            _requireFork(i, last, from, fieldCount);
            last = from;
            length++;
        }
        require(length != 0, ForkScheduleLength(0, 0, MAX_FORKS));
        _requireSunset(schedule.sunset(), last);
    }

    /// @notice The exact number of fields in the header of a block of A with this timestamp (seconds).
    /// @dev Reverts with `BeforeFirstFork` for a timestamp older than the schedule. Says nothing about the sunset.
    function fieldsAt(ForkSchedule schedule, uint64 timestamp) internal pure returns (uint256) {
        // From the newest entry down: the fork in force is the common case.
        for (uint256 i = MAX_FORKS; i != 0; i--) {
            (uint64 from, uint256 fieldCount) = _entry(schedule, i - 1);
            if (fieldCount != 0 && timestamp >= from) return fieldCount;
        }
        (uint64 first, ) = _entry(schedule, 0);
        revert BeforeFirstFork(timestamp, first);
    }

    /// @notice The first timestamp (seconds) that the schedule does not cover.
    function sunset(ForkSchedule schedule) internal pure returns (uint64) {
        return uint64(ForkSchedule.unwrap(schedule));
    }

    function _requireFork(uint256 index, uint64 previous, uint64 from, uint256 fieldCount) private pure {
        require(index == 0 || from > previous, ForkNotAscending(index, from, previous));
        require(
            fieldCount >= MIN_FIELDS && fieldCount <= MAX_FIELDS,
            ForkFieldCountOutOfRange(index, fieldCount, MIN_FIELDS, MAX_FIELDS)
        );
    }

    function _requireSunset(uint64 sunsetTimestamp, uint64 lastFork) private pure {
        require(sunsetTimestamp > lastFork, SunsetNotAfterLastFork(sunsetTimestamp, lastFork));
    }

    function _entry(
        ForkSchedule schedule,
        uint256 index
    ) private pure returns (uint64 from, uint256 fieldCount) {
        uint256 entry = uint64(ForkSchedule.unwrap(schedule) >> (ENTRY_BITS * (index + 1)));
        return (uint64(entry >> FIELDS_BITS), entry & type(uint8).max);
    }
}
