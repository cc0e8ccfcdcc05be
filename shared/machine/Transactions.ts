import { recover } from "tiny-secp256k1";
import { keccak256 } from "../execution/crypto.js";
import { NO_TX, type Machine, type Tx } from "./Machine.js";
import {
  concat,
  encodeInteger,
  encodeList,
  prefixOf,
  readInteger,
  readItem,
  readItems,
  type Item,
} from "./Rlp.js";
import {
  GAS_PER_BLOB,
  hashBytes,
  MAX_INIT_CODE_SIZE,
  MAX_NONCE,
  MAX_WORD,
  Rules,
  toBytes32,
  toWord,
} from "./State.js";
import { toWords, WORD_INIT } from "./Gas.js";

/**
 * Decoding transactions, strictly and in place: what the state need not be asked about is checked here. `undefined` stands for a
 * transaction that makes its block invalid.
 */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const HALF_ORDER = CURVE_ORDER / 2n;
/** EIP-7825 */
const MAX_TX_GAS = 2n ** 24n;
/** EIP-7594 */
const MAX_TX_BLOBS = 6;

/** Where the fields of each type stand, by type; EIP-2718, 2930, 1559, 4844, 7702. */
const LAYOUTS = [
  { fields: 9, chainId: -1, nonce: 0, tip: 1, fee: 1, gas: 2, to: 3, list: -1 },
  { fields: 11, chainId: 0, nonce: 1, tip: 2, fee: 2, gas: 3, to: 4, list: 7 },
  { fields: 12, chainId: 0, nonce: 1, tip: 2, fee: 3, gas: 4, to: 5, list: 8 },
  { fields: 14, chainId: 0, nonce: 1, tip: 2, fee: 3, gas: 4, to: 5, list: 8 },
  { fields: 13, chainId: 0, nonce: 1, tip: 2, fee: 3, gas: 4, to: 5, list: 8 },
] as const;

interface Decoding {
  readonly m: Machine;
  readonly raw: Uint8Array;
  readonly kind: number;
  readonly items: readonly Item[];
}

/** The transaction, or undefined if no block of these rules may hold it here. */
export function decodeTransaction(m: Machine, raw: Uint8Array): Tx | undefined {
  const first = raw[0] ?? 0;
  const kind = first >= 0xc0 ? 0 : first;
  if (first < 0xc0 && (kind === 0 || kind > (m.head.rules >= Rules.PRAGUE ? 4 : 3))) return undefined;
  const list = readItem(raw, kind === 0 ? 0 : 1, raw.length);
  if (list === undefined || !list.isList || list.to !== raw.length) return undefined;
  const items = readItems(raw, list.from, list.to);
  const layout = LAYOUTS[kind] as (typeof LAYOUTS)[number];
  if (items?.length !== layout.fields) return undefined;
  const decoding: Decoding = { m, raw, kind, items };
  const tx = fees(decoding, layout);
  if (tx === undefined) return undefined;
  const lists = optionalLists(decoding, layout.list);
  const sender = recoverSender(decoding);
  if (lists === undefined || sender === undefined) return undefined;
  const cost = tx.maxCost + lists.maxBlobCost;
  if (cost > MAX_WORD) return undefined;
  return {
    ...tx,
    ...lists.tx,
    sender,
    maxCost: cost,
    intrinsic: tx.intrinsic + lists.intrinsic,
    hash: m.store.addRaw(raw),
  };
}

/** What all types have. */
function fees({ m, raw, kind, items }: Decoding, layout: (typeof LAYOUTS)[number]): Tx | undefined {
  const { head } = m;
  const integer = (at: number, width: number): bigint | undefined => readInteger(raw, items[at], width);
  const nonce = integer(layout.nonce, 8);
  const priority = integer(layout.tip, 32);
  const maxFee = integer(layout.fee, 32);
  const gasLimit = integer(layout.gas, 8);
  const value = integer(layout.to + 1, 32);
  const to = items[layout.to] as Item;
  const data = items[layout.to + 2] as Item;
  if (
    nonce === undefined ||
    priority === undefined ||
    maxFee === undefined ||
    gasLimit === undefined ||
    value === undefined ||
    to.isList ||
    data.isList
  )
    return undefined;
  const isCreation = to.to === to.from;
  const dataSize = data.to - data.from;
  if (!isCreation && to.to - to.from !== 20) return undefined;
  if (kind !== 0 && integer(layout.chainId, 32) !== m.chain.chainId) return undefined;
  if (nonce === MAX_NONCE || maxFee < head.baseFee || priority > maxFee) return undefined;
  if (gasLimit > head.gasLimit - BigInt(m.gasUsed)) return undefined;
  if (head.rules >= Rules.OSAKA && gasLimit > MAX_TX_GAS) return undefined;
  if (isCreation && (dataSize > MAX_INIT_CODE_SIZE || kind >= 3)) return undefined;
  const room = maxFee - head.baseFee;
  const tip = priority < room ? priority : room;
  const initHash = isCreation ? hashBytes(raw.subarray(data.from, data.to)) : 0n;
  if (isCreation) m.store.addCode(raw.subarray(data.from, data.to), initHash);
  return {
    ...NO_TX,
    kind,
    to: toWord(raw.subarray(to.from, to.to)),
    initHash,
    value,
    nonce,
    gasLimit: Number(gasLimit),
    gasPrice: head.baseFee + tip,
    tip,
    maxCost: gasLimit * maxFee + value,
    intrinsic: 21_000 + (isCreation ? 32_000 + WORD_INIT * toWords(dataSize) : 0),
    dataAt: dataSize === 0 ? 0 : data.from,
    dataSize,
  };
}

interface Lists {
  tx: Partial<Tx>;
  intrinsic: number;
  maxBlobCost: bigint;
}

function optionalLists(decoding: Decoding, listAt: number): Lists | undefined {
  const { kind, raw, items } = decoding;
  if (kind === 0) return { tx: {}, intrinsic: 0, maxBlobCost: 0n };
  const access = accessList(raw, items[listAt] as Item);
  if (access === undefined) return undefined;
  if (kind === 3) {
    const blobs = blobList(decoding, listAt);
    return blobs && { ...access, tx: { ...access.tx, ...blobs.tx }, maxBlobCost: blobs.maxBlobCost };
  }
  if (kind !== 4) return access;
  const list = items[9] as Item;
  const tuples = list.isList ? readItems(raw, list.from, list.to) : undefined;
  if (tuples === undefined || tuples.length === 0) return undefined;
  if (!tuples.every((tuple) => readAuthorisation(raw, tuple) !== undefined)) return undefined;
  return {
    ...access,
    tx: { ...access.tx, authAt: list.from, authEnd: list.to },
    intrinsic: access.intrinsic + 25_000 * tuples.length,
  };
}

/** EIP-2930: a list of [address, [slot, …]]. */
function accessList(raw: Uint8Array, list: Item): Lists | undefined {
  const entries = list.isList ? readItems(raw, list.from, list.to) : undefined;
  if (entries === undefined) return undefined;
  let intrinsic = 0;
  for (const entry of entries) {
    const [address, slots, ...more] = (entry.isList && readItems(raw, entry.from, entry.to)) || [];
    if (address === undefined || slots === undefined || more.length > 0) return undefined;
    if (!isString(address, 20) || !slots.isList) return undefined;
    const keys = readItems(raw, slots.from, slots.to);
    if (keys === undefined || !keys.every((key) => isString(key, 32))) return undefined;
    intrinsic += 2400 + 1900 * keys.length;
  }
  const tx = entries.length === 0 ? {} : { listAt: list.from, listEnd: list.to };
  return { tx, intrinsic, maxBlobCost: 0n };
}

function isString({ isList, from, to }: Item, size: number): boolean {
  return !isList && to - from === size;
}

/** EIP-4844 */
function blobList({ m, raw, items }: Decoding, listAt: number): Lists | undefined {
  const { head } = m;
  const maxFee = readInteger(raw, items[listAt + 1], 32);
  const list = items[listAt + 2] as Item;
  const hashes = list.isList ? readItems(raw, list.from, list.to) : undefined;
  if (maxFee === undefined || hashes === undefined || hashes.length === 0) return undefined;
  if (!hashes.every((hash) => isString(hash, 32) && raw[hash.from] === 1)) return undefined;
  const count = hashes.length;
  if (m.blobs + count > head.maxBlobs || maxFee < head.blobBaseFee) return undefined;
  if (head.rules >= Rules.OSAKA && count > MAX_TX_BLOBS) return undefined;
  return {
    tx: { blobsAt: list.from, blobCount: count },
    intrinsic: 0,
    maxBlobCost: BigInt(count) * GAS_PER_BLOB * maxFee,
  };
}

function recoverSender({ m, raw, kind, items }: Decoding): bigint | undefined {
  const at = items.length - 3;
  const v = readInteger(raw, items[at], 32);
  const r = readInteger(raw, items[at + 1], 32);
  const s = readInteger(raw, items[at + 2], 32);
  if (v === undefined || r === undefined || s === undefined) return undefined;
  const { chainId } = m.chain;
  const from = (items[0] as Item).at;
  const fields = raw.subarray(from, (items[at] as Item).at);
  if (kind !== 0) {
    const list = concat([Uint8Array.of(kind), prefixOf(fields.length, true), fields]);
    return v > 1n ? undefined : recoverAddress(keccak256(list), v, r, s);
  }
  if (v === 27n || v === 28n) {
    const list = concat([prefixOf(fields.length, true), fields]);
    return recoverAddress(keccak256(list), v - 27n, r, s);
  }
  const parity = v - 35n - 2n * chainId;
  if (parity !== 0n && parity !== 1n) return undefined;
  const suffix = concat([encodeInteger(chainId), Uint8Array.of(0x80, 0x80)]);
  const list = concat([prefixOf(fields.length + suffix.length, true), fields, suffix]);
  return recoverAddress(keccak256(list), parity, r, s);
}

/** The signer of a hash, or undefined if there is none; s in the upper half counts as none (EIP-2). */
export function recoverAddress(hash: Uint8Array, parity: bigint, r: bigint, s: bigint): bigint | undefined {
  if (r === 0n || r >= CURVE_ORDER || s === 0n || s > HALF_ORDER) return undefined;
  const signature = concat([toBytes32(r), toBytes32(s)]);
  let key: Uint8Array | null;
  try {
    key = recover(hash, signature, parity === 0n ? 0 : 1, false);
  } catch {
    return undefined;
  }
  return key === null ? undefined : toWord(keccak256(key.subarray(1)).subarray(12));
}

/** An authorisation tuple of EIP-7702: [chain id, address, nonce, parity, r, s]. */
export interface Authorisation {
  readonly chainId: bigint;
  readonly address: bigint;
  readonly nonce: bigint;
  readonly parity: bigint;
  readonly r: bigint;
  readonly s: bigint;
}

export function readAuthorisation(raw: Uint8Array, tuple: Item): Authorisation | undefined {
  const items = tuple.isList ? readItems(raw, tuple.from, tuple.to) : undefined;
  if (items?.length !== 6 || !isString(items[1] as Item, 20)) return undefined;
  const target = items[1] as Item;
  const widths = [32, 0, 8, 1, 32, 32];
  const [chainId, , nonce, parity, r, s] = items.map((item, index) =>
    index === 1 ? 0n : readInteger(raw, item, widths[index] as number),
  );
  if (
    chainId === undefined ||
    nonce === undefined ||
    parity === undefined ||
    r === undefined ||
    s === undefined
  )
    return undefined;
  return { chainId, address: toWord(raw.subarray(target.from, target.to)), nonce, parity, r, s };
}

/** Who signed an authorisation; undefined if it is to be skipped for what it says itself. */
export function authorityOf(
  { chainId, address, nonce, parity, r, s }: Authorisation,
  ownChainId: bigint,
): bigint | undefined {
  if (chainId !== 0n && chainId !== ownChainId) return undefined;
  if (nonce === MAX_NONCE || parity > 1n) return undefined;
  const target = concat([Uint8Array.of(0x94), toBytes32(address).subarray(12)]);
  const list = encodeList([encodeInteger(chainId), target, encodeInteger(nonce)]);
  return recoverAddress(keccak256(concat([Uint8Array.of(5), list])), parity, r, s);
}
