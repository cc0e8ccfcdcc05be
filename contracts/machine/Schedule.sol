// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ForkSchedule, ForkScheduleLibrary} from "../types/ForkSchedule.sol";
import {RULES_OSAKA, RULES_PRAGUE} from "./State.sol";

/// From which timestamp on which rules and blob parameters hold on A (EIP-7840, EIP-7892). A fork of blob parameters
/// only repeats the rules.
struct Fork {
    /// Seconds.
    uint64 from;
    /// RULES_CANCUN and later.
    uint8 rules;
    /// Blobs a block aims at, and may hold at most.
    uint16 blobTarget;
    uint16 blobMax;
    /// How slowly the blob fee follows the excess of blob gas.
    uint64 blobFraction;
}

/// @title The forks of A
library Schedules {
    /// @notice Fields of a header under Cancun; Prague adds one (EIP-7685).
    uint8 private constant CANCUN_FIELDS = 20;

    error ScheduleEmpty();
    error ForkRulesUnknown(uint256 index, uint8 rules);
    /// @dev Forks ascend by time, and rules never go back.
    error ForkOutOfOrder(uint256 index);
    error ForkBlobsInvalid(uint256 index);
    error TimestampBeforeSchedule(uint64 timestamp, uint64 first);

    /// @notice Checks a schedule and derives the number of header fields from it.
    /// @param horizon The first timestamp that nothing is known about.
    function toForkSchedule(Fork[] memory forks, uint64 horizon) internal pure returns (ForkSchedule) {
        require(forks.length != 0, ScheduleEmpty());
        uint64[] memory from = new uint64[](0);
        uint8[] memory fields = new uint8[](0);
        for (uint256 i = 0; i < forks.length; ++i) {
            Fork memory fork = forks[i];
            require(fork.rules <= RULES_OSAKA, ForkRulesUnknown(i, fork.rules));
            require(
                i == 0 || (fork.from > forks[i - 1].from && fork.rules >= forks[i - 1].rules),
                ForkOutOfOrder(i)
            );
            require(
                fork.blobFraction != 0 && fork.blobMax != 0 && fork.blobTarget <= fork.blobMax,
                ForkBlobsInvalid(i)
            );
            uint8 wanted = fork.rules >= RULES_PRAGUE ? CANCUN_FIELDS + 1 : CANCUN_FIELDS;
            if (i == 0) {
                (from, fields) = (new uint64[](1), new uint8[](1));
            } else if (fields[fields.length - 1] != wanted) {
                // Only Cancun's number is followed by another.
                (from, fields) = (new uint64[](2), new uint8[](2));
                (from[0], fields[0]) = (forks[0].from, CANCUN_FIELDS);
            } else {
                continue;
            }
            (from[from.length - 1], fields[fields.length - 1]) = (fork.from, wanted);
        }
        uint64 last = forks[forks.length - 1].from;
        require(horizon > last, ForkScheduleLibrary.SunsetNotAfterLastFork(horizon, last));
        return ForkScheduleLibrary.create(from, fields, horizon);
    }

    /// @notice The fork in force at a time.
    function inForce(Fork[] storage forks, uint64 timestamp) internal view returns (Fork memory fork) {
        for (uint256 i = forks.length; i != 0; --i) {
            fork = forks[i - 1];
            if (timestamp >= fork.from) return fork;
        }
        revert TimestampBeforeSchedule(timestamp, fork.from);
    }
}
