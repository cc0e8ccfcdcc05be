// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ForkSchedule, ForkScheduleLibrary} from "../../../contracts/types/ForkSchedule.sol";
import {HeadersHarness} from "../headers/HeadersHarness.sol";
import {Test} from "../support/Test.sol";

contract ForkScheduleCreateTest is Test {
    uint64 internal constant NO_SUNSET = type(uint64).max;

    HeadersHarness internal harness;
    uint64[] internal from;
    uint8[] internal fieldCounts;

    function setUp() public {
        harness = new HeadersHarness();
        (from, fieldCounts) = ([uint64(0), 100, 200], [uint8(17), 20, 21]);
    }

    function test_RevertWhen_Empty() external {
        delete from;
        delete fieldCounts;
        _expect(abi.encodeWithSelector(ForkScheduleLibrary.ForkScheduleLength.selector, 0, 0, 3));
        harness.create(from, fieldCounts, NO_SUNSET);
    }

    function test_RevertWhen_FourForks() external {
        from.push(300);
        fieldCounts.push(22);
        _expect(abi.encodeWithSelector(ForkScheduleLibrary.ForkScheduleLength.selector, 4, 4, 3));
        harness.create(from, fieldCounts, NO_SUNSET);
    }

    function test_RevertWhen_AFieldCountIsMissing() external {
        fieldCounts.pop();
        _expect(abi.encodeWithSelector(ForkScheduleLibrary.ForkScheduleLength.selector, 3, 2, 3));
        harness.create(from, fieldCounts, NO_SUNSET);
    }

    function test_RevertWhen_TwoForksAtOneTime() external {
        from[2] = 100;
        _expect(abi.encodeWithSelector(ForkScheduleLibrary.ForkNotAscending.selector, 2, 100, 100));
        harness.create(from, fieldCounts, NO_SUNSET);
    }

    function test_RevertWhen_ATimestampIsTooLarge() external {
        from[2] = 2 ** 56;
        _expect(
            abi.encodeWithSelector(
                ForkScheduleLibrary.ForkTimestampTooLarge.selector,
                2,
                uint64(2 ** 56),
                type(uint56).max
            )
        );
        harness.create(from, fieldCounts, NO_SUNSET);
    }

    function test_RevertWhen_TooFewFields() external {
        fieldCounts[0] = 14;
        _expect(abi.encodeWithSelector(ForkScheduleLibrary.ForkFieldCountOutOfRange.selector, 0, 14, 15, 32));
        harness.create(from, fieldCounts, NO_SUNSET);
    }

    function test_RevertWhen_TooManyFields() external {
        fieldCounts[1] = 33;
        _expect(abi.encodeWithSelector(ForkScheduleLibrary.ForkFieldCountOutOfRange.selector, 1, 33, 15, 32));
        harness.create(from, fieldCounts, NO_SUNSET);
    }

    function test_RevertWhen_TheSunsetIsTheLastFork() external {
        _expect(abi.encodeWithSelector(ForkScheduleLibrary.SunsetNotAfterLastFork.selector, 200, 200));
        harness.create(from, fieldCounts, 200);
    }

    function test_WhenInOrder() external view {
        string memory json = vm.readFile("test/vectors/headers.json");
        uint64[] memory froms = new uint64[](3);
        uint8[] memory counts = new uint8[](3);
        for (uint256 i = 0; i < 3; i++) {
            string memory path = string.concat("[", vm.toString(i), "]");
            froms[i] = uint64(vm.parseJsonUint(json, string.concat(".schedule.fromTimestamps", path)));
            counts[i] = uint8(vm.parseJsonUint(json, string.concat(".schedule.fieldCounts", path)));
        }
        uint64 sunset = uint64(vm.parseJsonUint(json, ".schedule.sunset"));
        ForkSchedule schedule = harness.create(froms, counts, sunset);
        assertEq(ForkSchedule.unwrap(schedule), vm.parseJsonUint(json, ".schedule.packed"), "packed");
    }

    function testFuzz_WhenInOrder(
        uint64[3] memory times,
        uint8[3] memory counts,
        uint64 sunset
    ) external view {
        uint64[] memory froms = new uint64[](3);
        uint8[] memory fields = new uint8[](3);
        uint256 low = 0;
        for (uint256 i = 0; i < 3; i++) {
            froms[i] = uint64(bound(times[i], low, type(uint56).max - 2 + i));
            fields[i] = uint8(bound(counts[i], 15, 32));
            low = uint256(froms[i]) + 1;
        }
        sunset = uint64(bound(sunset, low, type(uint64).max));

        ForkSchedule schedule = harness.create(froms, fields, sunset);
        assertEq(uint256(schedule.sunset()), sunset, "sunset");
        for (uint256 i = 0; i < 3; i++) {
            assertEq(schedule.fieldsAt(froms[i]), fields[i], "first second");
            uint64 last = i == 2 ? type(uint64).max : froms[i + 1] - 1;
            assertEq(schedule.fieldsAt(last), fields[i], "last second");
        }
    }

    function test_RevertWhen_BeforeTheFirstFork() external {
        from[0] = 50;
        ForkSchedule schedule = harness.create(from, fieldCounts, NO_SUNSET);
        _expect(abi.encodeWithSelector(ForkScheduleLibrary.BeforeFirstFork.selector, 49, 50));
        harness.fieldsAt(schedule, 49);
    }

    function _expect(bytes memory reason) internal {
        vm.expectRevert(reason);
    }
}
