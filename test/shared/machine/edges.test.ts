import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { finalDifference, openBlock } from "../../../shared/machine/openBlock.js";
import { recordSteps } from "../../support/recordedSteps.js";
import { proofCall, startStepper, TEST_PLAN, testPrograms, type TestStepper } from "../../support/stepper.js";
import { edgeBlocks } from "./edges/index.js";
import { buildBlock } from "./support/buildBlock.js";
import { ethereumjsSteps } from "./support/ethereumjsSteps.js";
import { firstDifference, machineSteps } from "./support/opcodeSteps.js";

/** Steps of a kind and an outcome that are proven in each block: more are the same again. `EDGES_PER_KIND` for more. */
const PER_KIND = Number(process.env["EDGES_PER_KIND"] ?? 4);

function createQuota(limit: number): { kind(): boolean; outcome(kind: string): boolean } {
  const counts = new Map<string, number>();
  return {
    kind: () => true,
    outcome: (kind) => {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      return count <= limit;
    },
  };
}

describe("EthereumJS and both machines agree on a block with", () => {
  let stepper: TestStepper;
  before(async () => {
    stepper = await startStepper(TEST_PLAN);
  });
  after(() => stepper.close());

  for (const [name, plan] of edgeBlocks) {
    it(`${name}, under ${plan.fork}`, async () => {
      const { input, oracle } = await buildBlock(plan, testPrograms());
      assert.ok(oracle !== undefined && oracle.verdict.kind !== "invalid", "EthereumJS refuses it");
      const { machine, header } = openBlock(input);
      const { rules } = machine.head;
      const own = machineSteps(machine);
      assert.equal(firstDifference(own, await ethereumjsSteps(input), rules), undefined);
      assert.equal(finalDifference(machine, header), undefined);

      const steps = [...recordSteps(openBlock(input).machine, name, createQuota(PER_KIND))];
      const answers = await stepper.steps(steps.map(({ proof }) => proofCall(proof)));
      steps.forEach(({ kind, label, next }, at) =>
        assert.deepEqual(answers[at], { next }, `${kind} (${label})`),
      );
    });
  }
});
