import { RLP } from "@ethereumjs/rlp";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { fromHex, keccak256, toHex } from "../../../../shared/execution/crypto.js";
import { executeBlock, type BlockExecution } from "../../../../shared/execution/executeBlock.js";
import { forkAt, headerFieldCounts, singleFork, type ForkName } from "../../../../shared/execution/forks.js";
import { nextBaseFee, nextExcessBlobGas } from "../../../../shared/execution/headerRules.js";
import { listRoot, readHeaderFields, splitBlock } from "../../../../shared/execution/rawBlock.js";
import { Witness } from "../../../../shared/execution/witness.js";
import { witnessWorld, type WorldJson } from "../../../../shared/execution/worldState.js";
import { isOptisyncError } from "../../../../shared/runtime/errors.js";
import type { Programs } from "../../../../shared/machine/Machine.js";
import type { BlockInput } from "../../../../shared/machine/openBlock.js";

/** What RLP encodes: numbers without leading zeros, bytes, lists. */
export type Field = bigint | Uint8Array | Field[];

export interface BlockPlan {
  fork: ForkName;
  pre: WorldJson;
  /** Raw, as `signTransaction` makes them. */
  transactions: readonly Uint8Array[];
  /** [index, validator, address, gwei] */
  withdrawals?: readonly Field[];
  gasLimit?: bigint;
  number?: bigint;
  /** Hash of the parent's parent, hex; zero unless told. */
  grandparent?: string;
  coinbase?: string;
  baseFee?: bigint;
  excessBlobGas?: bigint;
  blobs?: number;
  /** The results, where EthereumJS is not to be asked for them. */
  results?: { stateRoot: string; gasUsed: bigint };
}

export interface BuiltBlock {
  input: BlockInput;
  /** What EthereumJS makes of it; undefined where it was not asked, or cannot decode a transaction. */
  oracle: BlockExecution | undefined;
}

export const CHAIN_ID = 1n;
export const COINBASE = "0x00000000000000000000000000000000c01ba5e0";
const TIMESTAMP = 1_000_000n;
const NO_OMMERS = fromHex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");
const BLOB_GAS = 131_072n;

/** The code that EIP-4788 deploys. */
export const BEACON_ROOTS_CODE =
  "0x3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500";

/** Accounts that a block of these rules needs: without the contracts of EIP-7002 and EIP-7251 it is invalid. */
export function systemAccounts(fork: ForkName): WorldJson {
  const contract = (code: string): WorldJson[string] => ({ balance: "0x0", nonce: "0x1", code, storage: {} });
  const beaconRoots = { "0x000f3df6d732807ef1319fb7b8bb8522d0beac02": contract(BEACON_ROOTS_CODE) };
  if (fork === "cancun") return beaconRoots;
  return {
    ...beaconRoots,
    "0x00000961ef480eb55e80d19ad83579a64c007002": contract("0x00"),
    "0x0000bbddc7ce488642fb579f8b00f3a590007251": contract("0x00"),
  };
}

/** Makes a block of which everything but its results is decided by the plan; the results are EthereumJS's. */
export async function buildBlock(plan: BlockPlan, programs: Programs): Promise<BuiltBlock> {
  const forks = singleFork(CHAIN_ID, plan.fork);
  const rules = forkAt(forks, TIMESTAMP);
  const witness = new Witness();
  const codes = new Map<string, Uint8Array>();
  const parentStateRoot = witnessWorld(plan.pre, witness);
  for (const { code } of Object.values(plan.pre)) codes.set(toHex(keccak256(fromHex(code))), fromHex(code));
  const gasLimit = plan.gasLimit ?? 30_000_000n;
  const number = plan.number ?? 1_000n;
  const fieldCount = headerFieldCounts[plan.fork];
  const withdrawals = (plan.withdrawals ?? []).map((item) => RLP.encode(toInput(item) as never));
  const common = { gasLimit, fieldCount };
  const parentRlp = encodeHeader({
    ...common,
    number: number - 1n,
    stateRoot: parentStateRoot,
    gasUsed: gasLimit / 2n,
    timestamp: TIMESTAMP - 12n,
    baseFee: plan.baseFee ?? 7n,
    excessBlobGas: plan.excessBlobGas ?? 0n,
    ...(plan.grandparent === undefined ? {} : { parentHash: plan.grandparent }),
  });
  const parent = readHeaderFields(parentRlp);
  const blockOf = (results: { stateRoot: string; gasUsed: bigint }): Uint8Array => {
    const header = encodeHeader({
      ...common,
      ...results,
      number,
      parentHash: parent.hash,
      coinbase: plan.coinbase ?? COINBASE,
      transactionsRoot: listRoot(plan.transactions),
      withdrawalsRoot: listRoot(withdrawals),
      timestamp: TIMESTAMP,
      baseFee: nextBaseFee(parent),
      excessBlobGas: rules.blobs === undefined ? 0n : nextExcessBlobGas(parent, rules, rules.blobs),
      blobGasUsed: BigInt(plan.blobs ?? 0) * BLOB_GAS,
    });
    const transactions = plan.transactions.map((raw) => ((raw[0] ?? 0) >= 0xc0 ? RLP.decode(raw) : raw));
    return RLP.encode([
      RLP.decode(header),
      transactions,
      [],
      withdrawals.map((item) => RLP.decode(item)),
    ] as never);
  };
  const ancestors = new Map([[number - 1n, parent.hash]]);
  const execute = (block: Uint8Array): Promise<BlockExecution> => {
    const known = new Witness();
    witnessWorld(plan.pre, known);
    return executeBlock({
      block: splitBlock(block),
      parentStateRoot,
      parentHeaderRlp: parentRlp,
      witness: known,
      forks,
      ancestorHash: async (at) => fromHex(ancestors.get(at) ?? "00".repeat(32)),
    });
  };
  const none = { stateRoot: "00".repeat(32), gasUsed: 0n };
  const oracle = plan.results === undefined ? await ask(() => execute(blockOf(none))) : undefined;
  const results = oracle === undefined || oracle.verdict.kind === "invalid" ? (plan.results ?? none) : oracle;
  const block = splitBlock(blockOf(results));
  const input: BlockInput = {
    block,
    parentStateRoot,
    parentHeaderRlp: parentRlp,
    witness,
    codes: (hash) => codes.get(hash),
    ancestors: { hashes: ancestors, headers: new Map([[number - 1n, parentRlp]]) },
    forks,
    programs,
  };
  return { input, oracle };
}

/** A transaction that the library does not even decode makes the block invalid: undefined here. */
async function ask(execute: () => Promise<BlockExecution>): Promise<BlockExecution | undefined> {
  try {
    return await execute();
  } catch (error) {
    if (isOptisyncError(error, "UndecodableBlock")) return undefined;
    throw error;
  }
}

interface HeaderPlan {
  number: bigint;
  stateRoot: string;
  gasLimit: bigint;
  gasUsed: bigint;
  timestamp: bigint;
  baseFee: bigint;
  excessBlobGas: bigint;
  fieldCount: number;
  parentHash?: string;
  coinbase?: string;
  transactionsRoot?: string;
  withdrawalsRoot?: string;
  blobGasUsed?: bigint;
}

function encodeHeader(plan: HeaderPlan): Uint8Array {
  const empty = listRoot([]);
  const word = (hex: string | undefined): Uint8Array => fromHex(hex ?? "00".repeat(32));
  const fields: Field[] = [
    word(plan.parentHash),
    NO_OMMERS,
    fromHex(plan.coinbase ?? COINBASE),
    word(plan.stateRoot),
    word(plan.transactionsRoot ?? empty),
    word(empty),
    new Uint8Array(256),
    0n,
    plan.number,
    plan.gasLimit,
    plan.gasUsed,
    plan.timestamp,
    new Uint8Array(),
    word("5a".repeat(32)),
    new Uint8Array(8),
    plan.baseFee,
    word(plan.withdrawalsRoot ?? empty),
    plan.blobGasUsed ?? 0n,
    plan.excessBlobGas,
    word("be".repeat(32)),
    word("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
  ];
  return RLP.encode(fields.slice(0, plan.fieldCount).map(toInput) as never);
}

/** Keys of accounts that send. */
export const keys = [1, 2, 3, 4].map((byte) => new Uint8Array(32).fill(byte));

export function addressOf(key: Uint8Array): string {
  return `0x${toHex(keccak256(secp256k1.getPublicKey(key, false).subarray(1)).subarray(12))}`;
}

/** Signs the fields of a transaction without its signature. Legacy ones carry the chain id (EIP-155) unless told. */
export function signTransaction(
  kind: number,
  fields: readonly Field[],
  key: Uint8Array,
  isPlain = false,
): Uint8Array {
  const input = fields.map(toInput);
  if (kind !== 0) {
    const hash = keccak256(Buffer.concat([Uint8Array.of(kind), RLP.encode(input as never)]));
    const { parity, r, s } = sign(hash, key);
    const signed = [...input, toInput(parity), toInput(r), toInput(s)];
    return Buffer.concat([Uint8Array.of(kind), RLP.encode(signed as never)]);
  }
  const suffix = isPlain ? [] : [toInput(CHAIN_ID), toInput(0n), toInput(0n)];
  const { parity, r, s } = sign(keccak256(RLP.encode([...input, ...suffix] as never)), key);
  const v = isPlain ? 27n + parity : 35n + 2n * CHAIN_ID + parity;
  return RLP.encode([...input, toInput(v), toInput(r), toInput(s)] as never);
}

/** A signed authorisation tuple (EIP-7702). */
export function signAuthorisation(chainId: bigint, address: string, nonce: bigint, key: Uint8Array): Field[] {
  const tuple = [chainId, fromHex(address), nonce].map(toInput);
  const { parity, r, s } = sign(
    keccak256(Buffer.concat([Uint8Array.of(5), RLP.encode(tuple as never)])),
    key,
  );
  return [chainId, fromHex(address), nonce, parity, r, s];
}

function sign(hash: Uint8Array, key: Uint8Array): { parity: bigint; r: bigint; s: bigint } {
  const bytes = secp256k1.sign(hash, key, { prehash: false, format: "recovered" });
  const word = (at: number): bigint => BigInt(`0x${toHex(bytes.subarray(at, at + 32))}`);
  return { parity: BigInt(bytes[0] as number), r: word(1), s: word(33) };
}

function toInput(field: Field): unknown {
  if (Array.isArray(field)) return field.map(toInput);
  if (field instanceof Uint8Array) return field;
  if (field === 0n) return new Uint8Array();
  const hex = field.toString(16);
  return fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}
