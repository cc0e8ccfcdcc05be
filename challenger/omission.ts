import { RLP } from "@ethereumjs/rlp";
import { getBytes, toBeArray } from "ethers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { keccak256, toHex } from "../shared/execution/crypto.js";
import { EMPTY_TRIE_ROOT, PartialTrie } from "../shared/execution/partialTrie.js";
import { slotKey } from "../shared/execution/storageRoot.js";
import { decodeNode, type TrieNode } from "../shared/proofs/trieNode.js";
import { keyOf } from "../shared/protocol/deltas.js";

/** A hashed key (0x, 64 digits) that a storage trie holds, and the nodes from the root to its leaf (0x hex). */
export interface Omission {
  readonly key: string;
  readonly proof: readonly string[];
}

/** Asks for the verified proof of a slot: 0x hex of each node from the storage root down. */
export type SlotProver = (slot: string) => Promise<readonly string[]>;

/**
 * The longest paths that are searched for, in one pass after the other: every nibble more takes sixteen times as many
 * hashes, and what is dear to reach must not hide what is cheap. 16^6 hashes take about a minute.
 */
const SEARCHED_NIBBLES = [4, 5, 6];
/** For all paths together: hundreds of long ones, which are cheap to make, would take hours, and the window passes. */
const MOST_HASHES = 4 * 16 ** 6;
const HASHES_A_TURN = 5_000;
const SLOTS_A_TURN = 1_000;
const MOST_PROOFS = 256;

interface Listed {
  /** Hashed slot, 64 digits without 0x. */
  readonly key: string;
  readonly slot: string;
  readonly value: bigint;
}

/**
 * Finds a key that a storage trie holds and a list lacks, from proofs alone: no block is executed, and nobody has to
 * know which slots there are. What is listed must be in the trie, value for value. Then a subtrie has a key more
 * exactly if its hash is another than that of the listed keys under the same path; and each node on the way there is
 * shown by the proof of any slot whose hash begins with the path, which is searched for.
 *
 *     trie    ┌─ 0 ─ …   same as the list's                 list   ┌─ 0 ─ …
 *     root ───┼─ 7 ─ …   another: the omitted key is there  root ──┼─ 7 ─ …
 *             └─ c ─ …   same                                      └─ c ─ …
 *
 * @returns undefined if none was found: that does not say that there is none. Whoever chooses keys with long equal
 * beginnings, which takes as much work as searching, can put one out of reach.
 */
export async function findOmission(
  said: ReadonlyMap<string, bigint>,
  prove: SlotProver,
  signal?: AbortSignal,
  mostHashes = MOST_HASHES,
): Promise<Omission | undefined> {
  const listed: Listed[] = [];
  for (const [slot, value] of said) {
    listed.push({ key: keyOf(slot).slice(2), slot, value });
    if (listed.length % SLOTS_A_TURN === 0) await turn(signal);
  }
  const search = new Search(prove, mostHashes, signal);
  for (const nibbles of SEARCHED_NIBBLES) {
    const found = await search.within(nibbles, listed);
    if (found !== undefined || !search.isCutShort) return found;
  }
  return undefined;
}

class Search {
  readonly #prove: SlotProver;
  readonly #signal: AbortSignal | undefined;
  #proofs = 0;
  #hashesLeft: number;
  #nibbles = 0;
  #isCutShort = false;

  constructor(prove: SlotProver, mostHashes: number, signal: AbortSignal | undefined) {
    this.#prove = prove;
    this.#hashesLeft = mostHashes;
    this.#signal = signal;
  }

  /** Whether the last pass left out a path for its length. */
  get isCutShort(): boolean {
    return this.#isCutShort;
  }

  within(nibbles: number, listed: readonly Listed[]): Promise<Omission | undefined> {
    [this.#nibbles, this.#proofs, this.#isCutShort] = [nibbles, 0, false];
    return this.#under("", listed);
  }

  /** @param listed All that is listed under `path`, where the trie has something else. */
  async #under(path: string, listed: readonly Listed[]): Promise<Omission | undefined> {
    if (this.#proofs >= MOST_PROOFS) return undefined;
    const slot = listed[0]?.slot ?? (await this.#slotAlong(path));
    if (slot === undefined) return undefined;
    this.#proofs += 1;
    const proof = await this.#prove(slot);
    const reached = nodeAt(proof, path);
    if (reached === undefined) return undefined;
    const { node, shown } = reached;
    if (node.kind === "leaf") {
      const found = path + node.path;
      if (listed.some(({ key }) => key === found)) return undefined;
      return { key: `0x${found}`, proof: proof.slice(0, shown) };
    }
    if (node.kind === "extension") return this.#under(path + node.path, listed);
    for (const [index, child] of node.children.entries()) {
      const place = path + index.toString(16);
      const among = listed.filter(({ key }) => key.startsWith(place));
      if (child.length === 0 || hashOf(child) === (await rootOf(among, place.length, this.#signal))) continue;
      const found = await this.#under(place, among);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #slotAlong(path: string): Promise<string | undefined> {
    if (path.length > this.#nibbles) {
      this.#isCutShort = true;
      return undefined;
    }
    const wanted = [...path].map((digit) => parseInt(digit, 16));
    const slot = new Uint8Array(32);
    const low = new DataView(slot.buffer, 28);
    for (let index = 0; this.#hashesLeft > 0; index++, this.#hashesLeft--) {
      if (index % HASHES_A_TURN === 0) await turn(this.#signal);
      low.setUint32(0, index);
      const hash = keccak256(slot);
      if (wanted.every((nibble, at) => nibble === nibbleOf(hash, at))) return slotKey(BigInt(index));
    }
    return undefined;
  }
}

/** The node that begins at `path`, and how many nodes of the proof lead to it. */
function nodeAt(proof: readonly string[], path: string): { node: TrieNode; shown: number } | undefined {
  let shown = 0;
  let at = "";
  let rlp = proof[shown++];
  while (rlp !== undefined) {
    const node = decodeNode(getBytes(rlp));
    if (at === path) return { node, shown };
    if (node.kind === "leaf" || at.length > path.length) return undefined;
    const step = node.kind === "branch" ? path.charAt(at.length) : node.path;
    const child = node.kind === "branch" ? node.children[parseInt(step, 16)] : node.child;
    at += step;
    if (child === undefined || child.length === 0) return undefined;
    rlp = child.length === HASH_SIZE ? proof[shown++] : `0x${toHex(child)}`;
  }
  return undefined;
}

const HASH_SIZE = 32;

/** Of a child that is given by its hash or, if it is shorter, by itself. */
function hashOf(child: Uint8Array): string {
  return toHex(child.length === HASH_SIZE ? child : keccak256(child));
}

/** The hash of the subtrie that just these keys make, below their first `depth` nibbles. */
async function rootOf(
  listed: readonly Listed[],
  depth: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  const trie = new PartialTrie(EMPTY_TRIE_ROOT, { node: () => undefined, isBranch: () => false });
  for (const [index, { key, value }] of listed.entries()) {
    trie.put(key.slice(depth), RLP.encode(toBeArray(value)));
    if ((index + 1) % SLOTS_A_TURN === 0) await turn(signal);
  }
  return trie.root();
}

/** A large storage takes seconds, in which nothing else must wait. */
async function turn(signal: AbortSignal | undefined): Promise<void> {
  await nextTurn();
  signal?.throwIfAborted();
}

function nibbleOf(hash: Uint8Array, at: number): number {
  const byte = hash[at >> 1] ?? 0;
  return at % 2 === 0 ? byte >> 4 : byte & 15;
}
