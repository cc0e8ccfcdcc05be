import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ZeroHash, type Wallet } from "ethers";
import type { ProtocolReader } from "../../shared/chain/protocolReader.js";
import type { Ledger } from "../../shared/protocol/ledger.js";
import { OptisyncError } from "../../shared/runtime/errors.js";
import { compileExercise } from "../support/contracts.js";
import { startDeployment, type TestDeployment } from "../support/deployment.js";
import { send, startBot, type Bot } from "./bot.js";

const ETHER = 10n ** 18n;
const exercise = compileExercise();

describe("a proposer among others", () => {
  let deployment: TestDeployment;
  let reader: ProtocolReader;
  let staker: Wallet;
  let operator: Wallet;
  let other: Wallet;
  let mirrored: string;
  let first: Bot;
  let second: Bot;

  before(async () => {
    deployment = await startDeployment();
    [staker, operator, other] = deployment.wallets.slice(1, 4) as [Wallet, Wallet, Wallet];
    reader = await deployment.openReader();
    mirrored =
      (await deployment.sendToSource({ data: exercise.bytecode, gas: "0x300000" })).contractAddress ?? "";
    await send(deployment, staker, "stake", "deposit", [staker.address], 20n * ETHER);
    await send(deployment, staker, "stake", "setOperator", [operator.address, 10n * ETHER]);
    await send(deployment, other, "stake", "deposit", [other.address], 20n * ETHER);
    await send(deployment, other, "feeds", "createFeed", [mirrored, 1_000, 10], ETHER);
    first = await startBot(deployment, operator, { policy: { staker: staker.address } });
    second = await startBot(deployment, other, { policy: { finalizesOthers: true } });
  });
  after(async () => {
    first.kill();
    second.kill();
    await deployment.close();
  });

  const ledger = async (): Promise<Ledger> => (await reader.sync()).ledger;
  const set = (key: bigint, value: bigint) =>
    deployment.sendToSource({
      to: mirrored,
      data: exercise.call("set(uint256,uint256)", key, value),
      gas: "0x100000",
    });

  it("works with an operator's key, so that the staker's stays in the safe", async () => {
    assert.deepEqual(await first.settle(), ["propose"]);
    await deployment.advance(31);
    assert.deepEqual(await first.settle(), ["finalize", "post"]);
    const update = [...(await ledger()).updates.values()].at(-1)?.update;
    assert.equal(update?.proposer, staker.address);
  });

  it("applies another's update and builds on it once it has recomputed it", async () => {
    await set(1n, 5n);
    assert.deepEqual(await second.settle(), ["propose"]);
    await deployment.advance(31);
    const done = await second.settle();
    assert.deepEqual(done.sort(), ["apply", "finalize", "post"]);
    await deployment.advance(21);
    await second.settle();
    const feed = (await ledger()).feeds.get(1n);
    assert.equal((await ledger()).updates.get(feed?.head ?? "")?.update.proposer, other.address);
  });

  it("neither applies nor builds on a false update, and says so", async () => {
    await set(2n, 6n);
    await first.settle();
    await deployment.advance(31);
    const done: string[] = [];
    while (!done.includes("finalize")) done.push(...(await second.step()));
    const now = await ledger();
    const head = now.updates.get(now.feeds.get(1n)?.head ?? "");
    const root = [...now.claims.values()].filter(({ status }) => status === "Final").at(-1);
    const said = {
      proposer: other.address,
      storageRoot: head?.update.storageRoot,
      codeHash: head?.update.codeHash,
      staged: ZeroHash,
      minReserve: 0n,
      lastChunk: "0x",
    };
    await send(deployment, other, "feeds", "post", [head?.update, root?.claim, said]);
    const lie = [...(await ledger()).updates.values()].at(-1)?.id ?? "";
    await deployment.advance(21);
    const actions = await first.settle();
    assert.deepEqual(
      actions.filter((kind) => kind === "apply" || kind === "post"),
      [],
    );
    assert.equal(
      first.alerts().some(({ code, subject }) => code === "UpdateFalse" && subject === lie),
      true,
    );
  });

  it("defends its bonds while A cannot be read", async () => {
    await deployment.mineSource(3, 3);
    await second.settle();
    const claim = [...(await ledger()).claims.values()].at(-1);
    assert.equal(claim?.status, "Pending");
    await send(deployment, staker, "anchorCourt", "demand", [claim?.claim, staker.address]);
    const honest = await deployment.openSource();
    const source = new Proxy(honest, {
      get(target, name) {
        if (name === "finalizedHead") {
          return () => Promise.reject(new OptisyncError("RpcUnreachable", "no answer", { action: "retry" }));
        }
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      },
    });
    const blind = await startBot(deployment, other, { source });
    assert.deepEqual(await blind.settle(), ["answer"]);
    assert.deepEqual(
      blind.alerts().map(({ code }) => code),
      ["RpcUnreachable"],
    );
    blind.kill();
  });

  it("takes every bond back when the anchor has failed", async () => {
    const number = 1n;
    const [hashA, hashB] = [`0x${"11".repeat(32)}`, `0x${"22".repeat(32)}`];
    const [a, b] = [await deployment.evidence(number, hashA), await deployment.evidence(number, hashB)];
    await send(deployment, operator, "anchorCourt", "reportEquivocation", [number, hashA, a, hashB, b]);
    assert.equal((await second.settle()).includes("refund"), true);
    await first.settle();
    for (const account of [staker, other]) {
      const [stake] = await reader.call("stake", "account", [account.address]);
      assert.equal((stake as { locked: bigint }).locked, 0n);
    }
  });
});

describe("a proposer whose deployment has run out", () => {
  let deployment: TestDeployment;
  before(async () => {
    deployment = await startDeployment({ sunset: BigInt(Math.floor(Date.now() / 1_000)) + 1_000n });
  });
  after(() => deployment.close());

  it("claims nothing of a fork that the contracts do not know, and sees to what it has claimed before", async () => {
    const wallet = deployment.wallets[1] as Wallet;
    await send(deployment, wallet, "stake", "deposit", [wallet.address], 10n * ETHER);
    await deployment.mineSource(1, 2);
    const bot = await startBot(deployment, wallet);
    assert.deepEqual(await bot.settle(), ["propose"]);
    await deployment.mineSource(1, 2_000);
    assert.deepEqual(await bot.settle(), ["finalize"]);
    assert.deepEqual(
      bot.alerts().map(({ code }) => code),
      ["UnknownFork"],
    );
    bot.kill();
  });
});
