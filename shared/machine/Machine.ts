import { WordTree } from "./ByteTree.js";
import { Frame } from "./Frame.js";
import { ListHashes } from "./HashList.js";
import {
  commitBlock,
  commitJob,
  commitTx,
  NO_BLOCK,
  NO_JOB,
  NO_TX,
  type Block,
  type Chain,
  type Job,
  type Tx,
} from "./Records.js";
import { hashMachine, Phase, type MachineState } from "./State.js";
import type { Store } from "./Store.js";
import type { Tape } from "./Tape.js";
import { EMPTY_VIEW, viewOf, type View } from "./Views.js";
import { subtreeHash, World, type Subtree } from "./World.js";

export { Frame } from "./Frame.js";
export * from "./Records.js";

/**
 * The machine as the interpreter works on it: numbers, arrays and pages instead of commitments. `commit` turns it into the
 * struct of `State.ts` whenever somebody asks, `snapshot` keeps it for later at almost no cost.
 *
 * Counters, offsets, gas and sizes are numbers: all of them stay below 2^53. Words, hashes, addresses, nonces and amounts are
 * bigints.
 */
export class Machine {
  phase = Phase.BEFORE;
  /** Index within the phase: transaction, withdrawal, system call, pass of the flush. */
  cursor = 0;
  /** Executions begun so far: each transaction and each system call is one. */
  stamp = 1;
  readonly world: World;
  /** A's state trie: before the block until the flush, which turns it into the one after. */
  stateRoot = 0n;
  gasUsed = 0;
  blobs = 0;
  /** Latched opcode, 0 = fetch the next one. */
  op = 0;
  /** Result of the hash that the latched opcode asked for, 0 = none. */
  hashed = 0n;
  /** Hashes of blocks by number modulo 256. */
  ancestors = new WordTree(8);
  /** Lowest block number in `ancestors`. */
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

/** An operand of the latched opcode, from the top of the stack (0) down. The caller knows that it is there. */
export function operand({ frame }: Machine, depth: number): bigint {
  return frame.stack[frame.stack.length - 1 - depth] as bigint;
}

/** A range of the frame's memory as it is now. Its size was paid for; where it is 0, the place does not matter. */
export function memoryView({ frame }: Machine, offset: bigint, size: bigint): View {
  return size === 0n ? EMPTY_VIEW : viewOf(frame.memory.snapshot(), Number(offset), Number(size));
}
