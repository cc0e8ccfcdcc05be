import { concat, hexlify, toBeArray, toBeHex } from "ethers";
import { ProofError } from "./errors.js";
import { buildRevaluationProof } from "./revaluationProof.js";
import { decodeNode, type TrieNode } from "./trieNode.js";
import { EMPTY_ROOT } from "./walkTrieProof.js";

/**
 * The multi-proof that takes a storage trie from one root to the next: what the deltas do not touch, in as few pieces
 * as possible. `contracts/libraries/Transition.sol` computes both roots from it and says why that proves.
 */
export interface TransitionProof {
  /** The changed slots' old values, as the contract reads them. */
  readonly before: string;
  /** The pieces. */
  readonly nodes: string;
}

/** One changed slot. */
export interface SlotChange {
  /** keccak256 of the slot, 0x hex. */
  readonly key: string;
  /** Zero: the slot is empty. */
  readonly before: bigint;
  readonly later: bigint;
}

/** The RLP of the node with this hash (0x hex), as far as it is known. */
export type NodeSource = (hash: string) => Promise<Uint8Array | undefined>;

/** A piece of the old trie. Paths are hex digits, one a nibble, without 0x. */
type Piece =
  | { readonly kind: "reference"; readonly path: string; readonly item: Uint8Array }
  | { readonly kind: "leaf"; readonly path: string; readonly value: bigint };

/**
 * Builds the proof from the nodes of the old trie.
 * @param oldRoot 0x hex.
 * @param changes In the order of their keys, each of them a change.
 * @throws ProofError `NodeMissing` with the hash and the path of a node that the source lacks: those on the changed
 * paths are needed, and the last child of a branch that deletions leave with one.
 */
export async function buildTransitionProof(
  oldRoot: string,
  changes: readonly SlotChange[],
  source: NodeSource,
): Promise<TransitionProof> {
  const pieces = changes.length === 0 ? [] : await new Cutter(source).cut(oldRoot, changes);
  return { before: oldValues(changes), nodes: encode(pieces, changes) };
}

/**
 * The same in the cheapest form: what neither adds nor deletes a slot has one of its own, for a third of the gas.
 * @throws ProofError as `buildTransitionProof`
 */
export async function buildShortestProof(
  oldRoot: string,
  changes: readonly SlotChange[],
  source: NodeSource,
): Promise<TransitionProof> {
  if (changes.length > 0 && oldRoot.toLowerCase() !== EMPTY_ROOT) {
    const load = (hash: string, path: string): Promise<TrieNode> => loadNode(source, hash, path);
    const nodes = await buildRevaluationProof(await load(oldRoot, ""), changes, load);
    if (nodes !== undefined) return { before: oldValues(changes), nodes };
  }
  return buildTransitionProof(oldRoot, changes, source);
}

async function loadNode(source: NodeSource, hash: string, path: string): Promise<TrieNode> {
  const node = await source(hash);
  if (node === undefined)
    throw new ProofError("NodeMissing", "a node of the old trie is not known", { hash, path });
  return decodeNode(node);
}

function oldValues(changes: readonly SlotChange[]): string {
  return concat(changes.map(({ before }) => sized(before)));
}

/** What became of a subtrie. */
interface Outcome {
  /** It holds something after the changes. */
  readonly isAlive: boolean;
  /** Where its reference is among the pieces, if it was not looked into. */
  readonly untouched?: number;
}

class Cutter {
  readonly #source: NodeSource;
  readonly #pieces: Piece[] = [];

  constructor(source: NodeSource) {
    this.#source = source;
  }

  async cut(oldRoot: string, changes: readonly SlotChange[]): Promise<Piece[]> {
    if (oldRoot.toLowerCase() !== EMPTY_ROOT)
      await this.#node(await loadNode(this.#source, oldRoot, ""), "", changes);
    return this.#pieces.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The subtrie at the end of a path, to which its parent refers by this item (empty: there is none). */
  async #child(item: Uint8Array, path: string, changes: readonly SlotChange[]): Promise<Outcome> {
    if (item.length === 0) return { isAlive: changes.some(({ later }) => later !== 0n) };
    if (changes.length === 0) {
      this.#pieces.push({ kind: "reference", path, item });
      return { isAlive: true, untouched: this.#pieces.length - 1 };
    }
    return this.#node(await this.#resolve(item, path), path, changes);
  }

  async #node(node: TrieNode, path: string, changes: readonly SlotChange[]): Promise<Outcome> {
    switch (node.kind) {
      case "leaf":
        return this.#leaf(path + node.path, node.value, changes);
      case "extension":
        return this.#extension(path + node.path, node.child, changes);
      case "branch":
        return this.#branch(node.children, path, changes);
    }
  }

  #leaf(key: string, value: bigint, changes: readonly SlotChange[]): Outcome {
    const isChanged = changes.some((change) => change.key.slice(2) === key);
    if (!isChanged) this.#pieces.push({ kind: "leaf", path: key, value });
    return { isAlive: !isChanged || changes.some(({ later }) => later !== 0n) };
  }

  async #extension(path: string, child: Uint8Array, changes: readonly SlotChange[]): Promise<Outcome> {
    const below = changes.filter(({ key }) => key.startsWith(path, 2));
    const beside = changes.some(({ key, later }) => later !== 0n && !key.startsWith(path, 2));
    const { isAlive } = await this.#child(child, path, below);
    return { isAlive: isAlive || beside };
  }

  async #branch(
    children: readonly Uint8Array[],
    path: string,
    changes: readonly SlotChange[],
  ): Promise<Outcome> {
    const alive: Outcome[] = [];
    for (const [nibble, item] of children.entries()) {
      const below = path + nibble.toString(16);
      const outcome = await this.#child(
        item,
        below,
        changes.filter(({ key }) => key.startsWith(below, 2)),
      );
      if (outcome.isAlive) alive.push(outcome);
    }
    const last = alive[0];
    if (alive.length === 1 && last?.untouched !== undefined) await this.#reveal(last.untouched);
    return { isAlive: alive.length > 0 };
  }

  /**
   * The last child of a branch that vanishes hangs from further up. A branch does so by an extension to its
   * reference; the path of a leaf or of an extension grows, so what it holds has to be known.
   */
  async #reveal(index: number): Promise<void> {
    const piece = this.#pieces[index];
    if (piece?.kind !== "reference") return;
    const node = await this.#resolve(piece.item, piece.path);
    if (node.kind === "leaf")
      this.#pieces[index] = { kind: "leaf", path: piece.path + node.path, value: node.value };
    if (node.kind === "extension")
      this.#pieces[index] = { kind: "reference", path: piece.path + node.path, item: node.child };
  }

  #resolve(item: Uint8Array, path: string): Promise<TrieNode> | TrieNode {
    return item.length === 32 ? loadNode(this.#source, hexlify(item), path) : decodeNode(item);
  }
}

/** Children of one branch, by their hashes, with nothing between them. */
interface Run {
  readonly prefix: string;
  mask: number;
  readonly hashes: Uint8Array[];
}

function encode(pieces: readonly Piece[], changes: readonly SlotChange[]): string {
  const encoded: string[] = [];
  let run: Run | undefined;
  let next = 0;
  const flush = (): void => {
    if (run !== undefined)
      encoded.push(
        prefixOf(run.prefix.length, run.prefix),
        toBeHex(run.mask, 2),
        ...run.hashes.map((hash) => hexlify(hash)),
      );
    run = undefined;
  };
  for (const piece of pieces) {
    // A changed key in between ends a run.
    for (
      let key = changes[next]?.key;
      key !== undefined && key.slice(2) < piece.path;
      key = changes[++next]?.key
    )
      flush();
    if (piece.kind === "reference" && piece.item.length === 32) {
      const prefix = piece.path.slice(0, -1);
      if (run?.prefix !== prefix) flush();
      run ??= { prefix, mask: 0, hashes: [] };
      run.mask |= 1 << parseInt(piece.path.slice(-1), 16);
      run.hashes.push(piece.item);
      continue;
    }
    flush();
    if (piece.kind === "leaf") encoded.push("0x40", `0x${piece.path}`, sized(piece.value));
    else encoded.push(prefixOf(0x80 + piece.path.length, piece.path), hexlify(piece.item));
  }
  flush();
  return concat(encoded);
}

function prefixOf(form: number, nibbles: string): string {
  return concat([toBeHex(form, 1), `0x${nibbles}${nibbles.length % 2 === 0 ? "" : "0"}`]);
}

/** An integer as its size in bytes and its bytes. */
function sized(value: bigint): string {
  const bytes = toBeArray(value);
  return concat([toBeHex(bytes.length, 1), bytes]);
}
