import { ByteTree } from "./ByteTree.js";
import type { CodeBytes } from "./Codes.js";
import { JobKind, Rules, type BlockState, type JobState, type TxState } from "./State.js";
import { commitView, EMPTY_VIEW, type View } from "./Views.js";

/** The parts of the live machine that are replaced and never changed: block, transaction, job, and what is known of the chain. */

/** What a deployment knows of chain A beyond a block's header. */
export interface Chain {
  readonly chainId: bigint;
  /** Does A make the calls of EIP-4788, 2935, 7002 and 7251? A development node may not. */
  readonly makesSystemCalls: boolean;
  readonly programs: Programs;
}

/** Runtime codes of the contracts that run as precompiles 03 and 05. */
export interface Programs {
  readonly ripemd160: CodeBytes;
  readonly modExp: CodeBytes;
}

/** What the rules read from the header of the block. Constant. Times in seconds since 1970, amounts in wei. */
export interface Block {
  readonly number: number;
  readonly timestamp: number;
  readonly gasLimit: bigint;
  readonly coinbase: bigint;
  readonly baseFee: bigint;
  readonly blobBaseFee: bigint;
  readonly maxBlobs: number;
  readonly prevRandao: bigint;
  readonly parentHash: bigint;
  readonly beaconRoot: bigint;
  readonly transactionsRoot: bigint;
  readonly withdrawalsRoot: bigint;
  readonly rules: Rules;
}

export const NO_BLOCK: Block = {
  number: 0,
  timestamp: 0,
  gasLimit: 0n,
  coinbase: 0n,
  baseFee: 0n,
  blobBaseFee: 0n,
  maxBlobs: 0,
  prevRandao: 0n,
  parentHash: 0n,
  beaconRoot: 0n,
  transactionsRoot: 0n,
  withdrawalsRoot: 0n,
  rules: Rules.CANCUN,
};

export function commitBlock(block: Block): BlockState {
  return {
    ...block,
    number: BigInt(block.number),
    timestamp: BigInt(block.timestamp),
    maxBlobs: BigInt(block.maxBlobs),
    rules: BigInt(block.rules),
  };
}

/** The transaction, or system call, that runs. Replaced, not changed. Amounts in wei. */
export interface Tx {
  /** Hash of the raw bytes, against which later steps show them. */
  readonly hash: bigint;
  /** 0 legacy, 1 to 4 typed, `SYSTEM_CALL`. */
  readonly kind: number;
  readonly sender: bigint;
  readonly to: bigint;
  /** Hash of the data of a creation; 0 if this is none. */
  readonly initHash: bigint;
  readonly value: bigint;
  readonly nonce: bigint;
  readonly gasLimit: number;
  readonly gasPrice: bigint;
  /** What the coinbase gets per gas. */
  readonly tip: bigint;
  /** The most that the sender may have to pay, value included. */
  readonly maxCost: bigint;
  /** Gas before the first opcode, without the part for data. */
  readonly intrinsic: number;
  /** One for a zero byte of data, four for any other (EIP-7623). */
  readonly tokens: number;
  /** Refunds of EIP-7702. */
  readonly refund: number;
  /** Positions and sizes in bytes within the raw bytes; `listAt` and `slotsEnd` move while the access list is warmed. */
  readonly dataAt: number;
  readonly dataSize: number;
  readonly listAt: number;
  readonly listEnd: number;
  readonly slotsEnd: number;
  readonly listAccount: bigint;
  readonly authAt: number;
  readonly authEnd: number;
  readonly blobsAt: number;
  readonly blobCount: number;
  /** Byte tree of the data. */
  readonly input: ByteTree;
}

export const NO_TX: Tx = {
  hash: 0n,
  kind: 0,
  sender: 0n,
  to: 0n,
  initHash: 0n,
  value: 0n,
  nonce: 0n,
  gasLimit: 0,
  gasPrice: 0n,
  tip: 0n,
  maxCost: 0n,
  intrinsic: 0,
  tokens: 0,
  refund: 0,
  dataAt: 0,
  dataSize: 0,
  listAt: 0,
  listEnd: 0,
  slotsEnd: 0,
  listAccount: 0n,
  authAt: 0,
  authEnd: 0,
  blobsAt: 0,
  blobCount: 0,
  input: ByteTree.empty,
};

export function commitTx(tx: Tx): TxState {
  return {
    ...tx,
    kind: BigInt(tx.kind),
    gasLimit: BigInt(tx.gasLimit),
    intrinsic: BigInt(tx.intrinsic),
    tokens: BigInt(tx.tokens),
    refund: BigInt(tx.refund),
    dataAt: BigInt(tx.dataAt),
    dataSize: BigInt(tx.dataSize),
    listAt: BigInt(tx.listAt),
    listEnd: BigInt(tx.listEnd),
    slotsEnd: BigInt(tx.slotsEnd),
    authAt: BigInt(tx.authAt),
    authEnd: BigInt(tx.authEnd),
    blobsAt: BigInt(tx.blobsAt),
    blobCount: BigInt(tx.blobCount),
    input: tx.input.root(),
  };
}

/**
 * Work that takes more than one step. What each kind keeps in the fields is told in docs/machine.md, section 7. Replaced, not changed: `{ ...m.job, position: m.job.position + 1 }`.
 *
 * `memo` commits to what the job has computed so far. A job whose state is more than a word keeps it in `progress`, and the
 * commitment is computed when somebody asks.
 */
export interface Job {
  readonly kind: JobKind;
  readonly source: View;
  readonly hash: bigint;
  readonly account: bigint;
  readonly key: bigint;
  readonly position: number;
  readonly to: number;
  readonly left: number;
  readonly progress: Progress;
}

/** What a job has computed so far. Never changed once it stands in a job: snapshots share it. */
export interface Progress {
  /** `job.memo` */
  memo(): bigint;
}

/** Nothing computed yet. */
export const NO_PROGRESS: Progress = { memo: () => 0n };

export const NO_JOB: Job = {
  kind: JobKind.NONE,
  source: EMPTY_VIEW,
  hash: 0n,
  account: 0n,
  key: 0n,
  position: 0,
  to: 0,
  left: 0,
  progress: NO_PROGRESS,
};

export function commitJob(job: Job): JobState {
  return {
    kind: BigInt(job.kind),
    source: commitView(job.source),
    hash: job.hash,
    account: job.account,
    key: job.key,
    position: BigInt(job.position),
    to: BigInt(job.to),
    left: BigInt(job.left),
    memo: job.progress.memo(),
  };
}
