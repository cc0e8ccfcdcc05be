// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChessClock, ChessClocks, MoveInTime, MoveTooLate} from "../../../contracts/libraries/ChessClock.sol";
import {Test} from "../support/Test.sol";

contract ChessClockTest is Test {
    uint64 private constant START = 1_800_000_000;

    function requireInTime(ChessClock memory clock, bool side, uint64 minimum, uint64 now_) external pure {
        clock.requireInTime(side, minimum, now_);
    }

    function requireTimedOut(ChessClock memory clock, bool side, uint64 minimum, uint64 now_) external pure {
        clock.requireTimedOut(side, minimum, now_);
    }

    function testFuzz_Deadline(uint32 defender, uint32 challenger, uint32 minimum) public pure {
        ChessClock memory clock = ChessClock(uint40(START), defender, challenger);
        uint64 wanted = START + (defender > minimum ? defender : minimum);
        assertEq(clock.deadline(true, minimum), wanted, "of the defender");
        wanted = START + (challenger > minimum ? challenger : minimum);
        assertEq(clock.deadline(false, minimum), wanted, "of the challenger");
    }

    function testFuzz_Pass(uint32 defender, uint32 challenger, uint32 elapsed, bool side) public pure {
        ChessClock memory clock = ChessClock(uint40(START), defender, challenger);
        ChessClock memory next = clock.pass(side, START + elapsed);
        assertEq(next.since, START + elapsed, "since");
        uint32 before = side ? defender : challenger;
        uint32 left = elapsed < before ? before - elapsed : 0;
        assertEq(next.defender, side ? left : defender, "the defender's");
        assertEq(next.challenger, side ? challenger : left, "the challenger's");
    }

    function testFuzz_InTimeUpToTheDeadline(uint32 budget, uint32 minimum, uint32 elapsed, bool side) public {
        ChessClock memory clock = ChessClocks.start(START, budget);
        uint64 deadline = clock.deadline(side, minimum);
        if (START + elapsed <= deadline) {
            this.requireInTime(clock, side, minimum, START + elapsed);
            vm.expectRevert(abi.encodeWithSelector(MoveInTime.selector, deadline, START + elapsed));
            this.requireTimedOut(clock, side, minimum, START + elapsed);
        } else {
            this.requireTimedOut(clock, side, minimum, START + elapsed);
            vm.expectRevert(abi.encodeWithSelector(MoveTooLate.selector, deadline, START + elapsed));
            this.requireInTime(clock, side, minimum, START + elapsed);
        }
    }

    function testFuzz_NobodyPlaysLongerThanItsBudgetAndItsMinimums(
        uint32 budget,
        uint32 minimum,
        uint64[17] calldata turns
    ) public pure {
        ChessClock memory clock = ChessClocks.start(START, budget);
        uint256[2] memory spent;
        uint256[2] memory moves;
        for (uint256 i = 0; i < 17; ++i) {
            bool side = i % 2 == 0;
            uint64 longest = clock.deadline(side, minimum) - clock.since;
            uint64 elapsed = uint64(turns[i] % (uint256(longest) + 1));
            spent[i % 2] += elapsed;
            ++moves[i % 2];
            clock = clock.pass(side, clock.since + elapsed);
        }
        for (uint256 i = 0; i < 2; ++i) {
            assertLe(spent[i], uint256(budget) + moves[i] * uint256(minimum), "turns of one player");
        }
    }
}
