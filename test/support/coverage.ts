import type { Machine, Programs } from "../../shared/machine/Machine.js";
import { openBlock } from "../../shared/machine/openBlock.js";
import { proveStep } from "../../shared/machine/Proof.js";
import { advance } from "../../shared/machine/Stepper.js";
import { coverageBlocks } from "../shared/machine/support/coverageBlocks.js";
import { recordedBlocks, type RecordedBlock, type RecordedStep } from "./recordedBlocks.js";
import { nameOf, watchStep } from "./stepClasses.js";

/** A recorded step, and the names of the classes that it is of. */
export interface ClassifiedStep extends RecordedStep {
  classes: string[];
}

/** All blocks whose steps are told apart by class: those that are recorded anyway, and those made to reach what they do not. */
export async function* classifiedBlocks(programs: Programs): AsyncGenerator<RecordedBlock> {
  yield* recordedBlocks(programs);
  yield* coverageBlocks(programs);
}

/** Runs the block, in a machine of its own, to its end, one step at a time, and names the classes of each step. */
export function* classesOf({ input }: RecordedBlock): Generator<{ step: number; classes: string[] }> {
  const { machine } = openBlock(input);
  while (!machine.isFinal) {
    const step = machine.steps;
    const classes = watchStep(machine);
    advance(machine, step + 1);
    yield { step, classes: classes().map(nameOf) };
  }
}

/**
 * Records the steps that are wanted for their classes. The block runs twice: once to know what comes of each step, once to prove
 * those that are wanted. Afterwards its machine is at its end.
 */
export function* recordClassified(
  block: RecordedBlock,
  wants: (classes: readonly string[]) => boolean,
): Generator<ClassifiedStep> {
  const { machine, label } = block;
  const wanted = [...classesOf(block)].filter(({ classes }) => wants(classes));
  for (const { step, classes } of wanted) {
    advance(machine, step);
    const isWithin = countsExactly(machine);
    const proof = proveStep(machine);
    if (!isWithin || !countsExactly(machine)) continue;
    yield { kind: classes.join(", "), label: `${label} step ${step}`, classes, proof, next: machine.hash() };
  }
  advance(machine, Number.MAX_SAFE_INTEGER);
}

/**
 * Ethereum's tests have a transaction with more gas than a JavaScript number counts exactly, in a block with more than the machine
 * is made for (docs/machine.md, section 1). B refuses such a block's header.
 */
function countsExactly({ txn }: Machine): boolean {
  return Number.isSafeInteger(txn.gasLimit);
}

/** Says of each step whether one of its classes has been met fewer times than `limit`, and counts it if so. */
export function createQuota(limit: number): (classes: readonly string[]) => boolean {
  const counts = new Map<string, number>();
  return (classes) => {
    if (classes.every((name) => (counts.get(name) ?? 0) >= limit)) return false;
    for (const name of classes) counts.set(name, (counts.get(name) ?? 0) + 1);
    return true;
  };
}
