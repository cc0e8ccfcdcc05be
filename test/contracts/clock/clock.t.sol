// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Deployment} from "../support/Deployment.sol";

contract ClockClockTest is Deployment {
    function test_WhenNothingWasEverFrozen() public {
        assertEq(sync.clock(), block.timestamp, "clock");
        vm.warp(START + 1000);
        assertEq(sync.clock(), START + 1000, "clock");
    }

    function test_WhenAFreezeOutlastsTheBudget() public {
        vm.prank(GUARDIAN);
        sync.freeze();
        vm.warp(START + GUARDIAN_BUDGET);
        assertEq(sync.clock(), START, "at the last second of the budget");
        vm.warp(START + GUARDIAN_BUDGET + 1);
        assertEq(sync.clock(), START + 1, "the clock runs again by itself");
    }

    /// The clock never runs backwards and never loses more than the budget, whatever the guardian does.
    function testFuzz_WhenTheGuardianFreezesAtRandom(uint256[20] memory moves) public {
        uint256 last = sync.clock();
        bool frozen = false;
        uint256 wanted = last;
        for (uint256 i = 0; i < moves.length; ++i) {
            uint256 step = moves[i] % 200;
            vm.warp(block.timestamp + step);
            uint256 running = sync.clock() - last;
            if (!frozen) wanted += step;
            else wanted += running;
            assertTrue(running <= step, "faster than time");
            assertTrue(!frozen || running == 0 || sync.freezeBudget() == 0, "a freeze stops the clock");
            assertEq(sync.clock(), wanted, "clock");
            last = sync.clock();
            assertTrue(block.timestamp - last <= GUARDIAN_BUDGET, "lost more than the budget");
            if (moves[i] & (1 << 255) == 0) continue;
            if (!frozen && sync.freezeBudget() == 0) continue;
            vm.prank(GUARDIAN);
            if (frozen) sync.resume();
            else sync.freeze();
            frozen = !frozen;
            assertEq(sync.clock(), last, "no jump");
        }
    }
}
