import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startLyingProxy, type Lie, type LyingProxy } from "../support/lyingProxy.js";
import { Workbench } from "./workbench.js";

/** Seconds that a demand leaves the proposer, and one more. */
function afterAnswer(bench: Workbench): bigint {
  return bench.test.parameters.demands.answerSeconds + 1n;
}

describe("two challengers on one deployment", () => {
  let bench: Workbench;
  before(async () => {
    bench = await Workbench.start();
  });
  after(() => bench.close());

  it("both demand, one is paid, and both have their bonds back", async () => {
    const { liar } = await bench.liar(1);
    const [first, second] = [await bench.challenger(2), await bench.challenger(3)];
    const { id } = await liar.forgeHeader();
    await Promise.all([first.act(), second.act()]);
    await Promise.all([first.act(), second.act()]);
    assert.equal([...(await bench.ledger()).demands.values()].filter(({ claim }) => claim === id).length, 2);

    await bench.test.advance(afterAnswer(bench));
    await Promise.all([first.act(), second.act()]);
    await Promise.all([first.act(), second.act()]);
    assert.equal((await bench.claim(id))?.status, "Rejected");
    const stakes = [await bench.stakeOf(first.address), await bench.stakeOf(second.address)];
    assert.deepEqual(
      stakes.map(({ locked }) => locked),
      [0n, 0n],
    );
    const half = bench.test.parameters.claims.bondWei / 2n;
    assert.equal(stakes.filter(({ free }) => free >= half).length, 1);
  });

  it("one of them proves a false update, the other finds nothing left to do", async () => {
    await bench.changeToken(7n);
    const { liar, sender, chains } = await bench.liar(1);
    const feed = await bench.createFeed(sender);
    await bench.finalize(sender, await bench.propose(sender, chains));
    const [first, second] = [await bench.challenger(2), await bench.challenger(3)];
    const { id } = await liar.falseUpdate("wrong value", feed);
    await Promise.all([first.act(), second.act()]);
    assert.equal((await bench.update(id))?.status, "Rejected");
    const plan = await second.challenger.tick();
    assert.deepEqual(
      plan.actions.filter(({ kind }) => kind.startsWith("disprove")),
      [],
    );
  });
});

describe("a challenger killed at every step", () => {
  let bench: Workbench;
  before(async () => {
    bench = await Workbench.start();
  });
  after(() => bench.close());

  it("goes on after being killed before its demand is mined", async () => {
    const { liar } = await bench.liar(1);
    const { id } = await liar.forgeHeader();
    const staked = await bench.challenger(2);
    await staked.act();
    const { id: second } = await (await bench.liar(3)).liar.forgeHeader();

    await bench.test.destinationNode.rpc("evm_setAutomine", [false]);
    const killed = await bench.challenger(2);
    await killed.challenger.tick();
    await pendingTransactions(bench, 1);
    killed.kill();
    await bench.test.destinationNode.rpc("evm_setAutomine", [true]);
    await bench.test.destinationNode.mine(1);

    await (await bench.challenger(2)).act();
    const ledger = await bench.ledger();
    for (const claim of [id, second]) {
      assert.equal([...ledger.demands.values()].filter((demand) => demand.claim === claim).length, 1);
    }
  });

  it("times its demands out in another life, database deleted", async () => {
    await bench.test.advance(afterAnswer(bench));
    const reborn = await bench.challenger(2);
    await reborn.act();
    const { claims, demands } = await bench.ledger();
    const disputed = [...demands.values()].map(({ claim }) => claims.get(claim)?.status);
    assert.deepEqual(disputed, ["Rejected", "Rejected"]);
    assert.equal((await bench.stakeOf(reborn.address)).locked, 0n);
  });

  it("proves a false update in another life", async () => {
    await bench.changeToken(8n);
    const { liar, sender, chains } = await bench.liar(1);
    const feed = await bench.createFeed(sender);
    await bench.finalize(sender, await bench.propose(sender, chains));
    const { id } = await liar.falseUpdate("omitted slot", feed);

    await bench.test.destinationNode.rpc("evm_setAutomine", [false]);
    const killed = await bench.challenger(4);
    await killed.challenger.tick();
    // Its deposit and its proof.
    await pendingTransactions(bench, 2);
    killed.kill();
    // What it was sending again at that moment must not arrive after the others were dropped.
    await killed.challenger.settled();
    await bench.test.destinationNode.rpc("anvil_dropAllTransactions");
    await bench.test.destinationNode.rpc("evm_setAutomine", [true]);
    await bench.test.destinationNode.mine(1);
    assert.equal((await bench.update(id))?.status, "Pending");

    await (await bench.challenger(4)).act();
    assert.equal((await bench.update(id))?.status, "Rejected");
  });
});

describe("a challenger under reorganisations", () => {
  let bench: Workbench;
  before(async () => {
    bench = await Workbench.start();
  });
  after(() => bench.close());

  it("demands again when B forgets its demand", async () => {
    const { liar } = await bench.liar(1);
    const honest = await bench.challenger(2);
    await honest.act();
    const { id } = await liar.forgeHeader();
    const before = await bench.test.destinationNode.rpc<string>("evm_snapshot");
    await honest.act();
    assert.equal((await bench.claim(id))?.openChallenges, 1n);
    await bench.test.destinationNode.rpc("evm_revert", [before]);
    await bench.test.destinationNode.mine(3);
    assert.equal((await bench.claim(id))?.openChallenges, 0n);

    await honest.act();
    await honest.act();
    assert.equal((await bench.claim(id))?.openChallenges, 1n);
  });

  it("does nothing about a claim that B has forgotten", async () => {
    const before = await bench.test.destinationNode.rpc<string>("evm_snapshot");
    await bench.changeToken(9n);
    const { liar } = await bench.liar(3);
    const { id } = await liar.forgeHeader();
    const honest = await bench.challenger(4);
    await honest.challenger.tick();
    await honest.challenger.settled();
    await bench.test.destinationNode.rpc("evm_revert", [before]);
    await bench.test.destinationNode.mine(20, 60);
    const plan = await honest.challenger.tick();
    assert.equal(await bench.claim(id), undefined);
    assert.equal(
      plan.actions.some((action) => "claim" in action && action.claim.id === id),
      false,
    );
    await honest.challenger.settled();
  });

  it("judges by A's final blocks, whatever becomes of the newest ones", async () => {
    const { sender, chains } = await bench.liar(5);
    await bench.test.mineSource(2);
    const depth = await bench.test.openSource(undefined, 3n);
    const before = await bench.test.sourceRpc.request("evm_snapshot", []);
    await bench.test.mineSource(2);
    const claim = await bench.propose(sender, chains);
    const honest = await bench.challenger(6, { source: depth });
    await honest.act();
    // Not final yet on A: no verdict either way.
    assert.equal(honest.challenger.verdicts.claims.get(claim.id), undefined);
    assert.deepEqual(
      honest.challenger.verdicts.unjudged.map(({ code }) => code),
      ["SourceBehindClaim"],
    );

    await bench.test.sourceRpc.request("evm_revert", [before]);
    await bench.test.mineSource(8, 30);
    await honest.act();
    assert.equal(honest.challenger.verdicts.claims.get(claim.id)?.kind, "foreign");
    assert.equal((await bench.claim(claim.id))?.openChallenges, 1n);
  });
});

describe("a challenger whose node of A lies", () => {
  let bench: Workbench;
  let proxy: LyingProxy;
  before(async () => {
    bench = await Workbench.start();
    proxy = await startLyingProxy(bench.test.sourceNode.url);
  });
  after(async () => {
    await proxy.close();
    await bench.close();
  });

  const bend = (hex: string): string => `${hex.slice(0, -1)}${hex.endsWith("0") ? "1" : "0"}`;
  const change =
    (field: string): Lie =>
    (answer) => {
      const block = answer as Record<string, unknown> | null;
      return block === null ? block : { ...block, [field]: bend(block[field] as string) };
    };
  const blockMethods = ["eth_getBlockByNumber", "eth_getBlockByHash"];
  /** Every kind of answer, falsified, with the error that must be named. */
  const lies: { what: string; methods: string[]; lie: Lie; codes: string[] }[] = [
    { what: "a header", methods: blockMethods, lie: change("stateRoot"), codes: ["SourceLied"] },
    {
      what: "a transactions root",
      methods: blockMethods,
      lie: change("transactionsRoot"),
      codes: ["SourceLied"],
    },
    {
      what: "a transaction list",
      methods: blockMethods,
      lie: (answer) => answer && { ...answer, transactions: [] },
      codes: ["SourceLied"],
    },
    {
      what: "a proof node",
      methods: ["eth_getProof"],
      lie: (answer) => {
        const proof = answer as { accountProof: string[] };
        return { ...proof, accountProof: proof.accountProof.map(bend) };
      },
      codes: ["SourceLied", "IncompleteWitness"],
    },
    {
      what: "a storage root",
      methods: ["eth_getProof"],
      lie: change("storageHash"),
      codes: ["SourceLied"],
    },
    {
      what: "a block tag",
      methods: ["eth_getBlockByNumber"],
      lie: (answer, [tag]) => (tag === "latest" ? null : answer),
      codes: ["SourceLagging"],
    },
  ];

  it("does not judge a claim whose execution needs code that the node falsifies", async () => {
    await bench.changeToken(2n);
    const { sender, chains } = await bench.liar(1);
    const claim = await bench.propose(sender, chains);
    const honest = await bench.challenger(3, { sourceUrl: proxy.url });
    proxy.lie("eth_getCode", (code) => bend(code as string));
    const { actions } = await honest.challenger.tick();
    proxy.repent();
    assert.deepEqual(
      honest.challenger.verdicts.unjudged.map(({ subject, code }) => [subject, code]),
      [[claim.id, "SourceLied"]],
    );
    assert.equal(
      actions.some(({ kind }) => kind === "demand"),
      false,
    );
    honest.kill();
    await bench.finalize(sender, claim);
  });

  it("never judges on any kind of false answer, and judges as soon as the node tells the truth", async () => {
    const { sender, chains } = await bench.liar(1);
    const { liar } = await bench.liar(2);
    await bench.changeToken(3n);
    const feed = await bench.createFeed(sender);
    await bench.finalize(sender, await bench.propose(sender, chains));
    await bench.changeToken(4n);
    const claim = await bench.propose(sender, chains);
    const { id: update } = await liar.falseUpdate("wrong value", feed);

    for (const { what, methods, lie, codes } of lies) {
      const honest = await bench.challenger(3, { sourceUrl: proxy.url });
      for (const method of methods) proxy.lie(method, lie);
      const { actions } = await honest.challenger.tick();
      const judged = honest.challenger.verdicts;
      const touched = [claim.id, update].filter((id) => !judged.claims.has(id) && !judged.updates.has(id));
      assert.notEqual(touched.length, 0, `${what}: everything was judged on false answers`);
      for (const { code } of judged.unjudged) assert.ok(codes.includes(code), `${what}: ${code}`);
      // What was judged all the same did not need the falsified answer; it was judged right.
      assert.equal(judged.claims.get(claim.id)?.kind ?? "true", "true", what);
      assert.equal(judged.updates.get(update)?.kind ?? "keyLie", "keyLie", what);
      assert.equal(
        actions.some(({ kind }) => kind === "demand"),
        false,
        what,
      );
      proxy.repent();
      honest.kill();
    }
    const honest = await bench.challenger(4, { sourceUrl: proxy.url });
    await honest.act();
    assert.equal(honest.challenger.verdicts.claims.get(claim.id)?.kind, "true");
    assert.equal((await bench.update(update))?.status, "Rejected");
  });
});

/** Waits until B's node holds that many transactions. */
async function pendingTransactions(bench: Workbench, wanted: number): Promise<void> {
  for (;;) {
    const status = await bench.test.destinationNode.rpc<{ pending: string }>("txpool_status");
    if (Number(status.pending) >= wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
