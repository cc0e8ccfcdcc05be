import { EMPTY_VIEW, commitView, type View } from "./Views.js";
import { ByteTree, Memory, WordTree } from "./ByteTree.js";
import { ListHashes } from "./HashList.js";
import type { CodeBytes, Store } from "./Store.js";
import {
  FrameKind,
  hashFrame,
  hashMachine,
  JobKind,
  Phase,
  Rules,
  type BlockState,
  type FrameState,
  type JobState,
  type MachineState,
  type TxState,
} from "./State.js";
import { Tape } from "./Tape.js";
import { subtreeHash, World, type Subtree } from "./World.js";

/**
 * The machine as the interpreter works on it: numbers, arrays and pages instead of commitments. `commit` turns it into the
 * struct of `State.ts` whenever somebody asks, `snapshot` keeps it for later at almost no cost.
 *
 * Counters, offsets, gas and sizes are numbers: all of them stay below 2^53. Words, hashes, addresses, nonces and amounts are
 * bigints.
 */
export class Machine {
  phase = Phase.BEFORE;
  cursor = 0;
  stamp = 1;
  readonly world: World;
  stateRoot = 0n;
  gasUsed = 0;
  blobs = 0;
  /** Latched opcode, 0 = fetch the next one. */
  op = 0;
  hashed = 0n;
  ancestors = new WordTree(8);
  oldest = 0;
  /** Subtrees still to visit; the last one is next. */
  walk: readonly Subtree[] = [];
  head: Block;
  txn: Tx = NO_TX;
  frame: Frame = new Frame();
  job: Job = NO_JOB;

  /** Steps executed so far. No part of the state. */
  steps = 0;
  /** Codes, nodes and headers by their hashes. */
  readonly store: Store;
  readonly chain: Chain;

  constructor(head: Block, store: Store, chain: Chain, world: World = new World()) {
    this.head = head;
    this.store = store;
    this.chain = chain;
    this.world = world;
  }

  /** Where this step's reads are recorded; undefined unless a proof is being made. */
  get tape(): Tape | undefined {
    return this.world.tape;
  }

  set tape(tape: Tape | undefined) {
    this.world.tape = tape;
  }

  get isFinal(): boolean {
    return this.phase >= Phase.DONE;
  }

  /** The state as it is committed to. */
  commit(): MachineState {
    return {
      phase: BigInt(this.phase),
      cursor: BigInt(this.cursor),
      stamp: BigInt(this.stamp),
      world: this.world.rootHash,
      stateRoot: this.stateRoot,
      gasUsed: BigInt(this.gasUsed),
      blobs: BigInt(this.blobs),
      op: BigInt(this.op),
      hashed: this.hashed,
      ancestors: this.ancestors.root(),
      oldest: BigInt(this.oldest),
      walk: walkHashes.hash(this.walk.map(subtreeHash)),
      head: commitBlock(this.head),
      txn: commitTx(this.txn),
      frame: this.frame.commit(),
      job: commitJob(this.job),
    };
  }

  /** Hash of the state. */
  hash(): bigint {
    return hashMachine(this.commit());
  }

  /** A machine in the same state that goes its own way from here. */
  snapshot(): Machine {
    const copy = new Machine(
      this.head,
      this.store,
      this.chain,
      new World(this.world.keys, this.world.capture()),
    );
    copy.phase = this.phase;
    copy.cursor = this.cursor;
    copy.stamp = this.stamp;
    copy.stateRoot = this.stateRoot;
    copy.gasUsed = this.gasUsed;
    copy.blobs = this.blobs;
    copy.op = this.op;
    copy.hashed = this.hashed;
    copy.ancestors = this.ancestors;
    copy.oldest = this.oldest;
    copy.walk = this.walk;
    copy.txn = this.txn;
    copy.frame = this.frame.copy();
    copy.job = this.job;
    copy.steps = this.steps;
    return copy;
  }

  /** Ends the block: all but the result is zero. */
  finishBlock(phase: Phase.DONE | Phase.INVALID): void {
    const isDone = phase === Phase.DONE;
    this.phase = phase;
    this.cursor = this.stamp = this.op = this.oldest = 0;
    this.world.restore(undefined);
    if (!isDone) {
      this.stateRoot = 0n;
      this.gasUsed = this.blobs = 0;
    }
    this.hashed = 0n;
    this.ancestors = new WordTree(8);
    this.walk = [];
    this.head = NO_BLOCK;
    this.txn = NO_TX;
    this.frame = new Frame();
    this.job = NO_JOB;
  }
}

const walkHashes = new ListHashes();

/** What a deployment knows of chain A beyond a block's header. */
export interface Chain {
  readonly chainId: bigint;
  /** Does A make the calls of EIP-4788, 2935, 7002 and 7251? A development node may not. */
  readonly makesSystemCalls: boolean;
  /** Runtime codes of the contracts that run as precompiles 03 and 05, by their hash. */
  readonly programs: Programs;
}

export interface Program {
  readonly code: Uint8Array;
  readonly codeHash: bigint;
}

export interface Programs {
  readonly ripemd160: Program;
  readonly modExp: Program;
}

/** Constant in a block. */
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

function commitBlock(block: Block): BlockState {
  return {
    ...block,
    number: BigInt(block.number),
    timestamp: BigInt(block.timestamp),
    maxBlobs: BigInt(block.maxBlobs),
    rules: BigInt(block.rules),
  };
}

/** The transaction that runs. Replaced, not changed. */
export interface Tx {
  readonly hash: bigint;
  readonly kind: number;
  readonly sender: bigint;
  readonly to: bigint;
  readonly initHash: bigint;
  readonly value: bigint;
  readonly nonce: bigint;
  readonly gasLimit: number;
  readonly gasPrice: bigint;
  readonly tip: bigint;
  readonly maxCost: bigint;
  readonly intrinsic: number;
  readonly tokens: number;
  readonly refund: number;
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

function commitTx(tx: Tx): TxState {
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

/** One call. A frame that waits for another is never changed: its caller's place is taken by a copy. */
export class Frame {
  kind = FrameKind.CALL;
  parent: Frame | undefined;
  world: Subtree;
  depth = 0;
  isStatic = false;
  self = 0n;
  caller = 0n;
  value = 0n;
  codeHash = 0n;
  precompile = 0;
  input: View = EMPTY_VIEW;
  returned: View = EMPTY_VIEW;
  pc = 0;
  gas = 0;
  kept = 0;
  refund = 0;
  /** The last item is the top. */
  stack: bigint[] = [];
  memory = new Memory();
  /** Size of memory in words, as it is paid for. */
  words = 0;
  outOffset = 0;
  outSize = 0;

  /** The code behind `codeHash` with its jump destinations, once it was looked up. */
  code: CodeBytes | undefined;
  #stackHashes = new ListHashes();
  /** Known only while the frame waits for another. */
  #waitingHash: bigint | undefined;

  /** `H(abi.encode(frame))` of a frame that waits. */
  waitingHash(): bigint {
    return (this.#waitingHash ??= hashFrame(this.commit()));
  }

  /** Commitment to the stack below its top `n` items. */
  stackHash(n = 0): bigint {
    return this.#stackHashes.hash(this.stack, this.stack.length - n);
  }

  commit(): FrameState {
    return {
      kind: BigInt(this.kind),
      parent: this.parent === undefined ? 0n : this.parent.waitingHash(),
      world: subtreeHash(this.world),
      depth: BigInt(this.depth),
      isStatic: this.isStatic ? 1n : 0n,
      self: this.self,
      caller: this.caller,
      value: this.value,
      codeHash: this.codeHash,
      precompile: BigInt(this.precompile),
      input: commitView(this.input),
      returned: commitView(this.returned),
      pc: BigInt(this.pc),
      gas: BigInt(this.gas),
      kept: BigInt(this.kept),
      refund: BigInt(this.refund),
      stack: this.stackHash(),
      height: BigInt(this.stack.length),
      memoryRoot: this.memory.snapshot().root(),
      words: BigInt(this.words),
      outOffset: BigInt(this.outOffset),
      outSize: BigInt(this.outSize),
    };
  }

  /** A frame in the same state that may change. */
  copy(): Frame {
    const copy = new Frame();
    copy.kind = this.kind;
    copy.parent = this.parent;
    copy.world = this.world;
    copy.depth = this.depth;
    copy.isStatic = this.isStatic;
    copy.self = this.self;
    copy.caller = this.caller;
    copy.value = this.value;
    copy.codeHash = this.codeHash;
    copy.precompile = this.precompile;
    copy.input = this.input;
    copy.returned = this.returned;
    copy.pc = this.pc;
    copy.gas = this.gas;
    copy.kept = this.kept;
    copy.refund = this.refund;
    copy.stack = this.stack.slice();
    copy.memory = this.memory.snapshot().toMemory();
    copy.words = this.words;
    copy.outOffset = this.outOffset;
    copy.outSize = this.outSize;
    copy.code = this.code;
    copy.#stackHashes = this.#stackHashes;
    return copy;
  }
}

/**
 * Work that takes more than one step. Replaced, not changed: `{ ...m.job, position: m.job.position + 1 }`.
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

function commitJob(job: Job): JobState {
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

/**
 * Takes `n` items off the stack, top first. Recorded: the items and the commitment to the rest; nothing for `n = 0`.
 * The caller knows that they are there.
 */
export function pop(m: Machine, n: number): bigint[] {
  const { frame } = m;
  showTop(m, n);
  return frame.stack.splice(frame.stack.length - n, n).reverse();
}

/** Records what `pop(n)` reads and leaves the stack as it is. */
export function showTop({ frame, tape }: Machine, n: number): void {
  if (tape === undefined || n === 0) return;
  tape.word(...frame.stack.slice(frame.stack.length - n).reverse(), frame.stackHash(n));
}
