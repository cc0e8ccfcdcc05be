// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChessClock} from "../libraries/ChessClock.sol";
import {Claim} from "../types/Claim.sol";
import {Game, GameRecord, Move} from "../types/Game.sol";
import {IStepper} from "./IStepper.sol";

/// A game is opened once, whatever became of it.
error GameExists(bytes32 game);
/// The game does not exist, is over, or waits for another move.
error MoveNotDue(bytes32 game, Move due, Move got);
/// The claim is still pending: the game has to be played.
error GameLive(bytes32 game);
/// The claim given as the parent is not the one that the claim builds on.
error ParentForeign(bytes32 got, bytes32 wanted);
/// The block is not one of the span (low, high].
error BlockOutsideSpan(uint64 number, uint64 low, uint64 high);
/// The interval does not lie behind the claimed block.
error NotBehindTip(bytes32 got, bytes32 wanted);
/// The step leads to another state than the one that was defended.
error StepRefuted(bytes32 got, bytes32 said);

/// The court for "the state root of some block of the span is not the result of executing its transactions", even if
/// A's validators signed it.
///
/// A challenger opens a game with a bond. The defender, who is the claim's proposer or its operator, cuts the span into
/// 64 parts, the challenger points at one, and so on: from 4,096 blocks to one block, from 2^36 steps of its execution
/// to one step, which the defender has to prove. Both need no more than to know the truth: of an interval that the
/// defender cannot defend some part cannot be defended either, and of one that is true all parts are.
///
/// | due   | by         | from                  | to                                               |
/// |-------|------------|-----------------------|--------------------------------------------------|
/// | Split | defender   | the ends of an interval | 65 values                                      |
/// | Point | challenger | 65 values             | the ends of one of the 64 parts                  |
/// | Enter | defender   | two block hashes      | 65 states: `bounds` gives the first and the last |
/// | Prove | defender   | two states            | the defender has won                             |
///
/// The first level's positions are block hashes: position 0 is the parent claim's block, position i the i-th block
/// after it; positions behind the claimed block repeat its hash. A part that consists of the claimed block's hash
/// alone is won by `showTip`; two equal hashes of any other block cannot be defended.
///
/// Who does not move in time loses. The defender loses its claim and the claim's bond; the challenger loses its own
/// bond, half to the defender, half burned. Any number of games on a claim run side by side, none shields from
/// another; when the claim dies they are void and their bonds return.
interface IExecutionCourt {
    struct Parameters {
        /// Seconds on the protocol clock that each side has for a whole game.
        uint64 clock;
        /// Seconds that a move may take at least, whatever is left of the clock.
        uint64 moveTime;
        /// The same for the proof of a step.
        uint64 proveTime;
        /// Least bond of a challenger, in wei.
        uint96 bond;
        /// The bond is at least this much gas at the base fee of the opening; half of it goes to a defender who wins.
        uint64 gasCover;
    }

    enum GameOutcome {
        /// The defender proved the step, or that there is none.
        Defended,
        /// The challenger ran out of time.
        ChallengerTimedOut,
        /// The defender ran out of time: the claim is rejected.
        DefenderTimedOut,
        /// The claim was decided elsewhere.
        Void
    }

    event GameOpened(
        bytes32 indexed game,
        bytes32 indexed claim,
        address indexed challenger,
        uint64 nonce,
        bytes32 left,
        bytes32 right,
        uint256 bond,
        ChessClock clock
    );
    event IntervalSplit(bytes32 indexed game, bytes32[63] points, ChessClock clock);
    event IntervalPointed(bytes32 indexed game, uint256 index, ChessClock clock);
    event BlockEntered(
        bytes32 indexed game,
        uint64 number,
        bytes32 first,
        bytes32[63] points,
        bytes32 last,
        ChessClock clock
    );
    event GameSettled(bytes32 indexed game, bytes32 indexed claim, GameOutcome outcome);

    /// Opens a game with the bond of its challenger, which is the caller or has the caller for its operator. While the
    /// claim's window is open, and not in refund mode.
    /// @param parent The claim that the disputed one builds on.
    function open(Game calldata game, Claim calldata parent) external;

    /// Cuts the interval from `left` to `right` into 64. Only for the defender.
    function split(Game calldata game, bytes32 left, bytes32 right, bytes32[63] calldata points) external;

    /// Points at the part from `values[index]` to `values[index + 1]`. Only for the challenger.
    function point(Game calldata game, bytes32[65] calldata values, uint256 index) external;

    /// Shows the block of which the interval consists, by its header and its parent's, and cuts its execution into 64.
    /// Only for the defender.
    function enter(
        Game calldata game,
        bytes calldata parentHeader,
        bytes calldata header,
        bytes32[63] calldata points
    ) external;

    /// Wins a game whose interval lies behind the claimed block. Only for the defender.
    function showTip(Game calldata game) external;

    /// Wins a game by proving that `right` is the successor of `left`. Only for the defender.
    function prove(Game calldata game, bytes32 left, bytes32 right, bytes calldata proof) external;

    /// Ends a game in which the side to move has run out of time. Anybody; the other side is paid.
    function timeout(Game calldata game) external;

    /// Ends a game whose claim was decided elsewhere and returns the challenger's bond. Anybody.
    function settle(Game calldata game) external;

    function record(bytes32 game) external view returns (GameRecord memory);

    /// @return What the game waits for. @return The last second, on the protocol clock, to do it; zero if nothing.
    function due(bytes32 game) external view returns (Move, uint64);

    /// @return Wei that a challenger who opens a game in this block locks.
    function bondNow() external view returns (uint256);

    function STEPPER() external view returns (IStepper);

    function parameters() external view returns (Parameters memory);
}
