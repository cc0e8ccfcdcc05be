import { hexlify } from "ethers";
import { bytesOf } from "./hex.js";

const HASHED_SIZE = 32;

/**
 * Turns a node's answer into the list of hashed nodes from the root down, the shortest form of a proof.
 *
 * Nodes differ in two ways that say nothing about the state: some list the empty node (0x80) to prove an empty trie,
 * and some list inline nodes although their parents contain them. Both are shorter than a hash, and no hashed node
 * is, so both can be left out. Everything else stays: this checks nothing but hex.
 * @throws ProofError `ProofNotHex`.
 */
export function normaliseProof(proof: readonly string[]): string[] {
  return proof
    .map((node, i) => bytesOf(node, `node ${i} of the proof`))
    .filter((node) => node.length >= HASHED_SIZE)
    .map((node) => hexlify(node));
}
