/**
 * Who has to win a game, told from B's events and the truth alone. Spelt out once more, from docs/game.md, on purpose: this uses
 * nothing of what the bots decide by.
 */
import assert from "node:assert/strict";

/** What really happened on A. */
export interface Truth {
  /** Hash of the block at a position of level 1 of the claim's span. */
  blockAt(claim: string, position: bigint): string;
  /** Hash of the state after so many steps of the true run of the disputed block. */
  stateAt(claim: string, step: bigint): Promise<string>;
}

export interface ResolverTimes {
  readonly clock: bigint;
  readonly move: bigint;
  readonly prove: bigint;
}

interface LoggedEvent {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly blockNumber: bigint;
}

/** A game that is over. */
export interface ResolvedGame {
  readonly game: string;
  readonly claim: string;
  readonly challenger: string;
  readonly nonce: bigint;
  readonly outcome: "Defended" | "ChallengerTimedOut" | "DefenderTimedOut" | "Void";
  /** Seconds from its opening to its end. */
  readonly seconds: bigint;
  /** Position of the last interval, and whether its ends are what they are in truth. */
  readonly from: bigint;
  readonly size: bigint;
  readonly moves: number;
  readonly isLeftTrue: boolean;
  readonly isRightTrue: boolean;
}

interface Running {
  claim: string;
  challenger: string;
  nonce: bigint;
  openedAt: bigint;
  since: bigint;
  defender: bigint;
  challengerLeft: bigint;
  values: string[];
  from: bigint;
  size: bigint;
  isInBlock: boolean;
  moves: number;
}

const OUTCOMES = ["Defended", "ChallengerTimedOut", "DefenderTimedOut", "Void"] as const;

/**
 * Goes through all games that are over and checks, move by move, that each was in its order and in time, that the clocks were
 * taken from the right side, and that each ended as its last interval deserves: by a proof only if that is a true step, by time
 * only after the time of the side that was to move.
 * @param timeOf time of a block of B, seconds; the protocol's clock must never have been frozen
 */
export async function resolveGames(
  events: readonly LoggedEvent[],
  truth: Truth,
  times: ResolverTimes,
  timeOf: (block: bigint) => Promise<bigint>,
): Promise<ResolvedGame[]> {
  const running = new Map<string, Running>();
  const resolved: ResolvedGame[] = [];
  const seen = new Map<bigint, bigint>();
  const now = async (block: bigint): Promise<bigint> => {
    const time = seen.get(block) ?? (await timeOf(block));
    seen.set(block, time);
    return time;
  };
  for (const event of events) {
    const id = event.args["game"] as string;
    const at = await now(event.blockNumber);
    if (event.name === "GameOpened") {
      assert.ok(!running.has(id) && !resolved.some(({ game }) => game === id), "opened twice");
      running.set(id, opened(event, at, times));
    } else if (["IntervalSplit", "IntervalPointed", "BlockEntered"].includes(event.name)) {
      moveOf(running.get(id), event, at, times);
    } else if (event.name === "GameSettled") {
      const game = running.get(id);
      assert.ok(game, "settled, but not opened");
      running.delete(id);
      resolved.push(await settled(id, game, event, at, truth, times));
    }
  }
  return resolved;
}

function opened({ args }: LoggedEvent, at: bigint, { clock }: ResolverTimes): Running {
  const game: Running = {
    claim: args["claim"] as string,
    challenger: args["challenger"] as string,
    nonce: args["nonce"] as bigint,
    openedAt: at,
    since: at,
    defender: clock,
    challengerLeft: clock,
    values: [args["left"] as string, args["right"] as string],
    from: 0n,
    size: 4096n,
    isInBlock: false,
    moves: 0,
  };
  requireClock(game, args);
  return game;
}

/** Even moves are the defender's: its fifth… no cut but the entry into a block, its ninth the proof. */
const isDefenders = (moves: number): boolean => moves % 2 === 0;
const [ENTRY, PROOF] = [4, 16];

function turnEnds(game: Running, { move, prove }: ResolverTimes): bigint {
  const left = isDefenders(game.moves) ? game.defender : game.challengerLeft;
  const least = game.moves === PROOF ? prove : move;
  return game.since + (left > least ? left : least);
}

function moveOf(game: Running | undefined, event: LoggedEvent, at: bigint, times: ResolverTimes): void {
  assert.ok(game, `${event.name} of a game that is not running`);
  assert.ok(at <= turnEnds(game, times), `${event.name} after the turn`);
  const spent = at - game.since;
  const less = (left: bigint): bigint => (spent > left ? 0n : left - spent);
  if (isDefenders(game.moves)) game.defender = less(game.defender);
  else game.challengerLeft = less(game.challengerLeft);
  game.since = at;
  requireClock(game, event.args);
  const points = event.args["points"] as string[] | undefined;
  const ends = [game.values[0], game.values.at(-1)] as [string, string];
  if (event.name === "IntervalPointed") {
    assert.equal(game.moves % 2, 1, "a point out of turn");
    const index = Number(event.args["index"]);
    game.values = game.values.slice(index, index + 2);
    game.from += (event.args["index"] as bigint) * game.size;
  } else if (event.name === "BlockEntered") {
    assert.equal(game.moves, ENTRY, "a block entered out of turn");
    assert.equal(game.size, 1n);
    game.values = [event.args["first"] as string, ...(points ?? []), event.args["last"] as string];
    game.isInBlock = true;
    game.from = 0n;
    game.size = 2n ** 30n;
  } else {
    assert.ok(isDefenders(game.moves) && game.moves !== ENTRY && game.moves < PROOF, "a split out of turn");
    game.values = [ends[0], ...(points ?? []), ends[1]];
    game.size /= 64n;
  }
  assert.equal(game.values.length, event.name === "IntervalPointed" ? 2 : 65);
  game.moves += 1;
}

function requireClock(game: Running, args: LoggedEvent["args"]): void {
  const clock = args["clock"] as { since: bigint; defender: bigint; challenger: bigint };
  assert.deepEqual(
    [clock.since, clock.defender, clock.challenger],
    [game.since, game.defender, game.challengerLeft],
  );
}

async function settled(
  id: string,
  game: Running,
  { args }: LoggedEvent,
  at: bigint,
  truth: Truth,
  times: ResolverTimes,
): Promise<ResolvedGame> {
  const outcome = OUTCOMES[Number(args["outcome"])] as ResolvedGame["outcome"];
  assert.equal(args["claim"], game.claim);
  const valueAt = async (position: bigint): Promise<string> =>
    game.isInBlock ? truth.stateAt(game.claim, position) : truth.blockAt(game.claim, position);
  const [left, right] = [game.values[0], game.values.at(-1)];
  const length = game.size * BigInt(game.values.length - 1);
  const isLeftTrue = left === (await valueAt(game.from));
  const isRightTrue = right === (await valueAt(game.from + length));
  if (outcome === "Defended") {
    const isProven = game.moves === PROOF && isLeftTrue && isRightTrue;
    const isTip = game.moves === ENTRY && left === right;
    assert.ok(isProven || isTip, "defended without a true step");
    assert.ok(at <= turnEnds(game, times), "defended after the turn");
  } else if (outcome !== "Void") {
    assert.equal(isDefenders(game.moves), outcome === "DefenderTimedOut", "ended for the wrong side");
    assert.ok(at > turnEnds(game, times), "ended before the turn was over");
  }
  const { claim, challenger, nonce, from, size, moves } = game;
  const place = { from, size, moves, isLeftTrue, isRightTrue };
  return { game: id, claim, challenger, nonce, outcome, seconds: at - game.openedAt, ...place };
}
