import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Wallet } from "ethers";
import { Liar } from "../../devnet/liar.js";
import { createHistory } from "../../shared/chain/history.js";
import type { ProtocolReader } from "../../shared/chain/protocolReader.js";
import { createMemoryRecords } from "../../shared/chain/recordStore.js";
import { checkReplica } from "../../shared/mirror/checkReplica.js";
import { digestsOf, previousKeys } from "../../shared/protocol/deltas.js";
import type { FeedEntry, Ledger, UpdateEntry } from "../../shared/protocol/ledger.js";
import { parameterPresets, type ProtocolParameters } from "../../shared/protocol/parameters.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { compileExercise } from "../support/contracts.js";
import { startDeployment, type TestDeployment } from "../support/deployment.js";
import { createClaimant, type Claimant } from "../support/finality.js";
import { send, startBot, type Bot, type BotChanges } from "./bot.js";

const ETHER = 10n ** 18n;
/** Windows that no slow machine lets pass by accident: whatever is shown here was proven. */
const PATIENT: ProtocolParameters = {
  ...parameterPresets.devnet,
  updates: { ...parameterPresets.devnet.updates, windowSeconds: 6_000n, maxRootAgeSeconds: 86_400n },
};

describe("a proposer that proves its updates", () => {
  const exercise = compileExercise();
  let chains: TestDeployment;
  let reader: ProtocolReader;
  let claimant: Claimant;
  let account: string;
  /** Has stake; the other has none. */
  let rich: Wallet;
  let poor: Wallet;
  let bot: Bot | undefined;

  before(async () => {
    chains = await startDeployment({ parameters: PATIENT });
    reader = await chains.openReader();
    claimant = await createClaimant(chains, chains.wallets[1] as Wallet);
    [rich, poor] = [chains.wallets[2] as Wallet, chains.wallets[4] as Wallet];
    await send(chains, rich, "stake", "deposit", [rich.address], 10n * ETHER);
    const created = await chains.sendToSource({ data: exercise.bytecode, gas: "0xe00000" });
    account = created.contractAddress as string;
    await write(0n, 100n, 5n);
    await finalize();
  });
  afterEach(() => bot?.kill());
  after(() => chains.close());

  async function write(from: bigint, count: bigint, value: bigint): Promise<void> {
    const data = exercise.call("setMany(uint256,uint256,uint256)", from, count, value);
    assert.equal((await chains.sendToSource({ to: account, data, gas: "0xe00000" })).status, "0x1");
  }

  async function finalize(): Promise<bigint> {
    await chains.mineSource(1);
    return (await claimant.finalize(await claimant.claim())).number;
  }

  async function start(
    wallet: Wallet,
    feed: bigint,
    provesUpToSlots: number | undefined,
    more: BotChanges = {},
  ) {
    bot?.kill();
    const policy = { feeds: [feed], provesUpToSlots, maxPendingClaims: 0 };
    return (bot = await startBot(chains, wallet, { ...more, policy: { ...policy, ...more.policy } }));
  }

  async function createFeed(gweiPerValue = 0n): Promise<bigint> {
    await send(
      chains,
      rich,
      "feeds",
      "createFeed",
      [account, 0, gweiPerValue],
      gweiPerValue === 0n ? 0n : ETHER,
    );
    return [...(await ledgerNow()).feeds.keys()].at(-1) as bigint;
  }

  /** A draft takes one look to prepare, and its proof another. */
  const settle = async (): Promise<string[]> => [
    ...((await bot?.settle()) ?? []),
    ...((await bot?.settle()) ?? []),
  ];
  const ledgerNow = async (): Promise<Ledger> => (await reader.sync()).ledger;
  const feedOf = async (id: bigint): Promise<FeedEntry> => (await ledgerNow()).feeds.get(id) as FeedEntry;
  const updatesOf = async (id: bigint): Promise<UpdateEntry[]> =>
    [...(await ledgerNow()).updates.values()].filter(
      ({ update }) => update.feed === id && update.number !== 0n,
    );

  /** It shows just this block, and all of A's storage there. */
  async function requireShown(feed: bigint, block: bigint): Promise<void> {
    const view = await reader.sync();
    const { signal } = new AbortController();
    const tools = { rpc: chains.destination, source: await chains.openSource(), signal };
    assert.equal((await checkReplica(view, await feedOf(feed), tools)).block, block);
    assert.equal((await reader.call("feeds", "isReadable", [feed, 86_400n]))[0], true);
  }

  it("shows the first update in one transaction, without stake, and earns the feed's fee", async () => {
    const feed = await createFeed(1_000n);
    await start(poor, feed, 160);
    const block = await finalize();
    assert.deepEqual(await settle(), ["sync"]);
    await requireShown(feed, block);
    const [update] = await updatesOf(feed);
    const [earned] = await reader.call("feeds", "earnings", [poor.address]);
    const [rootShare] = await reader.call("feeds", "earnings", [chains.wallets[1]?.address]);
    const GWEI = 10n ** 9n;
    assert.equal((earned as bigint) + (rootShare as bigint), (update?.update.count ?? 0n) * 1_000n * GWEI);
  });

  it("follows what changes and what is cleared", async () => {
    const feed = 1n;
    await start(poor, feed, 160);
    await write(0n, 10n, 0n);
    await write(20n, 10n, 77n);
    const block = await finalize();
    assert.deepEqual(await settle(), ["sync"]);
    await requireShown(feed, block);
    // Nothing has changed since, and the feed is not old.
    await finalize();
    assert.deepEqual(await settle(), []);
  });

  it("proves that nothing has changed, once the feed is old", async () => {
    await start(poor, 1n, 0, { policy: { maxFeedAgeSeconds: 0n } });
    const block = await finalize();
    assert.deepEqual(await settle(), ["sync"]);
    await requireShown(1n, block);
  });

  it("posts what changes more slots than the operator wants proven", async () => {
    const feed = await createFeed();
    await start(rich, feed, 20);
    await finalize();
    assert.deepEqual(await settle(), ["post"]);
    assert.equal((await updatesOf(feed))[0]?.status, "Pending");
    // Told otherwise later, it proves what it has posted.
    const [posted] = await updatesOf(feed);
    await start(rich, feed, Infinity);
    assert.deepEqual(await settle(), ["prove"]);
    await requireShown(feed, posted?.update.number ?? 0n);
  });

  it("waits with everybody behind another's update, and posts", async () => {
    const feed = await createFeed();
    const other = chains.wallets[5] as Wallet;
    await send(chains, other, "stake", "deposit", [other.address], ETHER);
    await finalize();
    const first = await startBot(chains, other, { policy: { feeds: [feed], maxPendingClaims: 0 } });
    assert.deepEqual((await first.settle()).at(-1), "post");
    first.kill();

    await start(rich, feed, Infinity);
    await write(0n, 2n, 9n);
    await finalize();
    // It is not its update that waits first, so that a proof would gain nothing.
    assert.deepEqual(await settle(), ["post"]);
    assert.deepEqual(
      (await updatesOf(feed)).map(({ status }) => status),
      ["Pending", "Pending"],
    );
  });

  it("posts on what it cannot prove on, and says why", async () => {
    const feed = await createFeed();
    const liar = await createLiar(chains.wallets[3] as Wallet);
    await finalize();
    const { id } = await liar.falseUpdate("wrong value", feed);
    await chains.advance(PATIENT.updates.windowSeconds + 1n);
    const { update, chunks } = (await ledgerNow()).updates.get(id) as UpdateEntry;
    for (const [index, chunk] of chunks.entries()) {
      const args = [update, digestsOf(chunks), previousKeys(chunks)[index], [chunk]];
      await send(chains, rich, "feeds", "applyChunks", args);
    }
    await start(rich, feed, Infinity);
    await write(0n, 2n, 10n);
    await finalize();
    // What the test before has left waits no longer, either.
    assert.deepEqual(
      (await settle()).filter((kind) => kind !== "apply"),
      ["post"],
    );
    assert.ok((await updatesOf(feed)).some(({ status }) => status === "Pending"));
    assert.deepEqual(
      bot?.alerts().map(({ code }) => code),
      ["FeedHoldsOtherStorage"],
    );
  });

  it("posts a large update and proves it piece by piece, whenever it is killed", async () => {
    await write(1_000n, 250n, 1n);
    await write(1_250n, 170n, 2n);
    const feed = await createFeed();
    const block = await finalize();
    const done: string[] = [];
    for (let life = 0; life < 20; life++) {
      const stop = new AbortController();
      const real = chains.createSender(rich, { signal: stop.signal });
      await start(rich, feed, Infinity, {
        sender: {
          ...real,
          address: real.address,
          // Dies right after its first transaction.
          async send(request) {
            stop.signal.throwIfAborted();
            const outcome = await real.send(request);
            if (outcome.kind !== "confirmed") return outcome;
            done.push(request.label);
            stop.abort(new DOMException("killed", "AbortError"));
            return outcome;
          },
        },
      });
      const before = done.length;
      for (let look = 0; look < 6 && done.length === before; look++) {
        await bot?.step();
        await bot?.prepared();
      }
      if (done.length === before) break;
    }
    assert.deepEqual([...new Set(done)], ["stage", "post", "prove", "apply"]);
    assert.equal(done.filter((label) => label === "prove").length, 2);
    await requireShown(feed, block);
  });

  async function createLiar(wallet: Wallet): Promise<Liar> {
    const [source, protocol] = [await chains.openSource(), await chains.openReader()];
    const { signal } = new AbortController();
    const history = createHistory({ source, store: createMemoryRecords(), logger: silentLogger(), signal });
    const parts = { manifest: chains.manifest, source, history, protocol, rpc: chains.destination };
    const created = new Liar(parts, chains.createSender(wallet));
    await created.stake(10n * ETHER);
    return created;
  }
});
