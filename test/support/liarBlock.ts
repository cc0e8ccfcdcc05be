/**
 * Blocks with one parent for whoever wants to lie about them. Together they take every kind of phase, job and precompile under
 * Osaka's rules. What takes many steps has a block to itself, so that the others' runs are short.
 */
import { RLP } from "@ethereumjs/rlp";
import { fromHex, toHex } from "../../shared/execution/crypto.js";
import type { Programs } from "../../shared/machine/Machine.js";
import { openBlock, type BlockInput } from "../../shared/machine/openBlock.js";
import { Trace } from "../../shared/machine/Trace.js";
import {
  addressOf,
  buildBlock,
  CHAIN_ID,
  keys,
  signAuthorisation,
  signTransaction,
  type BlockPlan,
  type Field,
} from "../shared/machine/support/buildBlock.js";
import { precompiles } from "../shared/machine/support/coverageBlocks.js";

/** A block, its parent, 0x hex, and its true run. */
export interface LiarBlock {
  readonly name: string;
  readonly parentHeader: string;
  readonly header: string;
  readonly run: Trace;
  /** Whether its states take long to compute. */
  readonly isDear: boolean;
}

const [KEY, AUTHORITY] = keys as [Uint8Array, Uint8Array];
const TX_GAS = 1_000_000n;
const WORKER = "0x00000000000000000000000000000000ab000000";
/** Steps between the snapshots of a run: some precompiles take long, and must not be run again for every state behind them. */
const SNAPSHOT_STEPS = 32;
/** A pairing counts on from the state before, but not from a snapshot. */
const SNAPSHOT_STEPS_OF_PAIRINGS = 2 ** 20;

/** Hashes a kilobyte, asks for the block before the parent, copies code, writes to storage of both kinds, creates and logs. */
const WORKER_CODE = [
  "6104005f2050",
  "6103e64050",
  `6040 5f 5f 73${WORKER.slice(2)} 3c`,
  "6007 6001 55 6001 54 50 6009 6002 5d",
  "6001 600c 60aa 5f 52 5f 5f f0 50",
  "60205fa0",
  "60206040f3",
]
  .join("")
  .replaceAll(" ", "");

function word(last: number): Uint8Array {
  return Uint8Array.from([...new Uint8Array(31), last]);
}

/** A transaction with an access list and authorisations, one of them void. */
function authorising(nonce: bigint): Uint8Array {
  const list: Field[] = [[fromHex(WORKER), [word(1), word(2)]]];
  const authorisations = [
    signAuthorisation(CHAIN_ID, WORKER, 0n, AUTHORITY),
    signAuthorisation(5n, WORKER, 1n, AUTHORITY),
  ];
  const call: Field[] = [TX_GAS, fromHex(WORKER), 3n, new Uint8Array(300).fill(7), list];
  return signTransaction(4, [CHAIN_ID, nonce, 1n, 1_000n, ...call, authorisations], KEY);
}

function blob(nonce: bigint): Uint8Array {
  const hashes = [Uint8Array.from([1, ...new Uint8Array(31).fill(7)])];
  const call: Field[] = [TX_GAS, fromHex(addressOf(AUTHORITY)), 0n, new Uint8Array(), []];
  return signTransaction(3, [CHAIN_ID, nonce, 1n, 1_000n, ...call, 100n, hashes], KEY);
}

/** Precompiles that run as programs, and those whose jobs are long. */
const PROGRAMS = [0x03, 0x05];
const PAIRINGS = [0x08, 0x0f];
const GAS_LIMIT = 500_000_000n;

function plans(): ReadonlyMap<string, BlockPlan> {
  const others = precompiles((at) => !PROGRAMS.includes(at) && !PAIRINGS.includes(at));
  const pre = {
    ...others.pre,
    [WORKER]: { balance: "0x5", nonce: "0x1", code: `0x${WORKER_CODE}`, storage: { "0x1": "0x3" } },
    [addressOf(AUTHORITY)]: { balance: "0x64", nonce: "0x0", code: "0x", storage: {} },
  };
  const withdrawals: Field[] = [
    [0n, 1n, fromHex(WORKER), 5n],
    [1n, 1n, fromHex(`0x${"00".repeat(19)}cc`), 7n],
  ];
  const nonce = BigInt(others.transactions.length);
  const transactions = [...others.transactions, authorising(nonce), blob(nonce + 1n)];
  // The contracts take no block but a chain's first one if its parent's hash is zero.
  const common = { ...others, pre, grandparent: "77".repeat(32), gasLimit: GAS_LIMIT };
  const of = (precompileList: readonly number[]): BlockPlan => ({
    ...common,
    transactions: precompiles((at) => precompileList.includes(at)).transactions,
  });
  // The second transaction has a nonce that is not its sender's.
  const results = { stateRoot: "00".repeat(32), gasUsed: 21_000n };
  return new Map<string, BlockPlan>([
    ["most things", { ...common, withdrawals, transactions, blobs: 1 }],
    ["programs", of(PROGRAMS)],
    ["pairings", of(PAIRINGS)],
    ["an invalid transaction", { ...common, transactions: [blob(0n), blob(7n)], blobs: 2, results }],
  ]);
}

/** Builds and executes them. */
export async function liarBlocks(
  programs: Programs,
): Promise<{ blocks: readonly LiarBlock[]; forks: BlockInput["forks"] }> {
  const blocks: LiarBlock[] = [];
  let forks: BlockInput["forks"] | undefined;
  for (const [name, plan] of plans()) {
    const { input } = await buildBlock(plan, programs);
    const isDear = name === "pairings";
    const snapshotSteps = isDear ? SNAPSHOT_STEPS_OF_PAIRINGS : SNAPSHOT_STEPS;
    const run = new Trace(openBlock(input).machine, { snapshotSteps });
    await run.run();
    const [parentHeader, header] = [`0x${toHex(parentOf(input))}`, `0x${toHex(input.block.headerRlp)}`];
    blocks.push({ name, parentHeader, header, run, isDear });
    forks ??= input.forks;
  }
  if (forks === undefined) throw new Error("there is no block");
  return { blocks, forks };
}

function parentOf({ parentHeaderRlp }: BlockInput): Uint8Array {
  if (parentHeaderRlp === undefined) throw new Error("the block was built without a parent");
  return parentHeaderRlp;
}

/** Positions in a header. */
const [STATE_ROOT, GAS_USED, EXTRA_DATA, BLOB_GAS_USED] = [3, 10, 12, 17];
const GAS_PER_BLOB = 131_072n;

/** The header with other results. @param name makes it another block even with equal results; no rule looks at it */
export function headerWith(
  header: string,
  name: string,
  { stateRoot, gasUsed, blobs }: { stateRoot: bigint; gasUsed: number; blobs: number },
): string {
  const fields = RLP.decode(fromHex(header)) as Uint8Array[];
  fields[STATE_ROOT] = fromHex(stateRoot.toString(16).padStart(64, "0"));
  fields[GAS_USED] = quantity(BigInt(gasUsed));
  fields[EXTRA_DATA] = new TextEncoder().encode(name);
  fields[BLOB_GAS_USED] = quantity(BigInt(blobs) * GAS_PER_BLOB);
  return `0x${toHex(RLP.encode(fields))}`;
}

function quantity(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array();
  const hex = value.toString(16);
  return fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}
