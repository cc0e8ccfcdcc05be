/**
 * The tree of an Outbox: a Merkle tree that grows by message ids, and is cheap to grow. A node is
 * keccak256(left, right).
 *
 * - A *row* is four leaves, each chained to what is there: r(0) = the root before them, r(i + 1) = node(r(i), leaf i).
 * - Rows are the nodes of level 0. Eight nodes of a level, chained likewise, are one node of the next.
 * - A *run* is what there is of such eight: one to eight nodes.
 * - The *root* is the last unfinished row. At the end of a row it is the lowest run, preceded by the root before it:
 *   node(root before the run, run).
 *
 * Where there is nothing before, there is no node: the root of one leaf is the leaf. Leaves are only ever added, so the
 * tree as of any earlier count of leaves is still in it: every root that an Inbox has seen stays provable for ever.
 *
 * The contract is `contracts/libraries/MessageTree.sol`.
 */
import { concat, dataLength, getBytes, hexlify, keccak256, ZeroHash } from "ethers";

/** Most leaves; as in the contract. */
export const MAX_LEAVES = 2 ** 32 - 1;
const ROW = 4;
const RUN = 8;

/** A question that the tree has no answer to. */
export class MessageTreeError extends Error {
  readonly code: "LeafUnknown" | "CountUnknown" | "IndicesUnordered" | "BranchMalformed";

  constructor(code: MessageTreeError["code"], subject: string) {
    super(`${code}: ${subject}`);
    this.name = code;
    this.code = code;
  }
}

/** What ties leaves to a root of the tree: a program for a stack of nodes. */
export interface Branch {
  /** Nodes beside the way from the leaves to the root, in the order of their use. */
  readonly siblings: readonly string[];
  /** Four of STEPS to a byte, from its lowest bits up, hex. */
  readonly steps: string;
}

/**
 * - `leaf`: puts the next leaf on the stack;
 * - `join`: replaces the two topmost nodes by their parent;
 * - `left`, `right`: replaces the topmost node by its parent, with the next sibling as that child.
 */
export const STEPS = ["leaf", "join", "left", "right"] as const;
export type Step = (typeof STEPS)[number];

/** A node, and how it comes from two others. */
interface Part {
  /** The leaves for whose sake one would look into it, as a range. Roots that stand before a row have none. */
  readonly from: number;
  readonly to: number;
  value(): string;
  /** Undefined for a leaf, and for what nobody looks into. */
  readonly children?: () => readonly [Part, Part];
}

/** The parent of two nodes. */
export function hashPair(left: string, right: string): string {
  return keccak256(concat([left, right]));
}

/** The tree of an Outbox, kept up with it. Appending costs little more than one hash per leaf in the mean. */
export class MessageTree {
  readonly #leaves: string[] = [];
  /** The root after each leaf. */
  readonly #roots: string[] = [];
  /** By level: the run that ends with each node of the level. */
  readonly #runs: string[][] = [];

  static of(leaves: Iterable<string>): MessageTree {
    const tree = new MessageTree();
    for (const leaf of leaves) tree.append(leaf);
    return tree;
  }

  get size(): number {
    return this.#leaves.length;
  }

  leaf(index: number): string | undefined {
    return this.#leaves[index];
  }

  append(leaf: string): void {
    const before = this.#roots.at(-1);
    let node = before === undefined ? leaf : hashPair(before, leaf);
    this.#leaves.push(leaf);
    if (this.size % ROW !== 0) return void this.#roots.push(node);
    for (let level = 0; ; level++) {
      const runs = (this.#runs[level] ??= []);
      runs.push(runs.length % RUN === 0 ? node : hashPair(runs.at(-1) as string, node));
      if (runs.length % RUN !== 0) break;
      node = runs.at(-1) as string;
    }
    const [start, run] = this.#lastRun(this.size);
    this.#roots.push(start === 0 ? run.value() : hashPair(this.root(start), run.value()));
  }

  /** Takes leaves off the end, as a reorganisation of A does. */
  truncate(count: number): void {
    this.#requireCount(count);
    this.#leaves.length = count;
    this.#roots.length = count;
    this.#runs.forEach((runs, level) => (runs.length = Math.floor(count / spanOf(level))));
  }

  /** The root after the first `count` leaves; zero if there are none. */
  root(count = this.size): string {
    this.#requireCount(count);
    return count === 0 ? ZeroHash : (this.#roots[count - 1] as string);
  }

  /**
   * What ties leaves to the root that the tree had when it had `size` leaves.
   * @param indices Strictly ascending, at least one.
   * @throws MessageTreeError `IndicesUnordered`, `LeafUnknown`, `CountUnknown`
   */
  branch(indices: readonly number[], size = this.size): Branch {
    requireAscending(indices);
    for (const index of indices) this.#requireLeaf(index, size);
    const [siblings, steps]: [string[], Step[]] = [[], []];
    const isWanted = ({ from, to }: Part): boolean => indices.some((index) => index >= from && index < to);
    const visit = ({ children }: Part): void => {
      if (children === undefined) return void steps.push("leaf");
      const [left, right] = children();
      const [isLeft, isRight] = [isWanted(left), isWanted(right)];
      if (isLeft) visit(left);
      if (isRight) visit(right);
      if (!isLeft || !isRight) siblings.push((isLeft ? right : left).value());
      steps.push(isLeft && isRight ? "join" : isLeft ? "right" : "left");
    };
    visit(this.#rootPart(size));
    return { siblings, steps: packSteps(steps) };
  }

  #rootPart(count: number): Part {
    if (count === 1) return this.#leafPart(0);
    if (count % ROW !== 0) return this.#pairOf(count, this.#rootPart(count - 1), this.#leafPart(count - 1));
    const [before, run] = this.#lastRun(count);
    return before === 0 ? run : this.#pairOf(count, this.#rootPart(before), run);
  }

  /** The root of the first `count` leaves, whose children are these. */
  #pairOf(count: number, ...children: [Part, Part]): Part {
    return { from: 0, to: count, value: () => this.root(count), children: () => children };
  }

  #leafPart(index: number): Part {
    return { from: index, to: index + 1, value: () => this.#leaves[index] as string };
  }

  /** The lowest run after whole rows, and how many leaves are before it. */
  #lastRun(count: number): [number, Part] {
    let level = 0;
    while (count % spanOf(level + 1) === 0) level++;
    const before = count - (count % spanOf(level + 1));
    return [before, this.#runPart(level, count / spanOf(level) - 1)];
  }

  /** The run that ends with node number `index` of a level. */
  #runPart(level: number, index: number): Part {
    const first = index - (index % RUN);
    if (index === first) return this.#nodePart(level, index);
    return {
      from: first * spanOf(level),
      to: (index + 1) * spanOf(level),
      value: () => (this.#runs[level] as string[])[index] as string,
      children: () => [this.#runPart(level, index - 1), this.#nodePart(level, index)],
    };
  }

  #nodePart(level: number, index: number): Part {
    return level === 0 ? this.#rowPart(index, ROW) : this.#runPart(level - 1, index * RUN + RUN - 1);
  }

  /** The first `length` leaves of a row, chained to the root before them, into which nobody looks from here. */
  #rowPart(row: number, length: number): Part {
    const from = row * ROW;
    const to = from + length;
    const leaf = this.#leafPart(to - 1);
    if (to === 1) return leaf;
    const before: Part = { from: 0, to: 0, value: () => this.root(from) };
    const left = length === 1 ? before : this.#rowPart(row, length - 1);
    // A whole row is a root only where it is also the lowest run.
    const value = (): string => (length < ROW ? this.root(to) : hashPair(this.root(to - 1), leaf.value()));
    return { from, to, value, children: () => [left, leaf] };
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
 * The root that leaves and their branch lead to; the branch has exactly what it takes, nothing left over.
 * @throws MessageTreeError `BranchMalformed`
 */
export function rootOfBranch(leaves: readonly string[], { siblings, steps }: Branch): string {
  const total = 2 * leaves.length - 1 + siblings.length;
  if (leaves.length === 0 || dataLength(steps) !== Math.ceil(total / 4)) {
    throw new MessageTreeError("BranchMalformed", `${dataLength(steps)} bytes for ${total} steps`);
  }
  const packed = getBytes(steps);
  const [nextLeaves, nextSiblings, stack]: string[][] = [[...leaves], [...siblings], []] as const;
  for (let at = 0; at < total; at++) {
    const take = (from: string[] | undefined): string => {
      const taken = from?.shift();
      if (taken === undefined) throw new MessageTreeError("BranchMalformed", `step ${at}`);
      return taken;
    };
    const pop = (): string => take(stack?.splice(-1));
    const step = STEPS[((packed[at >> 2] as number) >> (2 * (at & 3))) & 3] as Step;
    if (step === "leaf") stack?.push(take(nextLeaves));
    else {
      const node = pop();
      if (step === "join") stack?.push(hashPair(pop(), node));
      else if (step === "left") stack?.push(hashPair(take(nextSiblings), node));
      else stack?.push(hashPair(node, take(nextSiblings)));
    }
  }
  return stack?.[0] as string;
}

/** Four steps to a byte, from its lowest bits up. */
export function packSteps(steps: readonly Step[]): string {
  const packed = new Uint8Array(Math.ceil(steps.length / 4));
  steps.forEach((step, at) => {
    packed[at >> 2] = (packed[at >> 2] as number) | (STEPS.indexOf(step) << (2 * (at & 3)));
  });
  return hexlify(packed);
}

/** Leaves under a node of a level. */
function spanOf(level: number): number {
  return ROW * RUN ** level;
}

function requireAscending(indices: readonly number[]): void {
  const isAscending = indices.every((index, at) => at === 0 || (indices[at - 1] as number) < index);
  if (indices.length > 0 && isAscending) return;
  throw new MessageTreeError("IndicesUnordered", indices.join(", "));
}
