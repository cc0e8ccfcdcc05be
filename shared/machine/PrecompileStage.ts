import { createHash } from "node:crypto";
import type { CodeBytes } from "./Codes.js";
import { halt, finish, Outcome } from "./Frames.js";
import { NO_JOB, type Machine, type Progress } from "./Machine.js";
import * as Blake2f from "./precompiles/Blake2f.js";
import * as Msm from "./precompiles/Msm.js";
import * as Native from "./precompiles/Native.js";
import { Milestones } from "./Milestones.js";
import { pairingJob, runPairing } from "./PairingStage.js";
import * as Pairing from "./precompiles/Pairing.js";
import * as Prices from "./precompiles/Prices.js";
import * as Sha256 from "./precompiles/Sha256.js";
import {
  encodeWords,
  FrameKind,
  hashBytes,
  JobKind,
  PROGRAM_GAS,
  Rules,
  toBytes32,
  toWord,
} from "./State.js";
import { EMPTY_VIEW, readView, viewOfBytes, type View } from "./Views.js";

/**
 * Precompiles (docs/machine.md, section 10): what a step starts, and the jobs of those whose work is not bounded. Twin of
 * contracts/machine/PrecompileStage.sol.
 *
 * Jobs that nobody looks into are run at once by other means than their steps: how many steps they stand for is known.
 */
export function startPrecompile(m: Machine): void {
  const { frame } = m;
  switch (frame.precompile) {
    case Prices.SHA256:
      return startSha256(m);
    case Prices.RIPEMD160:
      if (charge(m, Prices.ofBytes(Prices.RIPEMD160, BigInt(frame.input.size))))
        runProgram(m, m.chain.programs.ripemd160);
      return;
    case Prices.IDENTITY:
      if (charge(m, Prices.ofBytes(Prices.IDENTITY, BigInt(frame.input.size))))
        finish(m, Outcome.SUCCESS, frame.input);
      return;
    case Prices.MODEXP:
      return startModExp(m);
    case Prices.BLAKE2F:
      return startBlake2f(m);
    case Prices.BLS_G1_MSM:
    case Prices.BLS_G2_MSM:
      return startMsm(m);
    case Prices.BN254_PAIRING:
    case Prices.BLS_PAIRING:
      return startPairing(m);
    default:
      return callNative(m);
  }
}

/** Up to `max` units of a precompile's job. Answers how many. */
export function runPrecompileJob(m: Machine, max: number): number {
  switch (m.job.kind) {
    case JobKind.SHA256:
      return runSha256(m, max);
    case JobKind.BLAKE2F:
      return runBlake2f(m, max);
    case JobKind.MSM:
      return runMsm(m);
    case JobKind.PAIRING:
      return runPairing(m, max);
    default:
      throw new Error(`job ${m.job.kind} is no precompile's`);
  }
}

/** Takes the price, or fails the frame that cannot pay it. */
function charge(m: Machine, price: bigint): boolean {
  if (price > BigInt(m.frame.gas)) {
    halt(m);
    return false;
  }
  m.frame.gas -= Number(price);
  return true;
}

/** The precompile is a program: its frame goes on as one that runs code, and keeps the caller's gas apart. */
function runProgram(m: Machine, code: CodeBytes): void {
  const { frame } = m;
  frame.kind = FrameKind.PROGRAM;
  frame.code = code;
  frame.kept = frame.gas;
  frame.gas = PROGRAM_GAS;
}

// --- One step ----------------------------------------------------------------------------------------------------

/** How much of the input B's precompile is shown; shorter inputs are filled with zeros. */
const NATIVE_SIZES: ReadonlyMap<number, number> = new Map([
  [Prices.ECRECOVER, 128],
  [Prices.BN254_ADD, 128],
  [Prices.BN254_MULTIPLY, 96],
  [Prices.POINT_EVALUATION, 192],
  [Prices.BLS_G1_ADD, 256],
  [Prices.BLS_G2_ADD, 512],
  [Prices.BLS_MAP_FP_TO_G1, 64],
  [Prices.BLS_MAP_FP2_TO_G2, 128],
  [Prices.P256_VERIFY, 160],
]);

function callNative(m: Machine): void {
  const { precompile, input } = m.frame;
  if (!charge(m, Prices.ofCall(precompile))) return;
  const size = NATIVE_SIZES.get(precompile) as number;
  if (precompile === Prices.P256_VERIFY) {
    // EIP-7951: an input of another size is answered like a signature that does not hold.
    if (input.size !== size) return finish(m, Outcome.SUCCESS, EMPTY_VIEW);
  } else if (precompile >= Prices.POINT_EVALUATION && input.size !== size) return halt(m);
  const output = Native.run(precompile, readView(input, 0, size, m.tape));
  if (output === undefined) halt(m);
  else finish(m, Outcome.SUCCESS, viewOfBytes(output));
}

// --- MODEXP --------------------------------------------------------------------------------------------------------

/** The three lengths. */
const MODEXP_HEADER = 96;

function startModExp(m: Machine): void {
  const { input } = m.frame;
  const { rules } = m.head;
  const lengths = readView(input, 0, MODEXP_HEADER, m.tape);
  const [base, exponent, modulus] = [0, 32, 64].map((at) => toWord(lengths.subarray(at, at + 32))) as [
    bigint,
    bigint,
    bigint,
  ];
  // EIP-7823.
  const largest = [base, exponent, modulus].reduce((a, b) => (a > b ? a : b));
  if (rules >= Rules.OSAKA && largest > Prices.MODEXP_MAX_SIZE) return halt(m);
  const head = readHead(input, base, exponent, m);
  if (!charge(m, Prices.ofModExp(base, exponent, modulus, head, rules))) return;
  if (modulus === 0n) finish(m, Outcome.SUCCESS, EMPTY_VIEW);
  else runProgram(m, m.chain.programs.modExp);
}

/** The exponent's first bytes, up to 32, as a number. A base that nobody can pay for hides them. */
function readHead(input: View, base: bigint, exponent: bigint, m: Machine): bigint {
  if (base > 0xffff_ffffn) return 0n;
  const size = exponent < 32n ? Number(exponent) : 32;
  return toWord(readView(input, MODEXP_HEADER + Number(base), size, m.tape));
}

// --- SHA256 --------------------------------------------------------------------------------------------------------

/** The chaining value after the first `blocks` blocks of a message. Computed when somebody asks. */
class Chaining implements Progress {
  readonly #source: View;
  readonly #blocks: number;
  readonly #known: Milestones<bigint>;

  constructor(source: View, blocks = 0, known = new Milestones(0, Sha256.INITIAL)) {
    this.#source = source;
    this.#blocks = blocks;
    this.#known = known;
  }

  /** The same message further on. */
  at(blocks: number): Chaining {
    return new Chaining(this.#source, blocks, this.#known);
  }

  memo(): bigint {
    return this.#known.at(this.#blocks, (from, before) => {
      let value = before;
      for (let block = from; block < this.#blocks; block += 1)
        value = compressBlock(value, this.#source, block, undefined);
      return value;
    });
  }
}

function compressBlock(chaining: bigint, source: View, block: number, tape: Machine["tape"]): bigint {
  const at = Sha256.BLOCK_SIZE * block;
  const bytes = readView(source, at, Sha256.BLOCK_SIZE, tape);
  const word = (offset: number): bigint =>
    Sha256.pad(toWord(bytes.subarray(offset, offset + 32)), at + offset, source.size);
  return Sha256.compress(chaining, word(0), word(32));
}

function startSha256(m: Machine): void {
  const { input } = m.frame;
  if (!charge(m, Prices.ofBytes(Prices.SHA256, BigInt(input.size)))) return;
  m.job = {
    ...NO_JOB,
    kind: JobKind.SHA256,
    source: input,
    to: Sha256.blocks(input.size),
    progress: new Chaining(input),
  };
}

/** A block a step. */
function runSha256(m: Machine, max: number): number {
  const { source, position, to, progress } = m.job;
  const units = Math.min(to - position, max);
  // Shows the block's words.
  if (m.tape !== undefined) compressBlock(progress.memo(), source, position, m.tape);
  if (position + units < to) {
    const next = (progress as Chaining).at(position + units);
    m.job = { ...m.job, position: position + units, progress: next };
  } else {
    const digest = createHash("sha256")
      .update(readView(source, 0, source.size, undefined))
      .digest();
    finish(m, Outcome.SUCCESS, viewOfBytes(digest));
  }
  return units;
}

// --- BLAKE2F -------------------------------------------------------------------------------------------------------

/** What F keeps after some rounds. Computed when somebody asks. */
class Rounds implements Progress {
  readonly #count: number;
  readonly #known: Milestones<Blake2f.Blake2fState>;

  constructor(count: number, known: Milestones<Blake2f.Blake2fState>) {
    this.#count = count;
    this.#known = known;
  }

  /** The same call further on. */
  at(count: number): Rounds {
    return new Rounds(count, this.#known);
  }

  state(): Blake2f.Blake2fState {
    return this.#known.at(this.#count, (from, before) => {
      const state = Blake2f.copy(before);
      Blake2f.rounds(state, from, this.#count);
      return state;
    });
  }

  encode(): Uint8Array {
    return encodeWords(Blake2f.stateWords(this.state()));
  }

  memo(): bigint {
    return hashBytes(this.encode());
  }
}

function startBlake2f(m: Machine): void {
  const { input } = m.frame;
  if (input.size !== Blake2f.INPUT_SIZE) return halt(m);
  const bytes = readView(input, 0, Blake2f.INPUT_SIZE, m.tape);
  if (!Blake2f.isValid(bytes)) return halt(m);
  const rounds = Blake2f.roundCount(bytes);
  if (!charge(m, BigInt(rounds))) return;
  m.job = {
    ...NO_JOB,
    kind: JobKind.BLAKE2F,
    to: rounds,
    progress: new Rounds(0, new Milestones(0, Blake2f.start(bytes))),
  };
}

/** A round a step, and one for the output. */
function runBlake2f(m: Machine, max: number): number {
  const { position, to } = m.job;
  const progress = m.job.progress as Rounds;
  m.tape?.blob(progress.encode());
  const rounds = Math.min(to - position, max);
  const next = rounds === 0 ? progress : progress.at(position + rounds);
  if (rounds < max) {
    finish(m, Outcome.SUCCESS, viewOfBytes(Blake2f.finish(next.state())));
    return rounds + 1;
  }
  m.job = { ...m.job, position: position + rounds, progress: next };
  return rounds;
}

// --- Multi-scalar multiplication -----------------------------------------------------------------------------------

/** The sum of the products so far. */
class Accumulator implements Progress {
  readonly point: Uint8Array;

  constructor(point: Uint8Array) {
    this.point = point;
  }

  memo(): bigint {
    return hashBytes(this.point);
  }
}

/** How many whole pairs the input has; undefined if it is not made of pairs. */
function countPairs(size: number, pairSize: number): number | undefined {
  return size % pairSize === 0 ? size / pairSize : undefined;
}

function startMsm(m: Machine): void {
  const { precompile, input } = m.frame;
  const pairs = countPairs(input.size, Msm.pairSize(precompile));
  // EIP-2537: a sum of nothing is an error.
  if (pairs === undefined || pairs === 0) return halt(m);
  if (!charge(m, Prices.ofPairs(precompile, BigInt(pairs)))) return;
  m.job = {
    ...NO_JOB,
    kind: JobKind.MSM,
    source: input,
    to: pairs,
    progress: new Accumulator(Msm.zero(precompile)),
  };
}

/** A pair a step. */
function runMsm(m: Machine): number {
  const { source, position, to } = m.job;
  const { precompile } = m.frame;
  const { point } = m.job.progress as Accumulator;
  m.tape?.blob(point);
  const size = Msm.pairSize(precompile);
  const sum = Msm.add(precompile, point, readView(source, size * position, size, m.tape));
  if (sum === undefined) halt(m);
  else if (position + 1 < to) m.job = { ...m.job, position: position + 1, progress: new Accumulator(sum) };
  else finish(m, Outcome.SUCCESS, viewOfBytes(sum));
  return 1;
}

// --- Pairing -------------------------------------------------------------------------------------------------------

function startPairing(m: Machine): void {
  const { precompile, input } = m.frame;
  const pairs = countPairs(input.size, Pairing.pairSize(precompile));
  if (pairs === undefined) return halt(m);
  // EIP-197: the empty product is 1. EIP-2537: it is an error.
  if (pairs === 0 && precompile === Prices.BLS_PAIRING) return halt(m);
  if (!charge(m, Prices.ofPairs(precompile, BigInt(pairs)))) return;
  if (pairs === 0) return finish(m, Outcome.SUCCESS, viewOfBytes(toBytes32(1n)));
  m.job = pairingJob(precompile, input, pairs);
}
