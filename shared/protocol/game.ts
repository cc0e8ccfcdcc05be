/** Games of the execution court. Mirrors contracts/types/Game.sol and contracts/libraries/Vectors.sol. */
import { AbiCoder, keccak256 } from "ethers";

/** Parts that one split makes of an interval. */
export const ARITY = 64;
/** Positions of the first level: one for each block a span can have. */
export const BLOCKS = 4096n;
/** Positions of the second level: steps of one block's execution, padded by its last state. */
export const STEPS = 2n ** 36n;

/** The members of the Solidity enum, in its order. */
export const MOVES = ["None", "Split", "Point", "Enter", "Prove", "Settled"] as const;
export type Move = (typeof MOVES)[number];
/** A move that a player can owe. */
export type DueMove = Exclude<Move, "None" | "Settled">;

export const GAME_OUTCOMES = ["Defended", "ChallengerTimedOut", "DefenderTimedOut", "Void"] as const;
export type GameOutcome = (typeof GAME_OUTCOMES)[number];

/** Moves made before the one that shows a block, and before the one that proves a step. */
export const MOVES_BEFORE_ENTER = 4;
export const MOVES_BEFORE_PROVE = 16;

/** What is due after so many moves. */
export function dueAfter(moves: number): DueMove {
  if (moves % 2 === 1) return "Point";
  if (moves === MOVES_BEFORE_ENTER) return "Enter";
  return moves === MOVES_BEFORE_PROVE ? "Prove" : "Split";
}

export type Player = "defender" | "challenger";

export function playerOf(move: DueMove): Player {
  return move === "Point" ? "challenger" : "defender";
}

/** Names a game: its claim, its challenger and a number that the challenger chose. */
export function gameId(claim: string, challenger: string, nonce: bigint): string {
  return hashOf(["bytes32", "address", "uint64"], [claim, challenger, nonce]);
}

/** Hash of what the next move answers: two values or 65. */
export function vectorHash(values: readonly string[]): string {
  return hashOf(
    values.map(() => "bytes32"),
    values,
  );
}

/** The chess clock of a game. Protocol clock, seconds. */
export interface GameClock {
  readonly since: bigint;
  readonly defenderSeconds: bigint;
  readonly challengerSeconds: bigint;
}

/** The times that a deployment gives to games, seconds. */
export interface GameTimes {
  readonly clockSeconds: bigint;
  readonly moveSeconds: bigint;
  readonly proveSeconds: bigint;
}

/** Last second, on the protocol clock, for the move that is due. */
export function turnDeadline(clock: GameClock, move: DueMove, times: GameTimes): bigint {
  const least = move === "Prove" ? times.proveSeconds : times.moveSeconds;
  const left = playerOf(move) === "defender" ? clock.defenderSeconds : clock.challengerSeconds;
  return clock.since + (left > least ? left : least);
}

/**
 * When a player that shares its clock out evenly over the moves it has left would make the one that is due: a
 * transaction that is not in by then deserves a better price. Never later than the turn's end.
 */
export function paceDeadline(clock: GameClock, moves: number, times: GameTimes): bigint {
  const move = dueAfter(moves);
  const left = playerOf(move) === "defender" ? clock.defenderSeconds : clock.challengerSeconds;
  const movesLeft = BigInt(Math.floor((MOVES_BEFORE_PROVE - moves) / 2) + 1);
  const share = left / movesLeft;
  const pace = clock.since + (share > times.moveSeconds ? share : times.moveSeconds);
  const end = turnDeadline(clock, move, times);
  return pace < end ? pace : end;
}

function hashOf(types: readonly string[], values: readonly unknown[]): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, values));
}
