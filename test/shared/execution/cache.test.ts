import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
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

  it("says by name that another process has the folder", async () => {
    await reopen();
    await assert.rejects(openStateCache({ path }), { code: "DatabaseUnusable", action: "halt" });
  });

  it("says by name that the folder cannot be made", async () => {
    const file = join(path, "file");
    await writeFile(file, "");
    await assert.rejects(openStateCache({ path: join(file, "state") }), { code: "DatabaseUnusable" });
  });

  /** Every file of the database that matches, damaged in the given way. */
  async function damage(pattern: RegExp, change: (bytes: Buffer) => Buffer): Promise<number> {
    const names = (await readdir(path)).filter((name) => pattern.test(name));
    for (const name of names) await writeFile(join(path, name), change(await readFile(join(path, name))));
    return names.length;
  }
  const flip = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => byte ^ 0xff));
  const damages: [string, RegExp, (bytes: Buffer) => Buffer][] = [
    ["the manifest is garbage", /^MANIFEST/, flip],
    ["the manifest is empty", /^MANIFEST/, () => Buffer.alloc(0)],
    ["the pointer to the manifest is garbage", /^CURRENT$/, flip],
    ["the pointer to the manifest is empty", /^CURRENT$/, () => Buffer.alloc(0)],
    ["the tables are garbage", /\.ldb$/, flip],
    ["the tables are cut short", /\.ldb$/, (bytes) => bytes.subarray(0, bytes.length / 2)],
    ["the log is garbage", /\.log$/, flip],
    ["the log is cut short", /\.log$/, (bytes) => bytes.subarray(0, bytes.length / 2)],
  ];
  for (const [name, pattern, change] of damages) {
    it(`begins anew or has the right bytes when ${name}`, async () => {
      await reopen();
      const hashes = fill(0, 30_000);
      await reopen();
      await close();
      assert.ok((await damage(pattern, change)) > 0, "there is such a file");
      await reopen();
      hashes.forEach((hash, index) => {
        const bytes = cache?.nodes.get(hash);
        if (bytes !== undefined) assert.deepEqual([...bytes], [...bytesOf(index)]);
      });
      const [again] = fill(100_000, 1);
      await reopen();
      assert.deepEqual([...(cache?.nodes.get(again as string) ?? [])], [...bytesOf(100_000)]);
    });
  }

  it("counts an entry once, however often it is put in", async () => {
    await reopen(2000);
    const [first] = fill(0, 1);
    for (let round = 0; round < 10; round += 1) fill(1, 1500);
    await reopen(2000);
    assert.ok(cache?.nodes.get(first as string) !== undefined);
  });
});
