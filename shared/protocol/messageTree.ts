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

/** What ties leaves to a root of the tree. */
export interface Branch {
  /** How many leaves the tree had when it had that root. What lies beyond them is empty and is not given. */
  readonly size: number;
  /**
   * The nodes beside the way from the leaves to the root, without those that are empty and those that lie on the way
   * of another leaf: level by level from the leaves upwards, each level from left to right.
   */
  readonly siblings: readonly string[];
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

/** The root of a tree without leaves. An Outbox that has sent nothing yet holds zero in its place. */
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
   * What ties leaves to the root that the tree had when it had `size` leaves.
   * @param indices Strictly ascending, at least one.
   * @throws MessageTreeError `IndicesUnordered`, `LeafUnknown`, `CountUnknown`
   */
  branch(indices: readonly number[], size = this.size): Branch {
    requireAscending(indices);
    for (const index of indices) this.#requireLeaf(index, size);
    const siblings: string[] = [];
    let row = [...indices];
    for (let level = 0; level < TREE_DEPTH; level++) {
      const known = new Set(row);
      for (const index of row) {
        const sibling = siblingOf(index);
        if (!known.has(sibling) && !isEmpty(level, sibling, size)) {
          siblings.push(this.#node(level, sibling, size));
        }
      }
      row = parentsOf(row);
    }
    return { size, siblings };
  }

  #node(level: number, index: number, count: number): string {
    if (isEmpty(level, index, count)) return ZERO_NODES[level] as string;
    if ((index + 1) * 2 ** level <= count) return this.#level(level)[index] as string;
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

/**
 * The root that leaves and their branch lead to; the branch has exactly the nodes it takes, none left over.
 * @throws MessageTreeError `IndicesUnordered`, `LeafUnknown`, `BranchMalformed`
 */
export function rootOfBranch(
  leaves: readonly string[],
  indices: readonly number[],
  { size, siblings }: Branch,
): string {
  requireAscending(indices);
  if (leaves.length !== indices.length) {
    throw new MessageTreeError("BranchMalformed", `${leaves.length} leaves, ${indices.length} indices`);
  }
  if (!indices.every((index) => isIndex(index) && index < size)) {
    throw new MessageTreeError("LeafUnknown", `leaves ${indices.join(", ")} of ${size}`);
  }
  const rest = [...siblings];
  let row = indices.map((index, at) => ({ index, node: leaves[at] as string }));
  for (let level = 0; level < TREE_DEPTH; level++) {
    const above: typeof row = [];
    for (let at = 0; at < row.length; at++) {
      const { index, node } = row[at] as (typeof row)[number];
      const next = row[at + 1];
      const isPaired = index % 2 === 0 && next?.index === index + 1;
      const given = isEmpty(level, siblingOf(index), size) ? ZERO_NODES[level] : undefined;
      const sibling = isPaired ? next.node : (given ?? rest.shift());
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

/** Whether a subtree has no leaves in a tree of this size. Bit operations of JavaScript would end at 31 bits. */
function isEmpty(level: number, index: number, size: number): boolean {
  return index * 2 ** level >= size;
}

function siblingOf(index: number): number {
  return index % 2 === 0 ? index + 1 : index - 1;
}

function parentsOf(row: readonly number[]): number[] {
  return [...new Set(row.map((index) => Math.floor(index / 2)))];
}
