import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { finalDifference, openBlock } from "../../../shared/machine/openBlock.js";
import { Phase } from "../../../shared/machine/State.js";
import { testPrograms } from "../../support/stepper.js";
import { buildBlock } from "./support/buildBlock.js";
import { ethereumjsSteps } from "./support/ethereumjsSteps.js";
import { firstDifference, machineSteps } from "./support/opcodeSteps.js";
import { Random, randomBlock } from "./support/randomBlock.js";

/** Blocks of each fork; more are a matter of time. */
const BLOCKS = Number(process.env["RANDOM_BLOCKS"] ?? 40);
const SEED = Number(process.env["RANDOM_SEED"] ?? 1);

describe("blocks of random programs", () => {
  for (const fork of ["cancun", "prague", "osaka"] as const) {
    it(`end as EthereumJS says, opcode by opcode, under the rules of ${fork}`, async () => {
      let opcodes = 0;
      for (let index = 0; index < BLOCKS; index += 1) {
        const seed = SEED * 1_000_003 + index;
        const plan = randomBlock(new Random(seed), fork);
        const { input, oracle } = await buildBlock(plan, testPrograms());
        const { machine, header } = openBlock(input);
        const { rules } = machine.head;
        const own = machineSteps(machine);
        if (oracle?.verdict.kind === "invalid") {
          assert.equal(machine.phase, Phase.INVALID, `seed ${seed}: ${oracle.verdict.reason}`);
          continue;
        }
        assert.equal(firstDifference(own, await ethereumjsSteps(input), rules), undefined, `seed ${seed}`);
        assert.equal(finalDifference(machine, header), undefined, `seed ${seed}`);
        opcodes += own.length;
      }
      assert.ok(opcodes > 50 * BLOCKS, `${opcodes} opcodes`);
    });
  }
});
