import { createMPT, type MerklePatriciaTrie } from "@ethereumjs/trie";
import { RLP } from "@ethereumjs/rlp";
import { getBytes, hexlify, toBeArray } from "ethers";
import type { NodeSource } from "./transitionProof.js";

/** A storage trie in memory, made of its slots. */
export interface StorageTrie {
  /** 0x hex. */
  root(): string;
  /** Sets the value under a hashed slot (0x hex); zero empties it. */
  set(key: string, value: bigint): Promise<void>;
  /** Also finds nodes of earlier roots. */
  readonly node: NodeSource;
  readonly trie: MerklePatriciaTrie;
}

export async function createStorageTrie(): Promise<StorageTrie> {
  const trie = await createMPT();
  return {
    trie,
    root: () => hexlify(trie.root()),
    async set(key, value) {
      if (value === 0n) await trie.del(getBytes(key));
      else await trie.put(getBytes(key), RLP.encode(toBeArray(value)));
    },
    node: async (hash) => {
      const node = await trie.database().get(getBytes(hash));
      return node ?? undefined;
    },
  };
}
