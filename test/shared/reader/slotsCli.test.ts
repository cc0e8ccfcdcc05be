import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { toBeHex, type Wallet } from "ethers";
import { slotCommands } from "../../../shared/reader/slotsCli.js";
import { createReader } from "../../../shared/reader/index.js";
import { proveSlotFeed } from "../../../shared/reader/slotFeeds.js";
import { send } from "../../proposer/bot.js";
import { openCommandLine, type CommandLine } from "../../support/commandLine.js";
import { compileExercise } from "../../support/contracts.js";
import { startDeployment, type TestDeployment } from "../../support/deployment.js";
import { createClaimant, type Claimant } from "../../support/finality.js";
import { startLyingProxy, type LyingProxy } from "../../support/lyingProxy.js";

/** Of `exercise`: its own variables, and one that it never writes. */
const [FIRST, SECOND, NEVER] = [0n, 1n, 0xffffn].map((slot) => toBeHex(slot, 32)) as [string, string, string];

describe("the commands of feeds of slots", () => {
  const exercise = compileExercise();
  let chains: TestDeployment;
  let claimant: Claimant;
  let node: LyingProxy;
  let cli: CommandLine;
  let account: string;

  before(async () => {
    chains = await startDeployment();
    claimant = await createClaimant(chains, chains.wallets[1] as Wallet);
    node = await startLyingProxy(chains.sourceNode.url);
    cli = await openCommandLine(chains, {
      commands: [slotCommands],
      sourceUrl: node.url,
      wallet: chains.wallets[5] as Wallet,
    });
    const created = await chains.sendToSource({ data: exercise.bytecode, gas: "0xe00000" });
    account = created.contractAddress as string;
  });
  after(async () => {
    await node.close();
    await chains.close();
    await cli.close();
  });

  /** Makes A's present final on B. */
  async function finalize(): Promise<bigint> {
    await chains.mineSource(1);
    return (await claimant.finalize(await claimant.claim())).number;
  }

  const onSource = async (slot: string, block: bigint): Promise<bigint> =>
    BigInt((await chains.sourceRpc.request("eth_getStorageAt", [account, slot, toBeHex(block)])) as string);
  const slots = (...args: string[]): Promise<Record<string, unknown>> => cli.works("slots", ...args);
  const refused = (code: string, words: RegExp, ...args: string[]): Promise<void> =>
    cli.fails(code, words, "slots", ...args);

  it("create a feed, whose slots are put in order", async () => {
    assert.deepEqual(await cli.works("slots", "list"), []);
    const dry = await slots("create", account, "0xffff,1,0", "--dry-run");
    assert.equal(dry["isDryRun"], true);
    const created = await slots("create", account, "0xffff,1,0");
    assert.equal(created["feed"], "1");
    assert.deepEqual(created["slots"], [FIRST, SECOND, NEVER]);
    const shown = await slots("show", "1");
    assert.deepEqual(shown["slots"], [{ slot: FIRST }, { slot: SECOND }, { slot: NEVER }]);
    assert.equal(shown["ageSeconds"], undefined);
  });

  it("answer for nothing before the first proof", async () => {
    await refused("CallReverted", /SlotFeedEmpty/, "read", "1", "0", "--max-age", "2h");
  });

  it("prove all slots at once, without a window", async () => {
    const block = await finalize();
    assert.equal((await slots("prove", "1", "--dry-run"))["isDryRun"], true);
    await refused("CallReverted", /SlotFeedEmpty/, "read", "1", "0", "--max-age", "2h");

    const proven = await slots("prove", "1");
    assert.equal(proven["block"], String(block));
    for (const slot of [FIRST, SECOND, NEVER]) {
      const read = await slots("read", "1", slot, "--max-age", "2h");
      assert.equal(read["value"], String(await onSource(slot, block)), slot);
      assert.equal(read["block"], String(block));
    }
  });

  it("say that there is nothing newer, and send nothing", async () => {
    const again = await slots("prove", "1");
    assert.deepEqual([again["isUpToDate"], again["block"]], [true, (await slots("show", "1"))["number"]]);
  });

  it("follow what changes on A", async () => {
    const data = exercise.call("setMany(uint256,uint256,uint256)", 0n, 2n, 77n);
    assert.equal((await chains.sendToSource({ to: account, data, gas: "0xe00000" })).status, "0x1");
    const block = await finalize();
    await slots("prove", "1");
    const { slots: shown, number } = await slots("show", "1");
    assert.equal(number, String(block));
    for (const { slot, value } of shown as { slot: string; value: string }[])
      assert.equal(value, String(await onSource(slot, block)), slot);
    const [feed] = (await cli.works("slots", "list")) as unknown as Record<string, unknown>[];
    assert.equal(feed?.["number"], String(block));
  });

  it("let nobody be told something false by A's node", async () => {
    await finalize();
    node.lie("eth_getProof", (answer) => ({
      ...(answer as Record<string, unknown>),
      accountProof: (answer as { accountProof: string[] }).accountProof.slice(0, -1),
    }));
    await refused("InvalidProof", /Truncated/, "prove", "1");
    node.repent();
  });

  it("do not complain when somebody else was quicker", async () => {
    const view = await (await chains.openReader()).sync();
    const proof = await proveSlotFeed(view, chains.sourceRpc, 1n);
    assert.ok(proof);
    const args = [1n, proof.slots, proof.claim, proof.accountProof, proof.storageProofs];
    await chains.advance(0);
    // In the next block: the command, which looks at confirmed ones, does not know of it yet.
    node.lie("eth_getProof", async (answer) => {
      node.repent();
      await send(chains, chains.wallets[6] as Wallet, "slotFeeds", "proveSlots", args);
      return answer;
    });
    const { isUpToDate, block } = await slots("prove", "1");
    assert.deepEqual([isUpToDate, block], [true, String(proof.claim.number)]);
    await finalize();
  });

  it("give a dapp the arguments with which it proves and reads in one go", async () => {
    const reader = await createReader({
      deployment: chains.manifest,
      destinationRpc: chains.destinationNode.url,
      sourceRpc: node.url,
      confirmations: 1,
    });
    try {
      await chains.advance(0);
      const feed = reader.slotFeed(1);
      const proof = await feed.prove();
      assert.ok(proof);
      const { slots: list, claim, accountProof, storageProofs } = proof;
      const args = [1n, list, claim, accountProof, storageProofs];
      await send(chains, chains.wallets[6] as Wallet, "slotFeeds", "proveSlots", args);
      await chains.advance(0);
      assert.equal(await feed.prove(), undefined);
      const read = await feed.slot({ slot: 1n, maxAgeSeconds: 3_600 });
      assert.deepEqual([read.number, read.value], [claim.number, proof.values[1]]);
      await assert.rejects(reader.slotFeed(9).prove(), { code: "FeedUnknown" });
    } finally {
      reader.close();
    }
  });

  it("name what is wrong with what they are given", async () => {
    await refused("FeedUnknown", /99/, "prove", "99");
    await refused("FeedUnknown", /99/, "show", "99");
    await refused("FeedUnknown", /99/, "read", "99", "0");
    await refused("CallReverted", /SlotNotListed/, "read", "1", "5", "--max-age", "2h");
    await refused("CallReverted", /SlotFeedTooOld/, "read", "1", "0", "--max-age", "0s");
    const tooMany = Array.from({ length: 17 }, (_, i) => i).join(",");
    for (const list of ["0,0", "0,0x0", "zero", "0,", tooMany, `0x1${"0".repeat(64)}`])
      await refused("ConfigurationInvalid", /1 to 16 different/, "create", account, list);
    await refused("ConfigurationInvalid", /account/, "create", "0x12", "0");
  });
});
