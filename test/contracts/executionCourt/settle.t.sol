// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GameLive, IExecutionCourt} from "../../../contracts/interfaces/IExecutionCourt.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Game, Move} from "../../../contracts/types/Game.sol";
import {GameFixture} from "./GameFixture.sol";

contract ExecutionCourtSettleTest is GameFixture {
    function _requireVoid(Game memory game) private {
        vm.expectEmit();
        emit IExecutionCourt.GameSettled(game.id(), game.claim.id(), IExecutionCourt.GameOutcome.Void);
        vm.prank(STRANGER);
        court.settle(game);
        requireDue(game, Move.Settled);
        assertEq(sync.record(game.claim.id()).openChallenges, 0, "open challenges");
        requireStake(CHALLENGER, 100 ether, 0);
    }

    function test_RevertWhen_ThereIsNoSuchGame() public {
        _game.nonce = 1;
        _rejectClaim();
        _expectNotDue(Move.None, Move.None);
        court.settle(_game);
    }

    function test_RevertWhen_TheGameIsOver() public {
        _rejectClaim();
        court.settle(_game);
        _expectNotDue(Move.Settled, Move.Settled);
        court.settle(_game);
    }

    function test_RevertWhen_TheClaimIsPending() public {
        _passTurn();
        vm.expectRevert(abi.encodeWithSelector(GameLive.selector, _game.id()));
        court.settle(_game);
    }

    function test_WhenAnotherCourtRejectedTheClaim() public {
        _play(3);
        _rejectClaim();
        _requireVoid(_game);
    }

    /// The first game that is won kills the claim; the bonds of all others go back, whoever was about to win them.
    function test_WhenAnotherGameRejectedTheClaim() public {
        _fund(STRANGER, GAME_BOND);
        Game memory other = Game(_claim, STRANGER, 0);
        vm.prank(STRANGER);
        court.open(other, genesisClaim());
        _play(1);
        vm.warp(block.timestamp + GAME_CLOCK + 1);
        court.timeout(other);
        requireStake(STRANGER, GAME_BOND + BOND / 2, 0);
        _requireVoid(_game);
    }

    function test_WhenTheClaimWasOrphaned() public {
        bytes[] memory next = new bytes[](2);
        next[0] = _story.headers[5];
        next[1] = childOf(next[0], GENESIS_NUMBER + 6, 0);
        Claim memory child = propose(PROPOSER, _claim.id(), next[1]);
        Game memory onChild = Game(child, STRANGER, 0);
        _fund(STRANGER, GAME_BOND);
        vm.prank(STRANGER);
        court.open(onChild, _claim);
        _rejectClaim();
        court.settle(_game);
        sync.orphan(child);
        requireStatus(child, ClaimStatus.Orphaned);
        _requireVoid(onChild);
        requireStake(STRANGER, GAME_BOND + BOND / 2, 0);
        requireStake(PROPOSER, 99 ether, 0);
    }

    function test_WhenRefundModeIsOn() public {
        _enterRefundMode();
        _requireVoid(_game);
        sync.refund(_claim);
        requireNothingLocked();
    }
}
