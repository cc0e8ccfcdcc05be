import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { readFixture } from "../../../shared/execution/fixture.js";
import type { Machine } from "../../../shared/machine/Machine.js";
import { fixtureInput, openBlock } from "../../../shared/machine/openBlock.js";
import { encodeProof, pagesOf, proveStep, type StepProof } from "../../../shared/machine/Proof.js";
import { createSampler, recordedBlocks, recordSteps } from "../../support/recordedSteps.js";
import { startStepper, TEST_PLAN, testPrograms, type TestStepper } from "../../support/stepper.js";
import { worstSteps } from "../../support/worstSteps.js";

/** What a step's transaction may take at most (docs/machine.md, section 18). */
const MAX_GAS = 8_000_000n;
const MAX_BYTES = 110_000;
/** Steps of each kind that are measured. */
const PER_KIND = 1;
/** Entries of the world that the dearest steps are proven against. */
const ENTRIES = 65_536;

const FIXTURE = new URL("../../vectors/execution/valid/transient-delete.json", import.meta.url);
const SNAPSHOT = new URL("../../../snapshots/MachineSteps.json", import.meta.url);
/** As for forge's snapshots: written unless they are to be checked. */
const CHECKS = process.env["FORGE_SNAPSHOT_CHECK"] === "true";
const WRITES = process.env["GAS_SNAPSHOT"] === "write";

interface Measure {
  gas: string;
  bytes: number;
  pages?: number;
}

describe("the price of a step in a whole transaction", () => {
  let stepper: TestStepper;
  const measured = new Map<string, Measure>();

  before(async () => {
    stepper = await startStepper(TEST_PLAN);
  });
  after(async () => {
    await stepper.close();
    const sorted = Object.fromEntries([...measured].sort(([left], [right]) => (left < right ? -1 : 1)));
    const text = `${JSON.stringify(sorted, null, 2)}\n`;
    if (WRITES) writeFileSync(SNAPSHOT, text);
    if (CHECKS && existsSync(SNAPSHOT)) assert.equal(text, readFileSync(SNAPSHOT, "utf8"), "gas snapshot");
  });

  /** Measures a proof, its last blob in pages if it is too large. The dearest of a name counts. */
  const measure = async (name: string, full: StepProof, next: bigint): Promise<void> => {
    const { proof: bare, pages } = pagesOf(full);
    const proof = { ...bare, pages: (await stepper.deployPages(pages)).map(BigInt) };
    assert.deepEqual(await stepper.step(proof), { next }, name);
    const gas = await stepper.gasOf(proof);
    const bytes = encodeProof(proof).length;
    assert.ok(gas <= MAX_GAS, `${name} takes ${gas} gas`);
    assert.ok(bytes <= MAX_BYTES, `${name} takes ${bytes} bytes`);
    if (gas <= BigInt(measured.get(name)?.gas ?? 0)) return;
    measured.set(name, { gas: String(gas), bytes, ...(pages.length > 0 ? { pages: pages.length } : {}) });
  };

  it("is within bounds for steps of every kind", async () => {
    const counts = new Map<string, number>();
    const samples = createSampler(20);
    for await (const { machine, label } of recordedBlocks(testPrograms())) {
      const recorded = recordSteps(machine, label, {
        kind: samples,
        outcome: (kind) => (counts.get(kind) ?? 0) < PER_KIND,
      });
      for (const { kind, proof, next } of recorded) {
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        await measure(kind, proof, next);
      }
    }
    assert.ok(measured.size > 200, `only ${measured.size} kinds were measured`);
  });

  it("is within bounds for the dearest that could be found", async () => {
    const fixture = await readFixture(fileURLToPath(FIXTURE));
    const fresh = (): Machine => openBlock(fixtureInput(fixture, testPrograms())).machine;
    for (const { label, machine } of worstSteps(fresh, ENTRIES)) {
      const proof = proveStep(machine);
      await measure(`worst: ${label}`, proof, machine.hash());
    }
  });
});
