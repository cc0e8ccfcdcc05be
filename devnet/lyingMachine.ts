/**
 * The best that can be said for a false state root: a run of the machine in which all steps but one are true. That one makes a
 * token balance larger than the transaction does; what follows is what the machine does from there, and its end is the
 * false root itself. Looking at both ends, or at any other step, nobody can tell it from a true run.
 */
import type { Source } from "../shared/chain/source.js";
import { asGameTrace, openRun } from "../shared/game/sourceMachine.js";
import type { BlockPair, Trace, TraceProvider } from "../shared/game/trace.js";
import { describeStep, type StepDescription } from "../shared/machine/describeStep.js";
import type { Machine, Programs } from "../shared/machine/Machine.js";
import { hexOf } from "../shared/machine/PreState.js";
import { advance } from "../shared/machine/Stepper.js";
import { Trace as Run } from "../shared/machine/Trace.js";
import { OptisyncError } from "../shared/runtime/errors.js";

/** A balance that a block changes, and by how much more the liar says it does. */
export interface Mint {
  /** The token's address. */
  readonly token: string;
  /** Where the token keeps the balance, 0x hex. */
  readonly slot: string;
  readonly amount: bigint;
}

/** A run with one false step. */
export interface FalseRun {
  /** Steps before the false one. */
  readonly step: number;
  /** What the false step executes. */
  readonly what: StepDescription;
  /** 0x hex, as the false header states it. */
  readonly stateRoot: string;
  readonly trace: Trace;
}

/**
 * Runs a block and lies about the step that first changes the balance.
 * @throws OptisyncError `NothingToMint` (halt) if no step of the block does; as `openRun`
 */
export async function runFalsely(
  block: BlockPair,
  { token, slot, amount }: Mint,
  { source, programs, signal }: { source: Source; programs: Programs; signal: AbortSignal },
): Promise<FalseRun> {
  const { trace: run } = await openRun(block, source, programs, signal);
  const m = run.at(0);
  const balance = (): ReturnType<Machine["world"]["slot"]> => m.world.slot(BigInt(token), 0n, BigInt(slot));
  const isChanged = (): boolean => {
    const record = balance();
    return record !== undefined && record.value !== record.original;
  };
  while (!isChanged() && !m.isFinal) advance(m, m.steps + 1);
  const record = balance();
  if (record === undefined) {
    throw new OptisyncError("NothingToMint", "the block does not change the balance", { action: "halt" });
  }
  const step = m.steps - 1;
  m.world.putSlot(BigInt(token), 0n, BigInt(slot), { ...record, value: record.value + amount });
  const falseRun = new Run(m);
  await falseRun.run(signal);
  const [truth, lie] = [asGameTrace(run), asGameTrace(falseRun)];
  const trace: Trace = {
    async states(positions, at) {
      const honest = positions.filter((position) => position <= step);
      const rest = positions.slice(honest.length);
      return [...(await truth.states(honest, at)), ...(await lie.states(rest, at))];
    },
    // For the false step itself there is only the proof of the true one.
    prove: (position, at) => (position <= step ? truth : lie).prove(position, at),
  };
  const what = describeStep(run.at(step));
  return { step, what, stateRoot: `0x${hexOf(falseRun.end.stateRoot)}`, trace };
}

/** The machine as the liar would have it. */
export function createLyingMachine(
  mint: Mint,
  tools: { source: Source; programs: Programs; signal: AbortSignal },
): TraceProvider {
  return {
    requireDefensible: async () => undefined,
    open: async (block) => (await runFalsely(block, mint, tools)).trace,
  };
}
