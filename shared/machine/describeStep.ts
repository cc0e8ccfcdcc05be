import { NO_JOB, type Machine } from "./Machine.js";
import { opcodeName } from "./opcodeNames.js";
import { FrameKind, JobKind, Phase } from "./State.js";

/** What a machine does next, in words for people. */
export interface StepDescription {
  /** Steps before it. */
  step: number;
  phase: string;
  depth: number;
  /** Undefined outside of code. */
  pc: number | undefined;
  /** The opcode that is fetched, or tried if it is latched. */
  opcode: string;
  gas: number;
  /** What is pending, as `COPY, 64 left`. */
  job: string;
}

export function describeStep(m: Machine): StepDescription {
  const { frame } = m;
  const isInCode = m.phase === Phase.RUN && frame.kind !== FrameKind.PRECOMPILE;
  return {
    step: m.steps,
    phase: Phase[m.phase],
    depth: frame.depth,
    pc: isInCode ? frame.pc : undefined,
    opcode: m.phase === Phase.RUN && m.job === NO_JOB ? nextOpcode(m) : "",
    gas: frame.gas,
    job: describeJob(m),
  };
}

function nextOpcode(m: Machine): string {
  const { frame } = m;
  if (frame.kind === FrameKind.PRECOMPILE) return `precompile ${frame.precompile.toString(16)}`;
  if (m.op !== 0) return `${opcodeName(m.op)} (latched)`;
  return opcodeName(frame.code.opcode(frame.pc, undefined));
}

function describeJob({ job }: Machine): string {
  if (job === NO_JOB) return "";
  const name = JobKind[job.kind];
  switch (job.kind) {
    case JobKind.LOAD_ACCOUNT:
      return `${name} ${hex(job.account, 40)}`;
    case JobKind.LOAD_SLOT:
      return `${name} ${hex(job.account, 40)} ${hex(job.key, 1)}`;
    case JobKind.LOAD_CODE:
      return `${name} ${hex(job.hash, 64)}`;
    case JobKind.COPY:
      return `${name}, ${job.left} left`;
    case JobKind.HASH:
      return `${name}, ${job.position} of ${job.source.size}`;
    case JobKind.DATA:
      return `${name} at ${job.position}`;
    case JobKind.NONE:
    case JobKind.LOAD_ANCESTOR:
    case JobKind.SHA256:
    case JobKind.BLAKE2F:
    case JobKind.MSM:
    case JobKind.PAIRING:
      return name;
  }
}

function hex(word: bigint, digits: number): string {
  return `0x${word.toString(16).padStart(digits, "0")}`;
}

/** One line of a table of steps. */
export function stepLine({ step, phase, depth, pc, opcode, gas, job }: StepDescription): string {
  const columns = [
    String(step).padStart(9),
    phase.padEnd(9),
    String(depth).padStart(4),
    (pc === undefined ? "" : String(pc)).padStart(6),
    opcode.padEnd(22),
    String(gas).padStart(11),
    job,
  ];
  return columns.join("  ").trimEnd();
}

export const STEP_HEAD = `${"step".padStart(9)}  ${"phase".padEnd(9)}  ${"dep".padStart(4)}  ${"pc".padStart(6)}  ${"opcode".padEnd(22)}  ${"gas".padStart(11)}  job`;
