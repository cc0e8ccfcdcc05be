import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { readFixture } from "../../../shared/execution/fixture.js";
import type { Machine } from "../../../shared/machine/Machine.js";
import { fixtureInput, openBlock } from "../../../shared/machine/openBlock.js";
import { encodeProof, pagesOf, proveStep, type StepProof } from "../../../shared/machine/Proof.js";
import { classifiedBlocks, createQuota, recordClassified } from "../../support/coverage.js";
import { reachableClasses } from "../../support/reachableSteps.js";
import {
  MAX_PAGED_STEP_GAS,
  MAX_STEP_BYTES,
  MAX_STEP_GAS,
  proofCall,
  startStepper,
  TEST_PLAN,
  testPrograms,
  type TestStepper,
} from "../../support/stepper.js";
import { foundSteps } from "../../support/foundSteps.js";
import { worstSteps } from "../../support/worstSteps.js";

/** Steps of each class of which the dearest is measured. */
const PER_CLASS = 4;
/** Entries of the world that the dearest steps are proven against. */
const ENTRIES = 65_536;
const BATCH = 64;

const FIXTURE = new URL("../../vectors/execution/valid/transient-delete.json", import.meta.url);
const SNAPSHOT = new URL("../../../snapshots/MachineSteps.json", import.meta.url);
/**
 * The exact numbers cost more time than `npm test` has: they are measured when the snapshot is written, or checked as forge's
 * are. That the steps stay below the ceilings is tested always, here for the dearest and in twins.test.ts for every class.
 */
const CHECKS = process.env["FORGE_SNAPSHOT_CHECK"] === "true";
const WRITES = process.env["GAS_SNAPSHOT"] === "write";

interface Measure {
  gas: string;
  bytes: number;
  pages?: number;
}

interface Subject {
  names: readonly string[];
  proof: StepProof;
  next: bigint;
}

describe("the price of a step in a whole transaction", () => {
  let stepper: TestStepper;
  const measured = new Map<string, Measure>();

  before(async () => {
    stepper = await startStepper(TEST_PLAN);
  });
  after(() => stepper.close());

  /** Takes the last blob of proofs that are too large into pages. */
  const inPages = async ({ proof: full }: Subject): Promise<StepProof> => {
    const { proof, pages } = pagesOf(full);
    return { ...proof, pages: (await stepper.deployPages(pages)).map(BigInt) };
  };

  const check = async (subjects: readonly Subject[]): Promise<void> => {
    const proofs: StepProof[] = [];
    for (const subject of subjects) proofs.push(await inPages(subject));
    const answers = await stepper.steps(proofs.map((proof) => proofCall(proof)));
    const gas = await stepper.gasOf(proofs);
    for (const [at, { names, next }] of subjects.entries()) {
      const [proof, cost] = [proofs[at] as StepProof, gas[at] as bigint];
      assert.deepEqual(answers[at], { next }, names[0]);
      const bytes = encodeProof(proof).length;
      const { length } = proof.pages;
      assert.ok(cost <= mostGas(length), `${names[0]} takes ${cost} gas`);
      assert.ok(bytes <= MAX_STEP_BYTES, `${names[0]} takes ${bytes} bytes`);
      const entry = { gas: String(cost), bytes, ...(length > 0 ? { pages: length } : {}) };
      // The dearest of a name counts.
      for (const name of names) if (cost > BigInt(measured.get(name)?.gas ?? 0)) measured.set(name, entry);
    }
  };

  const checkAll = async (subjects: AsyncIterable<Subject> | Iterable<Subject>): Promise<void> => {
    let pending: Subject[] = [];
    for await (const subject of subjects) {
      pending.push(subject);
      if (pending.length < BATCH) continue;
      await check(pending);
      pending = [];
    }
    await check(pending);
  };

  it("is within bounds for the dearest that could be found", async () => {
    const fixture = await readFixture(fileURLToPath(FIXTURE));
    const fresh = (): Machine => openBlock(fixtureInput(fixture, testPrograms())).machine;
    await checkAll(worstSubjects(fresh));
  });

  if (WRITES || CHECKS)
    it("is that of the snapshot", async () => {
      await checkAll(classSubjects());
      const sorted = Object.fromEntries([...measured].sort(([left], [right]) => (left < right ? -1 : 1)));
      const text = `${JSON.stringify(sorted, null, 2)}\n`;
      if (WRITES) writeFileSync(SNAPSHOT, text);
      assert.equal(text, readFileSync(SNAPSHOT, "utf8"), "gas snapshot");
    });

  it("is known for every class of steps, and within bounds", () => {
    const snapshot = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Record<string, Measure>;
    const classes = Object.keys(snapshot).filter((name) => !name.startsWith("worst: "));
    assert.deepEqual(classes.sort(), reachableClasses().sort());
    for (const [name, { gas, bytes, pages }] of Object.entries(snapshot)) {
      assert.ok(Number(gas) <= mostGas(pages ?? 0), `${name} takes ${gas} gas`);
      assert.ok(bytes <= MAX_STEP_BYTES, `${name} takes ${bytes} bytes`);
    }
  });
});

function mostGas(pages: number): number {
  return pages === 0 ? MAX_STEP_GAS : MAX_PAGED_STEP_GAS;
}

function* worstSubjects(fresh: () => Machine): Generator<Subject> {
  for (const steps of [worstSteps(fresh, ENTRIES), foundSteps(fresh)])
    for (const { label, machine } of steps) {
      const proof = proveStep(machine);
      yield { names: [`worst: ${label}`], proof, next: machine.hash() };
    }
}

async function* classSubjects(): AsyncGenerator<Subject> {
  const wants = createQuota(PER_CLASS);
  for await (const block of classifiedBlocks(testPrograms()))
    for (const { classes, proof, next } of recordClassified(block, wants))
      yield { names: classes, proof, next };
}
