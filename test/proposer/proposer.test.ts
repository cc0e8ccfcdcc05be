import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Wallet } from "ethers";
import { finalHead } from "../../shared/protocol/ledger.js";
import type { ProtocolReader } from "../../shared/chain/protocolReader.js";
import { startDeployment, type TestDeployment } from "../support/deployment.js";
import { compileExercise } from "../support/contracts.js";
import { send, startBot, statusOf, type Bot } from "./bot.js";

const ETHER = 10n ** 18n;
const exercise = compileExercise();

describe("a proposer between two real chains", () => {
  let deployment: TestDeployment;
  let wallet: Wallet;
  let challenger: Wallet;
  let reader: ProtocolReader;
  let mirrored: string;
  let bot: Bot;

  before(async () => {
    deployment = await startDeployment();
    wallet = deployment.wallets[1] as Wallet;
    challenger = deployment.wallets[2] as Wallet;
    reader = await deployment.openReader();
    const created = await deployment.sendToSource({ data: exercise.bytecode, gas: "0x300000" });
    mirrored = created.contractAddress ?? "";
    await setMany(0n, 300n, 7n);
    await setMany(300n, 300n, 8n);
    await send(deployment, wallet, "stake", "deposit", [wallet.address], 10n * ETHER);
    await send(deployment, challenger, "stake", "deposit", [challenger.address], ETHER);
    await send(deployment, challenger, "feeds", "createFeed", [mirrored, 1_000, 10], ETHER);
  });
  beforeEach(async () => {
    bot = await startBot(deployment, wallet);
  });
  after(async () => {
    bot.kill();
    await deployment.close();
  });

  const setMany = (from: bigint, count: bigint, value: bigint) =>
    deployment.sendToSource({
      to: mirrored,
      data: exercise.call("setMany(uint256,uint256,uint256)", from, count, value),
      gas: "0x1000000",
    });

  /** Every slot of the mirrored contract, as B and as A have it. */
  async function compareMirror(slots: readonly string[]): Promise<void> {
    const { ledger } = await reader.sync();
    const head = ledger.updates.get(ledger.feeds.get(1n)?.head ?? "");
    const at = `0x${(head?.update.number ?? 0n).toString(16)}`;
    for (const slot of slots) {
      const [value] = await reader.call("feeds", "read", [1n, slot, 10_000n]);
      assert.equal(value, await deployment.sourceRpc.request("eth_getStorageAt", [mirrored, slot, at]), slot);
    }
  }

  /** What was done, and how many transactions of the bot that took. */
  async function countTransactions(act: () => Promise<string[]>): Promise<[string[], number]> {
    const nonce = () => deployment.destination.getTransactionCount(wallet.address);
    const before = await nonce();
    const done = await act();
    return [done, (await nonce()) - before];
  }

  async function mirroredSlots(): Promise<string[]> {
    const { ledger } = await reader.sync();
    const chunks = [...ledger.updates.values()].flatMap((entry) => entry.chunks);
    return chunks.flatMap(
      (chunk) =>
        chunk
          .slice(2)
          .match(/.{128}/g)
          ?.map((delta) => `0x${delta.slice(0, 64)}`) ?? [],
    );
  }

  it("claims A's final head once it has executed it, and nothing more until the next is due", async () => {
    assert.deepEqual(await bot.settle(), ["propose"]);
    const { ledger } = await reader.sync();
    const newest = [...ledger.claims.values()].at(-1);
    const source = await deployment.openSource();
    assert.equal(newest?.claim.blockHash, (await source.finalizedHead()).hash);
  });

  it("lets a killed bot's claim be made final by the next one", async () => {
    await bot.step();
    bot.kill();
    await deployment.advance(31);
    bot = await startBot(deployment, wallet);
    assert.deepEqual(
      (await bot.step()).filter((kind) => kind === "finalize"),
      ["finalize"],
    );
    assert.deepEqual(await statusOf(reader), ["Final", "Final"]);
  });

  it("stages and posts a first update of more than one chunk, killed after every step", async () => {
    const done: string[] = [];
    for (let life = 0; life < 8 && !done.includes("post"); life++) {
      bot.kill();
      bot = await startBot(deployment, wallet);
      await bot.step();
      done.push(...(await settleOnce(bot)));
    }
    assert.deepEqual(done, ["stage", "post"]);
  });

  it("applies the update after its window, so that B reads what A has", async () => {
    await deployment.advance(21);
    // Two chunks of new slots take more gas than is wanted in one transaction.
    assert.deepEqual(await countTransactions(() => bot.settle()), [["apply"], 2]);
    const slots = await mirroredSlots();
    assert.equal(slots.length > 600, true);
    await compareMirror([...slots.slice(0, 20), ...slots.slice(-20)]);
  });

  it("carries changed and cleared slots over in a second update", async () => {
    await setMany(10n, 5n, 0n);
    await setMany(20n, 5n, 99n);
    assert.deepEqual(await bot.settle(), ["propose"]);
    await deployment.advance(31);
    assert.deepEqual(await bot.settle(), ["finalize", "post"]);
    await deployment.advance(21);
    assert.deepEqual(await bot.settle(), ["apply"]);
    const { ledger } = await reader.sync();
    const last = [...ledger.updates.values()].at(-1);
    assert.equal(last?.update.count, 10n);
    await compareMirror(await mirroredSlots().then((slots) => slots.slice(-10)));
  });

  it("applies several chunks of changed slots in one transaction", async () => {
    await setMany(0n, 300n, 70n);
    await setMany(300n, 300n, 80n);
    assert.deepEqual(await bot.settle(), ["propose"]);
    await deployment.advance(31);
    assert.deepEqual(await bot.settle(), ["finalize", "stage", "post"]);
    await deployment.advance(21);
    assert.deepEqual(await countTransactions(() => bot.settle()), [["apply"], 1]);
    const { ledger } = await reader.sync();
    assert.equal([...ledger.updates.values()].at(-1)?.chunks.length, 2);
    await compareMirror(await mirroredSlots().then((slots) => slots.slice(-600)));
  });

  it("answers a demand, earns half of its bond, and the claim goes on", async () => {
    await deployment.mineSource(2, 2);
    await bot.settle();
    const { ledger } = await reader.sync();
    const claim = [...ledger.claims.values()].at(-1);
    await send(deployment, challenger, "anchorCourt", "demand", [claim?.claim, challenger.address]);
    bot.kill();
    bot = await startBot(deployment, wallet);
    assert.deepEqual((await bot.step())[0], "answer");
    const after = (await reader.sync()).ledger;
    assert.equal(after.claims.get(claim?.id ?? "")?.attested, true);
    const [account] = await reader.call("stake", "account", [wallet.address]);
    const { free, locked } = account as { free: bigint; locked: bigint };
    assert.equal(free + locked, 10n * ETHER + deployment.parameters.demands.bondWei / 2n);
    await deployment.advance(31);
    await bot.settle();
    assert.equal(finalHead((await reader.sync()).ledger)?.id, claim?.id);
  });

  it("does not claim what it could not defend", async () => {
    bot.kill();
    const evidence = {
      evidenceFor: () => Promise.reject(new Error("the members do not answer")),
    };
    bot = await startBot(deployment, wallet, { evidence });
    await deployment.mineSource(2, 2);
    await bot.step();
    const done = [...(await settleOnce(bot)), ...(await settleOnce(bot))];
    assert.deepEqual(done, []);
    assert.deepEqual(
      bot.alerts().map(({ code }) => code),
      ["EvidenceUnavailable"],
    );
  });
});

/** One look after everything that was begun is prepared. */
async function settleOnce(bot: Bot): Promise<string[]> {
  await bot.prepared();
  return bot.step();
}
