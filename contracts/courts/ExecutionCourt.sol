// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    IExecutionCourt,
    GameExists,
    MoveNotDue,
    GameLive,
    ParentForeign,
    BlockOutsideSpan,
    NotBehindTip,
    StepRefuted
} from "../interfaces/IExecutionCourt.sol";
import {IStake, NotModule, NotStaker} from "../interfaces/IStake.sol";
import {
    IStateSync,
    ClaimStatusWrong,
    NotCourt,
    ParameterOutOfRange,
    RefundModeActive
} from "../interfaces/IStateSync.sol";
import {IStepper} from "../interfaces/IStepper.sol";
import {ChessClock, ChessClocks} from "../libraries/ChessClock.sol";
import {Headers} from "../libraries/Headers.sol";
import {Vectors} from "../libraries/Vectors.sol";
import {RewardTooSmall, WindowTooShort} from "../types/Assumptions.sol";
import {Claim, ClaimStatus} from "../types/Claim.sol";
import {ForkSchedule} from "../types/ForkSchedule.sol";
import {BLOCKS, Game, GameRecord, Move, MOVES_BEFORE_PROVE, SETTLED} from "../types/Game.sol";

/// The rules are told in IExecutionCourt.
contract ExecutionCourt is IExecutionCourt {
    /// Gas of a defender's moves and of proving a large step: docs/game.md, What it costs.
    uint256 private constant DEFENDER_GAS = 9_700_000;
    /// Moves of the defender in a whole game, and one to spare.
    uint256 private constant DEFENDER_MOVES = 10;
    /// Over a century, as for every other duration.
    uint64 private constant DURATION_LIMIT = type(uint32).max;

    IStateSync public immutable SYNC;
    IStake public immutable STAKE;
    IStepper public immutable STEPPER;
    ForkSchedule private immutable FORKS;
    uint64 private immutable CLOCK;
    uint64 private immutable MOVE_TIME;
    uint64 private immutable PROVE_TIME;
    uint96 private immutable BOND;
    uint64 private immutable GAS_COVER;

    mapping(bytes32 game => GameRecord) private _records;

    constructor(IStateSync sync, IStake stake, IStepper stepper, Parameters memory parameters_) {
        IStateSync.Parameters memory claims = sync.parameters();
        require(claims.maxSpan <= BLOCKS, ParameterOutOfRange("maxSpan", claims.maxSpan));
        _requireTimes(claims, parameters_);
        _requireBond(claims, parameters_);
        require(sync.isCourt(address(this)), NotCourt(address(this)));
        require(stake.isModule(address(this)), NotModule(address(this)));

        SYNC = sync;
        STAKE = stake;
        STEPPER = stepper;
        FORKS = claims.forks;
        CLOCK = parameters_.clock;
        MOVE_TIME = parameters_.moveTime;
        PROVE_TIME = parameters_.proveTime;
        BOND = parameters_.bond;
        GAS_COVER = parameters_.gasCover;
    }

    /// @inheritdoc IExecutionCourt
    function open(Game calldata game, Claim calldata parent) external {
        bytes32 id = game.id();
        bytes32 claim = game.claim.id();
        bytes32 parentId = parent.id();
        require(parentId == game.claim.parent, ParentForeign(parentId, game.claim.parent));
        // INVARIANT: a game is opened once, so that an id never means two of them.
        require(_records[id].clock.since == 0, GameExists(id));
        uint256 bond = bondNow();
        ChessClock memory clock = ChessClocks.start(SYNC.clock(), CLOCK);

        // Nothing is cut off: what does not fit reverts in `lock`.
        _records[id] = GameRecord(
            Vectors.hashPair(parent.blockHash, game.claim.blockHash),
            clock,
            0,
            uint96(bond)
        );
        emit GameOpened(
            id,
            claim,
            game.challenger,
            game.nonce,
            parent.blockHash,
            game.claim.blockHash,
            bond,
            clock
        );

        // Reverts unless the claim is pending and its window open, and in refund mode.
        SYNC.openChallenge(claim);
        STAKE.lock(game.challenger, msg.sender, bond);
    }

    /// @inheritdoc IExecutionCourt
    function split(Game calldata game, bytes32 left, bytes32 right, bytes32[63] calldata points) external {
        (bytes32 id, GameRecord memory record_, uint64 now_) = _take(game, Move.Split);
        Vectors.requirePair(left, right, record_.vector);

        ChessClock memory clock = _put(id, record_, Vectors.hashVector(left, points, right), now_);
        emit IntervalSplit(id, points, clock);
    }

    /// @inheritdoc IExecutionCourt
    function point(Game calldata game, bytes32[65] calldata values, uint256 index) external {
        (bytes32 id, GameRecord memory record_, uint64 now_) = _take(game, Move.Point);
        Vectors.requireVector(values, record_.vector);

        ChessClock memory clock = _put(id, record_, Vectors.hashPart(values, index), now_);
        emit IntervalPointed(id, index, clock);
    }

    /// @inheritdoc IExecutionCourt
    function enter(
        Game calldata game,
        bytes calldata parentHeader,
        bytes calldata header,
        bytes32[63] calldata points
    ) external {
        (bytes32 id, GameRecord memory record_, uint64 now_) = _take(game, Move.Enter);
        // The headers hash to the two ends of the interval; nothing else needs to name them.
        Vectors.requirePair(keccak256(parentHeader), keccak256(header), record_.vector);
        uint64 number = _requireInSpan(game.claim, header);
        (bytes32 first, bytes32 last) = STEPPER.bounds(parentHeader, header);

        ChessClock memory clock = _put(id, record_, Vectors.hashVector(first, points, last), now_);
        emit BlockEntered(id, number, first, points, last, clock);
    }

    /// @inheritdoc IExecutionCourt
    function showTip(Game calldata game) external {
        (bytes32 id, GameRecord memory record_, ) = _take(game, Move.Enter);
        bytes32 wanted = Vectors.hashPair(game.claim.blockHash, game.claim.blockHash);
        require(record_.vector == wanted, NotBehindTip(record_.vector, wanted));

        _defenderWins(id, game, record_.bond, GameOutcome.Defended);
    }

    /// @inheritdoc IExecutionCourt
    function prove(Game calldata game, bytes32 left, bytes32 right, bytes calldata proof) external {
        (bytes32 id, GameRecord memory record_, ) = _take(game, Move.Prove);
        Vectors.requirePair(left, right, record_.vector);
        bytes32 next = STEPPER.step(left, proof);
        require(next == right, StepRefuted(next, right));

        _defenderWins(id, game, record_.bond, GameOutcome.Defended);
    }

    /// @inheritdoc IExecutionCourt
    function timeout(Game calldata game) external {
        bytes32 id = game.id();
        GameRecord memory record_ = _records[id];
        Move move = record_.due();
        require(move != Move.None && move != Move.Settled, MoveNotDue(id, move, move));
        _requireLive(game.claim.id());
        bool isDefenders = move != Move.Point;
        record_.clock.requireTimedOut(isDefenders, _minimum(record_.moves), SYNC.clock());

        if (isDefenders) _challengerWins(id, game, record_.bond);
        else _defenderWins(id, game, record_.bond, GameOutcome.ChallengerTimedOut);
    }

    /// @inheritdoc IExecutionCourt
    function settle(Game calldata game) external {
        bytes32 id = game.id();
        GameRecord memory record_ = _records[id];
        Move move = record_.due();
        require(move != Move.None && move != Move.Settled, MoveNotDue(id, move, move));
        bytes32 claim = game.claim.id();
        // A claim with an open game cannot become final, so it is dead unless it is pending.
        require(SYNC.status(claim) != ClaimStatus.Pending || SYNC.refundMode(), GameLive(id));

        _end(id, claim, GameOutcome.Void);
        SYNC.closeChallenge(claim);
        STAKE.release(game.challenger, record_.bond);
    }

    /// @inheritdoc IExecutionCourt
    function record(bytes32 game) external view returns (GameRecord memory) {
        return _records[game];
    }

    /// @inheritdoc IExecutionCourt
    function due(bytes32 game) external view returns (Move, uint64) {
        GameRecord memory record_ = _records[game];
        Move move = record_.due();
        if (move == Move.None || move == Move.Settled) return (move, 0);
        return (move, record_.clock.deadline(move != Move.Point, _minimum(record_.moves)));
    }

    /// @inheritdoc IExecutionCourt
    function bondNow() public view returns (uint256) {
        uint256 cover = uint256(GAS_COVER) * block.basefee;
        return cover > BOND ? cover : BOND;
    }

    /// @inheritdoc IExecutionCourt
    function parameters() external view returns (Parameters memory) {
        return Parameters(CLOCK, MOVE_TIME, PROVE_TIME, BOND, GAS_COVER);
    }

    // Moving

    /// What every move begins with: it is due, in time, by the right side, and the claim still lives.
    function _take(
        Game calldata game,
        Move move
    ) private view returns (bytes32 id, GameRecord memory record_, uint64 now_) {
        id = game.id();
        record_ = _records[id];
        Move due_ = record_.due();
        require(due_ == move, MoveNotDue(id, due_, move));
        bool isDefenders = move != Move.Point;
        address player = isDefenders ? game.claim.proposer : game.challenger;
        require(STAKE.actsFor(msg.sender, player), NotStaker(player, msg.sender));
        _requireLive(game.claim.id());
        now_ = SYNC.clock();
        record_.clock.requireInTime(isDefenders, _minimum(record_.moves), now_);
    }

    /// What every move that does not end the game ends with.
    function _put(
        bytes32 id,
        GameRecord memory record_,
        bytes32 vector,
        uint64 now_
    ) private returns (ChessClock memory clock) {
        clock = record_.clock.pass(record_.moves % 2 == 0, now_);
        _records[id] = GameRecord(vector, clock, record_.moves + 1, record_.bond);
    }

    function _minimum(uint8 moves) private view returns (uint64) {
        return moves == MOVES_BEFORE_PROVE ? PROVE_TIME : MOVE_TIME;
    }

    /// A dead claim's games are void, and in refund mode nobody shall lose anything any more.
    function _requireLive(bytes32 claim) private view {
        ClaimStatus status = SYNC.status(claim);
        require(status == ClaimStatus.Pending, ClaimStatusWrong(claim, status, ClaimStatus.Pending));
        require(!SYNC.refundMode(), RefundModeActive());
    }

    /// A span has no block before its first: else a path could lead there through ancestors of the parent's block.
    function _requireInSpan(
        Claim calldata claim,
        bytes calldata header
    ) private view returns (uint64 number) {
        number = Headers.decode(header, FORKS).number;
        uint64 low = SYNC.record(claim.parent).number;
        require(number > low && number <= claim.number, BlockOutsideSpan(number, low, claim.number));
    }

    // Ending

    function _defenderWins(bytes32 id, Game calldata game, uint256 bond, GameOutcome outcome) private {
        bytes32 claim = game.claim.id();
        _end(id, claim, outcome);
        SYNC.closeChallenge(claim);
        STAKE.slash(game.challenger, bond, game.claim.proposer);
    }

    function _challengerWins(bytes32 id, Game calldata game, uint256 bond) private {
        bytes32 claim = game.claim.id();
        _end(id, claim, GameOutcome.DefenderTimedOut);
        SYNC.reject(game.claim, game.challenger);
        SYNC.closeChallenge(claim);
        STAKE.release(game.challenger, bond);
    }

    /// INVARIANT: a game ends once, and its bond leaves the court then.
    function _end(bytes32 id, bytes32 claim, GameOutcome outcome) private {
        _records[id].vector = 0;
        _records[id].moves = SETTLED;
        emit GameSettled(id, claim, outcome);
    }

    // Parameters

    function _requireTimes(IStateSync.Parameters memory claims, Parameters memory wanted) private pure {
        require(wanted.clock <= DURATION_LIMIT, ParameterOutOfRange("clock", wanted.clock));
        require(wanted.proveTime <= DURATION_LIMIT, ParameterOutOfRange("proveTime", wanted.proveTime));
        require(
            wanted.moveTime != 0 && wanted.moveTime <= wanted.proveTime,
            ParameterOutOfRange("moveTime", wanted.moveTime)
        );
        // A side that is kept out of B as long as it can be, once, still makes all its moves.
        uint256 needed =
            uint256(claims.assumptions.censorship) +
                claims.assumptions.skew +
                DEFENDER_MOVES * wanted.moveTime;
        uint256 tenfold = 10 * uint256(claims.assumptions.skew);
        if (tenfold > needed) needed = tenfold;
        require(wanted.clock >= needed, WindowTooShort(wanted.clock, needed));
    }

    function _requireBond(IStateSync.Parameters memory claims, Parameters memory wanted) private pure {
        require(
            wanted.bond != 0 && 2 * uint256(wanted.bond) <= claims.bond,
            ParameterOutOfRange("game bond", wanted.bond)
        );
        // Half of a losing challenger's bond pays for the defence, at the price that honest parties budget for and at
        // the base fee of the opening.
        uint256 cost = DEFENDER_GAS * claims.assumptions.gasPrice;
        require(wanted.bond / 2 >= cost, RewardTooSmall(wanted.bond / 2, cost));
        require(wanted.gasCover >= 2 * DEFENDER_GAS, ParameterOutOfRange("gasCover", wanted.gasCover));
    }
}
