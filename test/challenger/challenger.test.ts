import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Challenger } from "../../challenger/challenger.js";
import { Liar, UPDATE_LIES } from "../../devnet/liar.js";
import { interfaces } from "../../shared/chain/contracts.js";
import { createHistory } from "../../shared/chain/history.js";
import type { Chains } from "../../shared/chain/openChains.js";
import { createMemoryRecords } from "../../shared/chain/recordStore.js";
import type { Sender } from "../../shared/chain/sender.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { compileExercise } from "../support/contracts.js";
import { startDeployment, type TestDeployment } from "../support/deployment.js";

const STAKE = 10n ** 20n;
const HALF_CLAIM_BOND = 5n * 10n ** 17n;

/** The chains as one process sees them. */
async function openTestChains(test: TestDeployment, signal: AbortSignal): Promise<Chains> {
  const source = await test.openSource();
  const logger = silentLogger();
  const history = createHistory({ source, store: createMemoryRecords(), logger, signal });
  return {
    manifest: test.manifest,
    source,
    history,
    rpc: test.destination,
    protocol: await test.openReader(signal),
  };
}

describe("a challenger against liars", () => {
  let test: TestDeployment;
  const stop = new AbortController();
  const exercise = compileExercise();
  let token = "";

  before(async () => {
    test = await startDeployment();
    const created = await test.sendToSource({ data: exercise.bytecode });
    token = created.contractAddress ?? "";
    await test.sendToSource({ to: token, data: exercise.call("setMany(uint256,uint256,uint256)", 0n, 20n, 5n) });
  });

  after(async () => {
    stop.abort();
    await test.close();
  });

  async function createChallenger(wallet: number): Promise<{ challenger: Challenger; sender: Sender; chains: Chains }> {
    const chains = await openTestChains(test, stop.signal);
    const sender = test.createSender(test.wallets[wallet] as never);
    const options = { challenger: sender.address, bondReserve: 1n, pollMs: 50 };
    const modules = { chains, sender, logger: silentLogger(), signal: stop.signal };
    return { challenger: new Challenger(options, modules), sender, chains };
  }

  async function createLiar(wallet: number): Promise<{ liar: Liar; chains: Chains; sender: Sender }> {
    const chains = await openTestChains(test, stop.signal);
    const sender = test.createSender(test.wallets[wallet] as never);
    const liar = new Liar(chains, sender);
    await liar.stake(STAKE);
    return { liar, chains, sender };
  }

  async function act(challenger: Challenger): Promise<void> {
    await challenger.tick();
    await challenger.settled();
  }

  it("has a forged header rejected for want of evidence, and is paid half the bond", async () => {
    const { liar, chains } = await createLiar(1);
    const { challenger, sender } = await createChallenger(2);
    await act(challenger);
    const { id } = await liar.forgeHeader();
    await act(challenger);
    assert.equal((await chains.protocol.sync()).ledger.claims.get(id)?.openChallenges, 1n);

    await test.advance(test.parameters.demands.answerSeconds + 1n);
    await act(challenger);
    const { ledger, events } = await chains.protocol.sync();
    assert.equal(ledger.claims.get(id)?.status, "Rejected");
    const slashed = events.findLast(({ name }) => name === "Slashed");
    assert.equal(slashed?.args["winner"], sender.address);
    assert.equal(slashed.args["reward"], HALF_CLAIM_BOND);
    assert.equal(slashed.args["burned"], HALF_CLAIM_BOND);
    // Nothing stays behind: the demand's own bond is free again.
    const [account] = await chains.protocol.call("stake", "account", [sender.address]);
    assert.equal((account as { locked: bigint }).locked, 0n);
  });

  for (const lie of UPDATE_LIES) {
    it(`has an update with a ${lie} rejected in one transaction`, async () => {
      const { liar, chains, sender: liarSender } = await createLiar(3);
      const { challenger } = await createChallenger(4);
      const feed = await createFeed(liarSender, chains);
      await finalizeHead(liarSender, chains);
      const { id } = await liar.falseUpdate(lie, feed);
      await act(challenger);
      assert.equal((await chains.protocol.sync()).ledger.updates.get(id)?.status, "Rejected");
    });
  }

  it("leaves a true claim and a true update alone", async () => {
    const { challenger } = await createChallenger(5);
    const plan = await challenger.tick();
    await challenger.settled();
    assert.deepEqual(plan.actions.filter(({ kind }) => kind !== "deposit"), []);
    assert.deepEqual(plan.alerts, []);
  });

  async function createFeed(sender: Sender, chains: Chains): Promise<bigint> {
    const data = interfaces.feeds.encodeFunctionData("createFeed", [token, 0n, 0n]);
    const { feeds } = chains.manifest.contracts;
    await sender.send({ to: feeds, data, label: "createFeed", key: `createFeed:${Math.random()}` });
    const [count] = await chains.protocol.call("feeds", "feedCount", []);
    return count as bigint;
  }

  /** Claims A's newest block truthfully and waits for finality. */
  async function finalizeHead(sender: Sender, chains: Chains): Promise<void> {
    await test.mineSource(1);
    const { ledger } = await chains.protocol.sync();
    const parent = [...ledger.claims.values()].filter(({ status }) => status === "Final").at(-1);
    assert.ok(parent);
    const header = await chains.source.finalizedHead();
    const { stateSync } = chains.manifest.contracts;
    const propose = interfaces.stateSync.encodeFunctionData("propose", [sender.address, parent.id, header.rlp]);
    await sender.send({ to: stateSync, data: propose, label: "propose", key: `propose:${header.hash}` });
    await test.advance(test.parameters.claims.windowSeconds + 1n);
    const claim = [...(await chains.protocol.sync()).ledger.claims.values()].at(-1);
    assert.ok(claim);
    const finalize = interfaces.stateSync.encodeFunctionData("finalize", [claim.claim]);
    await sender.send({ to: stateSync, data: finalize, label: "finalize", key: `finalize:${claim.id}` });
    assert.equal((await chains.protocol.sync()).ledger.claims.get(claim.id)?.status, "Final");
  }
});
