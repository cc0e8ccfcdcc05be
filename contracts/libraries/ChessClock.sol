// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

using ChessClocks for ChessClock global;

/// The time two players have left, on a clock that both trust. Seconds.
struct ChessClock {
    /// When the player to move got the turn.
    uint40 since;
    /// Left to the defender, not counting the turn that runs.
    uint32 defender;
    /// Left to the challenger, not counting the turn that runs.
    uint32 challenger;
}

/// The player to move has run out of time.
error MoveTooLate(uint256 deadline, uint256 clock);
/// The player to move still has time.
error MoveInTime(uint256 deadline, uint256 clock);

/// @title Chess clocks
/// @notice Each player has one budget for a whole game, and for each move at least a minimum, whatever is left: a
/// player whose budget was eaten by an outage can still play on.
///
/// A turn may last until `since + max(budget left, minimum)`. What a turn took is taken off the budget, as far as there
/// is any. So a player's turns last no longer, all together, than its budget and one minimum for each of its moves.
library ChessClocks {
    /// Both budgets full, the defender to move.
    function start(uint64 now_, uint64 budget) internal pure returns (ChessClock memory) {
        return ChessClock(uint40(now_), uint32(budget), uint32(budget));
    }

    /// The last second of the turn that runs.
    function deadline(
        ChessClock memory clock,
        bool isDefenders,
        uint64 minimum
    ) internal pure returns (uint64) {
        uint64 left = isDefenders ? clock.defender : clock.challenger;
        return clock.since + (left > minimum ? left : minimum);
    }

    function requireInTime(
        ChessClock memory clock,
        bool isDefenders,
        uint64 minimum,
        uint64 now_
    ) internal pure {
        uint64 last = clock.deadline(isDefenders, minimum);
        require(now_ <= last, MoveTooLate(last, now_));
    }

    function requireTimedOut(
        ChessClock memory clock,
        bool isDefenders,
        uint64 minimum,
        uint64 now_
    ) internal pure {
        uint64 last = clock.deadline(isDefenders, minimum);
        require(now_ > last, MoveInTime(last, now_));
    }

    /// Ends the turn that runs and begins the other player's.
    function pass(
        ChessClock memory clock,
        bool isDefenders,
        uint64 now_
    ) internal pure returns (ChessClock memory) {
        // The protocol's clock never runs backwards.
        uint64 spent = now_ - clock.since;
        return
            ChessClock({
                since: uint40(now_),
                defender: isDefenders ? _less(clock.defender, spent) : clock.defender,
                challenger: isDefenders ? clock.challenger : _less(clock.challenger, spent)
            });
    }

    function _less(uint32 left, uint64 spent) private pure returns (uint32) {
        return spent < left ? left - uint32(spent) : 0;
    }
}
