import { concat, dataLength, toBeHex } from "ethers";
import type { TransitionProof } from "./transitionProof.js";

const SIZE_BYTES = 3;

/**
 * What `Prover.sync` takes in one piece; `contracts/libraries/SyncProof.sol` draws it.
 * @param deltas At most one chunk.
 * @param accountPath Empty (0x) for `Prover.syncByProof`, which takes the account's proof beside it.
 */
export function syncProof(deltas: string, { before, nodes }: TransitionProof, accountPath: string): string {
  const parts = [deltas, before, nodes];
  return concat([...parts.map((part) => toBeHex(dataLength(part), SIZE_BYTES)), ...parts, accountPath]);
}

/** The function of Prover that applies an update at once, with its arguments behind the proof's own. */
export interface SyncCall {
  readonly name: "sync" | "syncByProof";
  readonly args: readonly unknown[];
}

/**
 * How a feed is synced.
 * @param on Head, root and terms, as both functions take them.
 * @param shown The account by its path or, if that is empty, by its proof: see `showAccount`.
 */
export function syncCall(
  on: readonly [head: unknown, root: unknown, terms: unknown],
  deltas: string,
  transition: TransitionProof,
  shown: { readonly accountPath: string; readonly accountProof: readonly string[] },
): SyncCall {
  const proof = syncProof(deltas, transition, shown.accountPath);
  if (shown.accountPath !== "0x") return { name: "sync", args: [...on, proof] };
  return { name: "syncByProof", args: [...on, proof, shown.accountProof] };
}
