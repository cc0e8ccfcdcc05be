import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { executeSourceBlock, type ExecutedBlock } from "../../shared/chain/executeSourceBlock.js";
import { toHex } from "../../shared/execution/crypto.js";
import { EMPTY_TRIE_ROOT } from "../../shared/execution/partialTrie.js";
import { noGeth, openGethSource, startGethChain, type GethChain } from "../support/gethChain.js";
import { startLyingProxy, type LyingProxy } from "../support/lyingProxy.js";
import { FORK_BLOCKS, playTraffic, type Scene } from "./traffic.js";

/** The ways to a witness, and what a node that lacks the others refuses. */
const WAYS = {
  debug_executionWitness: [],
  "prestateTracer and batched eth_getProof": ["debug_executionWitness"],
  "eth_getProof at need": ["debug_executionWitness", "debug_traceBlockByHash"],
} as const;

interface GethHeader {
  requestsHash?: string;
  blobGasUsed?: string;
}

/** Hash of an empty list of requests (EIP-7685): sha256 of nothing. */
const NO_REQUESTS = "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const BLOB_GAS_OF_6 = "0xc0000";

describe("blocks that a real geth made, from Shanghai to Osaka", { skip: noGeth }, () => {
  let chain: GethChain;
  let scenes: Scene[];
  const proxies = new Map<string, LyingProxy>();
  const changesByWay = new Map<string, string[]>();

  before(async () => {
    chain = await startGethChain({ forkBlocks: FORK_BLOCKS });
    scenes = await playTraffic(chain);
    for (const [way, refused] of Object.entries(WAYS)) {
      const proxy = await startLyingProxy(chain.node.url);
      for (const method of refused) proxy.refuse(method);
      proxies.set(way, proxy);
    }
  });
  after(async () => {
    for (const proxy of proxies.values()) await proxy.close();
    await chain?.close();
  });

  const sceneOf = (number: bigint): string =>
    scenes.find(({ from, through }) => from <= number && number <= through)?.name ?? "transfers";

  it("contain what they were made to contain", async () => {
    const source = await openGethSource(chain, chain.node.url);
    const has = async (
      name: string,
      isSo: (executed: ExecutedBlock, header: GethHeader) => boolean,
    ): Promise<void> => {
      const scene = scenes.find((each) => each.name.includes(name));
      assert.ok(scene, name);
      for (let number = scene.from; number <= scene.through; number += 1n) {
        const header = await chain.rpc.request("eth_getBlockByNumber", [`0x${number.toString(16)}`, false]);
        if (isSo(await executeSourceBlock(source, number), header as GethHeader)) return;
      }
      assert.fail(`${name}: no block of ${scene.from} to ${scene.through} has it`);
    };
    await has("before EIP-6780", ({ changes }) => [...changes.values()].some(({ isWiped }) => isWiped));
    await has("which stays", ({ changes }) => ![...changes.values()].some(({ isWiped }) => isWiped));
    await has("many transfers", ({ gasUsed }) => gasUsed === 60n * 21_000n);
    await has("requests", (_, { requestsHash }) => requestsHash !== NO_REQUESTS);
    await has("cells", (_, { blobGasUsed }) => blobGasUsed === BLOB_GAS_OF_6);
    await has("storage is empty", ({ changes }) =>
      [...changes.values()].some(
        ({ before, after }) =>
          before?.storageRoot !== EMPTY_TRIE_ROOT && after?.storageRoot === EMPTY_TRIE_ROOT,
      ),
    );
    await has(
      "delegation",
      ({ changes }) => changes.get(chain.authority.address.slice(2).toLowerCase())?.slots.size === 9,
    );
  });

  for (const way of Object.keys(WAYS)) {
    it(`reproduces each of them alone, by ${way}`, async () => {
      const proxy = proxies.get(way) as LyingProxy;
      const height = await chain.height();
      const changes: string[] = [];
      for (let number = 1n; number <= height; number += 1n) {
        // Nothing is remembered from other blocks: each witness has to be complete by itself.
        const executed = await executeSourceBlock(await openGethSource(chain, proxy.url), number);
        assert.deepEqual(executed.verdict, { kind: "match" }, `block ${number}: ${sceneOf(number)}`);
        assert.deepEqual(executed.alerts, [], `block ${number}: ${sceneOf(number)}`);
        changes.push(changesAsText(executed));
      }
      changesByWay.set(way, changes);
      // Geth leaves out an account here and there (that of a precompile whose call failed); it is asked for.
      const proofs = proxy.counts.get("eth_getProof") ?? 0;
      if (way === "debug_executionWitness") assert.ok(proofs * 20 < changes.length, `${proofs} proofs`);
    });
  }

  it("finds the same changes whichever way the witness came", () => {
    const [first, ...others] = [...changesByWay.values()];
    assert.equal(others.length, 2);
    for (const other of others) assert.deepEqual(other, first);
  });
});

function changesAsText({ changes }: ExecutedBlock): string {
  return JSON.stringify(
    [...changes].map(([address, { before, after, slots, isWiped }]) => [
      address,
      [before, after],
      [...slots].map(([slot, values]) => [slot, toHex(values.before), toHex(values.after)]),
      isWiped,
    ]),
    (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value),
  );
}
