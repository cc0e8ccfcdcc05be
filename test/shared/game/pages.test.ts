import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { SendOutcome } from "../../../shared/chain/flight.js";
import type { Sender } from "../../../shared/chain/sender.js";
import { ZeroAddress } from "ethers";
import type { Receipt } from "../../../shared/chain/transactions.js";
import { readFixture } from "../../../shared/execution/fixture.js";
import { deployPages, type PageTools } from "../../../shared/game/pages.js";
import { asGameTrace } from "../../../shared/game/sourceMachine.js";
import type { StepProof } from "../../../shared/game/trace.js";
import { fixtureInput, openBlock } from "../../../shared/machine/openBlock.js";
import { Trace } from "../../../shared/machine/Trace.js";
import { largeTransaction } from "../../support/largeTransactions.js";
import {
  MAX_TX_GAS,
  startStepper,
  TEST_PLAN,
  testPrograms,
  type TestStepper,
} from "../../support/stepper.js";
import { beginning } from "../../support/worstSteps.js";

const FIXTURE = fileURLToPath(
  new URL("../../vectors/execution/valid/transient-delete.json", import.meta.url),
);

describe("the pages of a proof", () => {
  let stepper: TestStepper;
  let trace: Trace;
  let proof: StepProof;

  before(async () => {
    stepper = await startStepper(TEST_PLAN);
    const fixture = await readFixture(FIXTURE);
    const raw = largeTransaction({ data: Uint8Array.from({ length: 150_000 }, (_, at) => at % 251) });
    trace = new Trace(beginning(() => openBlock(fixtureInput(fixture, testPrograms())).machine, raw));
    proof = await asGameTrace(trace).prove(0n, new AbortController().signal);
  });
  after(() => stepper.close());

  /** Sends to the stepper's node, one after the other. */
  let last: Promise<unknown> = Promise.resolve();
  const send = ({ data }: { data?: string }): Promise<SendOutcome> => {
    const sent = last.then(() => stepper.deploy("a page", data ?? ""));
    last = sent;
    return sent.then((contractAddress) => ({ kind: "confirmed", receipt: { contractAddress } as Receipt }));
  };
  /** Of an account that has sent nothing yet, so that no page of it can be found. */
  const tools = (by: { send(request: { data?: string }): Promise<SendOutcome> }): PageTools => ({
    rpc: { send: async () => "0x0" },
    sender: { address: ZeroAddress, ready: () => Promise.resolve(), ...by } as Sender,
  });

  const step = async (addresses: readonly string[]): Promise<unknown> => {
    const call = { current: trace.at(0).hash(), proof: proof.encode(addresses), gas: MAX_TX_GAS };
    return (await stepper.steps([call]))[0];
  };

  it("are put on B by transactions, and make the proof that they belong to", async () => {
    assert.equal(proof.pages.length, 7);
    const addresses = await deployPages(tools({ send }), proof.pages, "prove:1", 9n);
    assert.deepEqual(await step(addresses), { next: trace.at(1).hash() });
  });

  it("make no proof in another order, with one missing, or without any", async () => {
    const addresses = await deployPages(tools({ send }), proof.pages, "prove:1", 9n);
    for (const wrong of [addresses.toReversed(), addresses.slice(1), addresses.slice(0, -1), []])
      assert.ok("reverted" in ((await step(wrong)) as object));
  });

  it("are named if one does not get there", async () => {
    let sent = 0;
    const failing = {
      send: async (request: { data?: string }): Promise<SendOutcome> => {
        sent += 1;
        return sent === 3 ? { kind: "displaced", nonce: 3 } : send(request);
      },
    };
    await assert.rejects(deployPages(tools(failing), proof.pages, "prove:1", 9n), {
      code: "PageRefused",
      action: "retry",
      details: { key: "prove:1", page: 2 },
    });
  });
});
