// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    BlockOutsideSpan,
    IExecutionCourt,
    NotBehindTip
} from "../../../contracts/interfaces/IExecutionCourt.sol";
import {ChessClock} from "../../../contracts/libraries/ChessClock.sol";
import {Headers} from "../../../contracts/libraries/Headers.sol";
import {VectorForeign} from "../../../contracts/libraries/Vectors.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Game, Move} from "../../../contracts/types/Game.sol";
import {HeaderBuilder, HeaderFields} from "../support/HeaderBuilder.sol";
import {ToyStepper} from "../support/ToyStepper.sol";
import {GameFixture} from "./GameFixture.sol";

contract ExecutionCourtEnterTest is GameFixture {
    bytes32[63] private _points;

    function _enter(uint256 parent, uint256 child) private {
        court.enter(_game, _story.headers[parent], _story.headers[child], _points);
    }

    /// Leads the game to the pair of these two hashes, by points that say just this.
    function _leadTo(bytes32 left, bytes32 right) private {
        for (uint256 round = 0; round < 2; ++round) {
            bytes32[65] memory values;
            (values[0], values[64]) =
                round == 0 ? (keccak256(_story.headers[0]), _claim.blockHash) : (left, right);
            (values[1], values[2]) = (left, right);
            vm.prank(PROPOSER);
            court.split(_game, values[0], values[64], pointsOf(values));
            vm.prank(CHALLENGER);
            court.point(_game, values, 1);
        }
    }

    function test_RevertWhen_TheSplitIsDue() public {
        _play(2);
        _expectNotDue(Move.Split, Move.Enter);
        vm.prank(PROPOSER);
        _enter(2, 3);
    }

    function test_RevertWhen_AnotherMoves() public {
        _play(4);
        _expectNotStaker(PROPOSER, CHALLENGER);
        _enter(2, 3);
    }

    function test_RevertWhen_TheClaimIsDead() public {
        _play(4);
        _rejectClaim();
        _expectClaimDead();
        vm.prank(PROPOSER);
        _enter(2, 3);
    }

    function test_RevertWhen_RefundModeIsOn() public {
        _play(4);
        _enterRefundMode();
        _expectRefundMode();
        vm.prank(PROPOSER);
        _enter(2, 3);
    }

    function test_RevertWhen_TheTurnIsOver() public {
        _play(4);
        _passTurn();
        _expectTooLate();
        vm.prank(PROPOSER);
        _enter(2, 3);
    }

    function test_RevertWhen_TheHeadersAreOthers() public {
        _play(4);
        bytes32 got = keccak256(abi.encode(keccak256(_story.headers[1]), keccak256(_story.headers[2])));
        vm.expectRevert(abi.encodeWithSelector(VectorForeign.selector, got, court.record(_game.id()).vector));
        vm.prank(PROPOSER);
        _enter(1, 2);
    }

    function test_RevertWhen_BothHeadersAreTheSame() public {
        bytes32 hash = keccak256(_story.headers[2]);
        _leadTo(hash, hash);
        vm.expectRevert(
            abi.encodeWithSelector(ToyStepper.NotLinked.selector, keccak256(_story.headers[1]), hash)
        );
        vm.prank(PROPOSER);
        _enter(2, 2);
    }

    function test_RevertWhen_TheBlocksAreNotLinked() public {
        _leadTo(keccak256(_story.headers[1]), keccak256(_story.headers[3]));
        vm.expectRevert(
            abi.encodeWithSelector(
                ToyStepper.NotLinked.selector,
                keccak256(_story.headers[2]),
                keccak256(_story.headers[1])
            )
        );
        vm.prank(PROPOSER);
        _enter(1, 3);
    }

    /// Below the parent's block there are true links, too; they are none of this claim's.
    function test_RevertWhen_TheBlockIsTheParents() public {
        Claim memory parent = claimSpan(trueHeaders(0, 4));
        bytes[] memory headers = falseHeaders(4, 8, 2, 1);
        _claim = propose(PROPOSER, parent.id(), headers[4]);
        _game = openGame(_claim, parent);
        bytes[] memory below = trueHeaders(3, 4);
        delete _story.headers;
        _story.headers.push(below[1]);
        _leadTo(keccak256(below[0]), keccak256(below[1]));
        vm.expectRevert(
            abi.encodeWithSelector(
                BlockOutsideSpan.selector,
                GENESIS_NUMBER + 4,
                GENESIS_NUMBER + 4,
                GENESIS_NUMBER + 8
            )
        );
        vm.prank(PROPOSER);
        court.enter(_game, below[0], below[1], _points);
    }

    function test_RevertWhen_TheHeaderIsTooLong() public {
        bytes memory long = HeaderBuilder.encodeSized(
            HeaderFields(keccak256(_story.headers[0]), bytes32("root"), 101, timestampAt(101), ""),
            2049
        );
        _leadTo(keccak256(_story.headers[0]), keccak256(long));
        vm.expectRevert(abi.encodeWithSelector(Headers.HeaderTooLarge.selector, 2049, 2048));
        vm.prank(PROPOSER);
        court.enter(_game, _story.headers[0], long, _points);
    }

    function test_RevertWhen_TheHeaderIsNone() public {
        _leadTo(keccak256(_story.headers[0]), keccak256("nothing"));
        vm.expectRevert(abi.encodeWithSelector(Headers.HeaderNotList.selector, 7));
        vm.prank(PROPOSER);
        court.enter(_game, _story.headers[0], "nothing", _points);
    }

    function test_WhenTheBlocksAreLinked() public {
        _play(4);
        bytes32[65] memory values = _values();
        vm.expectEmit();
        emit IExecutionCourt.BlockEntered(
            _game.id(),
            GENESIS_NUMBER + 3,
            values[0],
            pointsOf(values),
            values[64],
            ChessClock(uint40(START), uint32(GAME_CLOCK), uint32(GAME_CLOCK))
        );
        _play(5);
        assertEq(court.record(_game.id()).vector, keccak256(abi.encode(values)), "65 states");
        requireDue(_game, Move.Point);
    }

    /// The last link of the longest span there is: positions 4095 and 4096.
    function test_WhenTheSpanIsAsLongAsItCanBe() public {
        bytes memory above = childOf(_story.headers[0], GENESIS_NUMBER + MAX_SPAN - 1, 0);
        bytes memory tip = childOf(above, GENESIS_NUMBER + MAX_SPAN, 0);
        _claim = propose(PROPOSER, sync.genesis(), tip);
        _game = openGame(_claim);
        bytes32[65] memory values;
        (values[0], values[64]) = (keccak256(_story.headers[0]), _claim.blockHash);
        for (uint256 round = 0; round < 2; ++round) {
            for (uint256 i = 1; i < 64; ++i) values[i] = keccak256(abi.encode(round, i));
            if (round == 1) values[63] = keccak256(above);
            vm.prank(PROPOSER);
            court.split(_game, values[0], values[64], pointsOf(values));
            vm.prank(CHALLENGER);
            court.point(_game, values, 63);
            values[0] = values[63];
        }
        vm.prank(PROPOSER);
        court.enter(_game, above, tip, _points);
        requireDue(_game, Move.Point);
    }

    // showTip

    function test_RevertWhen_TheTipIsShownTooEarly() public {
        _expectNotDue(Move.Split, Move.Enter);
        vm.prank(PROPOSER);
        court.showTip(_game);
    }

    function test_RevertWhen_AnotherShowsTheTip() public {
        _leadTo(_claim.blockHash, _claim.blockHash);
        _expectNotStaker(PROPOSER, CHALLENGER);
        court.showTip(_game);
    }

    function _expectNotBehindTip() private {
        bytes32 tip = keccak256(abi.encode(_claim.blockHash, _claim.blockHash));
        vm.expectRevert(abi.encodeWithSelector(NotBehindTip.selector, court.record(_game.id()).vector, tip));
        vm.prank(PROPOSER);
        court.showTip(_game);
    }

    function test_RevertWhen_TheIntervalEndsWithTheTip() public {
        _leadTo(keccak256(_story.headers[4]), _claim.blockHash);
        _expectNotBehindTip();
    }

    function test_RevertWhen_TheIntervalBeginsWithTheTip() public {
        _leadTo(_claim.blockHash, keccak256(_story.headers[4]));
        _expectNotBehindTip();
    }

    function test_RevertWhen_TheIntervalIsAnotherBlockTwice() public {
        _leadTo(keccak256(_story.headers[0]), keccak256(_story.headers[0]));
        _expectNotBehindTip();
    }

    function test_WhenTheIntervalLiesBehindTheTip() public {
        _leadTo(_claim.blockHash, _claim.blockHash);
        vm.expectEmit();
        emit IExecutionCourt.GameSettled(_game.id(), _claim.id(), IExecutionCourt.GameOutcome.Defended);
        vm.prank(PROPOSER);
        court.showTip(_game);

        requireDue(_game, Move.Settled);
        requireStatus(_claim, ClaimStatus.Pending);
        requireStake(PROPOSER, 99.25 ether, BOND);
        requireStake(CHALLENGER, 99.5 ether, 0);
        assertEq(sync.record(_claim.id()).openChallenges, 0, "open challenges");
        assertEq(stake.burned(), 0.25 ether, "burned");
    }
}
