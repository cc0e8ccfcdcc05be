// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Fork, Schedules} from "../../../../contracts/machine/Schedule.sol";
import {ForkSchedule, ForkScheduleLibrary} from "../../../../contracts/types/ForkSchedule.sol";
import {Test} from "../../support/Test.sol";

contract SchedulesToForkScheduleTest is Test {
    uint64 private constant HORIZON = 5000;

    function convert(Fork[] memory forks, uint64 horizon) external pure returns (ForkSchedule) {
        return Schedules.toForkSchedule(forks, horizon);
    }

    function _forks() private pure returns (Fork[] memory forks) {
        forks = new Fork[](4);
        forks[0] = Fork(1000, 0, 3, 6, 3338477);
        forks[1] = Fork(2000, 1, 6, 9, 5007716);
        forks[2] = Fork(3000, 2, 6, 9, 5007716);
        forks[3] = Fork(4000, 2, 10, 15, 8346193);
    }

    function test_WhenTheForksAreInOrder() public view {
        ForkSchedule schedule = this.convert(_forks(), HORIZON);
        assertEq(schedule.fieldsAt(1000), 20, "Cancun");
        assertEq(schedule.fieldsAt(1999), 20, "Cancun's last");
        assertEq(schedule.fieldsAt(2000), 21, "Prague");
        assertEq(schedule.fieldsAt(4000), 21, "later");
        assertEq(schedule.sunset(), HORIZON, "horizon");

        Fork[] memory one = new Fork[](1);
        one[0] = _forks()[2];
        assertEq(this.convert(one, HORIZON).fieldsAt(3000), 21, "Osaka alone");
    }

    function test_RevertWhen_ThereIsNoFork() public {
        vm.expectRevert(Schedules.ScheduleEmpty.selector);
        this.convert(new Fork[](0), HORIZON);
    }

    function test_RevertWhen_TheRulesOfAForkAreUnknown() public {
        Fork[] memory forks = _forks();
        forks[3].rules = 3;
        vm.expectRevert(abi.encodeWithSelector(Schedules.ForkRulesUnknown.selector, 3, 3));
        this.convert(forks, HORIZON);
    }

    function test_RevertWhen_ForksDoNotAscend() public {
        Fork[] memory forks = _forks();
        forks[2].from = forks[1].from;
        vm.expectRevert(abi.encodeWithSelector(Schedules.ForkOutOfOrder.selector, 2));
        this.convert(forks, HORIZON);
    }

    function test_RevertWhen_RulesGoBack() public {
        Fork[] memory forks = _forks();
        forks[3].rules = 1;
        vm.expectRevert(abi.encodeWithSelector(Schedules.ForkOutOfOrder.selector, 3));
        this.convert(forks, HORIZON);
    }

    function test_RevertWhen_AForksBlobParametersAreImpossible() public {
        Fork[] memory forks = _forks();
        forks[1].blobFraction = 0;
        vm.expectRevert(abi.encodeWithSelector(Schedules.ForkBlobsInvalid.selector, 1));
        this.convert(forks, HORIZON);
        forks = _forks();
        forks[1].blobTarget = 10;
        vm.expectRevert(abi.encodeWithSelector(Schedules.ForkBlobsInvalid.selector, 1));
        this.convert(forks, HORIZON);
    }

    function test_RevertWhen_TheHorizonIsNotAfterTheLastFork() public {
        vm.expectRevert(
            abi.encodeWithSelector(ForkScheduleLibrary.SunsetNotAfterLastFork.selector, 4000, 4000)
        );
        this.convert(_forks(), 4000);
    }
}
