import { codeWords, type CodeBytes } from "./Codes.js";
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, hashWords } from "./State.js";

/**
 * What the world's entries hold.
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
export type Value = Account | Slot | CodeBytes | bigint;

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

function accountWords(account: Account): bigint[] {
  const { nonce, balance, codeHash, storageRoot, incarnation, createdAt, destroyedAt } = account;
  return [nonce, balance, codeHash, storageRoot, incarnation, BigInt(createdAt), BigInt(destroyedAt)];
}

function slotWords({ value, original, originalAt }: Slot): bigint[] {
  return [value, original, BigInt(originalAt)];
}

/** The word under which a value is committed to. */
export function valueWord(tag: Tag, value: Value): bigint {
  if (typeof value === "bigint") return value;
  return hashWords(recordWords(tag, value));
}

export function recordWords(tag: Tag, record: Value): bigint[] {
  if (tag === Tag.ACCOUNT) return accountWords(record as Account);
  return tag === Tag.SLOT ? slotWords(record as Slot) : codeWords(record as CodeBytes);
}

/** An account that an earlier execution destroyed is empty, and the slots of its next incarnation are. */
export function datedAccount(account: Account, stamp: number): Account {
  if (account.destroyedAt === 0 || account.destroyedAt === stamp) return account;
  return { ...EMPTY_ACCOUNT, incarnation: account.incarnation + 1n };
}
