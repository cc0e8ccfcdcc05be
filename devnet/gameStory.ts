import { moveDue, type GameEntry } from "../shared/protocol/gameBook.js";
import type { ProtocolReader } from "../shared/chain/protocolReader.js";
import { readReceipt, type JsonRpc } from "../shared/chain/transactions.js";
import { reportGame, type RoundReport } from "../shared/game/report.js";
import { OptisyncError } from "../shared/runtime/errors.js";
import { sleep } from "../shared/runtime/shutdown.js";
import { shorten, type Timeline } from "./timeline.js";

export interface GameStoryOptions {
  readonly protocol: ProtocolReader;
  readonly rpc: JsonRpc;
  readonly timeline: Timeline;
  nameOf(address: string): string;
  readonly signal: AbortSignal;
}

const POLL_MS = 250;

/** Said before the round with this number, for those who see a game for the first time. */
const HINTS: ReadonlyMap<number, string> = new Map([
  [
    0,
    "which block is false? The defender says which hash stands after each 64th of the span, the challenger points at a part " +
      "that begins with what is true and ends with what is not",
  ],
  [1, "a claim may cover 4,096 blocks. This one covers few, so all of them are in the first 64th of that"],
  [
    4,
    "which step of the block? Its defender shows it, and B computes with which state it has to begin and end",
  ],
  [
    6,
    "2^36 steps have room for any block; after the last one the states repeat. Each round leaves a 64th of them",
  ],
]);

/**
 * Tells a game round by round while others play it, until all that is left is the proof of one step.
 * @throws OptisyncError `GameEndedEarly` (halt) if it ends before
 */
export async function tellGame(id: string, options: GameStoryOptions): Promise<GameEntry> {
  const { protocol, rpc, timeline, nameOf, signal } = options;
  for (let told = 0; ; await sleep(POLL_MS, signal)) {
    const { ledger, clock } = await protocol.sync();
    const game = ledger.games.get(id);
    const { games } = protocol.parameters;
    if (game === undefined || games === undefined) continue;
    const { rounds, challenger, defender } = reportGame(game, ledger, games, clock);
    for (const round of rounds.slice(told)) {
      const hint = HINTS.get(told);
      if (hint !== undefined) timeline.say(`  ${hint}`);
      told += 1;
      const player = nameOf((round.by === "defender" ? defender : challenger) ?? "");
      timeline.say(await describe(round, told, player, rpc));
    }
    if (moveDue(game) === "Prove") return game;
    if (game.outcome !== undefined) {
      throw new OptisyncError("GameEndedEarly", `game ${id} ended after ${told} rounds: ${game.outcome}`, {
        action: "halt",
      });
    }
  }
}

async function describe(
  { did, transactionHash }: RoundReport,
  number: number,
  player: string,
  rpc: JsonRpc,
): Promise<string> {
  const receipt = await readReceipt(rpc, transactionHash);
  const gas = receipt === undefined ? "" : `, ${receipt.gasUsed.toLocaleString("en")} gas`;
  // Steps are counted in billions at first; numbers of blocks are names.
  const steps = /(?<!blocks? (?:\d+ to )?)\b\d{4,}\b/g;
  const readable = did.replace(steps, (digits) => BigInt(digits).toLocaleString("en"));
  return `  ${String(number).padStart(2)}  ${player} ${readable}  (${shorten(transactionHash)}${gas})`;
}
