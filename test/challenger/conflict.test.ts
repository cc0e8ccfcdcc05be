import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Workbench } from "./workbench.js";

describe("a challenger that wakes up after everybody slept through a window, on two real nodes", () => {
  let bench: Workbench;
  before(async () => {
    bench = await Workbench.start();
  });
  after(() => bench.close());

  it("has a block contested that got two hashes, which ends the protocol before both are final", async () => {
    const { liar } = await bench.liar(1);
    const { sender, chains } = await bench.liar(3);
    const { id: lie } = await liar.forgeHeader();
    const truth = await bench.propose(sender, chains);
    await bench.finalize(sender, truth);

    const late = await bench.challenger(2);
    await late.act();
    // What could not be settled in one look is settled in the next.
    await late.act();
    const { ledger } = await late.chains.protocol.sync();
    assert.equal(ledger.isRefunding, true);
    assert.equal(ledger.claims.get(lie)?.status, "Pending");
    assert.equal(ledger.claims.get(truth.id)?.status, "Final");
    const read = late.chains.protocol.call("stateSync", "requireFinal", [truth.claim]);
    await assert.rejects(read, { code: "CallReverted", message: /BlockContested/ });
    const { actions } = await late.challenger.tick();
    assert.deepEqual(actions, []);
  });
});
