import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Wallet } from "ethers";
import type { Chains } from "../../shared/chain/openChains.js";
import type { ProtocolReader } from "../../shared/chain/protocolReader.js";
import type { Sender } from "../../shared/chain/sender.js";
import { heldStorage } from "../../shared/protocol/heldStorage.js";
import { livingChild, type FeedEntry, type UpdateEntry } from "../../shared/protocol/ledger.js";
import { UPDATE_STATUSES, updateId } from "../../shared/protocol/update.js";
import { send, startBot } from "../proposer/bot.js";
import { Workbench } from "./workbench.js";

const STAKE = 50n * 10n ** 18n;

interface FeedOnChain {
  readonly head: string;
  readonly number: bigint;
  readonly timestamp: bigint;
  readonly account: string;
  readonly replica: string;
  readonly state: bigint;
  readonly isQueued: boolean;
}

/** What bots believe of updates is computed from events; here it is held to what the contracts say. */
describe("the ledger of posted and proven updates", () => {
  let bench: Workbench;
  let sender: Sender;
  let chains: Chains;
  /** Follows B through all of it. */
  let reader: ProtocolReader;
  let feed: bigint;

  before(async () => {
    bench = await Workbench.start();
    ({ sender, chains } = await bench.liar(1));
    for (const index of [2, 3]) {
      const wallet = bench.wallet(index);
      await send(bench.test, wallet, "stake", "deposit", [wallet.address], STAKE);
    }
    reader = await bench.test.openReader();
    feed = await bench.createFeed(sender);
  });
  after(() => bench.close());

  async function makeFinal(value: bigint): Promise<void> {
    await bench.changeToken(value);
    await bench.finalize(sender, await bench.propose(sender, chains));
  }

  /** A proposer looks until nothing is left to do. */
  async function settle(wallet: Wallet, provesUpToSlots?: number): Promise<string[]> {
    const policy = { feeds: [feed], provesUpToSlots, maxPendingClaims: 0 };
    const bot = await startBot(bench.test, wallet, { policy });
    // A draft takes one look to prepare, and its proof another.
    const done = [...(await bot.settle()), ...(await bot.settle())];
    bot.kill();
    return done;
  }

  async function requireUpdate({ id, update, status }: UpdateEntry, isProven: boolean): Promise<void> {
    assert.equal(updateId(update), id);
    const [record] = await reader.call("feeds", "record", [id]);
    const { status: recorded } = record as { status: bigint };
    assert.equal(UPDATE_STATUSES[Number(recorded)], isProven ? "None" : status);
    if (isProven) assert.equal(status, "Applied");
  }

  /** @param proven Updates of the feed that were never posted. */
  async function requireAgreement(proven: number): Promise<FeedEntry> {
    const { ledger } = await reader.sync();
    const entry = ledger.feeds.get(feed);
    const head = entry && ledger.updates.get(entry.head);
    assert.ok(entry && head);
    const { events } = await reader.sync();
    const posted = new Set(
      events.filter(({ name }) => name === "UpdatePosted").map(({ args }) => args["id"] as string),
    );
    const updates = [...ledger.updates.values()].filter(({ update }) => update.feed === feed);
    const atOnce = updates.filter(({ id, update }) => update.number !== 0n && !posted.has(id));
    assert.equal(atOnce.length, proven);
    for (const update of updates) await requireUpdate(update, atOnce.includes(update));

    const onChain = (await reader.call("feeds", "feedOf", [feed]))[0] as FeedOnChain;
    assert.deepEqual(
      [onChain.head, onChain.number, onChain.timestamp, onChain.account, onChain.replica],
      [head.id, head.update.number, head.update.timestamp, entry.account, entry.replica],
    );
    assert.equal(onChain.isQueued, livingChild(ledger, head.id) !== undefined);
    assert.equal(onChain.state === 2n, entry.isFrozen);
    const { rpc } = chains;
    for (const [slot, value] of heldStorage(ledger, head.id))
      assert.equal(
        BigInt((await rpc.send("eth_getStorageAt", [entry.replica, slot, "latest"])) as string),
        value,
      );
    // Whoever reads all events only now believes the same.
    assert.deepEqual((await bench.ledger()).updates, ledger.updates);
    return entry;
  }

  it("is right where one is proven, one posted on it and applied, and one proven on that", async () => {
    await makeFinal(6n);
    assert.deepEqual(await settle(bench.wallet(2), Infinity), ["sync"]);
    await requireAgreement(1);

    await makeFinal(7n);
    assert.deepEqual(await settle(bench.wallet(2)), ["post"]);
    await requireAgreement(1);
    await bench.test.advance(bench.test.parameters.updates.windowSeconds + 1n);
    assert.deepEqual(await settle(bench.wallet(3)), ["apply"]);
    await requireAgreement(1);

    await makeFinal(8n);
    assert.deepEqual(await settle(bench.wallet(3), Infinity), ["sync"]);
    await requireAgreement(2);
  });

  it("is right where a lie on a proven one is rejected, and the next is proven in its place", async () => {
    await makeFinal(9n);
    const { liar } = await bench.liar(4);
    const { id } = await liar.falseUpdate("wrong value", feed);
    await requireAgreement(2);
    await (await bench.challenger(5)).act();
    assert.equal((await bench.update(id))?.status, "Rejected");
    await requireAgreement(2);
    assert.deepEqual(await settle(bench.wallet(2), Infinity), ["sync"]);
    await requireAgreement(3);
  });

  it("is right after B has forgotten a proven update for another's about the same block", async () => {
    await makeFinal(10n);
    const node = bench.test.destinationNode;
    const snapshot = await node.rpc<string>("evm_snapshot");
    assert.deepEqual(await settle(bench.wallet(2), Infinity), ["sync"]);
    const { head: forgotten } = await requireAgreement(4);
    await node.rpc("evm_revert", [snapshot]);
    await node.mine(2);
    const { head: before } = await requireAgreement(3);
    assert.notEqual(before, forgotten);

    assert.deepEqual(await settle(bench.wallet(3), Infinity), ["sync"]);
    const { head } = await requireAgreement(4);
    assert.notEqual(head, forgotten, "its payee is another");
    assert.equal((await bench.ledger()).updates.has(forgotten), false);

    await makeFinal(11n);
    assert.deepEqual(await settle(bench.wallet(3)), ["post"]);
    await requireAgreement(4);
  });
});
