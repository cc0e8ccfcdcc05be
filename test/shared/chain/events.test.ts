import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { Interface, type JsonRpcProvider } from "ethers";
import { startDestinationNode, type DestinationNode } from "../../../devnet/destinationNode.js";
import { createEventLog, type EventLog, type EventLogOptions } from "../../../shared/chain/events.js";
import type { JsonRpc } from "../../../shared/chain/transactions.js";
import { connect, deployTurnstile, passCall, turnstile } from "./turnstile.js";

describe("event log", () => {
  let node: DestinationNode;
  let provider: JsonRpcProvider;
  let to: string;
  let turn = 0;

  before(async () => {
    node = await startDestinationNode({ mining: "manual" });
    provider = connect(node);
  });
  after(async () => {
    provider.destroy();
    await node.close();
  });
  beforeEach(async () => {
    to = await deployTurnstile(node);
    turn = 0;
  });

  const create = (changes: Partial<EventLogOptions> = {}): EventLog =>
    createEventLog({
      rpc: provider,
      contracts: [{ name: "Turnstile", address: to, abi: turnstile }],
      fromBlock: 0n,
      confirmations: 0,
      chunkSize: 1_000n,
      ...changes,
    });
  const pass = async (value = 0): Promise<void> => {
    const from = node.accounts[1]?.address;
    const transaction = {
      from,
      to,
      data: passCall(turn++),
      value: `0x${value.toString(16)}`,
      gas: "0x30000",
    };
    await node.rpc("eth_sendTransaction", [transaction]);
    await node.mine();
  };
  const turns = async (log: EventLog): Promise<unknown[]> =>
    (await log.sync()).events.map(({ args }) => [args["turn"], args["value"]]);

  it("reads everything at the first look, decoded and in order", async () => {
    await pass(5);
    await pass();
    const view = await create().sync();
    assert.equal(view.movement, "restarted");
    assert.equal(view.added, 2);
    const [event] = view.events;
    assert.equal(event?.contract, "Turnstile");
    assert.equal(event?.name, "Passed");
    assert.deepEqual(event?.args, { turn: 0n, by: node.accounts[1]?.address, value: 5n });
    assert.equal(typeof event?.blockNumber, "bigint");
  });

  it("sees the same head without reading logs, and reads only what an extension added", async () => {
    await pass();
    const asked: unknown[] = [];
    const log = create({ rpc: spy(asked) });
    await log.sync();
    asked.length = 0;
    assert.equal((await log.sync()).movement, "same");
    assert.deepEqual(asked, []);
    await pass();
    const view = await log.sync();
    assert.deepEqual([view.movement, view.added, view.dropped, view.events.length], ["extended", 1, 0, 2]);
    assert.deepEqual(asked, [[view.head.number, view.head.number]]);
  });

  it("drops what a reorg dropped and reads the new branch from the common ancestor", async () => {
    const log = create();
    await pass(1);
    await log.sync();
    const fork = await node.rpc<string>("evm_snapshot");
    await pass(2);
    await log.sync();
    await pass(3);
    assert.deepEqual(await turns(log), [
      [0n, 1n],
      [1n, 2n],
      [2n, 3n],
    ]);
    await node.rpc("evm_revert", [fork]);
    await node.rpc("anvil_dropAllTransactions");
    turn = 1;
    await node.mine(1, 60);
    await pass(9);
    await node.mine(3);
    const view = await log.sync();
    assert.deepEqual([view.movement, view.dropped, view.added], ["reorganised", 2, 1]);
    assert.deepEqual(await turns(log), [
      [0n, 1n],
      [1n, 9n],
    ]);
  });

  it("follows a node that fell behind, and catches up again", async () => {
    const log = create();
    await pass(1);
    const fork = await node.rpc<string>("evm_snapshot");
    await pass(2);
    await log.sync();
    await node.rpc("evm_revert", [fork]);
    await node.rpc("anvil_dropAllTransactions");
    turn = 1;
    assert.deepEqual(await turns(log), [[0n, 1n]]);
    await pass(2);
    assert.deepEqual(await turns(log), [
      [0n, 1n],
      [1n, 2n],
    ]);
  });

  it("starts over when nothing it knows is on the chain", async () => {
    const other = await startDestinationNode({ mining: "manual", genesisTimestamp: 1_000_000_000 });
    try {
      let current: JsonRpc = provider;
      const log = create({ rpc: { send: (method, params) => current.send(method, params) } });
      await pass(1);
      await log.sync();
      const replacement = connect(other);
      current = replacement;
      await other.mine(20);
      const view = await log.sync();
      assert.deepEqual([view.movement, view.dropped, view.events.length], ["restarted", 1, 0]);
      replacement.destroy();
    } finally {
      await other.close();
    }
  });

  it("stays as many blocks behind as it was told", async () => {
    const log = create({ confirmations: 2 });
    await pass();
    assert.equal((await log.sync()).events.length, 0);
    await node.mine(2);
    assert.equal((await log.sync()).events.length, 1);
  });

  it("halves the range that a node refuses, and reads all the same", async () => {
    await pass();
    await pass();
    await node.mine(40);
    const asked: [bigint, bigint][] = [];
    const log = create({ rpc: limited(7n, asked) });
    assert.equal((await log.sync()).events.length, 2);
    assert.ok(asked.length > 6);
  });

  it("names a node that refuses even one block", async () => {
    await assert.rejects(create({ rpc: limited(0n, []) }).sync(), { name: "LogsRefused", action: "retry" });
  });

  it("reads again when the chain changes under the reading", async () => {
    await pass(1);
    const fork = await node.rpc<string>("evm_snapshot");
    await pass(2);
    let isFirst = true;
    const rpc: JsonRpc = {
      async send(method, params) {
        const answer: unknown = await provider.send(method, params);
        if (method === "eth_getLogs" && isFirst) {
          isFirst = false;
          await node.rpc("evm_revert", [fork]);
          await node.rpc("anvil_dropAllTransactions");
          turn = 1;
          await node.mine(1, 90);
          await pass(7);
        }
        return answer;
      },
    };
    assert.deepEqual(await turns(create({ rpc })), [
      [0n, 1n],
      [1n, 7n],
    ]);
  });

  it("skips events that its interface does not know", async () => {
    await pass();
    const abi = new Interface(["event Other(uint256 indexed turn)"]);
    const view = await create({ contracts: [{ name: "Turnstile", address: to, abi }] }).sync();
    assert.deepEqual(view.events, []);
  });

  function spy(asked: unknown[]): JsonRpc {
    return {
      send(method, params) {
        if (method === "eth_getLogs") asked.push(rangeOf(params));
        return provider.send(method, params) as Promise<unknown>;
      },
    };
  }

  function limited(blocks: bigint, asked: [bigint, bigint][]): JsonRpc {
    return {
      async send(method, params) {
        if (method !== "eth_getLogs") return provider.send(method, params) as Promise<unknown>;
        const [from, last] = rangeOf(params);
        if (last - from + 1n > blocks) {
          throw Object.assign(new Error("refused"), { error: { code: -32005, message: "range too wide" } });
        }
        asked.push([from, last]);
        return provider.send(method, params) as Promise<unknown>;
      },
    };
  }

  function rangeOf(params: unknown[]): [bigint, bigint] {
    const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
    return [BigInt(fromBlock), BigInt(toBlock)];
  }
});
