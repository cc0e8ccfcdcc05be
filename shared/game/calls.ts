import { interfaces } from "../chain/contracts.js";
import { addressOf, type Manifest } from "../chain/manifest.js";
import type { Sender, SendRequest } from "../chain/sender.js";
import type { Claim } from "../protocol/claim.js";
import type { GameEntry } from "../protocol/gameBook.js";
import { describeRevert } from "../chain/reverts.js";
import { OptisyncError } from "../runtime/errors.js";
import type { PreparedMove } from "./moves.js";

/** A transaction to the execution court, without label and key. */
export type GameCall = Pick<SendRequest, "to" | "data" | "deadline">;

/** Names a game in a call. */
export interface GameName {
  readonly claim: Claim;
  readonly challenger: string;
  readonly nonce: bigint;
}

export function nameOf({ challenger, nonce }: GameEntry, claim: Claim): GameName {
  return { claim, challenger, nonce };
}

export function openCall(manifest: Manifest, game: GameName, parent: Claim): GameCall {
  return callTo(manifest, "open", [game, parent]);
}

export function endCall(manifest: Manifest, game: GameName, how: "timeout" | "settle"): GameCall {
  return callTo(manifest, how, [game]);
}

/**
 * The transaction of a move. It carries the very values that it answers, so a reorganisation cannot redirect it.
 * @param pages where the pages of a proof were deployed
 */
export function moveCall(
  manifest: Manifest,
  entry: GameEntry,
  claim: Claim,
  move: PreparedMove,
  pages: readonly string[] = [],
): GameCall {
  const game = nameOf(entry, claim);
  const [left, right] = [entry.values[0], entry.values.at(-1)];
  switch (move.kind) {
    case "split":
      return callTo(manifest, "split", [game, left, right, move.points]);
    case "point":
      return callTo(manifest, "point", [game, entry.values, move.index]);
    case "enter":
      return callTo(manifest, "enter", [game, move.parentHeader, move.header, move.points]);
    case "showTip":
      return callTo(manifest, "showTip", [game]);
    case "prove":
      return callTo(manifest, "prove", [game, left, right, move.proof.encode(pages)]);
  }
}

/**
 * Puts the pages of a proof on B. A process that dies in between does it again; that costs gas and nothing else.
 * @returns their addresses
 * @throws OptisyncError `PageRefused` (retry) if one does not get there
 */
export async function deployPages(
  sender: Sender,
  pages: readonly string[],
  key: string,
  /** Unix seconds on B: that of the proof. */
  deadline: bigint,
): Promise<string[]> {
  const outcomes = await Promise.all(
    pages.map((page, i) =>
      sender.send({ data: creationOf(page), label: "page", key: `${key}:page:${i}`, deadline }),
    ),
  );
  return outcomes.map((outcome, i) => {
    if (outcome.kind === "dryRun") return ZERO_ADDRESS;
    const address = outcome.kind === "confirmed" ? outcome.receipt.contractAddress : undefined;
    if (address !== undefined) return address;
    const why = outcome.kind === "reverted" ? describeRevert(outcome.revert) : outcome.kind;
    throw new OptisyncError("PageRefused", `page ${i} of the proof was not deployed: ${why}`, {
      action: "retry",
      details: { key, page: i },
    });
  });
}

const ZERO_ADDRESS = `0x${"00".repeat(20)}`;

/** Creation code that returns what follows it: PUSH2 size, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN. */
function creationOf(runtime: string): string {
  const code = runtime.slice(2);
  const size = (code.length / 2).toString(16).padStart(4, "0");
  return `0x61${size}80600a5f395ff3${code}`;
}

function callTo(manifest: Manifest, name: string, args: unknown[]): GameCall {
  return {
    to: addressOf(manifest, "executionCourt"),
    data: interfaces.executionCourt.encodeFunctionData(name, args),
  };
}
