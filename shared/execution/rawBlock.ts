import { RLP } from "@ethereumjs/rlp";
import { keccak256, toHex } from "./crypto.js";
import { ExecutionError } from "./errors.js";
import { EMPTY_TRIE_ROOT, PartialTrie } from "./partialTrie.js";
import { decodeRlp, decodeRlpList, type RlpItem } from "./rlp.js";

/** A block as its hashes bind it: nothing in it is believed that the header's hash does not cover. */
export interface RawBlock {
  headerRlp: Uint8Array;
  /** Canonical encodings: RLP of a legacy transaction, `type || payload` of a typed one (EIP-2718). */
  transactions: readonly Uint8Array[];
  /** RLP of each withdrawal (EIP-4895). */
  withdrawals: readonly Uint8Array[];
}

/** The header fields that this program reads by itself. Hashes are hex without prefix. */
export interface HeaderFields {
  hash: string;
  fieldCount: number;
  parentHash: string;
  ommersHash: string;
  stateRoot: string;
  transactionsRoot: string;
  receiptsRoot: string;
  logsBloom: string;
  difficulty: bigint;
  number: bigint;
  gasLimit: bigint;
  gasUsed: bigint;
  timestamp: bigint;
  extraDataBytes: number;
  nonce: string;
  baseFeePerGas: bigint | undefined;
  withdrawalsRoot: string | undefined;
  blobGasUsed: bigint | undefined;
  excessBlobGas: bigint | undefined;
  requestsHash: string | undefined;
}

/** keccak(rlp([])): what a header without ommers commits to. */
const NO_OMMERS = "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";

/**
 * Width in bytes of each field: exactly so many, or at most so many of a number without leading zeros. Positions are
 * fixed, forks only append (Yellow Paper section 4.4.3 with EIP-1559, 4895, 4844, 4788, 7685).
 */
const headerLayout: readonly { field: string; bytes?: number; numberBytes?: number }[] = [
  { field: "parentHash", bytes: 32 },
  { field: "ommersHash", bytes: 32 },
  { field: "beneficiary", bytes: 20 },
  { field: "stateRoot", bytes: 32 },
  { field: "transactionsRoot", bytes: 32 },
  { field: "receiptsRoot", bytes: 32 },
  { field: "logsBloom", bytes: 256 },
  { field: "difficulty", numberBytes: 32 },
  { field: "number", numberBytes: 8 },
  { field: "gasLimit", numberBytes: 8 },
  { field: "gasUsed", numberBytes: 8 },
  { field: "timestamp", numberBytes: 8 },
  { field: "extraData" },
  { field: "prevRandao", bytes: 32 },
  { field: "nonce", bytes: 8 },
  { field: "baseFeePerGas", numberBytes: 32 },
  { field: "withdrawalsRoot", bytes: 32 },
  { field: "blobGasUsed", numberBytes: 8 },
  { field: "excessBlobGas", numberBytes: 8 },
  { field: "parentBeaconBlockRoot", bytes: 32 },
  { field: "requestsHash", bytes: 32 },
];
const FIELDS_BEFORE_FORKS = 15;

/**
 * Reads a header. The fork decides elsewhere how many fields there must be.
 * @throws ExecutionError MalformedRlp, MalformedBlock naming the field
 */
export function readHeaderFields(headerRlp: Uint8Array): HeaderFields {
  const items = decodeRlpList(headerRlp, "a header");
  if (items.length < FIELDS_BEFORE_FORKS) {
    throw malformedBlock(
      "header",
      `a header has ${items.length} fields, at least ${FIELDS_BEFORE_FORKS} belong`,
    );
  }
  const fields = items.map((item, index) => requireField(item, index));
  const hex = (index: number): string => toHex(fields[index] as Uint8Array);
  const number = (index: number): bigint => BigInt(`0x${hex(index) || "0"}`);
  const has = (index: number): boolean => fields.length > index;
  return {
    hash: toHex(keccak256(headerRlp)),
    fieldCount: fields.length,
    parentHash: hex(0),
    ommersHash: hex(1),
    stateRoot: hex(3),
    transactionsRoot: hex(4),
    receiptsRoot: hex(5),
    logsBloom: hex(6),
    difficulty: number(7),
    number: number(8),
    gasLimit: number(9),
    gasUsed: number(10),
    timestamp: number(11),
    extraDataBytes: (fields[12] as Uint8Array).length,
    nonce: hex(14),
    baseFeePerGas: has(15) ? number(15) : undefined,
    withdrawalsRoot: has(16) ? hex(16) : undefined,
    blobGasUsed: has(17) ? number(17) : undefined,
    excessBlobGas: has(18) ? number(18) : undefined,
    requestsHash: has(20) ? hex(20) : undefined,
  };
}

function requireField(item: RlpItem, index: number): Uint8Array {
  const { field, bytes, numberBytes } = headerLayout[index] ?? { field: `at position ${index}` };
  if (!(item instanceof Uint8Array)) throw malformedBlock("header", `the header's ${field} is a list`);
  const isWrong =
    (bytes !== undefined && item.length !== bytes) ||
    (numberBytes !== undefined && (item.length > numberBytes || item[0] === 0));
  if (!isWrong) return item;
  const wanted = bytes === undefined ? `a number of at most ${numberBytes} bytes` : `${bytes} bytes`;
  throw malformedBlock("header", `the header's ${field} is 0x${toHex(item.subarray(0, 40))}, not ${wanted}`);
}

function malformedBlock(part: string, message: string): ExecutionError {
  return new ExecutionError("MalformedBlock", message, { part });
}

/**
 * Splits the RLP of a whole block: [header, transactions, ommers] and, since Shanghai, withdrawals.
 * @throws ExecutionError MalformedRlp, MalformedBlock
 */
export function splitBlock(blockRlp: Uint8Array): RawBlock {
  const items = decodeRlpList(blockRlp, "a block");
  const [header, transactions, ommers, withdrawals = []] = items;
  const isList = (item: RlpItem | undefined): item is RlpItem[] => Array.isArray(item);
  if (
    items.length > 4 ||
    !isList(header) ||
    !isList(transactions) ||
    !isList(ommers) ||
    !isList(withdrawals)
  ) {
    throw malformedBlock("block", "a block is not [header, transactions, ommers, withdrawals]");
  }
  if (ommers.length > 0) throw malformedBlock("ommers", `the block has ${ommers.length} ommers (EIP-3675)`);
  const headerRlp = RLP.encode(header);
  const hasWithdrawals = items.length === 4;
  if (hasWithdrawals !== header.length > WITHDRAWALS_ROOT)
    throw malformedBlock(
      "withdrawals",
      "a block has withdrawals just if its header has their root (EIP-4895)",
    );
  return {
    headerRlp,
    transactions: transactions.map((item) => (item instanceof Uint8Array ? item : RLP.encode(item))),
    withdrawals: withdrawals.map((item) => RLP.encode(item)),
  };
}

const WITHDRAWALS_ROOT = 16;

/** The types of transactions whose content is RLP (EIP-2930, 1559, 4844, 7702). */
const RLP_TYPES = new Set([1, 2, 3, 4]);

/**
 * The items that EthereumJS builds a block from. Everything it will decode was decoded here, within bounds, before.
 * @throws ExecutionError MalformedRlp
 */
export function blockItems(block: RawBlock): unknown[] {
  const header = decodeRlpList(block.headerRlp, "a header");
  const transactions = block.transactions.map((raw, index) => {
    const type = raw[0] ?? 0;
    if (type >= 0xc0) return decodeRlp(raw, `transaction ${index}`);
    if (RLP_TYPES.has(type)) decodeRlpList(raw.subarray(1), `transaction ${index}`);
    return raw;
  });
  const withdrawals = block.withdrawals.map((raw, index) => decodeRlp(raw, `withdrawal ${index}`));
  return [header, transactions, [], ...(header.length > WITHDRAWALS_ROOT ? [withdrawals] : [])];
}

/** Size of the RLP of the whole block in bytes (EIP-7934 limits it). */
export function blockSize(block: RawBlock): number {
  const size = (content: number): number => {
    const lengthBytes = content > 55 ? Math.ceil(content.toString(16).length / 2) : 0;
    return 1 + lengthBytes + content;
  };
  const sum = (sizes: number[]): number => sizes.reduce((total, each) => total + each, 0);
  const transactions = block.transactions.map((raw) =>
    (raw[0] ?? 0) < 0xc0 ? size(raw.length) : raw.length,
  );
  const withdrawals = block.withdrawals.map((raw) => raw.length);
  return size(block.headerRlp.length + size(sum(transactions)) + 1 + size(sum(withdrawals)));
}

/** Root of the trie rlp(index) -> item that headers commit to lists with. */
export function listRoot(items: readonly Uint8Array[]): string {
  const trie = new PartialTrie(EMPTY_TRIE_ROOT, { node: () => undefined, isBranch: () => false });
  items.forEach((item, index) => trie.put(toHex(RLP.encode(index)), item));
  return trie.root();
}

/** A part of a block that is not what its header commits to. */
export interface BodyDifference {
  part: "transactions" | "withdrawals" | "ommers";
  committed: string;
  computed: string;
}

/** Compares transactions and withdrawals with the roots in the header. */
export function bodyDifference(block: RawBlock): BodyDifference | undefined {
  const header = readHeaderFields(block.headerRlp);
  const { ommersHash } = header;
  if (ommersHash !== NO_OMMERS) return { part: "ommers", committed: ommersHash, computed: NO_OMMERS };
  const transactions = listRoot(block.transactions);
  if (transactions !== header.transactionsRoot) {
    return { part: "transactions", committed: header.transactionsRoot, computed: transactions };
  }
  const withdrawals = listRoot(block.withdrawals);
  // A header from before EIP-4895 commits to having none.
  const committed = header.withdrawalsRoot ?? EMPTY_TRIE_ROOT;
  return withdrawals === committed ? undefined : { part: "withdrawals", committed, computed: withdrawals };
}
