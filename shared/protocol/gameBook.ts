/** The games that the events of the execution court tell. */
import type { ProtocolEvent } from "./ledger.js";
import {
  ARITY,
  BLOCKS,
  GAME_OUTCOMES,
  STEPS,
  dueAfter,
  turnDeadline,
  type DueMove,
  type GameClock,
  type GameOutcome,
  type GameTimes,
} from "./game.js";

/** A move that was made: what it was, when, and what it led to. */
export interface MadeMove {
  readonly move: DueMove;
  /** Protocol clock, seconds. */
  readonly madeAt: bigint;
  /** The part pointed at; undefined for the defender's moves. */
  readonly index: number | undefined;
  readonly transactionHash: string;
}

export interface GameEntry {
  readonly id: string;
  /** Id of the disputed claim. */
  readonly claim: string;
  readonly challenger: string;
  readonly nonce: bigint;
  readonly bondWei: bigint;
  readonly openedAt: bigint;
  clock: GameClock;
  /** Moves made so far, oldest first. */
  readonly moves: MadeMove[];
  outcome: GameOutcome | undefined;
  /** What the next move answers: the two ends of an interval, or 65 values from end to end. */
  values: readonly string[];
  /** Position of the first value, and the distance from each to the next: blocks before a block was entered, then steps. */
  from: bigint;
  size: bigint;
  /** The block whose execution is disputed, once it was shown. */
  block: bigint | undefined;
  readonly transactionHash: string;
}

/** What a game waits for; undefined once it is over. */
export function moveDue(game: GameEntry): DueMove | undefined {
  return game.outcome === undefined ? dueAfter(game.moves.length) : undefined;
}

/** Last second, on the protocol clock, for the move that is due. */
export function deadlineOf(game: GameEntry, times: GameTimes): bigint {
  return turnDeadline(game.clock, dueAfter(game.moves.length), times);
}

export class GameBook {
  /** By id, in the order of their opening. */
  readonly games = new Map<string, GameEntry>();

  take(event: ProtocolEvent): void {
    const { args } = event;
    const game = this.games.get(args["game"] as string);
    switch (event.name) {
      case "GameOpened":
        return this.#opened(event);
      case "IntervalSplit":
        return game && split(game, event);
      case "IntervalPointed":
        return game && pointed(game, event);
      case "BlockEntered":
        return game && entered(game, event);
      case "GameSettled":
        if (game !== undefined) game.outcome = GAME_OUTCOMES[Number(args["outcome"])];
    }
  }

  #opened({ args, transactionHash }: ProtocolEvent): void {
    const id = args["game"] as string;
    const clock = toClock(args["clock"]);
    this.games.set(id, {
      id,
      claim: args["claim"] as string,
      challenger: args["challenger"] as string,
      nonce: args["nonce"] as bigint,
      bondWei: args["bond"] as bigint,
      openedAt: clock.since,
      clock,
      moves: [],
      outcome: undefined,
      values: [args["left"] as string, args["right"] as string],
      from: 0n,
      size: BLOCKS,
      block: undefined,
      transactionHash,
    });
  }
}

function split(game: GameEntry, event: ProtocolEvent): void {
  const [left, right] = [game.values[0], game.values.at(-1)];
  if (left === undefined || right === undefined) return;
  game.values = [left, ...(event.args["points"] as string[]), right];
  game.size /= BigInt(ARITY);
  made(game, event, undefined);
}

function pointed(game: GameEntry, event: ProtocolEvent): void {
  const index = Number(event.args["index"]);
  game.values = game.values.slice(index, index + 2);
  game.from += BigInt(index) * game.size;
  made(game, event, index);
}

function entered(game: GameEntry, event: ProtocolEvent): void {
  const { first, points, last, number } = event.args;
  game.values = [first as string, ...(points as string[]), last as string];
  game.block = number as bigint;
  game.from = 0n;
  game.size = STEPS / BigInt(ARITY);
  made(game, event, undefined);
}

function made(game: GameEntry, { args, transactionHash }: ProtocolEvent, index: number | undefined): void {
  const move = dueAfter(game.moves.length);
  game.clock = toClock(args["clock"]);
  game.moves.push({ move, madeAt: game.clock.since, index, transactionHash });
}

/** The struct as the ABI decoder returns it: readable by name. */
function toClock(decoded: unknown): GameClock {
  const source = decoded as { since: bigint; defender: bigint; challenger: bigint };
  return {
    since: source.since,
    defenderSeconds: source.defender,
    challengerSeconds: source.challenger,
  };
}
