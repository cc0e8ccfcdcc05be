import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { readFixture } from "../../../shared/execution/fixture.js";
import type { Machine } from "../../../shared/machine/Machine.js";
import { fixtureInput, openBlock } from "../../../shared/machine/openBlock.js";
import { encodeProof, pagesOf, proveStep } from "../../../shared/machine/Proof.js";
import { gasToProve, PROVABLE_GAS, requireProvable } from "../../../shared/machine/provable.js";
import { Phase, Rules } from "../../../shared/machine/State.js";
import {
  MAX_STEP_BYTES,
  MAX_TX_GAS,
  proofCall,
  startStepper,
  TEST_PLAN,
  testPrograms,
  type TestStepper,
} from "../../support/stepper.js";
import { largeTransaction } from "../../support/largeTransactions.js";
import { beginning } from "../../support/worstSteps.js";
import { Random } from "./support/randomBlock.js";

const FIXTURE = fileURLToPath(
  new URL("../../vectors/execution/valid/transient-delete.json", import.meta.url),
);

const gasLimit = 2n ** 26n;
const zeros = (size: number): Uint8Array => new Uint8Array(size);
const ones = (size: number): Uint8Array => new Uint8Array(size).fill(0xff);

/** Transactions that Prague's rules allow in a block of 2^27 gas, all of which B can still be shown. */
const provable: Record<string, Uint8Array> = {
  "90,000 bytes of data, none zero": largeTransaction({ gasLimit, data: ones(90_000) }),
  "110,000 bytes of data, none zero": largeTransaction({ gasLimit, data: ones(110_000) }),
  "2.4 MB of data": largeTransaction({ gasLimit, data: zeros(2_400_000) }),
  "7,700 addresses with a slot each": largeTransaction({ gasLimit, addresses: 7_700, slots: 1 }),
  "20,000 addresses": largeTransaction({ gasLimit, addresses: 20_000 }),
  "33,000 slots of one address": largeTransaction({ gasLimit, addresses: 1, slots: 33_000 }),
  "4,000 addresses with four slots each": largeTransaction({ gasLimit, addresses: 4_000, slots: 4 }),
  "1,400 authorisations": largeTransaction({ gasLimit, authorisations: 1_400 }),
  "a megabyte of data, 2,000 addresses with a slot and 500 authorisations": largeTransaction({
    gasLimit,
    data: zeros(1_000_000),
    addresses: 2_000,
    slots: 1,
    authorisations: 500,
  }),
  "800 KB of data and 1,300 authorisations": largeTransaction({
    gasLimit,
    data: zeros(800_000),
    authorisations: 1_300,
  }),
  "2 MB of data and 450 authorisations": largeTransaction({
    gasLimit,
    data: zeros(2_000_000),
    authorisations: 450,
  }),
  // EIP-7825 allows no more. EIP-7623's floor counts the data alone: what its own price leaves can go into lists.
  "1.67 MB of data and 402 authorisations, which Osaka allows": largeTransaction({
    data: zeros(1_675_600),
    authorisations: 402,
  }),
  "1.67 MB of data and 2,337 addresses with a slot, which Osaka allows": largeTransaction({
    data: zeros(1_675_600),
    addresses: 2_337,
    slots: 1,
  }),
};

const tooDear: Record<string, Uint8Array> = {
  "3 MB of data": largeTransaction({ gasLimit, data: zeros(3_000_000) }),
  "11,000 addresses with a slot each": largeTransaction({ gasLimit, addresses: 11_000, slots: 1 }),
  "2,600 authorisations": largeTransaction({ gasLimit, authorisations: 2_600 }),
};

describe("a transaction of A", () => {
  let stepper: TestStepper;
  let fresh: () => Machine;

  before(async () => {
    stepper = await startStepper(TEST_PLAN);
    const fixture = await readFixture(FIXTURE);
    fresh = () => openBlock(fixtureInput(fixture, testPrograms())).machine;
  });
  after(() => stepper.close());

  /** The dearest of the steps that show the transaction, by B's own count; undefined if one has no proof there. */
  const measure = async (raw: Uint8Array): Promise<bigint | undefined> => {
    const machines = [beginning(fresh, raw, Rules.PRAGUE)];
    const begun = machines[0]?.snapshot() as Machine;
    proveStep(begun);
    if (begun.txn.dataSize !== 0) machines.push(begun.snapshot());
    for (const phase of [Phase.WARM, Phase.AUTHORISE]) {
      const m = begun.snapshot();
      m.job = fresh().job;
      m.phase = phase;
      if (phase === Phase.WARM ? m.txn.listEnd !== 0 : m.txn.authEnd !== 0) machines.push(m);
    }
    let dearest = 0n;
    for (const m of machines) {
      const { proof: bare, pages } = pagesOf(proveStep(m));
      const proof = { ...bare, pages: (await stepper.deployPages(pages)).map(BigInt) };
      assert.ok(encodeProof(proof).length <= MAX_STEP_BYTES);
      const [answer] = await stepper.steps([proofCall(proof, MAX_TX_GAS)]);
      if (answer === undefined || !("next" in answer)) return undefined;
      assert.equal(answer.next, m.hash());
      const [gas] = await stepper.gasOf([proof]);
      if (gas !== undefined && gas > dearest) dearest = gas;
    }
    return dearest;
  };

  for (const [name, raw] of Object.entries(provable))
    it(`is shown to B for less than was foreseen: ${name}`, async () => {
      requireProvable([raw]);
      const [gas, foreseen] = [await measure(raw), gasToProve(raw)];
      assert.ok(gas !== undefined && gas <= BigInt(foreseen), `${gas} gas, foreseen ${foreseen}`);
      assert.ok(foreseen < 1.5 * Number(gas) + 1_000_000, `${gas} gas, foreseen ${foreseen}`);
    });

  it("is shown to B for less than was foreseen, whatever it is made of", async () => {
    const random = new Random(7);
    for (let count = 0; count < 8; count += 1) {
      const raw = largeTransaction({
        gasLimit,
        data: random.below(2) === 0 ? zeros(random.below(1_000_000)) : ones(random.below(120_000)),
        addresses: random.below(1_500),
        slots: random.below(5),
        authorisations: random.below(300),
      });
      const [gas, foreseen] = [await measure(raw), gasToProve(raw)];
      assert.ok(gas !== undefined && gas <= BigInt(foreseen), `${gas} gas, foreseen ${foreseen}`);
    }
  });

  for (const [name, raw] of Object.entries(tooDear))
    it(`is refused if B cannot be shown it: ${name}`, async () => {
      assert.throws(() => requireProvable([provable["2.4 MB of data"] as Uint8Array, raw]), {
        code: "StepTooDear",
        action: "halt",
        details: { index: 1, bytes: raw.length, gas: gasToProve(raw), limit: PROVABLE_GAS },
      });
      assert.equal(await measure(raw), undefined);
    });

  it("counts by its size alone if it is malformed", () => {
    for (const raw of [new Uint8Array(), Uint8Array.of(1), Uint8Array.of(4, 0xc0), Uint8Array.of(0xc1)])
      requireProvable([raw]);
    assert.throws(() => requireProvable([new Uint8Array(3_000_000)]), { code: "StepTooDear" });
  });
});
