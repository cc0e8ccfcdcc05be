import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { executeSourceBlock } from "../../../shared/chain/executeSourceBlock.js";
import { compileExercise } from "../../support/contracts.js";
import { openTestSource, startTestSource, type TestSource } from "../../support/hardhatNode.js";

const RECEIVER = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";

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
