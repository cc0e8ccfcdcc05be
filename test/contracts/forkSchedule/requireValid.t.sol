// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ForkSchedule, ForkScheduleLibrary} from "../../../contracts/types/ForkSchedule.sol";
import {HeadersHarness} from "../headers/HeadersHarness.sol";
import {Test} from "../support/Test.sol";

contract ForkScheduleRequireValidTest is Test {
    HeadersHarness internal harness;
    /// The vector's word: forks at 1681338455, 1710338135 and 1746612311 with 17, 20 and 21 fields.
    uint256 private _packed;

    uint64 private constant FIRST = 1_681_338_455;
    uint64 private constant SECOND = 1_710_338_135;
    uint64 private constant THIRD = 1_746_612_311;

    function setUp() public {
        harness = new HeadersHarness();
        _packed = vm.parseJsonUint(vm.readFile("test/vectors/headers.json"), ".schedule.packed");
    }

    /// The vector's word with another entry.
    function _with(uint256 index, uint64 from, uint8 fieldCount) private view returns (ForkSchedule) {
        uint256 shift = 64 * (index + 1);
        uint256 entry = (uint256(from) << 8) | fieldCount;
        return ForkSchedule.wrap((_packed & ~(uint256(type(uint64).max) << shift)) | (entry << shift));
    }

    /// The vector's word with another sunset.
    function _withSunset(uint64 sunset) private view returns (ForkSchedule) {
        return ForkSchedule.wrap((_packed & ~uint256(type(uint64).max)) | sunset);
    }

    function _expect(ForkSchedule schedule, bytes memory reason) private {
        vm.expectRevert(reason);
        harness.requireValid(schedule);
    }

    function test_WhenItIsTheVectors() external view {
        harness.requireValid(ForkSchedule.wrap(_packed));
    }

    function test_RevertWhen_NoEntryIsUsed() external {
        bytes memory reason = abi.encodeWithSelector(
            ForkScheduleLibrary.ForkScheduleLength.selector,
            0,
            0,
            3
        );
        _expect(ForkSchedule.wrap(0), reason);
        _expect(ForkSchedule.wrap(type(uint64).max), reason);
    }

    function test_RevertWhen_AnEntryFollowsAnUnusedOne() external {
        _expect(_with(0, 0, 0), abi.encodeWithSelector(ForkScheduleLibrary.ForkAfterUnusedEntry.selector, 1));
        _expect(_with(1, 0, 0), abi.encodeWithSelector(ForkScheduleLibrary.ForkAfterUnusedEntry.selector, 2));
    }

    function test_WhenTheLastEntryIsUnused() external view {
        harness.requireValid(_with(2, 0, 0));
    }

    function test_RevertWhen_TwoForksAtOneTime() external {
        _expect(
            _with(1, FIRST, 20),
            abi.encodeWithSelector(ForkScheduleLibrary.ForkNotAscending.selector, 1, FIRST, FIRST)
        );
        _expect(
            _with(2, SECOND, 21),
            abi.encodeWithSelector(ForkScheduleLibrary.ForkNotAscending.selector, 2, SECOND, SECOND)
        );
    }

    function test_RevertWhen_ForksDescend() external {
        _expect(
            _with(2, SECOND - 1, 21),
            abi.encodeWithSelector(ForkScheduleLibrary.ForkNotAscending.selector, 2, SECOND - 1, SECOND)
        );
    }

    function test_RevertWhen_AFieldCountIsOutOfRange() external {
        _expectCount(0, FIRST, 14);
        _expectCount(1, SECOND, 33);
        _expectCount(2, THIRD, 255);
        // A timestamp makes an entry used, whatever its count.
        _expectCount(1, SECOND, 0);
    }

    function _expectCount(uint256 index, uint64 from, uint8 count) private {
        _expect(
            _with(index, from, count),
            abi.encodeWithSelector(
                ForkScheduleLibrary.ForkFieldCountOutOfRange.selector,
                index,
                count,
                15,
                32
            )
        );
    }

    function test_WhenFieldCountsAreAtTheirLimits() external view {
        harness.requireValid(_with(0, FIRST, 15));
        harness.requireValid(_with(2, THIRD, 32));
        harness.requireValid(_with(0, 0, 17));
    }

    function test_RevertWhen_TheSunsetIsTheLastFork() external {
        _expect(
            _withSunset(THIRD),
            abi.encodeWithSelector(ForkScheduleLibrary.SunsetNotAfterLastFork.selector, THIRD, THIRD)
        );
        harness.requireValid(_withSunset(THIRD + 1));
    }

    /// What `create` makes, `requireValid` accepts.
    function testFuzz_WhenCreateMadeIt(
        uint64[3] memory times,
        uint8[3] memory counts,
        uint256 length,
        uint64 sunset
    ) external view {
        length = bound(length, 1, 3);
        uint64[] memory froms = new uint64[](length);
        uint8[] memory fields = new uint8[](length);
        uint256 low = 0;
        for (uint256 i = 0; i < length; i++) {
            froms[i] = uint64(bound(times[i], low, type(uint56).max - 2 + i));
            fields[i] = uint8(bound(counts[i], 15, 32));
            low = uint256(froms[i]) + 1;
        }
        sunset = uint64(bound(sunset, low, type(uint64).max));
        harness.requireValid(harness.create(froms, fields, sunset));
    }

    /// Any word that is accepted reads back as one that `create` makes: nothing hides in it.
    function testFuzz_WhenAnyWordIsAccepted(
        uint56[3] memory times,
        uint8[3] memory counts,
        uint64 sunset
    ) external view {
        uint256 word = sunset;
        // Few values, so that words that are almost or quite right are common.
        for (uint256 i = 0; i < 3; i++) {
            word |= (((uint256(times[i]) % 4) << 8) | ((counts[i] % 3) * 16)) << (64 * (i + 1));
        }
        try harness.requireValid(ForkSchedule.wrap(word)) {} catch {
            return;
        }
        uint256 length =
            word >> 128 == 0
                ? 1
                : word >> 192 == 0
                    ? 2
                    : 3;
        uint64[] memory froms = new uint64[](length);
        uint8[] memory fields = new uint8[](length);
        for (uint256 i = 0; i < length; i++) {
            froms[i] = uint64(word >> (64 * (i + 1))) >> 8;
            fields[i] = uint8(word >> (64 * (i + 1)));
        }
        assertEq(ForkSchedule.unwrap(harness.create(froms, fields, uint64(word))), word, "word");
    }
}
