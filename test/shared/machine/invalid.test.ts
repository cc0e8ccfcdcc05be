import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { finalDifference, openBlock } from "../../../shared/machine/openBlock.js";
import { Phase } from "../../../shared/machine/State.js";
import { advance } from "../../../shared/machine/Stepper.js";
import { testPrograms } from "../../support/stepper.js";
import { buildBlock, type BlockPlan } from "./support/buildBlock.js";
import { HALF_ORDER, ORDER, validityCases } from "./support/validityCases.js";

async function end(
  blockPlan: BlockPlan,
): Promise<{ phase: Phase; difference: string | undefined; oracle: string }> {
  const { input, oracle } = await buildBlock(blockPlan, testPrograms());
  const { machine, header } = openBlock(input);
  advance(machine, Number.MAX_SAFE_INTEGER);
  return {
    phase: machine.phase,
    difference: finalDifference(machine, header),
    oracle: oracle?.verdict.kind ?? "invalid",
  };
}
describe("a block with", () => {
  for (const { name, wanted, plan } of validityCases) {
    it(`${name} is ${wanted}, under ${plan.fork}`, async () => {
      const { phase, difference, oracle } = await end(plan);
      // EthereumJS executes transactions of other chains; execution-specs refuse them (`check_transaction`).
      if (name !== "another chain's id")
        assert.equal(oracle === "invalid" ? "invalid" : "valid", wanted, "EthereumJS");
      assert.equal(phase, wanted === "valid" ? Phase.DONE : Phase.INVALID);
      if (wanted === "valid") assert.equal(difference, undefined);
    });
  }

  it("an s at half the order is not refused for that", () => {
    assert.equal(ORDER / 2n, HALF_ORDER);
  });
});
