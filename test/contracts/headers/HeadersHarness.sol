// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Header, Headers} from "../../../contracts/libraries/Headers.sol";
import {ForkSchedule, ForkScheduleLibrary} from "../../../contracts/types/ForkSchedule.sol";

/// Makes the libraries callable, so that reverts can be expected.
contract HeadersHarness {
    function decode(bytes calldata rlp, ForkSchedule schedule) external pure returns (Header memory) {
        return Headers.decode(rlp, schedule);
    }

    /// Gas of the decoding alone, without the call around it.
    function gasOfDecode(bytes memory rlp, ForkSchedule schedule) external view returns (uint256) {
        uint256 before = gasleft();
        Headers.decode(rlp, schedule);
        return before - gasleft();
    }

    function create(
        uint64[] calldata from,
        uint8[] calldata fieldCounts,
        uint64 sunset
    ) external pure returns (ForkSchedule) {
        return ForkScheduleLibrary.create(from, fieldCounts, sunset);
    }

    function requireValid(ForkSchedule schedule) external pure {
        schedule.requireValid();
    }

    function fieldsAt(ForkSchedule schedule, uint64 timestamp) external pure returns (uint256) {
        return schedule.fieldsAt(timestamp);
    }
}
