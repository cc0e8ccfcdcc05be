import { readFileSync } from "node:fs";
import type { TrieCase } from "../../../tools/vectors/trieCases.js";
import type { AccountCase, SlotCase } from "../../../tools/vectors/trieValues.js";

/** The file that the Solidity tests read as well. Reasons are indices into REASONS. */
export interface TrieVectors {
  readonly proofs: readonly (Omit<TrieCase, "reason"> & { readonly reason: number })[];
  readonly accounts: readonly AccountCase[];
  readonly slots: readonly SlotCase[];
}

export function readTrieVectors(): TrieVectors {
  const path = new URL("../../vectors/trie.json", import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")) as TrieVectors;
}
