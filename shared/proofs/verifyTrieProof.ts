import { hexlify } from "ethers";
import { invalidProof } from "./errors.js";
import { bytesOf } from "./hex.js";
import { walkTrieProof } from "./walkTrieProof.js";

/**
 * Proves what the trie with this root holds under a key.
 * @param root 32 bytes, 0x hex. Mandatory: a proof without a root proves nothing.
 * @param key The hashed key, 32 bytes: keccak256 of the address or of the slot.
 * @param proof RLP of the nodes from the root down.
 * @returns The bytes in the leaf, or null if the trie provably has no such key.
 * @throws ProofError `InvalidProof` with `details.node` and `details.reason`; `ProofNotHex`.
 */
export function verifyTrieProof(root: string, key: string, proof: readonly string[]): string | null {
  const nodes = proof.map((node, i) => bytesOf(node, `node ${i} of the proof`));
  const result = walkTrieProof(root, bytesOf(key, "the key"), nodes);
  if (!result.valid) throw invalidProof(result.node, result.reason);
  return result.value === null ? null : hexlify(result.value);
}
