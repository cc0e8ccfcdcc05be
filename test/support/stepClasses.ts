import { NO_JOB, type Machine } from "../../shared/machine/Machine.js";
import { isDefined } from "../../shared/machine/Gas.js";
import { FrameKind, JobKind, Phase, SYSTEM_CALL } from "../../shared/machine/State.js";
import { subtreeHash } from "../../shared/machine/World.js";

/**
 * Classes of steps: what a step does (an opcode fetched or latched, a job, a phase, the start of a precompile, the end of a frame)
 * and what comes of it. docs/machine-coverage.md has a row or a cell for each.
 */
export interface StepClass {
  kind: string;
  outcome: string;
}

export function nameOf({ kind, outcome }: StepClass): string {
  return `${kind}: ${outcome}`;
}

export const hexByte = (byte: number): string => byte.toString(16).padStart(2, "0");

/** Looks at a machine before its next step. The answer looks at it after the step. */
export function watchStep(m: Machine): () => StepClass[] {
  const kind = kindOf(m);
  if (m.phase === Phase.FLUSH) return watchVisit(m, kind);
  const frame = m.frame;
  const before = {
    phase: m.phase,
    job: m.job.kind,
    op: opOf(m),
    depth: frame.depth,
    kind: frame.kind,
    waitingGas: frame.parent?.gas ?? 0,
    isSystem: m.txn.kind === SYSTEM_CALL,
  };
  const place = placeOf(m);
  return () => {
    const hasEnded = before.phase === Phase.RUN && (m.phase !== Phase.RUN || m.frame.depth < before.depth);
    if (!hasEnded) return [{ kind, outcome: outcomeOf(before, m) }];
    const outcome = endOf(before, m);
    const end = m.phase === Phase.INVALID ? "makes the block invalid" : outcome;
    return [
      { kind, outcome },
      { kind: place, outcome: m.job.kind === JobKind.COPY ? `${end}, copies` : end },
    ];
  };
}

interface Before {
  phase: Phase;
  job: JobKind;
  /** The opcode fetched or latched. */
  op: number | undefined;
  depth: number;
  kind: FrameKind;
  /** Of the frame that waits for this one. */
  waitingGas: number;
  isSystem: boolean;
}

function opOf(m: Machine): number | undefined {
  if (m.phase !== Phase.RUN || m.job !== NO_JOB || m.frame.kind === FrameKind.PRECOMPILE) return undefined;
  return m.op === 0 ? m.frame.code.opcode(m.frame.pc, undefined) : m.op;
}

function kindOf(m: Machine): string {
  const { job, frame, phase } = m;
  if (job.kind === JobKind.MSM || job.kind === JobKind.PAIRING)
    return `job ${JobKind[job.kind]} of ${hexByte(frame.precompile)}`;
  if (job.kind !== JobKind.NONE) return `job ${JobKind[job.kind]}`;
  if (phase === Phase.FLUSH) return `phase FLUSH, pass ${m.cursor}`;
  if (phase !== Phase.RUN) return `phase ${Phase[phase]}`;
  if (frame.kind === FrameKind.PRECOMPILE) return `precompile ${hexByte(frame.precompile)}`;
  const op = opOf(m) as number;
  if (!isDefined(op, m.head.rules)) return "fetched undefined";
  return `${m.op === 0 ? "fetched" : "latched"} ${hexByte(op)}`;
}

/** Which frame it is that would end. */
function placeOf({ frame, txn, cursor }: Machine): string {
  if (txn.kind === SYSTEM_CALL && frame.depth === 0)
    return `frame of a system call ${cursor < 2 ? "before" : "after"}`;
  return `frame ${FrameKind[frame.kind]} ${frame.depth === 0 ? "of a transaction" : "of an opcode"}`;
}

function outcomeOf(before: Before, m: Machine): string {
  const { job, phase, frame } = m;
  if (phase === Phase.INVALID) return "invalid";
  if (before.job !== JobKind.NONE) return job.kind === before.job ? "goes on" : "done";
  if (phase !== before.phase)
    return `to ${Phase[phase]}${job.kind === JobKind.NONE ? "" : `, starts ${JobKind[job.kind]}`}`;
  if (job.kind >= JobKind.LOAD_ACCOUNT && job.kind <= JobKind.HASH) return `needs ${JobKind[job.kind]}`;
  if (job.kind !== JobKind.NONE) return `starts ${JobKind[job.kind]}`;
  if (phase !== Phase.RUN) return "goes on";
  if (before.kind === FrameKind.PRECOMPILE) return "enters a program";
  if (frame.depth > before.depth) return "enters";
  return m.op === 0 ? "takes effect" : "latches";
}

/**
 * How a frame ended. Opcodes that do not end a frame can only have halted. Of the others, success is on the caller's stack, and at
 * depth 0 a halt is what leaves no gas.
 */
function endOf({ op, depth, waitingGas, isSystem }: Before, m: Machine): string {
  const { frame } = m;
  const leavesNothing = !isSystem && frame.gas === waitingGas;
  if (op === 0xfd) return leavesNothing ? "halts" : "reverts";
  if (op !== undefined && ![0x00, 0xf3, 0xff].includes(op)) return "halts";
  if (op === 0x00) return "succeeds";
  if (m.phase === Phase.INVALID) return "halts";
  const hasFailed = depth > 0 ? frame.stack[frame.stack.length - 1] === 0n : leavesNothing;
  return hasFailed ? "halts" : "succeeds";
}

function watchVisit(m: Machine, kind: string): () => StepClass[] {
  const subtree = m.walk[m.walk.length - 1];
  const { cursor, stateRoot } = m;
  const world = subtreeHash(m.world.capture());
  return () => {
    const hasChanged =
      m.stateRoot !== stateRoot || (m.phase === Phase.FLUSH && subtreeHash(m.world.capture()) !== world);
    const visited =
      subtree?.isLeaf !== true ? "a node" : hasChanged ? "a leaf, changes a trie" : "a leaf, changes nothing";
    const classes = [{ kind, outcome: visited }];
    if (m.phase !== Phase.FLUSH || m.cursor !== cursor) classes.push({ kind, outcome: "ends the pass" });
    return classes;
  };
}
