import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { keccak256, toBeHex } from "ethers";
import { executeSourceBlock } from "../../shared/chain/executeSourceBlock.js";
import { createHistory, type History } from "../../shared/chain/history.js";
import { openRecords } from "../../shared/chain/recordStore.js";
import type { StateStores } from "../../shared/chain/sourceWitness.js";
import { openStateCache } from "../../shared/execution/cache.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { compileExercise } from "../support/contracts.js";
import { noGeth, openGethSource, startGethChain, type GethChain } from "../support/gethChain.js";
import { startLyingProxy, type LyingProxy } from "../support/lyingProxy.js";

const BLOCKS = 320;
/** Where the follower stops and begins anew with what it kept on disk. */
const RESTART_AFTER = 200n;

describe("a long chain that a real geth made quickly", { skip: noGeth }, () => {
  const exercise = compileExercise();
  const expected = new Map<bigint, bigint>();
  let chain: GethChain;
  let proxy: LyingProxy;
  let folder: string;
  let contract: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "optisync-long-"));
    chain = await startGethChain();
    proxy = await startLyingProxy(chain.node.url);
    const [created] = await chain.mine({ data: exercise.bytecode });
    contract = created?.contractAddress as string;
    for (let index = 0n; index < BigInt(BLOCKS); index += 1n) await chain.mine(...mixedTraffic(index));
  });
  after(async () => {
    await proxy?.close();
    await chain?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Transfers, tokens, and slots that come, change and go; the same for each index. */
  function mixedTraffic(index: bigint) {
    const call = (signature: string, ...words: bigint[]) => ({
      to: contract,
      data: exercise.call(signature, ...words),
    });
    const [set, cleared] = [index % 40n, (index * 7n) % 40n];
    expected.set(set, index + 1n);
    expected.set(cleared, 0n);
    return [
      call("set(uint256,uint256)", set, index + 1n),
      call("set(uint256,uint256)", cleared, 0n),
      call("transfer(address,uint256)", 0x10000n + (index % 90n), 1n),
      { to: toBeHex(0x20000n + index, 20), value: index + 1n },
      ...(index % 10n === 0n ? [{ ...call("spawnAndKill()"), value: 1n }, call("fail()")] : []),
    ];
  }

  /** A follower as a process has it: records of blocks and verified state on disk. */
  async function withFollower(follow: (history: History) => Promise<void>): Promise<void> {
    const records = await openRecords(join(folder, "blocks"));
    const stores = await openStateCache({ path: join(folder, "state") });
    try {
      const source = await openGethSource(chain, proxy.url, { stores });
      const { signal } = new AbortController();
      await follow(createHistory({ source, store: records, logger: silentLogger(), signal }));
    } finally {
      await stores.close();
      await records.close();
    }
  }

  it("is verified from the first to the last block, over a restart", async () => {
    proxy.refuse("debug_executionWitness");
    const height = await chain.height();
    assert.ok(height >= BigInt(BLOCKS));
    await withFollower(async (history) => {
      for (let number = 1n; number <= RESTART_AFTER; number += 1n) {
        assert.deepEqual((await history.block(number)).verdict, { kind: "match" }, `block ${number}`);
      }
    });
    await withFollower(async (history) => {
      for (let number = RESTART_AFTER + 1n; number <= height; number += 1n) {
        assert.deepEqual((await history.block(number)).verdict, { kind: "match" }, `block ${number}`);
      }
      const changes = await history.storageChanges(contract, 0n, height);
      for (const [key, value] of expected) {
        assert.equal(changes.get(valueSlot(key))?.after ?? 0n, value, `values[${key}]`);
      }
    });
  });

  it("takes what it kept from the disk instead of asking for it again", async () => {
    proxy.refuse("debug_executionWitness");
    proxy.refuse("debug_traceBlockByHash");
    const height = await chain.height();
    const proofsWith = async (stores?: StateStores): Promise<number> => {
      const source = await openGethSource(chain, proxy.url, stores === undefined ? {} : { stores });
      proxy.counts.clear();
      assert.deepEqual((await executeSourceBlock(source, height)).verdict, { kind: "match" });
      return proxy.counts.get("eth_getProof") ?? 0;
    };
    const kept = await openStateCache({ path: join(folder, "state") });
    try {
      const withKept = await proofsWith(kept);
      assert.ok(withKept < (await proofsWith()), `${withKept} proofs`);
    } finally {
      await kept.close();
    }
  });
});

/** Slot of `values[key]`: a mapping in the first position. */
function valueSlot(key: bigint): string {
  return keccak256(toBeHex(key, 32) + "00".repeat(32));
}
