import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ClassicLevel } from "classic-level";
import { openStateCache, type StateCache } from "../../../shared/execution/cache.js";
import { keccak256, toHex } from "../../../shared/execution/crypto.js";

describe("openStateCache", () => {
  let path: string;
  let cache: StateCache | undefined;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "optisync-cache-"));
  });
  afterEach(async () => {
    await cache?.close();
    cache = undefined;
    await rm(path, { recursive: true });
  });

  const bytesOf = (index: number): Uint8Array => Uint8Array.of(index >> 16, index >> 8, index);
  function fill(from: number, count: number): string[] {
    return Array.from({ length: count }, (_, at) => {
      const hash = toHex(keccak256(bytesOf(from + at)));
      cache?.nodes.set(hash, bytesOf(from + at));
      return hash;
    });
  }
  async function close(): Promise<void> {
    await cache?.close();
    cache = undefined;
  }
  const reopen = async (maxEntries?: number): Promise<void> => {
    await close();
    cache = await openStateCache({ path, ...(maxEntries === undefined ? {} : { maxEntries }) });
  };

  it("has at once what was put in, and still after it was opened again", async () => {
    await reopen();
    const hashes = fill(0, 2500);
    assert.ok(hashes.every((hash) => cache?.nodes.get(hash) !== undefined));
    await reopen();
    hashes.forEach((hash, index) => {
      assert.deepEqual([...(cache?.nodes.get(hash) ?? [])], [...bytesOf(index)]);
    });
  });

  it("misses what it was never given", async () => {
    await reopen();
    assert.equal(cache?.nodes.get("00".repeat(32)), undefined);
  });

  it("misses an entry that was damaged on disk", async () => {
    await reopen();
    const [hash] = fill(0, 1);
    await close();
    const database = new ClassicLevel<string, Uint8Array>(path, { valueEncoding: "view" });
    await database.put(`a:${hash}`, Uint8Array.of(9));
    await database.close();
    await reopen();
    assert.equal(cache?.nodes.get(hash as string), undefined);
  });

  it("forgets the oldest when it is full, and keeps what is in use", async () => {
    await reopen(2000);
    const [first, second] = fill(0, 2000);
    for (let round = 1; round < 5; round += 1) {
      await reopen(2000);
      assert.ok(cache?.nodes.get(second as string) !== undefined, `round ${round}`);
      fill(round * 10_000, 1500);
    }
    await reopen(2000);
    assert.equal(cache?.nodes.get(first as string), undefined);
  });
});
