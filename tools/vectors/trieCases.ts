import { concat, keccak256, toUtf8Bytes } from "ethers";
import type { Reason } from "../../shared/proofs/errors.js";

/** A proof and what every verifier must say of it. */
export interface TrieCase {
  readonly name: string;
  readonly root: string;
  readonly key: string;
  readonly proof: readonly string[];
  /** "None" if the proof is valid. */
  readonly reason: Reason;
  /** Index of the node refused; 0 if the proof is valid. */
  readonly node: number;
  /** What the trie holds; "0x" if the key is absent or the proof refused. */
  readonly value: string;
}

export function refusedCase(
  name: string,
  of: Pick<TrieCase, "root" | "key" | "proof">,
  reason: Reason,
  node: number,
): TrieCase {
  return { name, root: of.root, key: of.key, proof: of.proof, reason, node, value: "0x" };
}

/** Thirty-two bytes that look random and are the same at every run. */
export function pseudoRandom(...labels: readonly (string | number)[]): string {
  return keccak256(toUtf8Bytes(["optisync trie vectors", ...labels].join("/")));
}

/** RLP of a string, in canonical form. */
export function rlpString(hex: string): string {
  const length = (hex.length - 2) / 2;
  if (length === 1 && Number(hex) < 0x80) return hex;
  return concat([rlpPrefix(length, 0x80), hex]);
}

/** RLP of a list of items that are encoded already, canonical or not. */
export function rlpList(...items: readonly string[]): string {
  const payload = concat(items);
  return concat([rlpPrefix((payload.length - 2) / 2, 0xc0), payload]);
}

function rlpPrefix(length: number, offset: number): string {
  if (length <= 55) return byte(offset + length);
  if (length <= 0xff) return concat([byte(offset + 56), byte(length)]);
  return concat([byte(offset + 57), byte(length >> 8), byte(length & 0xff)]);
}

export function byte(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}

/** Hex-prefix encoding of a path given as hex digits (Yellow Paper, appendix C). */
export function hexPrefix(nibbles: string, isLeaf: boolean): string {
  const flag = (isLeaf ? 2 : 0) + (nibbles.length % 2);
  return nibbles.length % 2 === 1 ? `0x${flag}${nibbles}` : `0x${flag}0${nibbles}`;
}

export function leaf(nibbles: string, value: string): string {
  return rlpList(rlpString(hexPrefix(nibbles, true)), rlpString(value));
}

/** @param child Encoded already: a reference or an inline node. */
export function extension(nibbles: string, child: string): string {
  return rlpList(rlpString(hexPrefix(nibbles, false)), child);
}

export function reference(node: string): string {
  return rlpString(keccak256(node));
}

/** A branch with these encoded children, by nibble; the others are empty. */
export function branch(children: Readonly<Record<number, string>>, value = "0x80"): string {
  return rlpList(...Array.from({ length: 16 }, (_, i) => children[i] ?? "0x80"), value);
}
