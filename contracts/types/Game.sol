// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChessClock} from "../libraries/ChessClock.sol";
import {Claim} from "./Claim.sol";

using {id} for Game global;
using {due} for GameRecord global;

/// A dispute about whether the blocks of a claim's span are what executing their transactions gives. The defender is
/// the claim's proposer.
struct Game {
    Claim claim;
    /// Whose bond is at risk on the other side.
    address challenger;
    /// Tells games of one challenger on one claim apart; chosen by the challenger.
    uint64 nonce;
}

/// A game can be neither taken over nor blocked by somebody else's: the id names its challenger.
function id(Game memory game) pure returns (bytes32) {
    return keccak256(abi.encode(game.claim.id(), game.challenger, game.nonce));
}

/// What is recorded about a game, in two slots.
///
/// slot 0   vector (256)
/// slot 1   clock: since (40), defender (32), challenger (32) | moves (8) | bond (96)
struct GameRecord {
    /// Hash of the values that the next move answers: the two ends of an interval, or 65 values from end to end.
    bytes32 vector;
    ChessClock clock;
    /// Moves made since the opening, or `SETTLED`. Even: the defender is to move; odd: the challenger.
    uint8 moves;
    /// Wei the challenger locked.
    uint96 bond;
}

/// What comes next in a game:
///
///     moves   0      1      2      3      4      5      6      7    ...   14     15     16
///     due     Split  Point  Split  Point  Enter  Point  Split  Point ...  Split  Point  Prove
///             └─ 4096 blocks ───────────┘ └─ 2^36 steps of one block ──────────────────────┘
enum Move {
    /// No such game.
    None,
    /// The defender cuts the interval into 64.
    Split,
    /// The challenger names the part that it disputes.
    Point,
    /// The defender shows the block that the interval is, and cuts its execution into 64.
    Enter,
    /// The defender proves the step that the interval is.
    Prove,
    /// Nothing: the game is over.
    Settled
}

// Blocks that two moves of the challenger tell apart: 64 * 64.
uint64 constant BLOCKS = 4096;

// Moves before the one that shows a block, and before the one that proves a step. Between them lie six moves of the
// challenger, so every execution has 64^6 = 2^36 steps, padded by its last state.
uint8 constant MOVES_BEFORE_ENTER = 4;
uint8 constant MOVES_BEFORE_PROVE = 16;
uint8 constant SETTLED = type(uint8).max;

function due(GameRecord memory record) pure returns (Move) {
    if (record.clock.since == 0) return Move.None;
    if (record.moves == SETTLED) return Move.Settled;
    if (record.moves % 2 == 1) return Move.Point;
    if (record.moves == MOVES_BEFORE_ENTER) return Move.Enter;
    return record.moves == MOVES_BEFORE_PROVE ? Move.Prove : Move.Split;
}
