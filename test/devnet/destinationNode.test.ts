import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startDestinationNode } from "../../devnet/destinationNode.js";

interface Block {
  number: string;
  timestamp: string;
  baseFeePerGas: string;
}

describe("startDestinationNode", () => {
  it("starts a chain as it was told, with funded accounts, on a port of its own", async () => {
    const options = {
      chainId: 777n,
      mining: "manual",
      baseFeeWei: 5n,
      genesisTimestamp: 1_000_000,
      accounts: 2,
    } as const;
    const [node, other] = await Promise.all([startDestinationNode(options), startDestinationNode()]);
    try {
      assert.notEqual(node.url, other.url);
      assert.equal(await node.rpc("eth_chainId"), "0x309");
      assert.equal(node.accounts.length, 2);
      const genesis = await node.rpc<Block>("eth_getBlockByNumber", ["latest", false]);
      assert.deepEqual(
        [genesis.number, BigInt(genesis.timestamp), genesis.baseFeePerGas],
        ["0x0", 1_000_000n, "0x5"],
      );
      await node.mine(2, 3_600);
      const head = await node.rpc<Block>("eth_getBlockByNumber", ["latest", false]);
      assert.equal(head.number, "0x2");
      assert.ok(BigInt(head.timestamp) >= 1_003_600n);
    } finally {
      await Promise.all([node.close(), other.close()]);
    }
  });

  it("leaves no process behind", async () => {
    const node = await startDestinationNode();
    process.kill(node.processId, 0);
    await node.close();
    assert.throws(() => process.kill(node.processId, 0), { code: "ESRCH" });
  });

  it("names a refusal of the node, and a start that fails", async () => {
    const node = await startDestinationNode();
    try {
      await assert.rejects(node.rpc("eth_nothing"), { code: "DevelopmentNodeRefused" });
      const port = Number(new URL(node.url).port);
      await assert.rejects(startDestinationNode({ port }), { code: "DevelopmentNodeFailed" });
    } finally {
      await node.close();
    }
  });
});
