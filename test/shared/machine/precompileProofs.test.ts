import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Machine } from "../../../shared/machine/Machine.js";
import { openBlock } from "../../../shared/machine/openBlock.js";
import * as Pairing from "../../../shared/machine/precompiles/Pairing.js";
import { programs } from "../../../shared/machine/precompiles/Programs.js";
import { pagesOf, proveStep, type StepProof } from "../../../shared/machine/Proof.js";
import { FrameKind, JobKind, Phase, Rules } from "../../../shared/machine/State.js";
import { advance } from "../../../shared/machine/Stepper.js";
import { proofCall, startStepper, TEST_PLAN, type TestStepper } from "../../support/stepper.js";
import { precompileBlocks } from "./precompileBlocks.js";

/** What a step on B may cost, by class (docs/machine.md, section 18). */
const CEILINGS: readonly (readonly [kind: string, gas: bigint])[] = [
  ["job SHA256", 350_000n],
  ["job BLAKE2F", 350_000n],
  ["job MSM", 600_000n],
  ["job PAIRING", 1_500_000n],
  ["start", 600_000n],
  ["program", 1_000_000n],
];

/** In a program's frame every opcode of a kind looks alike, so that few of them are enough. */
const PROGRAM_STRIDE = 4_999;
/** The bits of a pairing's loops look alike, too. */
const PAIRING_STRIDE = 409;

interface Recorded {
  kind: string;
  label: string;
  proof: StepProof;
  next: bigint;
}

/** The class of the next step if it is to be proven here. */
function wanted(m: Machine): string | undefined {
  if (m.phase !== Phase.RUN) return undefined;
  if (m.job.kind === JobKind.PAIRING) return wantsPairing(m) ? "job PAIRING" : undefined;
  if (m.job.kind >= JobKind.SHA256) return `job ${JobKind[m.job.kind]}`;
  if (m.job.kind !== JobKind.NONE) return undefined;
  if (m.frame.kind === FrameKind.PRECOMPILE) return "start";
  return m.frame.kind === FrameKind.PROGRAM && m.steps % PROGRAM_STRIDE === 0 ? "program" : undefined;
}

/** Pairs are loaded, loops begin and end, and some bits between. */
function wantsPairing({ job, frame, steps }: Machine): boolean {
  const { loopBits, exponentBits } = Pairing.curve(frame.precompile);
  const edges = [0, 1, 2, loopBits - 1, loopBits - 2, exponentBits, exponentBits - 1];
  return edges.includes(job.left) || steps % PAIRING_STRIDE === 0;
}

function record(m: Machine, name: string): Recorded[] {
  const recorded: Recorded[] = [];
  while (!m.isFinal) {
    const kind = wanted(m);
    if (kind === undefined) {
      advance(m, m.steps + 1);
      continue;
    }
    const label = `${name}, step ${m.steps}`;
    const proof = proveStep(m);
    recorded.push({ kind, label, proof, next: m.hash() });
  }
  return recorded;
}

describe("steps of precompiles on B", () => {
  let stepper: TestStepper;
  before(async () => {
    const forks = TEST_PLAN.forks.map((fork) => ({ ...fork, rules: Rules.OSAKA }));
    stepper = await startStepper({ ...TEST_PLAN, forks });
  });
  after(() => stepper.close());

  it("have proofs, which say what the machine does, within their gas", async () => {
    let count = 0;
    for await (const { name, input } of precompileBlocks(programs)) {
      const recorded = record(openBlock(input).machine, name);
      assert.ok(recorded.length > 0 || name.includes("later"), name);
      const answers = await stepper.steps(recorded.map(({ proof }) => proofCall(proof)));
      for (const [index, { kind, label, proof, next }] of recorded.entries()) {
        assert.deepEqual(answers[index], { next }, `${label}, ${kind}`);
        assert.equal(pagesOf(proof).pages.length, 0, label);
        count += 1;
      }
      // The dearest of a block are among its longest proofs; a few of each kind tell.
      for (const [kind, ceiling] of CEILINGS) {
        const some = recorded.filter((step) => step.kind === kind);
        const measured = [...some.slice(0, 2), ...some.slice(-3)];
        const gas = await stepper.gasOf(measured.map(({ proof }) => proof));
        measured.forEach(({ label }, at) => {
          assert.ok((gas[at] as bigint) <= ceiling, `${label}, ${kind}: ${gas[at]} gas`);
        });
      }
    }
    assert.ok(count > 500, `${count} steps`);
  });
});
