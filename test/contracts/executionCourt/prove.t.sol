// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IExecutionCourt, StepRefuted} from "../../../contracts/interfaces/IExecutionCourt.sol";
import {IStateSync} from "../../../contracts/interfaces/IStateSync.sol";
import {VectorForeign} from "../../../contracts/libraries/Vectors.sol";
import {ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Move} from "../../../contracts/types/Game.sol";
import {ToyStepper} from "../support/ToyStepper.sol";
import {GameFixture} from "./GameFixture.sol";

contract ExecutionCourtProveTest is GameFixture {
    function setUp() public override {
        super.setUp();
        // Another claim, a true one.
        _tell(trueHeaders(0, 6), 6, 777_777, NEVER);
    }

    function _attempt(bytes32 left, bytes32 right, bytes memory proof) private {
        vm.prank(PROPOSER);
        court.prove(_game, left, right, proof);
    }

    function test_RevertWhen_TheSplitIsDue() public {
        _play(14);
        (bytes32 left, bytes32 right) = pairOf(_story);
        _expectNotDue(Move.Split, Move.Prove);
        _attempt(left, right, "");
    }

    function test_RevertWhen_AnotherMoves() public {
        _play(16);
        (bytes32 left, bytes32 right) = pairOf(_story);
        bytes memory proof = proofOf(_story, _story.step);
        _expectNotStaker(PROPOSER, STRANGER);
        court.prove(_game, left, right, proof);
    }

    function test_RevertWhen_TheClaimIsDead() public {
        _play(16);
        _rejectClaim();
        (bytes32 left, bytes32 right) = pairOf(_story);
        _expectClaimDead();
        _attempt(left, right, "");
    }

    function test_RevertWhen_RefundModeIsOn() public {
        _play(16);
        _enterRefundMode();
        (bytes32 left, bytes32 right) = pairOf(_story);
        _expectRefundMode();
        _attempt(left, right, "");
    }

    function test_RevertWhen_TheTurnIsOver() public {
        _play(16);
        (bytes32 left, bytes32 right) = pairOf(_story);
        _passTurn();
        _expectTooLate();
        _attempt(left, right, "");
    }

    function test_RevertWhen_TheStatesAreOthers() public {
        _play(16);
        bytes32 left = stateValue(_story, 0);
        bytes32 right = stateValue(_story, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                VectorForeign.selector,
                keccak256(abi.encode(left, right)),
                court.record(_game.id()).vector
            )
        );
        _attempt(left, right, proofOf(_story, 0));
    }

    function test_RevertWhen_TheProofIsOfAnotherState() public {
        _play(16);
        (bytes32 left, bytes32 right) = pairOf(_story);
        bytes memory proof = proofOf(_story, 5);
        vm.expectRevert(
            abi.encodeWithSelector(ToyStepper.StateForeign.selector, stateValue(_story, 5), left)
        );
        _attempt(left, right, proof);
    }

    function test_RevertWhen_TheStepLeadsElsewhere() public {
        _story.lieFrom = _story.step + 1;
        _play(16);
        (bytes32 left, bytes32 right) = pairOf(_story);
        bytes memory proof = proofOf(_story, _story.step);
        _story.lieFrom = NEVER;
        bytes32 truth = stateValue(_story, _story.step + 1);
        vm.expectRevert(abi.encodeWithSelector(StepRefuted.selector, truth, right));
        _attempt(left, right, proof);
    }

    function test_WhenTheClockRanDownBefore() public {
        _play(15);
        _passTurnButOne();
        _play(16);
        assertEq(court.record(_game.id()).clock.challenger, 0, "nothing left of the challenger's");
        vm.warp(block.timestamp + GAME_CLOCK);
        proveStep(_game, _story);
        requireDue(_game, Move.Settled);
    }

    function test_WhenTheDefendersClockRanDownBefore() public {
        _play(14);
        _passTurnButOne();
        _play(16);
        vm.warp(block.timestamp + PROVE_TIME);
        proveStep(_game, _story);
        requireDue(_game, Move.Settled);
    }

    function _passTurnButOne() private {
        vm.warp(_deadline());
    }

    /// First and last step, the end's first step, and the last step of all.
    function testFuzz_WhenTheStepIsTrue(uint256 step) public {
        uint256[4] memory edges = [uint256(0), TOY_LENGTH - 1, TOY_LENGTH, 2 ** 36 - 1];
        step = bound(step, 0, 2 ** 36 + 3);
        if (step >= 2 ** 36) step = edges[step - 2 ** 36];
        _proveAt(step);
    }

    function test_WhenTheStepIsAnEdge() public {
        uint256[4] memory edges = [uint256(0), TOY_LENGTH - 1, TOY_LENGTH, 2 ** 36 - 1];
        for (uint256 i = 0; i < 4; ++i) {
            uint256 state = vm.snapshotState();
            _proveAt(edges[i]);
            vm.revertToState(state);
        }
    }

    function _proveAt(uint256 step) private {
        _story.step = step;
        _play(16);
        requireDue(_game, Move.Prove);
        (bytes32 left, bytes32 right) = pairOf(_story);
        bytes memory proof = proofOf(_story, step);
        vm.expectEmit();
        emit IExecutionCourt.GameSettled(_game.id(), _claim.id(), IExecutionCourt.GameOutcome.Defended);
        vm.expectEmit();
        emit IStateSync.ChallengeClosed(_claim.id(), address(court), 0, uint64(block.timestamp) + GRACE);
        vm.prank(PROPOSER);
        court.prove(_game, left, right, proof);

        requireStatus(_claim, ClaimStatus.Pending);
        // Two claims of the proposer, two games of the challenger.
        requireStake(PROPOSER, 98.25 ether, 2 * BOND);
        requireStake(CHALLENGER, 99 ether, GAME_BOND);
        assertEq(stake.burned(), 0.25 ether, "burned");
        finalize(_claim);
        requireStatus(_claim, ClaimStatus.Final);
    }
}
