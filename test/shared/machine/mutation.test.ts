import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  classifiedBlocks,
  createQuota,
  recordClassified,
  type ClassifiedStep,
} from "../../support/coverage.js";
import { reachableClasses } from "../../support/reachableSteps.js";
import type { RecordedStep } from "../../support/recordedBlocks.js";
import { startProbe, type Probe, type ProbeResult } from "../../support/mutationProbe.js";
import { testPrograms } from "../../support/stepper.js";

/** Recorded steps of each class (docs/machine-coverage.md) that are damaged. */
const PER_KIND = Number(process.env["MUTATION_PER_KIND"] ?? 4);
// Many steps that are damaged a little find more than few that are damaged much: `npm run test:deep` does both.
/** Bits flipped in each proof's tape, and a quarter as many in its state. */
const FLIPS = Number(process.env["MUTATION_FLIPS"] ?? 16);
/** Times that a proof's lists are damaged in each way. */
const ROUNDS = Number(process.env["MUTATION_ROUNDS"] ?? 1);
const GAS_LIMITS = Number(process.env["MUTATION_GAS_LIMITS"] ?? 6);

describe("a damaged proof", () => {
  let probe: Probe;
  const steps: ClassifiedStep[] = [];

  before(async () => {
    probe = await startProbe();
    const wants = createQuota(PER_KIND);
    for await (const block of classifiedBlocks(testPrograms()))
      for (const step of recordClassified(block, wants)) steps.push(step);
  });

  after(() => probe.close());

  const eachStep = async (
    run: (step: RecordedStep, seed: bigint) => Promise<ProbeResult>,
  ): Promise<{ reverted: bigint; same: bigint }> => {
    const total = { reverted: 0n, same: 0n };
    for (const [at, step] of steps.entries()) {
      const result = await run(step, BigInt(at + 1));
      assert.equal(
        result.other,
        0n,
        `${step.kind} (${step.label}): accepted as another step: ${result.otherProof}`,
      );
      total.reverted += result.reverted;
      total.same += result.same;
    }
    return total;
  };

  it("is there for every class of steps", () => {
    const classes = new Set(steps.flatMap((step) => step.classes));
    assert.deepEqual([...classes].sort(), reachableClasses().sort());
  });

  it("with any bit flipped proves nothing else", async () => {
    const { reverted, same } = await eachStep((step, seed) =>
      probe.flips(step.proof, seed, FLIPS / 4, FLIPS),
    );
    assert.ok(reverted > same, `${same} of ${reverted + same} were accepted`);
  });

  it("with words, blobs or pages dropped, doubled, swapped, cut, added or changed proves nothing else", async () => {
    const { reverted, same } = await eachStep((step, seed) => probe.reshape(step.proof, seed, ROUNDS));
    assert.ok(reverted > same, `${same} of ${reverted + same} were accepted`);
  });

  it("with any amount of gas proves nothing else", async () => {
    const { reverted, same } = await eachStep((step) => probe.starve(step.proof, GAS_LIMITS));
    assert.ok(reverted > 0n && same > 0n, "too little and ample gas were both given");
  });
});
