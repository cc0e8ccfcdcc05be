import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ZeroHash, type Wallet } from "ethers";
import { Liar, type UpdateLie } from "../../../devnet/liar.js";
import { createHistory } from "../../../shared/chain/history.js";
import { createMemoryRecords } from "../../../shared/chain/recordStore.js";
import { checkReplica } from "../../../shared/mirror/checkReplica.js";
import { healCommand } from "../../../shared/mirror/healCli.js";
import { proveCommand, replicaCommands } from "../../../shared/mirror/replicaCli.js";
import { digestsOf } from "../../../shared/protocol/deltas.js";
import type { UpdateEntry } from "../../../shared/protocol/ledger.js";
import { parameterPresets, type ProtocolParameters } from "../../../shared/protocol/parameters.js";
import { silentLogger } from "../../../shared/runtime/logger.js";
import { send, startBot, type Bot } from "../../proposer/bot.js";
import { openCommandLine, type CommandLine } from "../../support/commandLine.js";
import { compileExercise } from "../../support/contracts.js";
import { startDeployment, type TestDeployment } from "../../support/deployment.js";
import { createClaimant, type Claimant } from "../../support/finality.js";
import { startLyingProxy, type LyingProxy } from "../../support/lyingProxy.js";

/** Windows that no slow machine lets pass by accident. */
const PATIENT: ProtocolParameters = {
  ...parameterPresets.devnet,
  updates: { ...parameterPresets.devnet.updates, windowSeconds: 6_000n, maxRootAgeSeconds: 86_400n },
};

interface Wrong {
  slot: string;
  held: string;
  right: string;
}

describe("healing a feed to which a lie was applied", () => {
  const exercise = compileExercise();
  let chains: TestDeployment;
  let claimant: Claimant;
  let proposer: Bot;
  let liar: Liar;
  let node: LyingProxy;
  let cli: CommandLine;
  let account: string;

  before(async () => {
    chains = await startDeployment({ parameters: PATIENT });
    claimant = await createClaimant(chains, chains.wallets[1] as Wallet);
    node = await startLyingProxy(chains.sourceNode.url);
    cli = await openCommandLine(chains, {
      commands: [
        replicaCommands,
        { command: "feed", describe: "feeds", commands: [proveCommand, healCommand] },
      ],
      sourceUrl: node.url,
      wallet: chains.wallets[5] as Wallet,
    });
    const created = await chains.sendToSource({ data: exercise.bytecode, gas: "0xe00000" });
    account = created.contractAddress as string;
    await write(0n, 150n, 5n);
    await claimant.finalize(await claimant.claim());
    liar = await createLiar(chains.wallets[3] as Wallet);
    const wallet = chains.wallets[2] as Wallet;
    await send(chains, wallet, "stake", "deposit", [wallet.address], 50n * 10n ** 18n);
    proposer = await startBot(chains, wallet);
  });
  after(async () => {
    await node.close();
    await chains.close();
    await cli.close();
  });

  async function createLiar(wallet: Wallet): Promise<Liar> {
    const [source, protocol] = [await chains.openSource(), await chains.openReader()];
    const { signal } = new AbortController();
    const history = createHistory({ source, store: createMemoryRecords(), logger: silentLogger(), signal });
    const parts = { manifest: chains.manifest, source, history, protocol, rpc: chains.destination };
    const created = new Liar(parts, chains.createSender(wallet));
    await created.stake(10n ** 20n);
    return created;
  }

  async function write(from: bigint, count: bigint, value: bigint): Promise<void> {
    const data = exercise.call("setMany(uint256,uint256,uint256)", from, count, value);
    assert.equal((await chains.sendToSource({ to: account, data, gas: "0xe00000" })).status, "0x1");
  }

  /** A feed whose first update is false, and which nobody has watched. */
  async function feedWith(lie: UpdateLie): Promise<string> {
    const { feed } = await cli.works("replica", "create", account, "--max-age", "6h");
    const { id } = await liar.falseUpdate(lie, BigInt(feed as string));
    await chains.advance(PATIENT.updates.windowSeconds + 1n);
    await applyUpdate(id);
    return feed as string;
  }

  async function applyUpdate(id: string): Promise<void> {
    const { ledger } = await (await chains.openReader()).sync();
    const { update, chunks } = ledger.updates.get(id) as UpdateEntry;
    const args = [update, digestsOf(chunks), ZeroHash, chunks];
    await send(chains, chains.wallets[3] as Wallet, "feeds", "applyChunks", args);
  }

  /** Something changes on A, and the proposer posts it on top of the lie. */
  async function postNext(value: bigint): Promise<void> {
    await write(0n, 3n, value);
    await claimant.finalize(await claimant.claim());
    await proposer.settle();
  }

  /** The replica as B has it against A's storage root. */
  async function requireHealthy(feed: string): Promise<void> {
    const view = await (await chains.openReader()).sync();
    const source = await chains.openSource();
    const { signal } = new AbortController();
    const entry = view.ledger.feeds.get(BigInt(feed));
    assert.ok(entry);
    await checkReplica(view, entry, { rpc: chains.destination, source, signal });
  }

  const heal = (...args: string[]): Promise<Record<string, unknown>> => cli.works("feed", "heal", ...args);
  const wrongIn = (report: Record<string, unknown>): Wrong[] => report["slots"] as Wrong[];

  it("mends a wrong value, after which the next update can be proven", async () => {
    const feed = await feedWith("wrong value");
    await assert.rejects(requireHealthy(feed), { code: "ReplicaDiffers" });
    const dry = await heal(feed, "--dry-run");
    assert.deepEqual([dry["isDryRun"], dry["sent"], wrongIn(dry).length], [true, 0, 1]);
    await assert.rejects(requireHealthy(feed), { code: "ReplicaDiffers" });

    await postNext(6n);
    await cli.fails("FeedHoldsOtherStorage", new RegExp(`optisync feed heal ${feed}`), "feed", "prove", feed);
    const healed = await heal(feed);
    const [wrong] = wrongIn(healed);
    assert.deepEqual([healed["sent"], healed["isRootFalse"]], [1, false]);
    assert.equal(BigInt(wrong?.held ?? 0), BigInt(wrong?.right ?? 0) + 1n);
    await requireHealthy(feed);

    await cli.works("feed", "prove", feed);
    await requireHealthy(feed);
    const reader = await chains.openReader();
    const [number] = await reader.call("feeds", "asOf", [BigInt(feed)]);
    assert.ok((number as bigint) > BigInt(healed["block"] as string));
  });

  it("finds nothing wrong in what is right, and sends nothing", async () => {
    const report = await heal("1");
    assert.deepEqual([report["sent"], wrongIn(report)], [0, []]);
  });

  it("finds what a lie left out by listing the whole storage", async () => {
    const feed = await feedWith("omitted slot");
    const report = await heal(feed, "--finality-depth", "0", "--workers", "0", "--data-dir", dataDir());
    const [wrong] = wrongIn(report);
    assert.deepEqual([report["sent"], wrong?.held], [1, "0"]);
    assert.notEqual(wrong?.right, "0");
    await requireHealthy(feed);
    await postNext(7n);
    await cli.works("feed", "prove", feed);
    await requireHealthy(feed);
  });

  it("mends just the slots that it is told", async () => {
    const feed = await feedWith("wrong value");
    const [wrong] = wrongIn(await heal(feed, "--dry-run"));
    assert.ok(wrong);
    assert.deepEqual(wrongIn(await heal(feed, "--slots", "0xfffff")), []);
    assert.equal((await heal(feed, "--slots", `0xfffff,${wrong.slot}`))["sent"], 1);
    await requireHealthy(feed);
  });

  it("says that no healing makes a storage root true that A never had", async () => {
    const feed = await feedWith("wrong storage root");
    const report = await heal(feed);
    assert.deepEqual([report["isRootFalse"], wrongIn(report)], [true, []]);
    // Somebody else, who lies as well, builds on it.
    await write(0n, 3n, 8n);
    await claimant.finalize(await claimant.claim());
    await liar.falseUpdate("wrong value", BigInt(feed));
    await cli.fails("FeedRootFalse", /Create another feed/, "feed", "prove", feed);
  });

  it("is told nothing false by A's node", async () => {
    const feed = await feedWith("wrong value");
    node.lie("eth_getProof", (answer) => ({
      ...(answer as Record<string, unknown>),
      accountProof: (answer as { accountProof: string[] }).accountProof.slice(0, -1),
    }));
    await cli.fails("InvalidProof", /Truncated/, "feed", "heal", feed);
    node.repent();
    assert.equal((await heal(feed))["sent"], 1);
  });

  it("names what is wrong with what it is given", async () => {
    await cli.fails("FeedUnknown", /99/, "feed", "heal", "99");
    const { feed } = await cli.works("replica", "create", account, "--max-age", "6h");
    await cli.fails("FeedEmpty", /shows nothing yet/, "feed", "heal", feed as string);
    await cli.fails("ConfigurationInvalid", /slots/, "feed", "heal", "1", "--slots", "none");
  });

  const dataDir = (): string => cli.deployment.replace("deployment.json", "data");
});
