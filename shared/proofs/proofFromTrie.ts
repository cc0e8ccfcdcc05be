import { createMerkleProof, type MerklePatriciaTrie } from "@ethereumjs/trie";
import { hexlify } from "ethers";
import { bytesOf } from "./hex.js";
import { normaliseProof } from "./normaliseProof.js";

/** Whether a proof lists the nodes that its parents contain: EthereumJS does, geth does not. */
export type InlineNodes = "listed" | "omitted";

/**
 * The proof of what a full trie holds under a hashed key, absence included.
 * @param trie Without key hashing: its keys are hashed already.
 * @param key 32 bytes, 0x hex.
 */
export async function proofFromTrie(
  trie: MerklePatriciaTrie,
  key: string,
  inlineNodes: InlineNodes = "omitted",
): Promise<string[]> {
  const nodes = (await createMerkleProof(trie, bytesOf(key, "the key"))).map((node) => hexlify(node));
  return inlineNodes === "listed" ? nodes : normaliseProof(nodes);
}
