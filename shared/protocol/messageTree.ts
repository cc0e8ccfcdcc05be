/**
 * The tree of an Outbox: a binary Merkle tree of depth 32 whose leaves are message ids in the order of sending, and
 * whose leaves not yet sent are zero.
 *
 *                     root                    level 32
 *                   /      \
 *                 …          …
 *            /        \
 *         node         Z(1)                   level 1
 *        /    \       /    \
 *     id 0   id 1   Z(0)   Z(0) …             level 0;  Z(0) = 0, Z(k + 1) = keccak256(Z(k), Z(k))
 *
 * Leaves are only ever added, so the tree as of any earlier count of leaves is still in it: every root that an Inbox
 * has seen stays provable for ever.
 */
import { concat, keccak256, ZeroHash } from "ethers";

export const TREE_DEPTH = 32;
/** Most leaves; as in the contract. */
export const MAX_LEAVES = 2 ** TREE_DEPTH - 1;

/** A question that the tree has no answer to. */
export class MessageTreeError extends Error {
  readonly code: "LeafUnknown" | "CountUnknown" | "IndicesUnordered" | "BranchMalformed";

  constructor(code: MessageTreeError["code"], subject: string) {
    super(`${code}: ${subject}`);
    this.name = code;
    this.code = code;
  }
}

/** The parent of two nodes. */
export function hashPair(left: string, right: string): string {
  return keccak256(concat([left, right]));
}

/** Z(level): the root of a subtree without leaves. */
export const ZERO_NODES: readonly string[] = zeroNodes();

function zeroNodes(): string[] {
  const nodes = [ZeroHash];
  for (let node = ZeroHash; nodes.length <= TREE_DEPTH; nodes.push(node)) node = hashPair(node, node);
  return nodes;
}

/** The root of a tree without leaves. */
export const EMPTY_TREE_ROOT = ZERO_NODES[TREE_DEPTH] as string;

/** The tree of an Outbox, kept up with it. Appending costs one hash per leaf in the mean. */
export class MessageTree {
  /** Complete subtrees only, by level; the others depend on the count and are computed when asked for. */
  readonly #levels: string[][] = Array.from({ length: TREE_DEPTH + 1 }, () => []);

  static of(leaves: Iterable<string>): MessageTree {
    const tree = new MessageTree();
    for (const leaf of leaves) tree.append(leaf);
    return tree;
  }

  get size(): number {
    return this.#level(0).length;
  }

  leaf(index: number): string | undefined {
    return this.#level(0)[index];
  }

  append(leaf: string): void {
    let node = leaf;
    for (let level = 0; level <= TREE_DEPTH; level++) {
      const nodes = this.#level(level);
      nodes.push(node);
      if (nodes.length % 2 === 1) return;
      node = hashPair(nodes[nodes.length - 2] as string, node);
    }
  }

  /** Takes leaves off the end, as a reorganisation of A does. */
  truncate(count: number): void {
    this.#requireCount(count);
    this.#levels.forEach((nodes, level) => (nodes.length = Math.floor(count / 2 ** level)));
  }

  /** The root after the first `count` leaves. */
  root(count = this.size): string {
    this.#requireCount(count);
    return this.#node(TREE_DEPTH, 0, count);
  }

  /**
   * The siblings on the way from a leaf to the root, lowest first.
   * @throws MessageTreeError `LeafUnknown`, `CountUnknown`
   */
  branch(index: number, count = this.size): string[] {
    this.#requireLeaf(index, count);
    return Array.from({ length: TREE_DEPTH }, (_, level) =>
      this.#node(level, siblingOf(ancestorOf(index, level)), count),
    );
  }

  /**
   * One proof for several leaves: level by level from the lowest, on each from left to right, the siblings that
   * cannot be computed from what is below them.
   * @param indices Strictly ascending, at least one.
   * @throws MessageTreeError `IndicesUnordered`, `LeafUnknown`, `CountUnknown`
   */
  multiBranch(indices: readonly number[], count = this.size): string[] {
    requireAscending(indices);
    for (const index of indices) this.#requireLeaf(index, count);
    const nodes: string[] = [];
    let row = [...indices];
    for (let level = 0; level < TREE_DEPTH; level++) {
      const known = new Set(row);
      for (const index of row) {
        const sibling = siblingOf(index);
        if (!known.has(sibling)) nodes.push(this.#node(level, sibling, count));
      }
      row = parentsOf(row);
    }
    return nodes;
  }

  #node(level: number, index: number, count: number): string {
    const width = 2 ** level;
    if (index * width >= count) return ZERO_NODES[level] as string;
    if ((index + 1) * width <= count) return this.#level(level)[index] as string;
    return hashPair(this.#node(level - 1, 2 * index, count), this.#node(level - 1, 2 * index + 1, count));
  }

  #level(level: number): string[] {
    return this.#levels[level] as string[];
  }

  #requireCount(count: number): void {
    if (Number.isSafeInteger(count) && count >= 0 && count <= this.size) return;
    throw new MessageTreeError("CountUnknown", `${count} of ${this.size} leaves`);
  }

  #requireLeaf(index: number, count: number): void {
    this.#requireCount(count);
    if (Number.isSafeInteger(index) && index >= 0 && index < count) return;
    throw new MessageTreeError("LeafUnknown", `leaf ${index} of ${count}`);
  }
}

/** The root that a leaf's branch leads to. */
export function rootOfBranch(leaf: string, index: number, branch: readonly string[]): string {
  if (branch.length !== TREE_DEPTH || !isIndex(index)) {
    throw new MessageTreeError("BranchMalformed", `${branch.length} nodes for leaf ${index}`);
  }
  return branch.reduce(
    (node, sibling, level) =>
      ancestorOf(index, level) % 2 === 0 ? hashPair(node, sibling) : hashPair(sibling, node),
    leaf,
  );
}

/** The root that several leaves' common proof leads to; exactly the nodes it needs, none left over. */
export function rootOfMultiBranch(
  leaves: readonly string[],
  indices: readonly number[],
  nodes: readonly string[],
): string {
  requireAscending(indices);
  if (leaves.length !== indices.length || !indices.every(isIndex)) {
    throw new MessageTreeError("BranchMalformed", `${leaves.length} leaves, ${indices.length} indices`);
  }
  const rest = [...nodes];
  let row = indices.map((index, at) => ({ index, node: leaves[at] as string }));
  for (let level = 0; level < TREE_DEPTH; level++) {
    const above: typeof row = [];
    for (let at = 0; at < row.length; at++) {
      const { index, node } = row[at] as (typeof row)[number];
      const next = row[at + 1];
      const isPaired = index % 2 === 0 && next?.index === index + 1;
      const sibling = isPaired ? next.node : rest.shift();
      if (sibling === undefined) throw new MessageTreeError("BranchMalformed", "nodes are missing");
      if (isPaired) at++;
      above.push({
        index: Math.floor(index / 2),
        node: index % 2 === 0 ? hashPair(node, sibling) : hashPair(sibling, node),
      });
    }
    row = above;
  }
  if (rest.length > 0) throw new MessageTreeError("BranchMalformed", `${rest.length} nodes left over`);
  return (row[0] as { node: string }).node;
}

function requireAscending(indices: readonly number[]): void {
  const isAscending = indices.every((index, at) => at === 0 || (indices[at - 1] as number) < index);
  if (indices.length > 0 && isAscending) return;
  throw new MessageTreeError("IndicesUnordered", indices.join(", "));
}

function isIndex(index: number): boolean {
  return Number.isSafeInteger(index) && index >= 0 && index < MAX_LEAVES;
}

// Bit operations of JavaScript end at 31 bits; indices have 32.
function ancestorOf(index: number, level: number): number {
  return Math.floor(index / 2 ** level);
}

function siblingOf(index: number): number {
  return index % 2 === 0 ? index + 1 : index - 1;
}

function parentsOf(row: readonly number[]): number[] {
  return [...new Set(row.map((index) => Math.floor(index / 2)))];
}
