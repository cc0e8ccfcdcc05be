/**
 * The best that can be said for a false result of a block: runs of the machine itself in which every step is true but one. That one
 * leaves some part of the state as it should not be; from there on the machine does what it does. Whoever looks at a step after it
 * sees a true one. A generalisation of `devnet/lyingMachine.ts`, which mints a token.
 */
import { id as hashText } from "ethers";
import { asGameTrace } from "../../shared/game/sourceMachine.js";
import type { StepProof, Trace } from "../../shared/game/trace.js";
import { NO_JOB, type Machine } from "../../shared/machine/Machine.js";
import { hexOf } from "../../shared/machine/PreState.js";
import { NO_PROGRESS } from "../../shared/machine/Records.js";
import { Phase } from "../../shared/machine/State.js";
import { advance } from "../../shared/machine/Stepper.js";
import type { Trace as Run } from "../../shared/machine/Trace.js";
import { EMPTY_VIEW } from "../../shared/machine/Views.js";
import type { Random } from "../shared/machine/support/randomBlock.js";

/** Something wrong that a step can leave behind, where there is such a thing. */
interface Wound {
  readonly name: string;
  readonly fits: (m: Machine) => boolean;
  readonly inflict: (m: Machine) => void;
}

const isRunning = ({ phase }: Machine): boolean => phase === Phase.RUN;
const hasJob = ({ job }: Machine): boolean => job !== NO_JOB;
const always = (): boolean => true;

export const WOUNDS: readonly Wound[] = [
  { name: "another state root", fits: always, inflict: (m) => (m.stateRoot ^= 1n) },
  { name: "gas that nobody used", fits: always, inflict: (m) => (m.gasUsed += 1) },
  { name: "a step of another phase", fits: (m) => !isRunning(m), inflict: (m) => (m.phase += 1) },
  { name: "an item passed over", fits: (m) => !isRunning(m), inflict: (m) => (m.cursor += 1) },
  { name: "a later stamp", fits: always, inflict: (m) => (m.stamp += 1) },
  { name: "an older ancestor", fits: always, inflict: (m) => (m.oldest -= 1) },
  { name: "one blob less or more", fits: always, inflict: (m) => (m.blobs ^= 1) },
  { name: "gas found in the frame", fits: isRunning, inflict: (m) => (m.frame.gas += 1) },
  { name: "a refund of one", fits: isRunning, inflict: (m) => (m.frame.refund += 1) },
  { name: "an opcode passed over", fits: isRunning, inflict: (m) => (m.frame.pc += 1) },
  { name: "an item more on the stack", fits: isRunning, inflict: (m) => void m.frame.stack.push(1n) },
  {
    name: "another item on the stack",
    fits: (m) => isRunning(m) && m.frame.stack.length > 0,
    inflict: (m) => void m.frame.stack.push((m.frame.stack.pop() as bigint) ^ 1n),
  },
  { name: "a caller that did not call", fits: isRunning, inflict: (m) => (m.frame.caller ^= 1n) },
  {
    name: "an answer that was lost",
    fits: (m) => m.frame.returned.size > 0,
    inflict: (m) => (m.frame.returned = EMPTY_VIEW),
  },
  {
    name: "a transaction for less",
    fits: (m) => m.txn.gasPrice > 0n,
    inflict: (m) => (m.txn = { ...m.txn, gasPrice: m.txn.gasPrice - 1n }),
  },
  { name: "a job that is done too early", fits: hasJob, inflict: (m) => (m.job = NO_JOB) },
  {
    name: "a part of a job left out",
    fits: hasJob,
    inflict: (m) => (m.job = { ...m.job, position: m.job.position + 1 }),
  },
  {
    name: "a job that forgets",
    fits: (m) => m.job.progress.memo() !== 0n,
    inflict: (m) => (m.job = { ...m.job, progress: NO_PROGRESS }),
  },
  {
    name: "a subtree not visited",
    fits: (m) => m.walk.length > 0,
    inflict: (m) => (m.walk = m.walk.slice(0, -1)),
  },
];

/** What a header says of its block's execution. */
export interface ClaimedResult {
  readonly stateRoot: bigint;
  readonly gasUsed: number;
  readonly blobs: number;
}

/** A run with one false step. */
export interface PlantedLie {
  /** Steps before the false one. */
  readonly step: number;
  /** What is wrong after it. */
  readonly wound: string;
  /** Whether the machine goes on from there to the result; if it cannot, hashes of nothing follow. */
  readonly isCarriedThrough: boolean;
  readonly result: ClaimedResult;
  readonly trace: Trace;
  /** Proofs of the false step that the liar can try, and what they are. */
  lastResorts(signal: AbortSignal): Promise<readonly (readonly [string, StepProof])[]>;
}

/** Wounds tried until one is carried through to a result. */
const TRIES = 3;

/**
 * Lies about the step after `step` true ones of a run.
 * @param random which wound, and what proofs are damaged
 * @param isLazy does not let the machine go on from the wound
 */
export function plantLie(run: Run, step: number, random: Random, isLazy = false): PlantedLie {
  const { after, wound, falseRun } = inflictOne(run, step, random, isLazy);
  const end = falseRun?.end;
  const claimed = end ?? falsely(run, random);
  const result = { stateRoot: claimed.stateRoot, gasUsed: claimed.gasUsed, blobs: claimed.blobs };
  const hexHash = (m: Machine): string => `0x${hexOf(m.hash())}`;
  const [wounded, last] = [hexHash(after), hexHash(claimed)];
  const honest = asGameTrace(run);
  const trace: Trace = {
    async states(positions, signal) {
      const trueOnes = positions.filter((position) => position <= step);
      const rest = positions.slice(trueOnes.length);
      const start = await honest.states(trueOnes, signal);
      if (falseRun !== undefined)
        return [...start, ...falseRun.states(rest.map(Number)).map((hash) => `0x${hexOf(hash)}`)];
      const invented = (position: bigint): string => {
        if (position >= run.length) return last;
        return Number(position) === step + 1 ? wounded : hashText(`${step} ${position}`);
      };
      return [...start, ...rest.map(invented)];
    },
    prove: (position, signal) => honest.prove(position, signal),
  };
  return {
    step,
    wound: wound.name,
    isCarriedThrough: end !== undefined,
    result,
    trace,
    async lastResorts(signal) {
      const own = await honest.prove(BigInt(step), signal);
      const next = run.length > step + 1 ? step + 1 : step - 1;
      return [
        ["the true proof", own],
        ["the proof of another step", await honest.prove(BigInt(next), signal)],
        ["a damaged proof", damaged(own, random)],
      ];
    },
  };
}

function inflictOne(
  run: Run,
  step: number,
  random: Random,
  isLazy: boolean,
): { after: Machine; wound: Wound; falseRun: FalseRun | undefined } {
  for (let tries = 1; ; tries += 1) {
    const after = run.at(step + 1);
    const truth = after.hash();
    // All that a final state says is its result.
    const fitting = after.isFinal ? WOUNDS.slice(0, 2) : WOUNDS.filter(({ fits }) => fits(after));
    const wound = random.pick(fitting);
    wound.inflict(after);
    if (after.hash() === truth) throw new Error(`${wound.name} changes nothing after step ${step}`);
    const falseRun = isLazy ? undefined : FalseRun.from(after, run);
    if (isLazy || falseRun !== undefined || tries === TRIES) return { after, wound, falseRun };
  }
}

/** As few as in the true run, for the same reason. */
const SNAPSHOT_STEPS = 32;

/** What the machine does after a wound. */
class FalseRun {
  readonly #snapshots: readonly Machine[];
  readonly end: Machine;

  private constructor(snapshots: readonly Machine[], end: Machine) {
    this.#snapshots = snapshots;
    this.end = end;
  }

  /**
   * Undefined if it comes to no result that a header could state, or to the true one: some wounds heal, some make the machine ask
   * for what nobody has, and some keep it from ever coming to an end.
   */
  static from(after: Machine, truth: Run): FalseRun | undefined {
    const m = after.snapshot();
    const snapshots = [m.snapshot()];
    try {
      while (!m.isFinal) {
        if (m.steps > 2 * truth.length) return undefined;
        advance(m, m.steps + SNAPSHOT_STEPS);
        snapshots.push(m.snapshot());
      }
    } catch {
      return undefined;
    }
    const isResult = m.phase === Phase.DONE && m.gasUsed <= Number(truth.at(0).head.gasLimit);
    return isResult && m.hash() !== truth.end.hash() ? new FalseRun(snapshots, m) : undefined;
  }

  /** Hashes of the states at steps that ascend. */
  states(steps: readonly number[]): bigint[] {
    let m: Machine | undefined;
    return steps.map((step) => {
      if (m === undefined || step - m.steps > SNAPSHOT_STEPS)
        m = (this.#snapshots.findLast((snapshot) => snapshot.steps <= step) as Machine).snapshot();
      advance(m, step);
      return m.hash();
    });
  }
}

/** A result out of thin air. */
function falsely(run: Run, random: Random): Machine {
  const m = run.end.snapshot();
  m.finishBlock(Phase.DONE);
  m.stateRoot = BigInt(hashText(`root ${random.below(2 ** 31)}`));
  return m;
}

/** The proof with one bit turned over. */
function damaged(proof: StepProof, random: Random): StepProof {
  return {
    pages: proof.pages,
    encode(addresses) {
      const bytes = Buffer.from(proof.encode(addresses).slice(2), "hex");
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
      return `0x${bytes.toString("hex")}`;
    },
  };
}
