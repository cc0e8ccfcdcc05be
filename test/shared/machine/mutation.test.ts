import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  createSampler,
  recordedBlocks,
  recordSteps,
  type RecordedStep,
} from "../../support/recordedSteps.js";
import { startProbe, type Probe, type ProbeResult } from "../../support/mutationProbe.js";
import { testPrograms } from "../../support/stepper.js";

/** Recorded steps of each kind that are damaged. */
const PER_KIND = Number(process.env["MUTATION_PER_KIND"] ?? 8);
/** Bits flipped in each proof's state and in its tape. */
const FLIPS = Number(process.env["MUTATION_FLIPS"] ?? 40);
/** Times that a proof's lists are damaged in each way. */
const ROUNDS = Number(process.env["MUTATION_ROUNDS"] ?? 3);
const GAS_LIMITS = 12;

describe("a damaged proof", () => {
  let probe: Probe;
  const steps: RecordedStep[] = [];

  before(async () => {
    probe = await startProbe();
    const counts = new Map<string, number>();
    const wantsMore = (kind: string): boolean => (counts.get(kind) ?? 0) < PER_KIND;
    const samples = createSampler(50);
    for await (const { machine, label } of recordedBlocks(testPrograms())) {
      const recorded = recordSteps(machine, label, {
        kind: samples,
        outcome: wantsMore,
      });
      for (const step of recorded) {
        counts.set(step.kind, (counts.get(step.kind) ?? 0) + 1);
        steps.push(step);
      }
    }
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

  it("is there for every kind of step", () => {
    assert.ok(steps.length >= 100 * PER_KIND, `only ${steps.length} steps were recorded`);
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
