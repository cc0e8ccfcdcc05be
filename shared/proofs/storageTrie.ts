import { createMPT, type MerklePatriciaTrie } from "@ethereumjs/trie";
import { RLP } from "@ethereumjs/rlp";
import { getBytes, hexlify, toBeArray } from "ethers";
import { decodeSlotValue } from "./verifySlotProof.js";
import type { NodeSource } from "./transitionProof.js";

/** A storage trie in memory, made of its slots. */
export interface StorageTrie {
  /** 0x hex. */
  root(): string;
  /** The value under a hashed slot (0x hex); zero if there is none. */
  value(key: string): Promise<bigint>;
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
    async value(key) {
      const leaf = await trie.get(getBytes(key));
      return leaf === null ? 0n : decodeSlotValue(leaf);
    },
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
