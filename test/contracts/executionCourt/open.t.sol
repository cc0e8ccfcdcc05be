// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {GameExists, IExecutionCourt, ParentForeign} from "../../../contracts/interfaces/IExecutionCourt.sol";
import {NotStaker, StakeTooSmall} from "../../../contracts/interfaces/IStake.sol";
import {
    ClaimStatusWrong,
    IStateSync,
    RefundModeActive,
    WindowClosed
} from "../../../contracts/interfaces/IStateSync.sol";
import {ChessClock} from "../../../contracts/libraries/ChessClock.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Game, GameRecord, Move} from "../../../contracts/types/Game.sol";
import {GameDeployment} from "../support/GameDeployment.sol";

contract ExecutionCourtOpenTest is GameDeployment {
    Claim private _claim;

    function setUp() public override {
        super.setUp();
        _claim = claimSpan(trueHeaders(0, 5));
    }

    function _expect(Game memory game, Claim memory parent, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(game.challenger);
        court.open(game, parent);
    }

    function test_RevertWhen_TheGameExists() public {
        Game memory game = openGame(_claim);
        _expect(game, genesisClaim(), abi.encodeWithSelector(GameExists.selector, game.id()));
    }

    function test_RevertWhen_TheGameIsOver() public {
        Game memory game = openGame(_claim);
        vm.prank(address(anchorCourt));
        sync.reject(_claim, STRANGER);
        court.settle(game);
        _expect(game, genesisClaim(), abi.encodeWithSelector(GameExists.selector, game.id()));
    }

    function test_RevertWhen_TheParentIsAnother() public {
        Claim memory other = claimSpan(trueHeaders(0, 2));
        _expect(
            Game(_claim, CHALLENGER, 0),
            other,
            abi.encodeWithSelector(ParentForeign.selector, other.id(), sync.genesis())
        );
    }

    function test_RevertWhen_AFieldIsNotTheClaims() public {
        Claim memory other = _claim;
        other.number += 1;
        _expect(
            Game(other, CHALLENGER, 0),
            genesisClaim(),
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                other.id(),
                ClaimStatus.None,
                ClaimStatus.Pending
            )
        );
    }

    function test_RevertWhen_TheClaimIsFinal() public {
        finalize(_claim);
        _expect(
            Game(_claim, CHALLENGER, 0),
            genesisClaim(),
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                _claim.id(),
                ClaimStatus.Final,
                ClaimStatus.Pending
            )
        );
    }

    function test_RevertWhen_TheWindowIsOver() public {
        openGame(_claim);
        uint256 deadline = block.timestamp + WINDOW;
        vm.warp(deadline + 1);
        _expect(
            Game(_claim, CHALLENGER, 1),
            genesisClaim(),
            abi.encodeWithSelector(WindowClosed.selector, deadline, deadline + 1)
        );
    }

    function test_RevertWhen_RefundModeIsOn() public {
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
        _expect(
            Game(_claim, CHALLENGER, 0),
            genesisClaim(),
            abi.encodeWithSelector(RefundModeActive.selector)
        );
    }

    function test_RevertWhen_TheStakeIsTooSmall() public {
        _fund(STRANGER, GAME_BOND - 1);
        _expect(
            Game(_claim, STRANGER, 0),
            genesisClaim(),
            abi.encodeWithSelector(StakeTooSmall.selector, STRANGER, GAME_BOND - 1, GAME_BOND)
        );
    }

    function test_RevertWhen_AStrangerSpendsTheStake() public {
        vm.expectRevert(abi.encodeWithSelector(NotStaker.selector, CHALLENGER, STRANGER));
        vm.prank(STRANGER);
        court.open(Game(_claim, CHALLENGER, 0), genesisClaim());
    }

    function test_WhenTheBaseFeeIsHigh() public {
        vm.fee(20 gwei);
        assertEq(court.bondNow(), 0.8 ether, "40,000,000 gas at 20 gwei");
        Game memory game = openGame(_claim);
        requireStake(CHALLENGER, 99.2 ether, 0.8 ether);
        assertEq(court.record(game.id()).bond, 0.8 ether, "bond");

        vm.warp(block.timestamp + GAME_CLOCK + 1);
        court.timeout(game);
        requireStake(CHALLENGER, 100.5 ether, 0);
    }

    function test_WhenTheClaimWasAttested() public {
        anchorCourt.attest(_claim, evidenceFor(_claim));
        Game memory game = openGame(_claim);
        requireDue(game, Move.Split);
    }

    function test_WhenTheOperatorSendsInTheLastSecond() public {
        vm.warp(block.timestamp + WINDOW);
        vm.prank(CHALLENGER);
        stake.setOperator(STRANGER, 1 ether);
        vm.prank(STRANGER);
        court.open(Game(_claim, CHALLENGER, 0), genesisClaim());
        requireStake(CHALLENGER, 99.5 ether, GAME_BOND);
    }

    function test_WhenGamesRunSideBySide() public {
        _fund(STRANGER, GAME_BOND);
        openGame(_claim);
        vm.prank(CHALLENGER);
        court.open(Game(_claim, CHALLENGER, 1), genesisClaim());
        vm.prank(STRANGER);
        court.open(Game(_claim, STRANGER, 0), genesisClaim());
        assertEq(sync.record(_claim.id()).openChallenges, 3, "open challenges");
        assertEq(stake.lockedBy(address(court), CHALLENGER), 2 * GAME_BOND, "two bonds");
    }

    function test_WhenTheClaimIsPending() public {
        Game memory game = Game(_claim, CHALLENGER, 7);
        bytes32 left = blockValue(trueHeaders(0, 5), 0);
        ChessClock memory clock = ChessClock(uint40(START), uint32(GAME_CLOCK), uint32(GAME_CLOCK));
        vm.expectEmit();
        emit IExecutionCourt.GameOpened(
            game.id(),
            _claim.id(),
            CHALLENGER,
            7,
            left,
            _claim.blockHash,
            GAME_BOND,
            clock
        );
        vm.expectEmit();
        emit IStateSync.ChallengeOpened(_claim.id(), address(court), 1);
        vm.prank(CHALLENGER);
        court.open(game, genesisClaim());

        GameRecord memory record = court.record(game.id());
        assertEq(record.vector, keccak256(abi.encode(left, _claim.blockHash)), "both ends");
        assertEq(abi.encode(record.clock), abi.encode(clock), "clock");
        (Move move, uint64 deadline) = court.due(game.id());
        assertEq(uint256(move), uint256(Move.Split), "due");
        assertEq(deadline, START + GAME_CLOCK, "deadline");
    }
}
