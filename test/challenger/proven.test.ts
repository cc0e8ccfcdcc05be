import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Chains } from "../../shared/chain/openChains.js";
import type { Sender } from "../../shared/chain/sender.js";
import {
  livingChild,
  type ClaimEntry,
  type FeedEntry,
  type UpdateEntry,
} from "../../shared/protocol/ledger.js";
import { showAccount } from "../../shared/proofs/accountPath.js";
import { syncCall } from "../../shared/proofs/syncProof.js";
import { proveUpdate } from "../../shared/reader/proveUpdate.js";
import { genesisUpdate, headOf } from "../../shared/protocol/update.js";
import { send, startBot, type Bot } from "../proposer/bot.js";
import { Workbench } from "./workbench.js";

const STAKE = 50n * 10n ** 18n;

describe("a challenger among updates that were proven", () => {
  let bench: Workbench;
  let proposer: Bot;
  let sender: Sender;
  let chains: Chains;

  before(async () => {
    bench = await Workbench.start();
    const wallet = bench.wallet(1);
    await send(bench.test, wallet, "stake", "deposit", [wallet.address], STAKE);
    proposer = await startBot(bench.test, wallet);
    ({ sender, chains } = await bench.liar(2));
  });
  after(() => bench.close());

  async function makeFinal(): Promise<ClaimEntry> {
    await bench.test.mineSource(1);
    const claim = await bench.propose(sender, chains);
    await bench.finalize(sender, claim);
    return claim;
  }

  async function feedOf(id: bigint): Promise<{ feed: FeedEntry; next: UpdateEntry | undefined }> {
    const ledger = await bench.ledger();
    const feed = ledger.feeds.get(id);
    assert.ok(feed);
    return { feed, next: livingChild(ledger, feed.head) };
  }

  const proofOf = async (feed: bigint) => proveUpdate(await bench.ledger(), bench.test.sourceRpc, feed);

  /** A challenger without memory judges everything, finds this update true and nothing to do. */
  async function isLeftAlone(update: string): Promise<void> {
    const { challenger } = await bench.challenger(3);
    await challenger.tick();
    while (challenger.verdicts.pending > 0) await challenger.tick();
    const plan = await challenger.tick();
    await challenger.settled();
    assert.deepEqual(challenger.verdicts.updates.get(update), { kind: "true" });
    assert.deepEqual(challenger.verdicts.unjudged, []);
    assert.deepEqual(
      plan.actions.filter(({ kind }) => kind !== "deposit"),
      [],
    );
    assert.deepEqual(plan.alerts, []);
  }

  it("leaves one alone that was never posted, and one that did not wait for its window", async () => {
    const posted = await bench.createFeed(sender);
    const { claim } = await makeFinal();
    await proposer.settle();
    const { entry, accountProof, pieces } = await proofOf(posted);
    assert.equal(entry.update.number, claim.number);
    const [piece] = pieces;
    assert.ok(piece);
    assert.equal(pieces.length, 1);

    const synced = await bench.createFeed(sender);
    const { chunk: deltas, before, nodes } = piece;
    const shown = showAccount({ address: bench.token, account: {}, accountProof });
    const on = [
      headOf(genesisUpdate(synced)),
      claim,
      { payee: bench.wallet(4).address, minFee: 0n },
    ] as const;
    const { name, args } = syncCall(on, deltas, { before, nodes }, shown);
    await send(bench.test, bench.wallet(4), "prover", name, args);
    await send(bench.test, bench.wallet(4), "prover", "prove", [entry.update, accountProof, piece]);
    for (const id of [posted, synced]) {
      const { feed, next } = await feedOf(id);
      assert.equal(next, undefined);
      assert.equal((await bench.update(feed.head))?.update.number, claim.number);
      await isLeftAlone(feed.head);
    }
  });

  it("still rejects a lie on top of one", async () => {
    await bench.changeToken(10n);
    await makeFinal();
    const { liar } = await bench.liar(5);
    const { id } = await liar.falseUpdate("wrong value", 2n);
    const honest = await bench.challenger(3);
    await honest.act();
    assert.equal((await bench.update(id))?.status, "Rejected");
    assert.equal((await feedOf(2n)).feed.isFrozen, false);
  });

  it("leaves one alone that waits to be applied although its window is over, and when it is applied", async () => {
    for (let start = 0n; start < 500n; start += 250n) {
      const data = bench.exercise.call("setMany(uint256,uint256,uint256)", start, 250n, start + 11n);
      const receipt = await bench.test.sendToSource({ to: bench.token, data, gas: "0xe00000" });
      assert.equal(receipt.status, "0x1");
    }
    await makeFinal();
    await proposer.settle();
    const { entry, accountProof, pieces } = await proofOf(1n);
    assert.equal(entry.chunks.length, 2);
    for (const piece of pieces) {
      await send(bench.test, bench.wallet(4), "prover", "prove", [entry.update, accountProof, piece]);
    }
    const { next } = await feedOf(1n);
    assert.deepEqual([next?.id, next?.status, next?.deadline], [entry.id, "Pending", 0n]);
    await isLeftAlone(entry.id);

    await proposer.settle();
    assert.equal((await feedOf(1n)).feed.head, entry.id);
    await isLeftAlone(entry.id);
  });
});
