import { hexlify, keccak256 } from "ethers";
import type { Reason } from "./errors.js";
import { bytesToNibbles, REFERENCE_SIZE, stepThroughNode, type Walk } from "./node.js";

/** The root of a trie without entries: keccak256(0x80). Yellow Paper, appendix D. */
export const EMPTY_ROOT = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";

const HASHED_SIZE = 32;

/** What a proof shows, or why it shows nothing. `node` is as in the contract's `InvalidProof(node, reason)`. */
export type WalkResult =
  /** The bytes in the leaf; null if the trie provably has no such key. */
  | { readonly valid: true; readonly value: Uint8Array | null }
  | { readonly valid: false; readonly node: number; readonly reason: Reason };

/**
 * Walks a proof from `root` along `key`: the twin of `MerklePatricia._walk`, accepting and refusing exactly the same
 * proofs for the same reasons. Inline nodes may be listed or left out; no other may be missing, none may be left over.
 * @param root 0x hex, 32 bytes.
 * @param key The hashed key, 32 bytes.
 * @param proof RLP of the nodes from the root down.
 */
export function walkTrieProof(root: string, key: Uint8Array, proof: readonly Uint8Array[]): WalkResult {
  if (key.length !== 32) throw new RangeError(`a hashed key has 32 bytes, not ${key.length}`);
  if (root.toLowerCase() === EMPTY_ROOT) {
    return proof.length === 0 ? { valid: true, value: null } : refusal(0, "Trailing");
  }
  const walk: Walk = { key: bytesToNibbles(key), depth: 0, afterExtension: false };
  let index = 0;
  let entered = enterHashed(root.toLowerCase(), proof, 0);
  for (;;) {
    if (typeof entered === "string") return refusal(index, entered);
    const step = stepThroughNode(walk, entered);
    if (step.kind === "refused") return refusal(index, step.reason);
    if (step.kind !== "child") {
      if (index + 1 !== proof.length) return refusal(index + 1, "Trailing");
      return { valid: true, value: step.kind === "value" ? step.value : null };
    }
    if (step.item.length === REFERENCE_SIZE) {
      index += 1;
      entered = enterHashed(hexlify(step.item.subarray(1)), proof, index);
      continue;
    }
    // Its parent contains it. If the next element repeats it, that is consumed; if not, it belongs further down.
    const next = proof[index + 1];
    if (next !== undefined && Buffer.compare(next, step.item) === 0) index += 1;
    entered = step.item;
  }
}

function refusal(node: number, reason: Reason): WalkResult {
  return { valid: false, node, reason };
}

function enterHashed(hash: string, proof: readonly Uint8Array[], index: number): Uint8Array | Reason {
  const node = proof[index];
  if (node === undefined) return "Truncated";
  if (keccak256(node) !== hash) return "WrongHash";
  // The root is always hashed, whatever its size.
  return node.length < HASHED_SIZE && index !== 0 ? "NotInlined" : node;
}
