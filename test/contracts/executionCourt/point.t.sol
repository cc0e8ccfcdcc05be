// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExecutionCourt} from "../../../contracts/interfaces/IExecutionCourt.sol";
import {ChessClock} from "../../../contracts/libraries/ChessClock.sol";
import {IndexOutOfRange, VectorForeign} from "../../../contracts/libraries/Vectors.sol";
import {GameRecord, Move} from "../../../contracts/types/Game.sol";
import {GameFixture} from "./GameFixture.sol";

contract ExecutionCourtPointTest is GameFixture {
    function setUp() public override {
        super.setUp();
        _play(1);
    }

    function test_RevertWhen_TheSplitIsDue() public {
        _play(2);
        bytes32[65] memory values = _values();
        _expectNotDue(Move.Split, Move.Point);
        vm.prank(CHALLENGER);
        court.point(_game, values, 0);
    }

    function test_RevertWhen_AnotherMoves() public {
        bytes32[65] memory values = _values();
        _expectNotStaker(CHALLENGER, PROPOSER);
        court.point(_game, values, 0);
    }

    function test_RevertWhen_TheClaimIsDead() public {
        bytes32[65] memory values = _values();
        _rejectClaim();
        _expectClaimDead();
        vm.prank(CHALLENGER);
        court.point(_game, values, 0);
    }

    function test_RevertWhen_RefundModeIsOn() public {
        bytes32[65] memory values = _values();
        _enterRefundMode();
        _expectRefundMode();
        vm.prank(CHALLENGER);
        court.point(_game, values, 0);
    }

    function test_RevertWhen_TheTurnIsOver() public {
        bytes32[65] memory values = _values();
        _passTurn();
        _expectTooLate();
        vm.prank(CHALLENGER);
        court.point(_game, values, 0);
    }

    function testFuzz_RevertWhen_AValueIsAnother(uint256 index) public {
        bytes32[65] memory values = _values();
        index = bound(index, 0, 64);
        values[index] = keccak256(abi.encode(values[index]));
        bytes32 got = keccak256(abi.encode(values));
        vm.expectRevert(abi.encodeWithSelector(VectorForeign.selector, got, court.record(_game.id()).vector));
        vm.prank(CHALLENGER);
        court.point(_game, values, 0);
    }

    function test_RevertWhen_TheIndexIs64() public {
        bytes32[65] memory values = _values();
        vm.expectRevert(abi.encodeWithSelector(IndexOutOfRange.selector, 64, 64));
        vm.prank(CHALLENGER);
        court.point(_game, values, 64);
    }

    function testFuzz_WhenItIsDue(uint256 index, uint64 elapsed) public {
        bytes32[65] memory values = _values();
        index = bound(index, 0, 63);
        elapsed = uint64(bound(elapsed, 0, GAME_CLOCK));
        vm.warp(START + elapsed);
        ChessClock memory clock = ChessClock(
            uint40(START + elapsed),
            uint32(GAME_CLOCK),
            uint32(GAME_CLOCK - elapsed)
        );
        vm.expectEmit();
        emit IExecutionCourt.IntervalPointed(_game.id(), index, clock);
        vm.prank(CHALLENGER);
        court.point(_game, values, index);

        GameRecord memory record = court.record(_game.id());
        assertEq(record.vector, keccak256(abi.encode(values[index], values[index + 1])), "pair");
        assertEq(abi.encode(record.clock), abi.encode(clock), "clock");
        requireDue(_game, Move.Split);
    }
}
