import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { finalDifference, openBlock } from "../../../shared/machine/openBlock.js";
import { createQuota, recordClassified } from "../../support/coverage.js";
import { proofCall, startStepper, TEST_PLAN, testPrograms, type TestStepper } from "../../support/stepper.js";
import { edgeBlocks } from "./edges/index.js";
import { buildBlock } from "./support/buildBlock.js";
import { ethereumjsSteps } from "./support/ethereumjsSteps.js";
import { firstDifference, machineSteps } from "./support/opcodeSteps.js";

/** Steps of a class that are proven in each block: more are the same again. */
const PER_CLASS = Number(process.env["EDGES_PER_CLASS"] ?? 4);

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

      const block = { machine: openBlock(input).machine, input, label: name };
      const steps = [...recordClassified(block, createQuota(PER_CLASS))];
      const answers = await stepper.steps(steps.map(({ proof }) => proofCall(proof)));
      steps.forEach(({ kind, label, next }, at) =>
        assert.deepEqual(answers[at], { next }, `${kind} (${label})`),
      );
    });
  }
});
