import { NO_JOB, type Machine } from "../../../../shared/machine/Machine.js";
import { isDefined, POPS } from "../../../../shared/machine/Gas.js";
import { FrameKind, Phase, SYSTEM_CALL } from "../../../../shared/machine/State.js";
import { advance } from "../../../../shared/machine/Stepper.js";
import type { OpcodeStep } from "./ethereumjsSteps.js";

/** The opcodes of the block's transactions as the machine fetches them, in order. The machine runs to its end. */
export function machineSteps(m: Machine): OpcodeStep[] {
  const steps: OpcodeStep[] = [];
  for (; !m.isFinal; advance(m, m.steps + 1)) {
    const { frame } = m;
    const isFetch = m.phase === Phase.RUN && m.job === NO_JOB && m.op === 0;
    // EthereumJS runs precompiles at once, and some system calls not at all.
    if (!isFetch || frame.kind > FrameKind.CREATE || m.txn.kind === SYSTEM_CALL) continue;
    const op = frame.code.bytes[frame.pc];
    // Past the end it stops without a word.
    if (op === undefined) continue;
    steps.push({ pc: frame.pc, op, gas: BigInt(frame.gas), depth: frame.depth, stack: frame.stack.slice() });
  }
  return steps;
}

/** The first difference of two rows of opcodes; undefined if there is none. */
export function firstDifference(
  own: readonly OpcodeStep[],
  theirs: readonly OpcodeStep[],
  rules: number,
): string | undefined {
  let at = 0;
  for (const step of own) {
    const other = theirs[at];
    const isUndefined = !isDefined(step.op, rules);
    const [mine, yours] = [describe(isUndefined ? { ...step, op: 0xfe } : step), other && describe(other)];
    if (mine === yours) at += 1;
    // EthereumJS does not report an opcode whose price it cannot even compute because the stack is too short.
    else if (isUndefined || step.stack.length >= (POPS[step.op] as number))
      return `opcode ${at}: ${mine}, EthereumJS has ${yours}`;
  }
  return at === theirs.length ? undefined : `EthereumJS executes ${theirs.length - at} opcodes more`;
}

function describe({ pc, op, gas, depth, stack }: OpcodeStep): string {
  const items = stack.map((item) => item.toString(16)).join(" ");
  return `pc ${pc} op ${op.toString(16)} gas ${gas} depth ${depth} stack [${items}]`;
}
