/** Moves that a person makes: what is not given is computed as the proposer's bot would. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Source } from "../chain/source.js";
import type { DestinationView } from "../chain/protocolReader.js";
import type { Claim } from "../protocol/claim.js";
import { playerOf, type DueMove } from "../protocol/game.js";
import { moveDue, type GameEntry } from "../protocol/gameBook.js";
import { OptisyncError } from "../runtime/errors.js";
import { defend, type PreparedMove } from "./moves.js";
import { readSpan } from "./span.js";
import type { TraceProvider } from "./trace.js";

const pointsFile = z.array(z.string().regex(/^0x[0-9a-f]{64}$/i, "not a hash")).length(63);
const proofFile = z.string().regex(/^0x([0-9a-f]{2})*$/i, "not 0x hex");

/** A game and the claims that it is about. */
export interface OpenGame {
  readonly game: GameEntry;
  readonly claim: Claim;
  readonly parent: Claim;
}

/** @throws OptisyncError `GameUnknown` (halt) */
export function requireGame({ ledger }: DestinationView, id: string): OpenGame {
  const game = ledger.games.get(id);
  const claim = game && ledger.claims.get(game.claim)?.claim;
  const parent = claim && ledger.claims.get(claim.parent)?.claim;
  if (game === undefined || claim === undefined || parent === undefined) {
    throw new OptisyncError("GameUnknown", `there is no game ${id}`, {
      action: "halt",
      details: { game: id },
    });
  }
  return { game, claim, parent };
}

export interface HandTools {
  readonly source: Source;
  readonly machine: TraceProvider | undefined;
  readonly signal: AbortSignal;
  /** Told how many headers of a long span were read. */
  onHeaders?(done: bigint, of: bigint): void;
}

/**
 * The defender's move that is due, computed.
 * @throws OptisyncError `MachineMissing` (halt) if it takes a machine that this program does not have
 */
export async function computeMove(
  { game, claim, parent }: OpenGame,
  tools: HandTools,
): Promise<PreparedMove> {
  const span = await readSpan(tools.source, parent, claim, tools.signal, undefined, tools.onHeaders);
  return defend(game, { span, machine: tools.machine ?? NO_MACHINE, signal: tools.signal });
}

/** Shows the block that is disputed and says these points. */
export async function enterWith(
  points: readonly string[],
  { game, claim, parent }: OpenGame,
  { source, signal, onHeaders }: HandTools,
): Promise<PreparedMove> {
  const span = await readSpan(source, parent, claim, signal, undefined, onHeaders);
  const number = span.low + game.from + 1n;
  if (number > span.high) return { kind: "showTip" };
  const [parentHeader, header] = await Promise.all([span.header(number - 1n), span.header(number)]);
  return { kind: "enter", parentHeader, header, points };
}

const NO_MACHINE: TraceProvider = { requireDefensible: noMachine, open: noMachine };

async function noMachine(): Promise<never> {
  throw new OptisyncError(
    "MachineMissing",
    "this program has no machine for the deployment's games: give what you want to say in a file",
    { action: "halt" },
  );
}

/** @throws OptisyncError `FileUnreadable` or `FileMalformed` (halt) */
export async function readPoints(path: string): Promise<string[]> {
  return parse(pointsFile, await read(path, (text) => JSON.parse(text) as unknown), path);
}

/** @throws OptisyncError `FileUnreadable` or `FileMalformed` (halt) */
export async function readProof(path: string): Promise<PreparedMove> {
  const proof = parse(proofFile, await read(path, (text) => text.trim()), path);
  return { kind: "prove", proof: { pages: [], encode: () => proof } };
}

/** @throws OptisyncError `MoveNotDue` (halt), which says what is */
export function requireDue(game: GameEntry, wanted: DueMove): void {
  const due = moveDue(game);
  if (due === wanted) return;
  requireOpen(game);
  const told = `the game waits for the ${playerOf(due as DueMove)}'s \`game ${due?.toLowerCase()}\`, not for \`game ${wanted.toLowerCase()}\``;
  throw new OptisyncError("MoveNotDue", told, { action: "halt", details: { game: game.id, due, wanted } });
}

/** @throws OptisyncError `MoveNotDue` (halt) if the game is over, which says how it ended */
export function requireOpen({ id, outcome }: GameEntry): void {
  if (outcome === undefined) return;
  throw new OptisyncError("MoveNotDue", `the game is over: ${outcome}`, {
    action: "halt",
    details: { game: id, outcome },
  });
}

async function read<T>(path: string, decode: (text: string) => T): Promise<T> {
  try {
    return decode(await readFile(path, "utf8"));
  } catch (cause) {
    throw new OptisyncError("FileUnreadable", `${path} cannot be read`, {
      action: "halt",
      details: { path },
      cause,
    });
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path: at, message }) => `${at.join(".")}: ${message}`);
  throw new OptisyncError("FileMalformed", `${path} is malformed: ${problems.slice(0, 3).join("; ")}`, {
    action: "halt",
    details: { path, problems },
  });
}
