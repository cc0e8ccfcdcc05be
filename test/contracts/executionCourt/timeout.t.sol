// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExecutionCourt} from "../../../contracts/interfaces/IExecutionCourt.sol";
import {IStateSync} from "../../../contracts/interfaces/IStateSync.sol";
import {MoveInTime} from "../../../contracts/libraries/ChessClock.sol";
import {ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Game, Move} from "../../../contracts/types/Game.sol";
import {GameFixture} from "./GameFixture.sol";

contract ExecutionCourtTimeoutTest is GameFixture {
    function _expectInTime(uint64 now_) private {
        uint64 deadline = _deadline();
        vm.expectRevert(abi.encodeWithSelector(MoveInTime.selector, deadline, now_));
        court.timeout(_game);
    }

    function test_RevertWhen_ThereIsNoSuchGame() public {
        _passTurn();
        _game.nonce = 1;
        _expectNotDue(Move.None, Move.None);
        court.timeout(_game);
    }

    function test_RevertWhen_TheGameIsOver() public {
        _passTurn();
        court.timeout(_game);
        _expectNotDue(Move.Settled, Move.Settled);
        court.timeout(_game);
    }

    function test_RevertWhen_AnotherCourtRejectedTheClaim() public {
        _rejectClaim();
        _passTurn();
        _expectClaimDead();
        court.timeout(_game);
        court.settle(_game);
        requireStake(CHALLENGER, 100 ether, 0);
    }

    function test_RevertWhen_RefundModeIsOn() public {
        _passTurn();
        _enterRefundMode();
        _expectRefundMode();
        court.timeout(_game);
    }

    function test_RevertWhen_AFreezeHoldsTheTurnOpen() public {
        vm.warp(START + 10);
        vm.prank(GUARDIAN);
        sync.freeze();
        vm.warp(START + 10 + GUARDIAN_BUDGET);
        _expectInTime(START + 10);
    }

    /// At every move: not in the last second, but in the one after, and never for the wrong side.
    function test_WhenASideRunsOutOfTimeAtAnyMove() public {
        for (uint8 moves = 0; moves <= 16; ++moves) {
            uint256 state = vm.snapshotState();
            _play(moves);
            vm.warp(_deadline());
            _expectInTime(_deadline());
            _passTurn();
            if (moves % 2 == 0) _defenderTimesOut();
            else _challengerTimesOut();
            vm.revertToState(state);
        }
    }

    function _defenderTimesOut() private {
        vm.expectEmit();
        emit IExecutionCourt.GameSettled(
            _game.id(),
            _claim.id(),
            IExecutionCourt.GameOutcome.DefenderTimedOut
        );
        vm.expectEmit();
        emit IStateSync.ClaimRejected(_claim.id(), address(court), CHALLENGER);
        vm.prank(STRANGER);
        court.timeout(_game);

        requireStatus(_claim, ClaimStatus.Rejected);
        requireStake(PROPOSER, 99 ether, 0);
        requireStake(CHALLENGER, 100.5 ether, 0);
        assertEq(stake.burned(), 0.5 ether, "burned");
        assertEq(sync.record(_claim.id()).openChallenges, 0, "open challenges");
        requireNothingLocked();
    }

    function _challengerTimesOut() private {
        vm.expectEmit();
        emit IExecutionCourt.GameSettled(
            _game.id(),
            _claim.id(),
            IExecutionCourt.GameOutcome.ChallengerTimedOut
        );
        vm.prank(STRANGER);
        court.timeout(_game);

        requireStatus(_claim, ClaimStatus.Pending);
        requireStake(PROPOSER, 99.25 ether, BOND);
        requireStake(CHALLENGER, 99.5 ether, 0);
        assertEq(stake.burned(), 0.25 ether, "burned");
        assertEq(sync.record(_claim.id()).openChallenges, 0, "open challenges");
    }

    function _sham() private returns (Game memory sham) {
        sham = Game(_claim, PROPOSER, 0);
        vm.prank(PROPOSER);
        court.open(sham, genesisClaim());
    }

    function test_WhenTheProposerLosesToItself() public {
        Game memory sham = _sham();
        _passTurn();
        court.timeout(sham);
        // Half of the claim's bond is gone; the other game is void.
        requireStake(PROPOSER, 99.5 ether, 0);
        court.settle(_game);
        requireStake(CHALLENGER, 100 ether, 0);
        assertEq(stake.burned(), 0.5 ether, "burned");
    }

    /// A game that the proposer wins against itself changes nothing in anybody else's.
    function test_WhenTheProposerWinsAgainstItself() public {
        Game memory sham = _sham();
        playTo(sham, _story, 1);
        vm.warp(block.timestamp + GAME_CLOCK);
        _play(1);
        vm.warp(block.timestamp + 1);
        court.timeout(sham);
        requireStake(PROPOSER, 98.75 ether, BOND);

        assertEq(sync.record(_claim.id()).openChallenges, 1, "the honest game");
        _play(2);
        _passTurn();
        court.timeout(_game);
        requireStatus(_claim, ClaimStatus.Rejected);
        requireStake(CHALLENGER, 100.5 ether, 0);
    }
}
