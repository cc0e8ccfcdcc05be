import type { Account, Code } from "./World.js";

/**
 * What A was before the block, and the block's body. Every answer was checked against a hash that the machine's first state
 * commits to. What is missing is an error (`Unavailable`), never a verdict.
 */
export interface PreState {
  /** The node of a trie with this hash, of the pre-state or of a list of the block. */
  node(hash: bigint): Uint8Array;
  /** A code of the pre-state. */
  code(codeHash: bigint): Uint8Array;
  /** The hash of the block `number`, an ancestor. */
  ancestorHash(number: number): bigint;
  /** Its header: needed for a proof only. */
  ancestorHeader(number: number): Uint8Array;
}

export type { Account, Code };
