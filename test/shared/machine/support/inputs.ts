import { blockchainTestSchema, forksOfTest } from "../../../../shared/execution/blockchainTest.js";
import { readFixture } from "../../../../shared/execution/fixture.js";
import { findJsonFiles, readJsonFile } from "../../../../shared/execution/jsonFiles.js";
import { MachineTest, type RefusedBlock, type TestBlock } from "../../../../shared/machine/blockchainTest.js";
import type { Programs } from "../../../../shared/machine/Machine.js";
import { finalDifference, fixtureInput, openBlock } from "../../../../shared/machine/openBlock.js";

/** A block that is valid, in its first state, and what it is called. Whoever takes the next one has run this to its end. */
export interface NamedBlock extends TestBlock {
  name: string;
}

/** The valid fixtures in files and folders. */
export async function* fixtureBlocks(
  paths: readonly string[],
  programs: Programs,
): AsyncGenerator<NamedBlock> {
  const { files } = await findJsonFiles(paths);
  for (const path of files) {
    const fixture = await readFixture(path);
    if (fixture.expect !== undefined) continue;
    const input = fixtureInput(fixture, programs);
    yield { name: fixture.name, index: 1, expected: undefined, input, ...openBlock(input) };
  }
}

/** The blocks of the BlockchainTests in files and folders whose networks the machine executes. */
export async function* testBlocks(
  paths: readonly string[],
  programs: Programs,
): AsyncGenerator<NamedBlock | (RefusedBlock & { name: string })> {
  const { files } = await findJsonFiles(paths);
  for (const path of files) {
    const cases = (await readJsonFile(path)) as Record<string, unknown>;
    for (const [name, json] of Object.entries(cases)) {
      const test = blockchainTestSchema.parse(json);
      const forks = forksOfTest(test);
      if (forks?.forks.some((fork) => fork.name === "paris" || fork.name === "shanghai") !== false) continue;
      const chain = new MachineTest(test, programs);
      for (const block of chain.blocks()) {
        yield { name, ...block };
        if (!("reason" in block) && finalDifference(block.machine, block.header) === undefined)
          chain.accept(block);
      }
    }
  }
}
