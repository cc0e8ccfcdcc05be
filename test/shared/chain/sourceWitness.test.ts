import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { executeSourceBlock } from "../../../shared/chain/executeSourceBlock.js";
import { createRpc } from "../../../shared/chain/rpc.js";
import { createSource } from "../../../shared/chain/source.js";
import { fromHex, keccak256, toHex } from "../../../shared/execution/crypto.js";
import { hardhatForks } from "../../../shared/execution/forks.js";
import { compileExercise } from "../../support/contracts.js";
import { DEVELOPER, openTestSource, startTestSource, type TestSource } from "../../support/hardhatNode.js";
import { startLyingProxy, type LyingProxy } from "../../support/lyingProxy.js";

describe("the ways to a witness", () => {
  const exercise = compileExercise();
  let chain: TestSource;
  let proxy: LyingProxy;
  let contract: string;

  before(async () => {
    chain = await startTestSource();
    proxy = await startLyingProxy(chain.node.url);
    contract = (await chain.send({ data: exercise.bytecode })).contractAddress as string;
    await chain.send({ to: contract, data: exercise.call("setMany(uint256,uint256,uint256)", 0n, 20n, 3n) });
    await chain.send({ to: contract, data: exercise.call("setMany(uint256,uint256,uint256)", 2n, 16n, 0n) });
  });
  afterEach(() => {
    proxy.repent();
    proxy.counts.clear();
  });
  after(async () => {
    await proxy.close();
    await chain.close();
  });

  /** All nodes and codes that executing block 3 needs, recorded from an execution that fetched them one by one. */
  async function recorded(): Promise<{ state: string[]; codes: string[] }> {
    const [nodes, codes] = [new Map<string, Uint8Array>(), new Map<string, Uint8Array>()];
    const source = await createSource({
      rpc: createRpc({ urls: [chain.node.url] }),
      forks: hardhatForks(31_337n),
      finality: { kind: "tag" },
      stores: { nodes, codes },
    });
    assert.equal((await executeSourceBlock(source, 3n)).verdict.kind, "match");
    const hex = (bytes: Uint8Array): string => `0x${toHex(bytes)}`;
    return { state: [...nodes.values()].map(hex), codes: [...codes.values()].map(hex) };
  }

  it("takes all from debug_executionWitness where the node has it", async () => {
    const witness = await recorded();
    proxy.lie("debug_executionWitness", () => ({ ...witness, headers: [], keys: [] }));
    const { verdict } = await executeSourceBlock(await openTestSource(proxy.url), 3n);
    assert.equal(verdict.kind, "match");
    assert.equal(proxy.counts.get("eth_getProof"), undefined);
    assert.equal(proxy.counts.get("eth_getCode"), undefined);
  });

  it("fetches what debug_executionWitness leaves out", async () => {
    const witness = await recorded();
    proxy.lie("debug_executionWitness", () => ({ state: witness.state.slice(3), codes: [] }));
    const { verdict } = await executeSourceBlock(await openTestSource(proxy.url), 3n);
    assert.equal(verdict.kind, "match");
    assert.ok((proxy.counts.get("eth_getCode") ?? 0) > 0);
  });

  it("fetches the proofs of traced keys together", async () => {
    const slots = Array.from({ length: 20 }, (_, key) => BigInt(key)).map((key) => mappingSlot(key, 0n));
    proxy.lie("debug_traceBlockByHash", () => [
      {
        result: {
          [DEVELOPER]: { balance: "0x1" },
          [contract]: { balance: "0x0", storage: Object.fromEntries(slots.map((slot) => [slot, "0x3"])) },
        },
      },
    ]);
    const { verdict } = await executeSourceBlock(await openTestSource(proxy.url), 3n);
    assert.equal(verdict.kind, "match");
    assert.equal(proxy.counts.get("debug_traceBlockByHash"), 1);
    const proofs = proxy.counts.get("eth_getProof") ?? 0;
    proxy.repent();
    proxy.counts.clear();
    await executeSourceBlock(await openTestSource(proxy.url), 3n);
    assert.ok(proofs < (proxy.counts.get("eth_getProof") ?? 0), "one by one takes more requests");
  });

  it("does not ask again for what the node turned out not to have", async () => {
    const source = await openTestSource(proxy.url);
    for (const number of [1n, 2n, 3n]) {
      assert.equal((await executeSourceBlock(source, number)).verdict.kind, "match");
    }
    assert.equal(proxy.counts.get("debug_executionWitness"), 1);
    assert.equal(proxy.counts.get("debug_traceBlockByHash"), 1);
  });

  it("survives answers to debug methods that are no witness", async () => {
    proxy.lie("debug_executionWitness", () => "nonsense");
    proxy.lie("debug_traceBlockByHash", () => [{ result: 7 }]);
    const { verdict } = await executeSourceBlock(await openTestSource(proxy.url), 3n);
    assert.equal(verdict.kind, "match");
  });

  it("needs fewer requests for a block whose parent was executed here", async () => {
    const source = await openTestSource(proxy.url);
    await executeSourceBlock(source, 2n);
    proxy.counts.clear();
    await executeSourceBlock(source, 3n);
    const following = proxy.counts.get("eth_getProof") ?? 0;
    proxy.counts.clear();
    await executeSourceBlock(await openTestSource(proxy.url), 3n);
    assert.ok(following < (proxy.counts.get("eth_getProof") ?? 0));
  });
});

/** Slot of `mapping[key]` for a mapping at `position`. */
function mappingSlot(key: bigint, position: bigint): string {
  const word = (value: bigint): string => value.toString(16).padStart(64, "0");
  return `0x${toHex(keccak256(fromHex(word(key) + word(position))))}`;
}
