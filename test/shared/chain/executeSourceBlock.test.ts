import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Wallet, type TransactionRequest } from "ethers";
import { executeSourceBlock } from "../../../shared/chain/executeSourceBlock.js";
import { compileExercise } from "../../support/contracts.js";
import { openTestSource, startTestSource, type TestSource } from "../../support/hardhatNode.js";

/** The key of `DEVELOPER`, which is public. */
const KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const RECEIVER = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";

describe("executeSourceBlock, for each type of transaction", () => {
  let chain: TestSource;
  before(async () => {
    chain = await startTestSource();
  });
  after(() => chain.close());

  const wallet = new Wallet(KEY);
  const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n };
  const types: [string, (nonce: number) => Promise<TransactionRequest>][] = [
    ["legacy", async () => ({ type: 0, gasPrice: 10n ** 10n })],
    [
      "legacy, creating a contract",
      async () => ({ type: 0, gasPrice: 10n ** 10n, to: null, data: "0x6001600055" }),
    ],
    [
      "access list",
      async () => ({ type: 1, gasPrice: 10n ** 10n, accessList: [[RECEIVER, [`0x${"01".repeat(32)}`]]] }),
    ],
    ["fee market", async () => ({ type: 2, ...fees, data: "0x1234" })],
    [
      "set code",
      async (nonce) => ({
        type: 4,
        ...fees,
        authorizationList: [
          await wallet.authorize({ address: RECEIVER, chainId: 31_337n, nonce: nonce + 1 }),
        ],
      }),
    ],
    ["fee market, from an account with a delegation", async () => ({ type: 2, ...fees })],
  ];
  for (const [nonce, [name, request]] of types.entries()) {
    it(`${name} (${nonce + 1})`, async () => {
      const { rpc } = chain;
      const count = Number(await rpc.request("eth_getTransactionCount", [wallet.address, "latest"]));
      const common = { chainId: 31_337n, to: RECEIVER, value: 3n, gasLimit: 200_000n, nonce: count };
      const raw = await wallet.signTransaction({ ...common, ...(await request(count)) });
      await rpc.request("eth_sendRawTransaction", [raw]);
      const number = BigInt((await rpc.request("eth_blockNumber", [])) as string);
      const executed = await executeSourceBlock(await openTestSource(chain.node.url), number);
      assert.deepEqual(executed.verdict, { kind: "match" });
      assert.deepEqual(executed.alerts, []);
    });
  }
});

describe("executeSourceBlock, against a real node", () => {
  const exercise = compileExercise();
  let chain: TestSource;
  let contract: string;

  before(async () => {
    chain = await startTestSource();
    contract = (await chain.send({ data: exercise.bytecode })).contractAddress as string;
    const calls: [string, ...bigint[]][] = [
      ["transfer(address,uint256)", BigInt(RECEIVER), 5n],
      ["set(uint256,uint256)", 1n, 5n],
      ["set(uint256,uint256)", 1n, 0n],
      ["setMany(uint256,uint256,uint256)", 0n, 60n, 3n],
      ["setMany(uint256,uint256,uint256)", 0n, 55n, 0n],
      ["flicker(uint256)", 200n],
      ["flicker(uint256)", 57n],
      ["setMany(uint256,uint256,uint256)", 50n, 9n, 0n],
      ["spawn()"],
      ["kill()"],
      ["spawnAndKill()"],
      ["ancestor(uint256)", 1n],
      ["ancestor(uint256)", 9n],
      ["set(uint256,uint256)", 59n, 0n],
      ["transfer(address,uint256)", BigInt(RECEIVER), 10n ** 24n - 5n],
    ];
    for (const [signature, ...words] of calls) {
      const value = signature.startsWith("spawn") ? { value: "0x5" } : {};
      await chain.send({ to: contract, data: exercise.call(signature, ...words), gas: "0xe00000", ...value });
    }
    await chain.send({ to: `0x${"12".repeat(20)}`, value: "0x1" });
    await chain.rpc.request("evm_mine", []);
  });
  after(() => chain.close());

  it("reproduces every state root, gas and receipts root, block after block", async () => {
    const source = await openTestSource(chain.node.url);
    const { number } = await source.finalizedHead();
    assert.ok(number >= 18n);
    for (let at = 1n; at <= number; at += 1n) {
      const executed = await executeSourceBlock(source, at);
      assert.deepEqual(executed.verdict, { kind: "match" }, `block ${at}`);
      assert.deepEqual(executed.alerts, [], `block ${at}`);
    }
  });

  it("reproduces each block alone, without anything remembered from its predecessors", async () => {
    const { number } = await (await openTestSource(chain.node.url)).finalizedHead();
    for (let at = number; at >= 1n; at -= 1n) {
      const { verdict } = await executeSourceBlock(await openTestSource(chain.node.url), at);
      assert.deepEqual(verdict, { kind: "match" }, `block ${at}`);
    }
  });
});
