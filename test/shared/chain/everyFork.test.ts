import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { executeSourceBlock } from "../../../shared/chain/executeSourceBlock.js";
import { createRpc } from "../../../shared/chain/rpc.js";
import { createSource } from "../../../shared/chain/source.js";
import { hardhatForks } from "../../../shared/execution/forks.js";
import { startTestSource } from "../../support/hardhatNode.js";

/** sstore(1, clz(255)) */
const CLZ = "60ff1e600155";
/** tstore(1, 5); sstore(1, tload(1)); mcopy(0, 0, 32); sstore(2, blobbasefee) */
const TRANSIENT = "600560015d60015c60015560205f5f5e4a600255";
/** sstore(1, staticcall(gas, ADDRESS, 0, 160, 0, 32)); sstore(2, mload(0)) */
const precompile = (address: string): string => `60205f60a05f61${address}5afa6001555f51600255`;
/** Creation code that sets slot 0 and leaves code that destroys the account: selfdestruct(0). */
const MORTAL = "0x60075f55" + "615fff" + "5f52" + "6002601ef3";

/** What each fork brought, as creation code; a fork also runs what those before it brought. */
const news = [
  { fork: "shanghai", code: ["0x5f5f5f5f60015560025f5500"] },
  { fork: "cancun", code: [`0x${TRANSIENT}00`] },
  { fork: "prague", code: [`0x${precompile("000b")}00`, `0x${precompile("000f")}00`] },
  { fork: "osaka", code: [`0x${CLZ}00`, `0x${precompile("0100")}00`, `0x${precompile("0005")}00`] },
] as const;

for (const [index, { fork }] of news.entries()) {
  describe(`a chain on ${fork}`, () => {
    it("is executed to the roots that another implementation computed", { timeout: 60_000 }, async () => {
      const chain = await startTestSource({ hardfork: fork });
      try {
        for (const code of news.slice(0, index + 1).flatMap((entry) => entry.code))
          await chain.send({ data: code, gas: "0x100000" });
        // A contract with a slot, which then destroys itself: with its storage before Cancun, without after.
        const { contractAddress } = await chain.send({ data: MORTAL, gas: "0x100000" });
        await chain.send({ to: contractAddress as string });
        const count = BigInt((await chain.rpc.request("eth_blockNumber", [])) as string);
        const source = await createSource({
          rpc: createRpc({ urls: [chain.node.url] }),
          forks: hardhatForks(31_337n, fork),
          finality: { kind: "depth", blocks: 0n },
        });
        for (let number = 1n; number <= count; number += 1n) {
          const { verdict, alerts, changes } = await executeSourceBlock(source, number);
          assert.deepEqual(
            { verdict, alerts },
            { verdict: { kind: "match" }, alerts: [] },
            `block ${number}`,
          );
          if (number < count) continue;
          const change = changes.get((contractAddress as string).slice(2).toLowerCase());
          assert.equal(change?.isWiped ?? false, fork === "shanghai");
        }
      } finally {
        await chain.close();
      }
    });
  });
}
