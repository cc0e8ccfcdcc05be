/** The moves of both sides, computed from what is true and nothing else. */
import { MOVES_BEFORE_ENTER, STEPS } from "../protocol/game.js";
import { moveDue, type GameEntry } from "../protocol/gameBook.js";
import { OptisyncError } from "../runtime/errors.js";
import { losingBlocks, losingSteps } from "./losingPart.js";
import { inner, positionsOf, splitPositions } from "./positions.js";
import type { Span } from "./span.js";
import type { BlockPair, StepProof, Trace, TraceProvider } from "./trace.js";

/** A move ready to be sent; the values it answers are the game's. */
export type PreparedMove =
  | { readonly kind: "split"; readonly points: readonly string[] }
  | { readonly kind: "point"; readonly index: number }
  | {
      readonly kind: "enter";
      readonly parentHeader: string;
      readonly header: string;
      readonly points: readonly string[];
    }
  | { readonly kind: "showTip" }
  | { readonly kind: "prove"; readonly proof: StepProof };

/** What a move is computed with. */
export interface GameTools {
  readonly span: Span;
  readonly machine: TraceProvider;
  readonly signal: AbortSignal;
}

/**
 * The defender's move. What was posted before does not matter: true points are the answer to everything.
 * @throws whatever says that A or the machine's data could not be read
 */
export async function defend(game: GameEntry, tools: GameTools): Promise<PreparedMove> {
  const { span, signal } = tools;
  switch (moveDue(game)) {
    case "Split": {
      const positions = inner(splitPositions(game));
      if (game.block === undefined) return { kind: "split", points: positions.map((at) => span.hashAt(at)) };
      const trace = await traceOf(game.block, tools);
      return { kind: "split", points: await trace.states(positions, signal) };
    }
    case "Enter": {
      const number = span.low + game.from + 1n;
      if (number > span.high) return { kind: "showTip" };
      const trace = await traceOf(number, tools);
      const points = await trace.states(inner(splitPositions({ from: 0n, size: STEPS })), signal);
      return { kind: "enter", ...(await pairOf(number, span)), points };
    }
    case "Prove":
      return {
        kind: "prove",
        proof: await (await traceOf(requireBlock(game), tools)).prove(game.from, signal),
      };
    default:
      throw notOurs(game);
  }
}

/**
 * The challenger's move.
 * @param falseBlock a block of the span that does not execute to its state root
 * @throws OptisyncError `NothingToPointAt` (halt) if everything posted is true by this machine: then the challenger is
 * wrong, or its machine is not the contract's; and whatever says that A or the machine's data could not be read
 */
export async function point(
  game: GameEntry,
  falseBlock: bigint | undefined,
  tools: GameTools,
): Promise<PreparedMove> {
  if (moveDue(game) !== "Point") throw notOurs(game);
  const index =
    game.moves.length < MOVES_BEFORE_ENTER
      ? losingBlocks(game, { span: tools.span, falseBlock })
      : losingSteps(game.values, await statesOf(game, tools));
  if (index !== undefined) return { kind: "point", index };
  throw new OptisyncError(
    "NothingToPointAt",
    "everything that the defender posted is true by the own machine",
    {
      action: "halt",
      details: { game: game.id, block: game.block, from: game.from, size: game.size },
    },
  );
}

async function statesOf(game: GameEntry, tools: GameTools): Promise<readonly string[]> {
  const trace = await traceOf(requireBlock(game), tools);
  return trace.states(positionsOf(game), tools.signal);
}

async function traceOf(number: bigint, { span, machine, signal }: GameTools): Promise<Trace> {
  return machine.open(await pairOf(number, span), signal);
}

/** The headers of a block of the span and of its parent. */
export async function pairOf(number: bigint, span: Span): Promise<BlockPair> {
  const [parentHeader, header] = await Promise.all([span.header(number - 1n), span.header(number)]);
  return { parentHeader, header };
}

function requireBlock(game: GameEntry): bigint {
  if (game.block === undefined) throw notOurs(game);
  return game.block;
}

function notOurs(game: GameEntry): OptisyncError {
  return new OptisyncError("MoveNotDue", "this side is not to move in the game", {
    action: "skip",
    details: { game: game.id, due: moveDue(game) },
  });
}
