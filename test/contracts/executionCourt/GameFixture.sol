// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MoveNotDue} from "../../../contracts/interfaces/IExecutionCourt.sol";
import {NotStaker} from "../../../contracts/interfaces/IStake.sol";
import {ClaimStatusWrong, RefundModeActive} from "../../../contracts/interfaces/IStateSync.sol";
import {MoveTooLate} from "../../../contracts/libraries/ChessClock.sol";
import {Claim, ClaimStatus} from "../../../contracts/types/Claim.sol";
import {Game, Move} from "../../../contracts/types/Game.sol";
import {GameDeployment} from "../support/GameDeployment.sol";

/// A claim of five blocks, the third of which is false, with a game on it.
abstract contract GameFixture is GameDeployment {
    Claim internal _claim;
    Game internal _game;
    Story internal _story;

    function setUp() public virtual override {
        super.setUp();
        _tell(falseHeaders(0, 5, 3, 1), 3, 777_777, 500_000);
    }

    /// Claims the headers, opens a game and sets how it goes on.
    function _tell(bytes[] memory headers, uint256 target, uint256 step, uint256 lieFrom) internal {
        _claim = claimSpan(headers);
        _game = openGame(_claim);
        delete _story;
        _story.target = target;
        _story.step = step;
        _story.lieFrom = lieFrom;
        for (uint256 i = 0; i < headers.length; ++i) _story.headers.push(headers[i]);
    }

    /// What the next move answers or makes.
    function _values() internal view returns (bytes32[65] memory) {
        uint8 moves = court.record(_game.id()).moves;
        (uint256 from, uint256 size) = intervalAt(_story, moves);
        return valuesAt(_story, moves, from, size);
    }

    function _play(uint8 moves) internal {
        playTo(_game, _story, moves);
    }

    function _expectNotDue(Move due, Move got) internal {
        vm.expectRevert(abi.encodeWithSelector(MoveNotDue.selector, _game.id(), due, got));
    }

    function _expectNotStaker(address staker, address caller) internal {
        vm.expectRevert(abi.encodeWithSelector(NotStaker.selector, staker, caller));
        vm.prank(caller);
    }

    function _expectClaimDead() internal {
        vm.expectRevert(
            abi.encodeWithSelector(
                ClaimStatusWrong.selector,
                _claim.id(),
                ClaimStatus.Rejected,
                ClaimStatus.Pending
            )
        );
    }

    function _rejectClaim() internal {
        vm.prank(address(anchorCourt));
        sync.reject(_claim, STRANGER);
    }

    function _enterRefundMode() internal {
        vm.prank(address(anchorCourt));
        sync.enterRefundMode();
    }

    function _deadline() internal view returns (uint64 deadline) {
        (, deadline) = court.due(_game.id());
    }

    /// The turn ended a second ago.
    function _passTurn() internal {
        vm.warp(uint256(_deadline()) + 1);
    }

    function _expectTooLate() internal {
        uint64 deadline = _deadline();
        vm.expectRevert(abi.encodeWithSelector(MoveTooLate.selector, deadline, deadline + 1));
    }

    function _expectRefundMode() internal {
        vm.expectRevert(abi.encodeWithSelector(RefundModeActive.selector));
    }
}
