import { RLP } from "@ethereumjs/rlp";
import { toBeArray } from "ethers";
import { EMPTY_TRIE_ROOT, PartialTrie } from "../execution/partialTrie.js";
import type { StorageTrie } from "../proofs/storageTrie.js";

/** What proofs of updates are made from. */
export type HeldTrie = Pick<StorageTrie, "root" | "value" | "set" | "node">;

/**
 * A storage trie in memory, made of its slots. Nodes are hashed when the root is asked for, not with every slot: a
 * proposer builds the tries of whole contracts.
 */
export function createHeldTrie(): HeldTrie {
  const values = new Map<string, bigint>();
  const nodes = new Map<string, Uint8Array>();
  const trie = new PartialTrie(EMPTY_TRIE_ROOT, {
    isBranch: () => false,
    node: (hash) => nodes.get(hash),
  });
  return {
    root: () => `0x${trie.root((hash, rlp) => nodes.set(hash, rlp))}`,
    value: async (key) => values.get(key.toLowerCase()) ?? 0n,
    async set(key, value) {
      const path = key.slice(2).toLowerCase();
      if (value === 0n) trie.delete(path);
      else trie.put(path, RLP.encode(toBeArray(value)));
      if (value === 0n) values.delete(`0x${path}`);
      else values.set(`0x${path}`, value);
    },
    node: async (hash) => nodes.get(hash.slice(2).toLowerCase()),
  };
}
