import { RLP, type NestedUint8Array } from "@ethereumjs/rlp";
import { keccak256, toHex } from "./crypto.js";
import { ExecutionError } from "./errors.js";
import { EMPTY_TRIE_ROOT, PartialTrie } from "./partialTrie.js";

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
  parentHash: string;
  stateRoot: string;
  transactionsRoot: string;
  receiptsRoot: string;
  logsBloom: string;
  number: bigint;
  gasLimit: bigint;
  gasUsed: bigint;
  timestamp: bigint;
  withdrawalsRoot: string | undefined;
  requestsHash: string | undefined;
}

/** keccak(rlp([])): what a header without ommers commits to. */
const NO_OMMERS = "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";

/**
 * Reads a header (Yellow Paper section 4.4.3 with EIP-1559, 4895, 4844, 4788, 7685): positions are fixed,
 * forks only append. The fork decides elsewhere how many fields there must be.
 */
export function readHeaderFields(headerRlp: Uint8Array): HeaderFields {
  const items = RLP.decode(headerRlp);
  if (!Array.isArray(items) || items.length < 15 || !items.every((item) => item instanceof Uint8Array)) {
    throw new ExecutionError("BlockDataMismatch", "a header is not a list of at least 15 strings");
  }
  const fields = items as Uint8Array[];
  const hex = (index: number): string => toHex(fields[index] as Uint8Array);
  const number = (index: number): bigint => BigInt(`0x${hex(index) || "0"}`);
  return {
    hash: toHex(keccak256(headerRlp)),
    parentHash: hex(0),
    stateRoot: hex(3),
    transactionsRoot: hex(4),
    receiptsRoot: hex(5),
    logsBloom: hex(6),
    number: number(8),
    gasLimit: number(9),
    gasUsed: number(10),
    timestamp: number(11),
    withdrawalsRoot: fields.length > 16 ? hex(16) : undefined,
    requestsHash: fields.length > 20 ? hex(20) : undefined,
  };
}

/** Splits the RLP of a whole block: [header, transactions, ommers, withdrawals]. */
export function splitBlock(blockRlp: Uint8Array): RawBlock {
  const [header, transactions, , withdrawals] = RLP.decode(blockRlp) as NestedUint8Array;
  if (!Array.isArray(header) || !Array.isArray(transactions) || !Array.isArray(withdrawals)) {
    throw new ExecutionError(
      "BlockDataMismatch",
      "a block is not [header, transactions, ommers, withdrawals]",
    );
  }
  return {
    headerRlp: RLP.encode(header),
    transactions: transactions.map((item) => (item instanceof Uint8Array ? item : RLP.encode(item))),
    withdrawals: withdrawals.map((item) => RLP.encode(item)),
  };
}

/** The items that EthereumJS builds a block from. */
export function blockItems(block: RawBlock): [Uint8Array[], unknown[], [], unknown[]] {
  const isTyped = (raw: Uint8Array): boolean => (raw[0] ?? 0) < 0xc0;
  return [
    RLP.decode(block.headerRlp) as Uint8Array[],
    block.transactions.map((raw) => (isTyped(raw) ? raw : RLP.decode(raw))),
    [],
    block.withdrawals.map((raw) => RLP.decode(raw)),
  ];
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
  const ommers = toHex((RLP.decode(block.headerRlp) as Uint8Array[])[1] as Uint8Array);
  if (ommers !== NO_OMMERS) return { part: "ommers", committed: ommers, computed: NO_OMMERS };
  const transactions = listRoot(block.transactions);
  if (transactions !== header.transactionsRoot) {
    return { part: "transactions", committed: header.transactionsRoot, computed: transactions };
  }
  if (header.withdrawalsRoot === undefined) return undefined;
  const withdrawals = listRoot(block.withdrawals);
  if (withdrawals === header.withdrawalsRoot) return undefined;
  return { part: "withdrawals", committed: header.withdrawalsRoot, computed: withdrawals };
}
