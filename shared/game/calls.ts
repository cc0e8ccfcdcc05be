import { interfaces } from "../chain/contracts.js";
import { addressOf, type Manifest } from "../chain/manifest.js";
import type { SendRequest } from "../chain/sender.js";
import type { Claim } from "../protocol/claim.js";
import type { GameEntry } from "../protocol/gameBook.js";
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

function callTo(manifest: Manifest, name: string, args: unknown[]): GameCall {
  return {
    to: addressOf(manifest, "executionCourt"),
    data: interfaces.executionCourt.encodeFunctionData(name, args),
  };
}
