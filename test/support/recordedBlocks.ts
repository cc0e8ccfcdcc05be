import { fileURLToPath } from "node:url";
import type { Machine, Programs } from "../../shared/machine/Machine.js";
import type { StepProof } from "../../shared/machine/Proof.js";
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
