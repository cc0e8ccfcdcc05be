import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ExecutionError } from "../../../shared/execution/errors.js";
import { readFixture } from "../../../shared/execution/fixture.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";
import { fixtureInput, openBlock, openFixture } from "../../../shared/machine/openBlock.js";
import type { Machine } from "../../../shared/machine/Machine.js";
import { proveStep } from "../../../shared/machine/Proof.js";
import { hashMachine } from "../../../shared/machine/State.js";
import { advance } from "../../../shared/machine/Stepper.js";
import { Trace } from "../../../shared/machine/Trace.js";
import { testPrograms } from "../../support/stepper.js";

const vectors = join(import.meta.dirname, "../../vectors/execution/valid");
const programs = testPrograms();

async function first(name: string): Promise<Machine> {
  return openFixture(await readFixture(join(vectors, `${name}.json`)), programs).machine;
}

/** The hash of every state, one step at a time, and the last one twice. */
function everyState(m: Machine): bigint[] {
  const hashes = [m.hash()];
  while (!m.isFinal) {
    const before = m.steps;
    advance(m, before + 1);
    assert.equal(m.steps, before + 1, "one step is one step");
    hashes.push(m.hash());
  }
  return hashes;
}

describe("a trace", () => {
  it("has the states that single steps have, however it gets there", async () => {
    for (const name of [
      "CREATE2_Suicide_d0g0v0_Cancun-block1",
      "wallet2outOf3txsRevokeAndConfirmAgain_Cancun-block6",
    ]) {
      const hashes = everyState(await first(name));
      const last = hashes.length - 1;
      const expected = (step: number): bigint => hashes[Math.min(step, last)] as bigint;
      for (const snapshotSteps of [7, 50, 1_000_000]) {
        const trace = new Trace(await first(name), { snapshotSteps, sliceSteps: 13 });
        await trace.run();
        assert.equal(trace.length, last);
        for (const [from, stride] of [
          [0, 1],
          [3, 17],
          [last - 2, 1],
          [0, 2 ** 30],
          [last, 5],
        ] as const) {
          const steps = Array.from({ length: 12 }, (_, index) => from + stride * index);
          assert.deepEqual(
            trace.states(from, stride, 12),
            steps.map(expected),
            `${name} ${snapshotSteps} ${from}`,
          );
        }
      }
    }
  });

  it("records a step without changing where it leads", async () => {
    const m = await first("InternalCallStoreClearsSuccess_d0g0v0_Cancun-block1");
    const hashes = everyState(m.snapshot());
    for (let step = 0; !m.isFinal; step += 1) {
      const proof = proveStep(m);
      assert.equal(hashMachine(proof.machine), hashes[step]);
      assert.equal(m.hash(), hashes[step + 1]);
    }
  });

  it("stops before a step that lacks something, and goes on when it is there", async () => {
    const fixture = await readFixture(join(vectors, "transient-delete.json"));
    const complete = new Trace(openFixture(fixture, programs).machine);
    await complete.run();
    const input = fixtureInput(fixture, programs);
    const { witness } = input;
    const hidden = new Set<string>();
    const original = witness.node.bind(witness);
    const asked = new Set<string>();
    let lookUps = 0;
    witness.node = (hash) => {
      asked.add(hash);
      lookUps += 1;
      return hidden.has(hash) ? undefined : original(hash);
    };
    const { machine } = openBlock(input);
    await new Trace(machine).run();
    assert.ok(asked.size > 3);
    for (const hash of asked) hidden.add(hash);
    const inOneRun = lookUps;
    lookUps = 0;
    const trace = new Trace(machine);
    let missing = 0;
    for (;;) {
      try {
        await trace.run();
        break;
      } catch (error) {
        assert.ok(isOptisyncError(error, "IncompleteWitness") && error instanceof ExecutionError);
        hidden.delete((error.details["hash"] as string).slice(2));
        missing += 1;
        assert.equal(trace.reached.steps, complete.at(trace.reached.steps).steps);
        assert.equal(trace.reached.hash(), complete.at(trace.reached.steps).hash());
      }
    }
    assert.ok(missing > 0);
    // Only the path of the node that was missing is walked once more.
    assert.ok(lookUps <= inOneRun + 4 * missing, `${lookUps} instead of ${inOneRun}, ${missing} missing`);
    assert.equal(trace.length, complete.length);
    assert.equal(trace.end.hash(), complete.end.hash());
  });
});
