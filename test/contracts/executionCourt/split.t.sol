// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExecutionCourt} from "../../../contracts/interfaces/IExecutionCourt.sol";
import {ChessClock} from "../../../contracts/libraries/ChessClock.sol";
import {VectorForeign} from "../../../contracts/libraries/Vectors.sol";
import {GameRecord, Move} from "../../../contracts/types/Game.sol";
import {GameFixture} from "./GameFixture.sol";

contract ExecutionCourtSplitTest is GameFixture {
    function _split() private {
        bytes32[65] memory values = _values();
        court.split(_game, values[0], values[64], pointsOf(values));
    }

    function test_RevertWhen_ThereIsNoSuchGame() public {
        bytes32[65] memory values = _values();
        _game.nonce = 1;
        _expectNotDue(Move.None, Move.Split);
        vm.prank(PROPOSER);
        court.split(_game, values[0], values[64], pointsOf(values));
    }

    function test_RevertWhen_ThePointIsDue() public {
        _play(1);
        bytes32[65] memory values = _values();
        _expectNotDue(Move.Point, Move.Split);
        vm.prank(PROPOSER);
        court.split(_game, values[0], values[64], pointsOf(values));
    }

    function test_RevertWhen_TheBlockIsDue() public {
        _play(4);
        bytes32[65] memory values = _values();
        _expectNotDue(Move.Enter, Move.Split);
        vm.prank(PROPOSER);
        court.split(_game, values[0], values[64], pointsOf(values));
    }

    function test_RevertWhen_TheGameIsOver() public {
        bytes32[65] memory values = _values();
        _passTurn();
        court.timeout(_game);
        _expectNotDue(Move.Settled, Move.Split);
        vm.prank(PROPOSER);
        court.split(_game, values[0], values[64], pointsOf(values));
    }

    function test_RevertWhen_AnotherMoves() public {
        bytes32[65] memory values = _values();
        _expectNotStaker(PROPOSER, CHALLENGER);
        court.split(_game, values[0], values[64], pointsOf(values));
    }

    function test_RevertWhen_TheClaimIsDead() public {
        bytes32[65] memory values = _values();
        _rejectClaim();
        _expectClaimDead();
        vm.prank(PROPOSER);
        court.split(_game, values[0], values[64], pointsOf(values));
    }

    function test_RevertWhen_RefundModeIsOn() public {
        bytes32[65] memory values = _values();
        _enterRefundMode();
        _expectRefundMode();
        vm.prank(PROPOSER);
        court.split(_game, values[0], values[64], pointsOf(values));
    }

    function test_RevertWhen_TheTurnIsOver() public {
        bytes32[65] memory values = _values();
        _passTurn();
        _expectTooLate();
        vm.prank(PROPOSER);
        court.split(_game, values[0], values[64], pointsOf(values));
    }

    function test_RevertWhen_TheEndsAreOthers() public {
        bytes32[65] memory values = _values();
        bytes32 got = keccak256(abi.encode(values[1], values[64]));
        vm.expectRevert(abi.encodeWithSelector(VectorForeign.selector, got, court.record(_game.id()).vector));
        vm.prank(PROPOSER);
        court.split(_game, values[1], values[64], pointsOf(values));
    }

    function test_WhenItIsDueInTheLastSecond() public {
        bytes32[65] memory values = _values();
        ChessClock memory clock = ChessClock(uint40(START + GAME_CLOCK), 0, uint32(GAME_CLOCK));
        vm.warp(_deadline());
        vm.expectEmit();
        emit IExecutionCourt.IntervalSplit(_game.id(), pointsOf(values), clock);
        vm.prank(PROPOSER);
        court.split(_game, values[0], values[64], pointsOf(values));

        GameRecord memory record = court.record(_game.id());
        assertEq(record.vector, keccak256(abi.encode(values)), "65 values");
        assertEq(record.moves, 1, "moves");
        assertEq(abi.encode(record.clock), abi.encode(clock), "clock");
        requireDue(_game, Move.Point);
    }

    function test_WhenTheOperatorMoves() public {
        vm.prank(PROPOSER);
        stake.setOperator(STRANGER, 0);
        vm.startPrank(STRANGER);
        _split();
        vm.stopPrank();
        requireDue(_game, Move.Point);
    }

    /// Whatever a defender posts, it is what the challenger answers.
    function testFuzz_WhenThePointsAreAnything(bytes32[63] memory points) public {
        bytes32[65] memory values = _values();
        vm.prank(PROPOSER);
        court.split(_game, values[0], values[64], points);
        for (uint256 i = 0; i < 63; ++i) values[i + 1] = points[i];
        vm.prank(CHALLENGER);
        court.point(_game, values, 5);
        assertEq(court.record(_game.id()).vector, keccak256(abi.encode(points[4], points[5])), "pair");
    }
}
