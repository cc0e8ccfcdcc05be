/** Games as people read them: who moves, how long there is, and what it is about. */
import { formatEther } from "ethers";
import { ARITY, BLOCKS, STEPS, playerOf, type GameTimes, type Player } from "../protocol/game.js";
import { deadlineOf, moveDue, type GameEntry, type MadeMove } from "../protocol/gameBook.js";
import type { Ledger } from "../protocol/ledger.js";

/** One round as it was played. */
export interface RoundReport {
  readonly by: Player;
  /** What was done, in words. */
  readonly did: string;
  /** Seconds the turn took. */
  readonly took: bigint;
  readonly transactionHash: string;
}

export interface GameReport {
  readonly game: string;
  readonly claim: string;
  readonly challenger: string;
  readonly defender: string | undefined;
  readonly nonce: bigint;
  readonly bond: string;
  readonly outcome: GameEntry["outcome"];
  /** What the game waits for; undefined once it or its claim is decided. */
  readonly due: string | undefined;
  readonly player: Player | undefined;
  /** Seconds left for it, negative when it is too late; undefined if nobody has to move. */
  readonly secondsLeft: bigint | undefined;
  /** Whether the claim was decided elsewhere, so that all that is left is to settle. */
  readonly isDecided: boolean;
  /** What the disputed interval is. */
  readonly about: string;
  readonly rounds: readonly RoundReport[];
}

const WORDS = {
  Split: "cut the interval into 64",
  Point: "point at a part",
  Enter: "show the block",
  Prove: "prove the step",
} as const;

const OUTCOMES = {
  Defended: "defended: the step was proven",
  ChallengerTimedOut: "the challenger ran out of time",
  DefenderTimedOut: "the defender ran out of time: claim rejected",
  Void: "void: the claim was decided elsewhere",
} as const;

/** @param clock protocol clock, seconds */
export function reportGame(game: GameEntry, ledger: Ledger, times: GameTimes, clock: bigint): GameReport {
  const entry = ledger.claims.get(game.claim);
  const claim = entry?.claim;
  const isDecided = game.outcome === undefined && (entry?.status !== "Pending" || ledger.isRefunding);
  const low = claim && ledger.claims.get(claim.parent)?.claim.number;
  const due = isDecided ? undefined : moveDue(game);
  return {
    game: game.id,
    claim: game.claim,
    challenger: game.challenger,
    defender: claim?.proposer,
    nonce: game.nonce,
    bond: `${formatEther(game.bondWei)} ETH`,
    outcome: game.outcome,
    due: due && WORDS[due],
    player: due && playerOf(due),
    secondsLeft: due && deadlineOf(game, times) - clock,
    isDecided,
    about: describeInterval(game, low ?? 0n, claim?.number ?? 0n),
    rounds: reportRounds(game, low ?? 0n, claim?.number ?? 0n),
  };
}

/** "blocks 101 to 165" or "steps 0 to 64 of block 103". */
function describeInterval(game: GameEntry, low: bigint, high: bigint): string {
  const whole = game.values.length === 2 ? game.size : game.size * BigInt(ARITY);
  return intervalName(game.block, game.from, whole, low, high);
}

function intervalName(
  block: bigint | undefined,
  from: bigint,
  size: bigint,
  low: bigint,
  high: bigint,
): string {
  if (block !== undefined) {
    if (size === 1n) return `step ${from + 1n} of block ${block}`;
    return `steps ${from + 1n} to ${from + size} of block ${block}`;
  }
  const first = low + from + 1n;
  if (first > high) return `nothing: it lies behind block ${high}`;
  const last = low + from + size < high ? low + from + size : high;
  return first === last ? `block ${first}` : `blocks ${first} to ${last}`;
}

function reportRounds(game: GameEntry, low: bigint, high: bigint): RoundReport[] {
  let [from, size, block] = [0n, BLOCKS, undefined as bigint | undefined];
  let before = game.openedAt;
  return game.moves.map((made) => {
    if (made.move === "Enter") [from, size, block] = [0n, STEPS, game.block];
    if (made.move === "Point") {
      size /= BigInt(ARITY);
      from += BigInt(made.index ?? 0) * size;
    }
    const took = made.madeAt - before;
    before = made.madeAt;
    const about = intervalName(block, from, size, low, high);
    return {
      by: playerOf(made.move),
      did: describeMove(made, about),
      took,
      transactionHash: made.transactionHash,
    };
  });
}

function describeMove({ move, index }: MadeMove, about: string): string {
  switch (move) {
    case "Split":
      return `cut ${about}`;
    case "Point":
      return `pointed at part ${index}: ${about}`;
    case "Enter":
      return `showed the block and cut ${about}`;
    case "Prove":
      return `proved ${about}`;
  }
}

/** One line: what is going on. */
export function describeTurn(report: GameReport): string {
  if (report.outcome !== undefined) return OUTCOMES[report.outcome];
  if (report.isDecided) return "the claim was decided elsewhere: `game settle` returns the bond";
  const { player, due, secondsLeft = 0n } = report;
  if (secondsLeft < 0n) return `the ${player} is ${-secondsLeft} s late to ${due}: \`game timeout\` ends it`;
  return `the ${player} has ${secondsLeft} s to ${due}`;
}

/** A round in one line. */
export function describeRound({ by, did, took, transactionHash }: RoundReport, number: number): string {
  return `${String(number + 1).padStart(4)}  ${by.padEnd(10)}  ${did}  (${took} s, ${transactionHash.slice(0, 10)}…)`;
}

export function describeGame(report: GameReport): string {
  return [
    `game ${report.game}`,
    `  on claim     ${report.claim}`,
    `  defender     ${report.defender ?? "unknown"}`,
    `  challenger   ${report.challenger}, bond ${report.bond}, nonce ${report.nonce}`,
    `  about        ${report.about}`,
    `  now          ${describeTurn(report)}`,
    ...report.rounds.map(describeRound),
  ].join("\n");
}
