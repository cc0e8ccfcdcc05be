import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { UPDATE_LIES } from "../../devnet/liar.js";
import { Workbench } from "./workbench.js";

const HALF_CLAIM_BOND = 5n * 10n ** 17n;

describe("a challenger against liars, on two real nodes", () => {
  let bench: Workbench;
  before(async () => {
    bench = await Workbench.start();
  });
  after(() => bench.close());

  it("has a forged header rejected for want of evidence, and is paid half the bond", async () => {
    const { liar, chains } = await bench.liar(1);
    const honest = await bench.challenger(2);
    await honest.act();
    const { id } = await liar.forgeHeader();
    await honest.act();
    assert.equal((await bench.claim(id))?.openChallenges, 1n);

    await bench.test.advance(bench.test.parameters.demands.answerSeconds + 1n);
    await honest.act();
    const { ledger, events } = await chains.protocol.sync();
    assert.equal(ledger.claims.get(id)?.status, "Rejected");
    const slashed = events.findLast(({ name }) => name === "Slashed");
    assert.equal(slashed?.args["winner"], honest.address);
    assert.equal(slashed.args["reward"], HALF_CLAIM_BOND);
    assert.equal(slashed.args["burned"], HALF_CLAIM_BOND);
    assert.equal((await bench.stakeOf(honest.address)).locked, 0n);
  });

  for (const lie of UPDATE_LIES) {
    it(`has an update with one ${lie} rejected in one transaction`, async () => {
      await bench.changeToken(BigInt(lie.length));
      const { liar, sender, chains } = await bench.liar(3);
      const honest = await bench.challenger(4);
      const feed = await bench.createFeed(sender);
      await bench.finalize(sender, await bench.propose(sender, chains));
      const { id } = await liar.falseUpdate(lie, feed);
      await honest.act();
      assert.equal((await bench.update(id))?.status, "Rejected");
    });
  }

  it("leaves true claims alone", async () => {
    await bench.changeToken(99n);
    const { sender, chains } = await bench.liar(5);
    const { id } = await bench.propose(sender, chains);
    const honest = await bench.challenger(6);
    const plan = await honest.challenger.tick();
    await honest.challenger.settled();
    assert.deepEqual(honest.challenger.verdicts.claims.get(id), { kind: "true" });
    assert.deepEqual(
      plan.actions.filter(({ kind }) => kind !== "deposit"),
      [],
    );
    assert.deepEqual(plan.alerts, []);
  });
});
