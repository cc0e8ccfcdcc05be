import { RLP, type NestedUint8Array } from "@ethereumjs/rlp";
import { hexlify } from "ethers";
import { ProofError } from "./errors.js";
import { bytesToNibbles } from "./node.js";
import { decodeSlotValue } from "./verifySlotProof.js";

/**
 * A node of a storage trie. Paths are hex digits, one a nibble, without 0x. A child is the hash of a node, or the RLP
 * of a shorter node itself; an empty array stands for none. Yellow Paper, appendix D.
 */
export type TrieNode =
  | { readonly kind: "branch"; readonly children: readonly Uint8Array[] }
  | { readonly kind: "extension"; readonly path: string; readonly child: Uint8Array }
  | { readonly kind: "leaf"; readonly path: string; readonly value: bigint };

/** @throws ProofError `NodeMalformed`; `SlotValueMalformed`. */
export function decodeNode(rlp: Uint8Array): TrieNode {
  let items: Uint8Array | NestedUint8Array;
  try {
    items = RLP.decode(rlp);
  } catch {
    throw malformed(rlp);
  }
  if (!Array.isArray(items)) throw malformed(rlp);
  if (items.length === 17) return { kind: "branch", children: items.slice(0, 16).map(referenceOf) };
  const [packed, content] = items;
  if (items.length !== 2 || !(packed instanceof Uint8Array) || packed.length === 0 || content === undefined)
    throw malformed(rlp);
  const nibbles = bytesToNibbles(packed);
  const flags = nibbles[0] ?? 0;
  const path = [...nibbles.subarray(flags % 2 === 1 ? 1 : 2)].map((nibble) => nibble.toString(16)).join("");
  if (flags < 2) return { kind: "extension", path, child: referenceOf(content) };
  if (!(content instanceof Uint8Array)) throw malformed(rlp);
  return { kind: "leaf", path, value: decodeSlotValue(content) };
}

function referenceOf(item: Uint8Array | NestedUint8Array): Uint8Array {
  return item instanceof Uint8Array ? item : RLP.encode(item);
}

function malformed(rlp: Uint8Array): ProofError {
  return new ProofError("NodeMalformed", "not a node of a trie", { node: hexlify(rlp) });
}
