import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { classifiedBlocks, createQuota, recordClassified } from "../../support/coverage.js";
import { reachableClasses } from "../../support/reachableSteps.js";
import type { RecordedStep } from "../../support/recordedBlocks.js";
import {
  MAX_STEP_BYTES,
  MAX_STEP_GAS,
  proofCall,
  startStepper,
  TEST_PLAN,
  testPrograms,
  type TestStepper,
} from "../../support/stepper.js";

/** Steps of each class, and steps drawn at random from all of them. */
const PER_KIND = Number(process.env["TWINS_PER_KIND"] ?? 3);
const SAMPLE = Number(process.env["TWINS_SAMPLE"] ?? 2000);
const BATCH = 256;

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("the two machines", () => {
  let stepper: TestStepper;
  before(async () => {
    stepper = await startStepper(TEST_PLAN);
  });
  after(() => stepper.close());

  const check = async (steps: RecordedStep[]): Promise<void> => {
    const calls = steps.map(({ proof }) => proofCall(proof, MAX_STEP_GAS));
    const answers = await stepper.steps(calls);
    steps.forEach(({ kind, label, next }, at) => {
      const name = `${kind} (${label})`;
      assert.deepEqual(answers[at], { next }, name);
      const bytes = ((calls[at]?.proof.length ?? 0) - 2) / 2;
      assert.ok(bytes <= MAX_STEP_BYTES, `${name} takes ${bytes} bytes`);
    });
    steps.length = 0;
  };

  it("take the same steps, within a step's gas and size: of every class that the rules make reachable, and a random sample", async () => {
    const draw = random(1);
    const isNew = createQuota(PER_KIND);
    const proven = new Set<string>();
    const pending: RecordedStep[] = [];
    let drawn = 0;
    // Of somewhat fewer steps than the blocks have, so that the sample comes from all of them and is large enough.
    const share = SAMPLE / 280_000;
    const wants = (classes: readonly string[]): boolean => {
      const isDrawn = draw() < share;
      drawn += isDrawn ? 1 : 0;
      return isNew(classes) || isDrawn;
    };
    for await (const block of classifiedBlocks(testPrograms())) {
      for (const step of recordClassified(block, wants)) {
        for (const name of step.classes) proven.add(name);
        pending.push(step);
        if (pending.length === BATCH) await check(pending);
      }
    }
    await check(pending);
    assert.deepEqual([...proven].sort(), reachableClasses().sort());
    assert.ok(drawn >= SAMPLE, `${drawn} steps were drawn`);
  });
});
