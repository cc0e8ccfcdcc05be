import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { JsonRpcProvider, Wallet } from "ethers";
import { startDestinationNode, type DestinationNode } from "../../../devnet/destinationNode.js";
import { DEFAULT_FEE_POLICY, type FeePolicy } from "../../../shared/chain/fees.js";
import { createRevertDecoder } from "../../../shared/chain/reverts.js";
import { createSender, type Sender, type SenderOptions } from "../../../shared/chain/sender.js";
import type { JsonRpc } from "../../../shared/chain/transactions.js";
import { silentLogger } from "../../../shared/runtime/logger.js";
import { connect, deployTurnstile, eventually, passCall, turnstile, walletOf } from "./turnstile.js";

const GWEI = 1_000_000_000n;

interface PoolTransaction {
  hash: string;
  nonce: string;
  to: string;
  input: string;
  maxFeePerGas: string;
  gasPrice?: string;
  type: string;
}

describe("sender", () => {
  let node: DestinationNode;
  let provider: JsonRpcProvider;
  let wallet: Wallet;
  let to: string;
  let stop: AbortController;
  let clean: string;

  before(async () => {
    node = await startDestinationNode({ mining: "manual", baseFeeWei: GWEI });
    provider = connect(node);
    wallet = walletOf(node);
    to = await deployTurnstile(node);
  });
  after(async () => {
    provider.destroy();
    await node.close();
  });
  beforeEach(async () => {
    stop = new AbortController();
    clean = await node.rpc<string>("evm_snapshot");
  });
  afterEach(async () => {
    stop.abort();
    await node.rpc("anvil_dropAllTransactions");
    await node.rpc("evm_revert", [clean]);
  });

  const create = (changes: Partial<SenderOptions> = {}, policy: Partial<FeePolicy> = {}): Sender =>
    createSender({
      rpc: provider,
      signer: wallet,
      chainId: node.chainId,
      decoder: createRevertDecoder([turnstile]),
      feePolicy: { ...DEFAULT_FEE_POLICY, resubmitMs: 60_000, ...policy },
      confirmations: 1,
      pollMs: 15,
      dryRun: false,
      logger: silentLogger(),
      signal: stop.signal,
      ...changes,
    });
  const pass = (turn: number) => ({ to, data: passCall(turn), label: "pass", key: `pass ${turn}` });
  const pool = async (): Promise<PoolTransaction[]> => {
    const block = await node.rpc<{ transactions: PoolTransaction[] }>("eth_getBlockByNumber", [
      "pending",
      true,
    ]);
    return block.transactions;
  };
  const poolSize = (size: number) =>
    eventually(`${size} in the pool`, async () => (await pool()).length === size);

  it("sends, waits for the confirmations, and hands back the receipt", async () => {
    const sent = create({ confirmations: 3 }).send(pass(0));
    let isSettled = false;
    void sent.then(() => (isSettled = true));
    await poolSize(1);
    await node.mine(2);
    assert.equal(isSettled, false);
    await node.mine(1);
    const outcome = await sent;
    assert.equal(outcome.kind, "confirmed");
    assert.equal(outcome.kind === "confirmed" && outcome.receipt.succeeded, true);
    assert.equal(outcome.kind === "confirmed" && outcome.receipt.logs.length, 1);
  });

  it("sends nothing that fails its simulation, and decodes why", async () => {
    const outcome = await create().send(pass(7));
    assert.deepEqual(outcome, {
      kind: "reverted",
      revert: {
        name: "OutOfTurn",
        args: { got: 7n, wanted: 0n },
        selector: turnstile.getError("OutOfTurn")?.selector,
        data: turnstile.encodeErrorResult("OutOfTurn", [7, 0]),
      },
    });
    assert.equal((await pool()).length, 0);
  });

  it("gives the same outcome to sends with one key, and sends once", async () => {
    const sender = create();
    const first = sender.send(pass(0));
    assert.equal(sender.send(pass(0)), first);
    await poolSize(1);
    await node.mine();
    assert.equal((await first).kind, "confirmed");
  });

  it("keeps many on their way with consecutive nonces", async () => {
    const sender = create();
    const burst = Array.from({ length: 5 }, (_, i) =>
      sender.send({ to: wallet.address, label: "note", key: `n${i}` }),
    );
    await poolSize(5);
    assert.deepEqual(
      sender.pending().map(({ nonce }) => nonce),
      [0, 1, 2, 3, 4],
    );
    await node.mine();
    const outcomes = await Promise.all(burst);
    assert.deepEqual([...new Set(outcomes.map(({ kind }) => kind))], ["confirmed"]);
    assert.deepEqual(sender.pending(), []);
  });

  it("simulates a few of many at a time, and lets the urgent one go ahead of those that wait", async () => {
    let [running, most] = [0, 0];
    const counted: JsonRpc = {
      async send(method, params) {
        const isCall = method === "eth_call";
        if (isCall) most = Math.max(most, ++running);
        const answer: unknown = await provider.send(method, params);
        if (isCall) running -= 1;
        return answer;
      },
    };
    const sender = create({ rpc: counted });
    const burst = Array.from({ length: 60 }, (_, i) =>
      sender.send({ to: wallet.address, label: "note", key: `n${i}` }),
    );
    const deadline = BigInt(Math.floor(Date.now() / 1000)) + 1_000_000n;
    const urgent = sender.send({ to: wallet.address, label: "urgent", key: "urgent", deadline });
    await eventually("all on their way", async () => sender.pending().length === 61);
    const place = sender.pending().findIndex(({ label }) => label === "urgent");
    assert.ok(place < 40, `place ${place}`);
    assert.ok(most > 1 && most <= 16, `${most} at once`);
    await node.mine();
    await Promise.all([...burst, urgent]);
  });

  it("sends again what the pool lost, however much that is", async () => {
    const sender = create();
    const burst = Array.from({ length: 40 }, (_, i) =>
      sender.send({ to: wallet.address, label: "note", key: `n${i}` }),
    );
    await poolSize(40);
    await node.rpc("anvil_dropAllTransactions");
    await eventually("all mined", async () => {
      await node.mine();
      return sender.pending().length === 0;
    });
    for (const outcome of await Promise.all(burst)) assert.equal(outcome.kind, "confirmed");
  });

  it("signs and sends nothing in a dry run", async () => {
    const outcome = await create({ dryRun: true }).send(pass(0));
    assert.equal(outcome.kind, "dryRun");
    assert.equal((await pool()).length, 0);
  });

  it("names a balance that is too low, with the amounts", async () => {
    await node.rpc("anvil_setBalance", [wallet.address, "0x10"]);
    await assert.rejects(create().send(pass(0)), (error: Error & { details: Record<string, unknown> }) => {
      assert.equal(error.name, "BalanceTooLow");
      assert.equal(error.details["availableWei"], 16n);
      assert.equal(error.details["address"], wallet.address);
      return true;
    });
    await assert.rejects(create().send({ ...pass(0), value: 17n }), { name: "BalanceTooLow" });
    assert.equal((await pool()).length, 0);
  });

  it("raises the bid under the same nonce while a transaction is not mined", async () => {
    const sent = create({}, { resubmitMs: 60 }).send(pass(0));
    await poolSize(1);
    const [first] = await pool();
    await eventually("a replacement", async () => (await pool())[0]?.hash !== first?.hash);
    const [second] = await pool();
    assert.equal((await pool()).length, 1);
    assert.equal(second?.nonce, first?.nonce);
    const raised = BigInt(second?.maxFeePerGas ?? 0);
    assert.ok(raised * 100n >= BigInt(first?.maxFeePerGas ?? 0) * 110n);
    await node.mine();
    assert.equal((await sent).kind, "confirmed");
  });

  it("holds back while the base fee is above the cap, and lets the cap rise as the deadline nears", async () => {
    const policy = { maxFeePerGasCapWei: GWEI / 2n, urgentCapWei: 50n * GWEI, urgentSeconds: 1_000n };
    const { timestamp } = await node.rpc<{ timestamp: string }>("eth_getBlockByNumber", ["latest", false]);
    const sent = create({}, policy).send({ ...pass(0), deadline: BigInt(timestamp) + 5_000n });
    await eventually("held back", async () => (await pool()).length === 0);
    await node.mine(1, 4_900);
    await poolSize(1);
    await node.mine();
    assert.equal((await sent).kind, "confirmed");
  });

  it("reports a transaction whose nonce another instance used, and goes on", async () => {
    const sender = create();
    const sent = sender.send(pass(0));
    await poolSize(1);
    await node.rpc("anvil_dropAllTransactions");
    const other = await wallet.signTransaction({
      type: 2,
      chainId: node.chainId,
      nonce: 0,
      to: wallet.address,
      gasLimit: 21_000n,
      maxFeePerGas: 20n * GWEI,
      maxPriorityFeePerGas: 20n * GWEI,
    });
    await node.rpc("eth_sendRawTransaction", [other]);
    await node.mine();
    assert.deepEqual(await sent, { kind: "displaced", nonce: 0 });
    const again = sender.send(pass(0));
    await poolSize(1);
    await node.mine();
    assert.equal((await again).kind, "confirmed");
  });

  it("sends again under the same nonce what the pool lost", async () => {
    const sent = create().send(pass(0));
    await poolSize(1);
    const [first] = await pool();
    await node.rpc("anvil_dropAllTransactions");
    await poolSize(1);
    assert.equal((await pool())[0]?.hash, first?.hash);
    await node.mine();
    assert.equal((await sent).kind, "confirmed");
  });

  it("sends again a transaction that a reorg took out of the chain", async () => {
    const sent = create({ confirmations: 3 }).send(pass(0));
    await poolSize(1);
    const beforeMining = await node.rpc<string>("evm_snapshot");
    await node.mine(2);
    await node.rpc("evm_revert", [beforeMining]);
    await node.rpc("anvil_dropAllTransactions");
    await poolSize(1);
    await node.mine(3);
    assert.equal((await sent).kind, "confirmed");
    assert.equal(turnstile.decodeFunctionResult("turn", await read("turn"))[0], 1n);
  });

  it("gives up a waiting transaction that would revert by now, and frees its nonce", async () => {
    const sender = create({}, { resubmitMs: 60 });
    const sent = sender.send(pass(0));
    await poolSize(1);
    // Somebody else passes first: their transaction is mined, ours is not.
    await node.rpc("anvil_dropAllTransactions");
    await node.rpc("anvil_setStorageAt", [to, `0x${"0".repeat(64)}`, `0x${"0".repeat(63)}5`]);
    await eventually("settled", async () => {
      await node.mine();
      return sender.pending().length === 0;
    });
    const outcome = await sent;
    assert.equal(outcome.kind === "reverted" && outcome.revert.name, "OutOfTurn");
    assert.equal(outcome.kind === "reverted" && outcome.receipt, undefined);
  });

  it("replaces with a cancellation what would revert but is still in the pool", async () => {
    const sender = create({}, { resubmitMs: 60 });
    const sent = sender.send(pass(0));
    await poolSize(1);
    await node.rpc("anvil_setStorageAt", [to, `0x${"0".repeat(64)}`, `0x${"0".repeat(63)}5`]);
    await eventually("cancellation", async () => (await pool())[0]?.to === wallet.address.toLowerCase());
    await node.mine();
    const outcome = await sent;
    assert.equal(outcome.kind === "reverted" && outcome.revert.name, "OutOfTurn");
  });

  it("leaves no gap where the pool lost what would revert by now, even if the cap allows no higher bid", async () => {
    const cap = 2n * GWEI;
    const sender = create({}, { maxFeePerGasCapWei: cap, urgentCapWei: cap });
    const sent = sender.send(pass(0));
    await poolSize(1);
    const behind = sender.send({ to: wallet.address, label: "note", key: "note" });
    await poolSize(2);
    await node.rpc("anvil_dropAllTransactions");
    await node.rpc("anvil_setStorageAt", [to, `0x${"0".repeat(64)}`, `0x${"0".repeat(63)}5`]);
    await eventually("both settled", async () => {
      await node.mine();
      return sender.pending().length === 0;
    });
    const outcome = await sent;
    assert.equal(outcome.kind === "reverted" && outcome.revert.name, "OutOfTurn");
    assert.equal((await behind).kind, "confirmed");
  });

  it("decodes what reverted on chain although its simulation passed", async () => {
    const sent = create().send(pass(0));
    await poolSize(1);
    await node.rpc("anvil_setStorageAt", [to, `0x${"0".repeat(64)}`, `0x${"0".repeat(63)}5`]);
    await node.mine();
    const outcome = await sent;
    assert.equal(outcome.kind, "reverted");
    assert.equal(outcome.kind === "reverted" && outcome.receipt?.succeeded, false);
    assert.deepEqual(outcome.kind === "reverted" && outcome.revert.args, { got: 0n, wanted: 5n });
  });

  it("takes over at start what an earlier run left pending, before it sends anything new", async () => {
    const crashed = new AbortController();
    const lost = create({ signal: crashed.signal }).send(pass(0));
    await poolSize(1);
    crashed.abort();
    await assert.rejects(lost, { name: "AbortError" });

    const sender = create();
    const sent = sender.send(pass(1));
    await eventually("taken over", () => sender.pending()[0]?.label === "taken over");
    assert.equal((await pool()).length, 1);
    await node.mine();
    await eventually("sent after the take-over", async () => (await pool())[0]?.nonce === "0x1");
    await node.mine();
    assert.equal((await sent).kind, "confirmed");
  });

  it("outbids what an earlier run left stuck", async () => {
    const crashed = new AbortController();
    const lost = create({ signal: crashed.signal }).send(pass(0));
    await poolSize(1);
    const [stuck] = await pool();
    crashed.abort();
    await assert.rejects(lost);

    const sender = create({}, { resubmitMs: 60 });
    const sent = sender.send(pass(0));
    await eventually("replaced", async () => {
      const [now] = await pool();
      return now !== undefined && now.hash !== stuck?.hash;
    });
    assert.equal((await pool())[0]?.nonce, "0x0");
    await node.mine();
    await eventually("own transaction", async () => (await pool())[0]?.nonce === "0x1");
    await node.mine();
    assert.equal((await sent).kind, "confirmed");
  });

  it("gives up what waits for nonces that a restarted chain has forgotten", async () => {
    const sender = create({}, { resubmitMs: 100 });
    const first = sender.send(pass(0));
    await poolSize(1);
    await node.mine();
    assert.equal((await first).kind, "confirmed");
    const second = sender.send({ to: wallet.address, label: "note", key: "note" });
    await poolSize(1);
    await node.rpc("evm_revert", [clean]);
    await node.rpc("anvil_dropAllTransactions");
    clean = await node.rpc<string>("evm_snapshot");
    assert.deepEqual(await second, { kind: "displaced", nonce: 1 });
    const again = sender.send(pass(0));
    await eventually("sent from the first nonce", async () => (await pool())[0]?.nonce === "0x0");
    await node.mine();
    assert.equal((await again).kind, "confirmed");
  });

  it("raises the bid of what blocks an urgent transaction", async () => {
    const policy = { maxFeePerGasCapWei: 3n * GWEI, urgentCapWei: 500n * GWEI, resubmitMs: 60 };
    const sender = create({}, policy);
    const idle = sender.send({ to: wallet.address, label: "note", key: "note" });
    await poolSize(1);
    const bidOf = async (nonce: string) => {
      const found = (await pool()).find((transaction) => transaction.nonce === nonce);
      return BigInt(found?.maxFeePerGas ?? 0);
    };
    assert.equal(await bidOf("0x0"), 3n * GWEI);
    const { timestamp } = await node.rpc<{ timestamp: string }>("eth_getBlockByNumber", ["latest", false]);
    const urgent = sender.send({ ...pass(0), deadline: BigInt(timestamp) + 60n });
    await eventually("raised above the normal cap", async () => (await bidOf("0x0")) > 3n * GWEI);
    await node.mine();
    assert.deepEqual(
      (await Promise.all([idle, urgent])).map(({ kind }) => kind),
      ["confirmed", "confirmed"],
    );
  });

  it("does not count the value of a mined transaction against the balance", async () => {
    const ether = 10n ** 18n;
    await node.rpc("anvil_setBalance", [wallet.address, `0x${(2n * ether).toString(16)}`]);
    const sender = create({ confirmations: 3 });
    const first = sender.send({ ...pass(0), value: ether });
    await poolSize(1);
    await assert.rejects(sender.send({ ...pass(0), key: "more", value: ether }), { name: "BalanceTooLow" });
    await node.mine();
    const second = sender.send({ ...pass(1), value: ether / 2n });
    await poolSize(1);
    await node.mine(3);
    assert.deepEqual([(await first).kind, (await second).kind], ["confirmed", "confirmed"]);
  });

  it("does not lose a transaction whose broadcast got no answer", async () => {
    let isDeaf = true;
    const deaf: JsonRpc = {
      async send(method, params) {
        if (method === "eth_sendRawTransaction" && isDeaf) {
          isDeaf = false;
          throw new Error("no answer", { cause: new DOMException("timed out", "TimeoutError") });
        }
        return provider.send(method, params) as Promise<unknown>;
      },
    };
    const sent = create({ rpc: deaf }).send(pass(0));
    await poolSize(1);
    await node.mine();
    assert.equal((await sent).kind, "confirmed");
  });

  it("does not take a node's failure for a revert", async () => {
    const failing: JsonRpc = {
      async send(method, params) {
        if (method === "eth_call")
          throw Object.assign(new Error("x"), { error: { code: -32000, message: "header not found" } });
        return provider.send(method, params) as Promise<unknown>;
      },
    };
    await assert.rejects(create({ rpc: failing }).send(pass(0)), /x/);
  });

  it("bids a gas price on a chain without base fee", async () => {
    const old: JsonRpc = {
      async send(method, params) {
        const answer = (await provider.send(method, params)) as Record<string, unknown>;
        if (method === "eth_getBlockByNumber") delete answer["baseFeePerGas"];
        return answer;
      },
    };
    const sent = create({ rpc: old }).send(pass(0));
    await poolSize(1);
    assert.equal((await pool())[0]?.type, "0x0");
    await node.mine();
    assert.equal((await sent).kind, "confirmed");
  });

  it("ends waiting sends when the process stops", async () => {
    const sent = create().send(pass(0));
    await poolSize(1);
    stop.abort();
    await assert.rejects(sent, { name: "AbortError" });
  });

  async function read(name: string): Promise<string> {
    return node.rpc<string>("eth_call", [{ to, data: turnstile.encodeFunctionData(name) }, "latest"]);
  }
});
