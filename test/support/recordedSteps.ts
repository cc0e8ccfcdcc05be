import { fileURLToPath } from "node:url";
import type { Machine, Programs } from "../../shared/machine/Machine.js";
import { proveStep, type StepProof } from "../../shared/machine/Proof.js";
import { FrameKind, JobKind, Phase } from "../../shared/machine/State.js";
import { advance } from "../../shared/machine/Stepper.js";
import { openBlock, type BlockInput } from "../../shared/machine/openBlock.js";
import { buildBlock } from "../shared/machine/support/buildBlock.js";
import { fixtureBlocks, testBlocks } from "../shared/machine/support/inputs.js";
import { validityCases } from "../shared/machine/support/validityCases.js";
import { Random, randomBlock } from "../shared/machine/support/randomBlock.js";

/** A step that was executed, with its proof. */
export interface RecordedStep {
  /** What kind of step it is, and how it ended. */
  kind: string;
  /** Where it comes from. */
  label: string;
  proof: StepProof;
  /** Hash of the state after it. */
  next: bigint;
}

/** Which kind of step comes next. */
export function kindOfStep(m: Machine): string {
  if (m.job.kind !== JobKind.NONE) return `job ${JobKind[m.job.kind]}`;
  if (m.phase !== Phase.RUN) return `phase ${Phase[m.phase]}${m.phase === Phase.FLUSH ? ` ${m.cursor}` : ""}`;
  if (m.frame.kind === FrameKind.PRECOMPILE) return `precompile ${m.frame.precompile.toString(16)}`;
  if (m.op !== 0) return `latched ${m.op.toString(16).padStart(2, "0")}`;
  return `fetch ${m.frame.code.opcode(m.frame.pc, undefined).toString(16).padStart(2, "0")}`;
}

function outcomeOf(before: { phase: Phase; depth: number }, m: Machine): string {
  if (m.phase === Phase.INVALID) return "invalid";
  if (m.job.kind !== JobKind.NONE) return `then ${JobKind[m.job.kind]}`;
  if (m.phase !== before.phase) return `to ${Phase[m.phase]}`;
  if (m.frame.depth !== before.depth) return m.frame.depth > before.depth ? "enters" : "returns";
  return m.op !== 0 ? "latches" : "goes on";
}

/**
 * Runs a machine to its end and records those steps that `wants` asks for. The kind is known before the step, the outcome after
 * it, so that a step is recorded first and then kept or not.
 */
export function* recordSteps(
  m: Machine,
  label: string,
  wants: { kind(kind: string): boolean; outcome(kind: string): boolean },
): Generator<RecordedStep> {
  while (!m.isFinal) {
    const kind = kindOfStep(m);
    if (!wants.kind(kind)) {
      advance(m, m.steps + 1);
      continue;
    }
    const before = { phase: m.phase, depth: m.frame.depth };
    const step = m.steps;
    const proof = proveStep(m);
    const full = `${kind}, ${outcomeOf(before, m)}`;
    if (wants.outcome(full)) yield { kind: full, label: `${label} step ${step}`, proof, next: m.hash() };
  }
}

/**
 * Which steps to record on the way to those that are wanted: the first of each kind, then one in a hundred, and all of the kinds
 * that have many outcomes and few steps.
 */
export function createSampler(first: number): (kind: string) => boolean {
  const seen = new Map<string, number>();
  return (kind) => {
    const count = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, count);
    return count < first || count % 100 === 0 || /^(phase (?!FLUSH)|precompile|latched f)/.test(kind);
  };
}

/** A block in its first state. */
export interface RecordedBlock {
  machine: Machine;
  /** What it was opened from, for whoever wants to run it again. */
  input: BlockInput;
  label: string;
}

const CONFORMANCE = fileURLToPath(new URL("../conformance/BlockchainTests", import.meta.url));
const FIXTURES = fileURLToPath(new URL("../vectors/execution/valid", import.meta.url));

/** Blocks of random programs under each fork's rules. */
const RANDOM_BLOCKS = Number(process.env["RECORDED_RANDOM_BLOCKS"] ?? 12);

/**
 * Blocks that the machine executes, each in its first state: Ethereum's own tests and the fixtures in this repository, which know
 * Cancun's rules only; blocks that one thing makes invalid, or does not, and random ones under all.
 */
export async function* recordedBlocks(programs: Programs): AsyncGenerator<RecordedBlock> {
  for await (const block of testBlocks([CONFORMANCE], programs)) {
    if (!("machine" in block)) continue;
    const { machine, input, name, index } = block;
    yield { machine, input, label: `${name} block ${index}` };
  }
  for await (const { machine, input, name } of fixtureBlocks([FIXTURES], programs))
    yield { machine, input, label: name };
  for (const { name, plan } of validityCases) {
    const { input } = await buildBlock(plan, programs);
    yield { machine: openBlock(input).machine, input, label: `a block with ${name} under ${plan.fork}` };
  }
  for (const fork of ["cancun", "prague", "osaka"] as const) {
    for (let seed = 1; seed <= RANDOM_BLOCKS; seed += 1) {
      const { input } = await buildBlock(randomBlock(new Random(seed), fork), programs);
      yield { machine: openBlock(input).machine, input, label: `random block ${seed} under ${fork}` };
    }
  }
}
