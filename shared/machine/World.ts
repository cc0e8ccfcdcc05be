import { CodeBytes, codeWords } from "./Codes.js";
import { HASH_WORDS, Hashed } from "./Hashed.js";
import { digest, Message } from "./keccakF.js";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, hashWords, readWord, toBytes32, writeWord } from "./State.js";
import type { Tape } from "./Tape.js";

/**
 * The world: everything a revert undoes. A compact sparse Merkle tree from 256-bit keys to words.
 *
 *   empty 0      leaf H(abi.encode(1, key, value)) at the top of the largest subtree that holds only it
 *                node H(left ‖ right); bit 255 of the key chooses the first child
 *
 * Entries are added or overwritten, never removed, so the root is a function of the content. The live form is persistent:
 * versions share nodes, a version that somebody keeps is a pointer, and hashes are filled in when somebody asks.
 *
 *   tag             a, b, c                       value
 *   1 ACCOUNT       address                       H(abi.encode(Account))
 *   2 SLOT          address, incarnation, slot    H(abi.encode(Slot))
 *   3 CODE          code hash                     H(abi.encode(Code))
 *   4 WARM_ACCOUNT  stamp, address                1
 *   5 WARM_SLOT     stamp, address, slot          1
 *   6 TRANSIENT     stamp, address, slot          the word
 */
export enum Tag {
  ACCOUNT = 1,
  SLOT,
  CODE,
  WARM_ACCOUNT,
  WARM_SLOT,
  TRANSIENT,
}

/** Records never change; an entry is replaced by another record. */
export interface Account {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly codeHash: bigint;
  readonly storageRoot: bigint;
  readonly incarnation: bigint;
  /** Stamp of the execution that created it, of the last one that did. */
  readonly createdAt: number;
  /** Stamp of the execution that destroyed it, or 0. */
  readonly destroyedAt: number;
}

export interface Slot {
  readonly value: bigint;
  /** The value at the start of the execution `originalAt`. */
  readonly original: bigint;
  readonly originalAt: number;
}

/** What an entry holds: a record, or a word as it is. */
type Value = Account | Slot | CodeBytes | bigint;

export const EMPTY_ACCOUNT: Account = {
  nonce: 0n,
  balance: 0n,
  codeHash: EMPTY_CODE_HASH,
  storageRoot: EMPTY_TRIE_ROOT,
  incarnation: 0n,
  createdAt: 0,
  destroyedAt: 0,
};

/** EIP-161. */
export function isEmpty({ nonce, balance, codeHash }: Account): boolean {
  return nonce === 0n && balance === 0n && codeHash === EMPTY_CODE_HASH;
}

export function accountWords(account: Account): bigint[] {
  const { nonce, balance, codeHash, storageRoot, incarnation, createdAt, destroyedAt } = account;
  return [nonce, balance, codeHash, storageRoot, incarnation, BigInt(createdAt), BigInt(destroyedAt)];
}

export function slotWords({ value, original, originalAt }: Slot): bigint[] {
  return [value, original, BigInt(originalAt)];
}

/** The word under which a value is committed to. */
function valueWord(tag: Tag, value: Value): bigint {
  if (typeof value === "bigint") return value;
  return hashWords(recordWords(tag, value));
}

function recordWords(tag: Tag, record: Value): bigint[] {
  if (tag === Tag.ACCOUNT) return accountWords(record as Account);
  return tag === Tag.SLOT ? slotWords(record as Slot) : codeWords(record as CodeBytes);
}

/** A key with what it is the hash of. There is one object per key and `Keys`, so keys are compared by identity. */
export interface Key {
  readonly tag: Tag;
  readonly a: bigint;
  readonly b: bigint;
  readonly c: bigint;
  /** H(abi.encode(tag, a, b, c)) is at `at` of these bytes, which many keys share. */
  readonly bytes: Uint8Array;
  readonly at: number;
}

type KeyTable = Map<bigint, KeyTable | Key>;

/** Keys whose hashes share an array: one array for each would take more memory than the hash. */
const KEYS_PER_ARRAY = 1024;

/** The keys of one block: each is hashed once. */
export class Keys {
  readonly #tables: KeyTable[] = Array.from({ length: 7 }, () => new Map<bigint, KeyTable | Key>());
  #bytes = new Uint8Array(32 * KEYS_PER_ARRAY);
  #used = 0;

  key(tag: Tag, a: bigint, b: bigint, c: bigint): Key {
    const ofA = child(this.#tables[tag] as KeyTable, a);
    const ofB = child(ofA, b);
    let key = ofB.get(c) as Key | undefined;
    if (key === undefined) ofB.set(c, (key = this.#create(tag, a, b, c)));
    return key;
  }

  #create(tag: Tag, a: bigint, b: bigint, c: bigint): Key {
    if (this.#used === this.#bytes.length) {
      this.#bytes = new Uint8Array(32 * KEYS_PER_ARRAY);
      this.#used = 0;
    }
    const key = { tag, a, b, c, bytes: this.#bytes, at: this.#used };
    writeWord(keyMessage.bytes, 0, BigInt(tag));
    writeWord(keyMessage.bytes, 32, a);
    writeWord(keyMessage.bytes, 64, b);
    writeWord(keyMessage.bytes, 96, c);
    keyMessage.hash();
    key.bytes.set(digest, key.at);
    this.#used += 32;
    return key;
  }
}

/** abi.encode(tag, a, b, c) */
const keyMessage = new Message(128);

function child(table: KeyTable, at: bigint): KeyTable {
  let found = table.get(at) as KeyTable | undefined;
  if (found === undefined) table.set(at, (found = new Map<bigint, KeyTable | Key>()));
  return found;
}

export class Leaf extends Hashed {
  readonly isLeaf = true;
  readonly key: Key;
  readonly value: Value;

  constructor(key: Key, value: Value) {
    super();
    this.key = key;
    this.value = value;
  }

  protected override compute(): void {
    const { bytes, at } = this.key;
    const word = this.word;
    for (let index = 0; index < 32; index += 1) leafMessage.bytes[32 + index] = bytes[at + index] as number;
    writeWord(leafMessage.bytes, 64, word);
    leafMessage.hash();
  }

  get keyWord(): bigint {
    return readWord(this.key.bytes, this.key.at);
  }

  get word(): bigint {
    return valueWord(this.key.tag, this.value);
  }

  /** The fields of the record that it holds; none for a word. */
  recordWords(): bigint[] {
    return typeof this.value === "bigint" ? [] : recordWords(this.key.tag, this.value);
  }
}

/** Changes only while it belongs to the version that is being written: nobody else knows it then. */
export class Branch extends Hashed {
  readonly isLeaf = false;
  left: Subtree;
  right: Subtree;
  readonly owner: object;

  constructor(left: Subtree, right: Subtree, owner: object) {
    super();
    this.left = left;
    this.right = right;
    this.owner = owner;
  }

  protected override compute(): void {
    const { left, right } = this;
    // The children first: there is one message for all.
    left?.settle();
    right?.settle();
    if (left === undefined) pairMessage.words.fill(0, 0, HASH_WORDS);
    else left.copyHash(pairMessage.words, 0);
    if (right === undefined) pairMessage.words.fill(0, HASH_WORDS);
    else right.copyHash(pairMessage.words, HASH_WORDS);
    pairMessage.hash();
  }
}

/** abi.encode(1, key, value) */
const leafMessage = new Message(96);
leafMessage.bytes[31] = 1;
const pairMessage = new Message(64);

/** A version of the map, or a part of one. */
export type Subtree = Leaf | Branch | undefined;

export function subtreeHash(subtree: Subtree): bigint {
  return subtree === undefined ? 0n : subtree.hashWord();
}

function isLeft({ bytes, at }: Key, depth: number): boolean {
  return (((bytes[at + (depth >> 3)] as number) >> (7 - (depth & 7))) & 1) === 0;
}

/** The leaf that stands where `key` would: its own, another's, or none. */
function leafAt(root: Subtree, key: Key): Leaf | undefined {
  let at = root;
  for (let depth = 0; at !== undefined && !at.isLeaf; depth += 1)
    at = isLeft(key, depth) ? at.left : at.right;
  return at;
}

/** The subtree at this depth that holds two leaves: nodes down to where their keys part. */
function fork(one: Leaf, other: Leaf, depth: number, owner: object): Branch {
  const goesLeft = isLeft(one.key, depth);
  if (goesLeft !== isLeft(other.key, depth))
    return goesLeft ? new Branch(one, other, owner) : new Branch(other, one, owner);
  const below = fork(one, other, depth + 1, owner);
  return goesLeft ? new Branch(below, undefined, owner) : new Branch(undefined, below, owner);
}

/** The tape of `find`: n, n siblings top down, the leaf's key (0 for none) and its value. */
function showPath(root: Subtree, key: Key, tape: Tape): void {
  const siblings: bigint[] = [];
  let at = root;
  for (let depth = 0; at !== undefined && !at.isLeaf; depth += 1) {
    const goesLeft = isLeft(key, depth);
    siblings.push(subtreeHash(goesLeft ? at.right : at.left));
    at = goesLeft ? at.left : at.right;
  }
  tape.word(BigInt(siblings.length), ...siblings);
  if (at === undefined) tape.word(0n);
  else tape.word(at.keyWord, at.word);
}

/**
 * The current version, with the accessors of records. What each records is what its Solidity twin reads: `find` the path; a
 * record its fields after that; `put` the path as it is before the write.
 */
export class World {
  readonly keys: Keys;
  tape: Tape | undefined;
  #root: Subtree;
  /** Nodes with another owner belong to a version that somebody keeps. */
  #owner: object = {};

  constructor(keys: Keys = new Keys(), root: Subtree = undefined) {
    this.keys = keys;
    this.#root = root;
  }

  /** This version, for keeping: it will not change. */
  capture(): Subtree {
    this.#owner = {};
    return this.#root;
  }

  /** Goes back to a version that was captured. */
  restore(version: Subtree): void {
    this.#owner = {};
    this.#root = version;
  }

  get rootHash(): bigint {
    return subtreeHash(this.#root);
  }

  get isEmpty(): boolean {
    return this.#root === undefined;
  }

  /** The leaf with this key. */
  leaf(key: Key): Leaf | undefined {
    const leaf = leafAt(this.#root, key);
    return leaf?.key === key ? leaf : undefined;
  }

  /** The value of an entry, or undefined if there is none. */
  find(key: Key): Value | undefined {
    if (this.tape !== undefined) showPath(this.#root, key, this.tape);
    return this.leaf(key)?.value;
  }

  put(key: Key, value: Value): void {
    if (this.tape !== undefined) showPath(this.#root, key, this.tape);
    const leaf = new Leaf(key, value);
    let parent: Branch | undefined;
    let goesLeft = false;
    let at = this.#root;
    let depth = 0;
    for (; at !== undefined && !at.isLeaf; depth += 1) {
      const node: Branch = at.owner === this.#owner ? at : new Branch(at.left, at.right, this.#owner);
      node.forget();
      if (node !== at) this.#attach(parent, goesLeft, node);
      parent = node;
      goesLeft = isLeft(key, depth);
      at = goesLeft ? node.left : node.right;
    }
    const isPlain = at === undefined || at.key === key;
    this.#attach(parent, goesLeft, isPlain ? leaf : fork(leaf, at as Leaf, depth, this.#owner));
  }

  #attach(parent: Branch | undefined, goesLeft: boolean, subtree: Subtree): void {
    if (parent === undefined) this.#root = subtree;
    else if (goesLeft) parent.left = subtree;
    else parent.right = subtree;
  }

  #record(key: Key): Value | undefined {
    const record = this.find(key);
    if (record !== undefined && this.tape !== undefined) this.tape.word(...recordWords(key.tag, record));
    return record;
  }

  /** An account as it is in execution `stamp`; undefined if it is not loaded. */
  account(address: bigint, stamp: number): Account | undefined {
    const account = this.#record(this.keys.key(Tag.ACCOUNT, address, 0n, 0n)) as Account | undefined;
    return account === undefined ? undefined : datedAccount(account, stamp);
  }

  putAccount(address: bigint, account: Account): void {
    this.put(this.keys.key(Tag.ACCOUNT, address, 0n, 0n), account);
  }

  slot(address: bigint, incarnation: bigint, slot: bigint): Slot | undefined {
    return this.#record(this.keys.key(Tag.SLOT, address, incarnation, slot)) as Slot | undefined;
  }

  putSlot(address: bigint, incarnation: bigint, slot: bigint, record: Slot): void {
    this.put(this.keys.key(Tag.SLOT, address, incarnation, slot), record);
  }

  /** A code that is loaded; the empty code is known without an entry. */
  code(codeHash: bigint): CodeBytes | undefined {
    if (codeHash === EMPTY_CODE_HASH) return CodeBytes.empty;
    return this.#record(this.keys.key(Tag.CODE, codeHash, 0n, 0n)) as CodeBytes | undefined;
  }

  /** The address of an account that is loaded and has this code. */
  ownerOf(codeHash: bigint, subtree: Subtree = this.#root): bigint | undefined {
    if (subtree === undefined) return undefined;
    if (!subtree.isLeaf) return this.ownerOf(codeHash, subtree.left) ?? this.ownerOf(codeHash, subtree.right);
    const { key, value } = subtree;
    return key.tag === Tag.ACCOUNT && (value as Account).codeHash === codeHash ? key.a : undefined;
  }

  putCode(codeHash: bigint, code: CodeBytes): void {
    this.put(this.keys.key(Tag.CODE, codeHash, 0n, 0n), code);
  }

  isWarmAccount(address: bigint, stamp: number): boolean {
    return this.find(this.keys.key(Tag.WARM_ACCOUNT, BigInt(stamp), address, 0n)) !== undefined;
  }

  warmAccount(address: bigint, stamp: number): void {
    this.put(this.keys.key(Tag.WARM_ACCOUNT, BigInt(stamp), address, 0n), 1n);
  }

  isWarmSlot(address: bigint, slot: bigint, stamp: number): boolean {
    return this.find(this.keys.key(Tag.WARM_SLOT, BigInt(stamp), address, slot)) !== undefined;
  }

  warmSlot(address: bigint, slot: bigint, stamp: number): void {
    this.put(this.keys.key(Tag.WARM_SLOT, BigInt(stamp), address, slot), 1n);
  }

  transient(address: bigint, slot: bigint, stamp: number): bigint {
    return (this.find(this.keys.key(Tag.TRANSIENT, BigInt(stamp), address, slot)) ?? 0n) as bigint;
  }

  putTransient(address: bigint, slot: bigint, stamp: number, value: bigint): void {
    this.put(this.keys.key(Tag.TRANSIENT, BigInt(stamp), address, slot), value);
  }
}

/** An account that an earlier execution destroyed is empty, and the slots of its next incarnation are. */
export function datedAccount(account: Account, stamp: number): Account {
  if (account.destroyedAt === 0 || account.destroyedAt === stamp) return account;
  return { ...EMPTY_ACCOUNT, incarnation: account.incarnation + 1n };
}

/** The code of a designator that points at `address`. */
export function designator(address: bigint): Uint8Array {
  return Uint8Array.of(0xef, 0x01, 0x00, ...toBytes32(address).subarray(12));
}
