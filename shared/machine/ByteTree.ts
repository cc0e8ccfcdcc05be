import { keccak256 } from "../execution/crypto.js";
import { digestWords, Message } from "./keccakF.js";
import { readWord, writeWord } from "./State.js";
import type { Tape } from "./Tape.js";

/**
 * Byte trees: binary trees of fixed depth over words, `parent(l, r) = 0 if l = r = 0, else H(l ‖ r)`. Word i holds bytes
 * 32i … 32i + 31.
 *
 *   depth 24   17 levels over pages
 *              └ page of 4,096 bytes = 128 words: 7 levels, hashed when somebody asks
 *
 * `Memory` is the tree that changes; `ByteTree` is one that does not. `snapshot` costs nothing: both share pages, and a page that
 * is shared is copied before it is written.
 */
export const TREE_DEPTH = 24;
const PAGE_DEPTH = 7;
const PAGE_BYTES = 4096;
const PAGE_SHIFT = 12;
const PAGE_MASK = PAGE_BYTES - 1;

interface Page {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The memory that may write to it. */
  owner: object;
  /** Hash of the page, if known. */
  root: bigint | undefined;
}

/** What a page holds to which nothing was written. */
const NO_BYTES = new Uint8Array(PAGE_BYTES);

const pair = new Uint8Array(64);

/** Node over two children. */
export function parentHash(left: bigint, right: bigint): bigint {
  if (left === 0n && right === 0n) return 0n;
  writeWord(pair, 0, left);
  writeWord(pair, 32, right);
  return readWord(keccak256(pair), 0);
}

/** All nodes of a level, given those of the level below; shorter than the level where the rest is zero. */
function levelAbove(nodes: readonly bigint[]): bigint[] {
  const above: bigint[] = [];
  for (let index = 0; index < nodes.length; index += 2)
    above.push(parentHash(nodes[index] as bigint, nodes[index + 1] ?? 0n));
  return above;
}

/** The siblings on the way from node `index` of the lowest level up `depth` levels, and the root. */
function fold(leaves: readonly bigint[], index: number, depth: number): { siblings: bigint[]; root: bigint } {
  const siblings: bigint[] = [];
  let nodes = leaves;
  for (let level = 0; level < depth; level += 1) {
    siblings.push(nodes[(index >>> level) ^ 1] ?? 0n);
    nodes = levelAbove(nodes);
  }
  return { siblings, root: nodes[0] ?? 0n };
}

/** The tape of `read` and `write`: the leaf, which siblings are not zero (bit 0: the leaf's), and those, bottom up. */
function showPath(tape: Tape, leaf: bigint, siblings: readonly bigint[]): void {
  let bitmap = 0n;
  siblings.forEach((sibling, level) => {
    if (sibling !== 0n) bitmap |= 1n << BigInt(level);
  });
  tape.word(leaf, bitmap, ...siblings.filter((sibling) => sibling !== 0n));
}

/** The root of the tree that holds these bytes from its beginning. Keeps nothing: for what nobody may ever look into. */
export function rootOf(bytes: Uint8Array): bigint {
  const roots: bigint[] = [];
  for (let at = 0; at < bytes.length; at += PAGE_BYTES)
    roots.push(hashPage(bytes.subarray(at, at + PAGE_BYTES)));
  return fold(roots, 0, TREE_DEPTH - PAGE_DEPTH).root;
}

function pageWords(page: Page | undefined): bigint[] {
  if (page === undefined) return [];
  const words: bigint[] = [];
  for (let offset = 0; offset < PAGE_BYTES; offset += 32) words.push(readWord(page.bytes, offset));
  return words;
}

function pageRoot(page: Page | undefined): bigint {
  if (page === undefined) return 0n;
  return (page.root ??= hashPage(page.bytes));
}

const pairMessage = new Message(64);
/** Words of 32 bits in a word, and in a pair of them. */
const WORD = 8;
const PAIR = 2 * WORD;
/** A level of a page, over which the next one is written. */
const level = new Int32Array(PAGE_BYTES / 4);
const levelBytes = new Uint8Array(level.buffer);

/** The root of a page's words, zero beyond the bytes. Rounds of games hash memories of megabytes again and again. */
function hashPage(bytes: Uint8Array): bigint {
  levelBytes.set(bytes);
  levelBytes.fill(0, bytes.length);
  const { words } = pairMessage;
  for (let size = level.length; size > WORD; size /= 2) {
    for (let at = 0; at < size; at += PAIR) {
      let any = 0;
      for (let index = 0; index < PAIR; index += 1) {
        const part = level[at + index] as number;
        words[index] = part;
        any |= part;
      }
      if (any !== 0) pairMessage.hash();
      for (let index = 0; index < WORD; index += 1)
        level[at / 2 + index] = any === 0 ? 0 : (digestWords[index] as number);
    }
  }
  return readWord(levelBytes, 0);
}

function newPage(owner: object): Page {
  const bytes = new Uint8Array(PAGE_BYTES);
  return { bytes, view: new DataView(bytes.buffer), owner, root: undefined };
}

/** What trees have in common: pages, absent where nothing was written. */
abstract class Pages {
  protected abstract readonly pages: readonly (Page | undefined)[];

  /** Bytes at `offset`, zero where nothing was written. */
  bytes(offset: number, size: number): Uint8Array {
    const out = new Uint8Array(size);
    for (let done = 0; done < size;) {
      const at = offset + done;
      const inPage = at & PAGE_MASK;
      const count = Math.min(PAGE_BYTES - inPage, size - done);
      const page = this.pages[at >>> PAGE_SHIFT];
      if (page !== undefined) out.set(page.bytes.subarray(inPage, inPage + count), done);
      done += count;
    }
    return out;
  }

  /** The 32 bytes at `offset`. */
  word(offset: number): bigint {
    const inPage = offset & PAGE_MASK;
    if (inPage > PAGE_BYTES - 32) return readWord(this.bytes(offset, 32), 0);
    const page = this.pages[offset >>> PAGE_SHIFT];
    if (page === undefined) return 0n;
    const view = page.view;
    const low = view.getBigUint64(inPage + 24);
    const third = view.getBigUint64(inPage + 16);
    const second = view.getBigUint64(inPage + 8);
    const high = view.getBigUint64(inPage);
    if (high === 0n && second === 0n) return third === 0n ? low : (third << 64n) | low;
    return (high << 192n) | (second << 128n) | (third << 64n) | low;
  }

  /** Appends to the tape what the readers of word `index` read. */
  show(tape: Tape, index: number): void {
    const pageAt = index >>> PAGE_DEPTH;
    const words = pageWords(this.pages[pageAt]);
    const inPage = fold(words, index % (1 << PAGE_DEPTH), PAGE_DEPTH);
    const above = fold(this.#pageRoots(), pageAt, TREE_DEPTH - PAGE_DEPTH);
    showPath(tape, words[index % (1 << PAGE_DEPTH)] ?? 0n, [...inPage.siblings, ...above.siblings]);
  }

  protected computeRoot(): bigint {
    return fold(this.#pageRoots(), 0, TREE_DEPTH - PAGE_DEPTH).root;
  }

  #pageRoots(): bigint[] {
    return Array.from(this.pages, pageRoot);
  }
}

/** A tree that does not change. */
export class ByteTree extends Pages {
  static readonly empty = new ByteTree([]);
  protected readonly pages: readonly (Page | undefined)[];
  #root: bigint | undefined;

  /** @internal Use `Memory.snapshot` or `fromBytes`. */
  constructor(pages: readonly (Page | undefined)[]) {
    super();
    this.pages = pages;
  }

  static fromBytes(bytes: Uint8Array): ByteTree {
    const memory = new Memory();
    memory.write(0, bytes);
    return memory.snapshot();
  }

  root(): bigint {
    return (this.#root ??= this.computeRoot());
  }

  /** A memory that begins as this tree. */
  toMemory(): Memory {
    return new Memory(this);
  }

  /** @internal */
  get sharedPages(): readonly (Page | undefined)[] {
    return this.pages;
  }
}

/** A tree that is written to. */
export class Memory extends Pages {
  protected readonly pages: (Page | undefined)[];
  /** Pages with another owner are shared and are copied before they change. */
  #token: object = {};
  #snapshot: ByteTree | undefined;

  constructor(from: ByteTree = ByteTree.empty) {
    super();
    this.pages = from.sharedPages.slice();
    this.#snapshot = from;
  }

  /** The tree as it is now. */
  snapshot(): ByteTree {
    if (this.#snapshot === undefined) {
      this.#snapshot = new ByteTree(this.pages.slice());
      this.#token = {};
    }
    return this.#snapshot;
  }

  write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const at = offset + done;
      const inPage = at & PAGE_MASK;
      const count = Math.min(PAGE_BYTES - inPage, bytes.length - done);
      this.#own(at >>> PAGE_SHIFT).bytes.set(bytes.subarray(done, done + count), inPage);
      done += count;
    }
  }

  /** Writes bytes from the start on, but to no page that has them already: it stays shared. */
  assign(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
      const part = bytes.subarray(at, at + PAGE_BYTES);
      const page = this.pages[at >>> PAGE_SHIFT]?.bytes ?? NO_BYTES;
      if (Buffer.compare(page.subarray(0, part.length), part) !== 0) this.write(at, part);
    }
  }

  writeByte(offset: number, byte: number): void {
    this.#own(offset >>> PAGE_SHIFT).bytes[offset & PAGE_MASK] = byte;
  }

  /** Writes the 32 bytes at `offset`. */
  writeWord(offset: number, word: bigint): void {
    const inPage = offset & PAGE_MASK;
    if (inPage <= PAGE_BYTES - 32) {
      writeWord(this.#own(offset >>> PAGE_SHIFT).bytes, inPage, word);
      return;
    }
    const bytes = new Uint8Array(32);
    writeWord(bytes, 0, word);
    this.write(offset, bytes);
  }

  /** The page, writable. */
  #own(index: number): Page {
    this.#snapshot = undefined;
    let page = this.pages[index];
    if (page === undefined) {
      // No holes: an array with holes is slow.
      while (this.pages.length < index) this.pages.push(undefined);
      page = this.pages[index] = newPage(this.#token);
    } else if (page.owner !== this.#token) {
      const bytes = page.bytes.slice();
      page = this.pages[index] = {
        bytes,
        view: new DataView(bytes.buffer),
        owner: this.#token,
        root: undefined,
      };
    }
    page.root = undefined;
    return page;
  }
}

/**
 * A small tree of words by index that is committed to as a byte tree of the given depth: the hashes of ancestors, by number
 * modulo 256.
 */
export class WordTree {
  readonly #words: readonly bigint[];
  readonly #depth: number;
  #root: bigint | undefined;

  constructor(depth: number, words: readonly bigint[] = []) {
    this.#depth = depth;
    this.#words = words;
  }

  /** Word `index`; recorded as `read`. */
  read(index: number, tape: Tape | undefined): bigint {
    if (tape !== undefined) this.#show(tape, index);
    return this.#words[index] ?? 0n;
  }

  /** The tree with another word at `index`; recorded as `write`. */
  with(index: number, word: bigint, tape: Tape | undefined): WordTree {
    if (tape !== undefined) this.#show(tape, index);
    const words = Array.from({ length: 1 << this.#depth }, (_, at) => this.#words[at] ?? 0n);
    words[index] = word;
    return new WordTree(this.#depth, words);
  }

  root(): bigint {
    return (this.#root ??= fold(this.#words, 0, this.#depth).root);
  }

  #show(tape: Tape, index: number): void {
    showPath(tape, this.#words[index] ?? 0n, fold(this.#words, index, this.#depth).siblings);
  }
}
