import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { executeSourceBlock } from "../../../shared/chain/executeSourceBlock.js";
import { createHistory } from "../../../shared/chain/history.js";
import { openKeptWitnesses, type KeptWitnesses } from "../../../shared/chain/keptWitnesses.js";
import { createMemoryRecords } from "../../../shared/chain/recordStore.js";
import { createRpc } from "../../../shared/chain/rpc.js";
import { createSource } from "../../../shared/chain/source.js";
import { createWorkers } from "../../../shared/chain/workers.js";
import { hardhatForks } from "../../../shared/execution/forks.js";
import type { UsedState } from "../../../shared/execution/witness.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";
import { silentLogger, type Logger } from "../../../shared/runtime/logger.js";
import { compileExercise } from "../../support/contracts.js";
import { startTestSource, type TestSource } from "../../support/hardhatNode.js";
import { startPrunedNode, type PrunedNode } from "../../support/prunedNode.js";

const MAX_BYTES = 1_000_000;
const hash = (n: number): string => n.toString(16).padStart(64, "0");
const block = (n: number): string => `0x${hash(n)}`;
const bytes = (length: number, filling: number): Uint8Array => new Uint8Array(length).fill(filling);

/** What a block used: its own node, and these codes. */
function used(n: number, codes: readonly number[], nodeBytes = 100): UsedState {
  return {
    nodes: new Map([[hash(1_000 + n), bytes(nodeBytes, n)]]),
    codes: new Map(codes.map((code) => [hash(code), bytes(1_000, code)])),
  };
}

describe("what is kept of blocks that can be disputed", () => {
  let folder: string;
  let kept: KeptWitnesses;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "optisync-witnesses-"));
    kept = await open();
  });
  afterEach(async () => {
    await kept.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (maxBytes = MAX_BYTES, logger: Logger = silentLogger()): Promise<KeptWitnesses> =>
    openKeptWitnesses({ folder: join(folder, "db"), maxBytes, logger });
  const codesOf = async (n: number): Promise<number[] | undefined> =>
    (await kept.read(block(n)))?.codes.map(([first = 0]) => first).sort();

  it("is nothing until it is known what is wanted, and nothing of what is final", async () => {
    await kept.keep(5n, block(5), used(5, [1]));
    await kept.wantAbove(4n);
    await kept.keep(4n, block(4), used(4, [1]));
    assert.deepEqual(kept.size, { blocks: 0, bytes: 0 });
  });

  it("is there again after the process was killed", async () => {
    await kept.wantAbove(0n);
    await kept.keep(1n, block(1), used(1, [7, 8]));
    await kept.keep(2n, block(2), used(2, [8]));
    const { size } = kept;
    await kept.close();
    kept = await open();
    assert.deepEqual(kept.size, size);
    assert.deepEqual((await kept.read(block(1)))?.nodes, [bytes(100, 1)]);
    assert.deepEqual([await codesOf(1), await codesOf(2), await codesOf(3)], [[7, 8], [8], undefined]);
  });

  it("is replaced by what a later execution used", async () => {
    await kept.wantAbove(0n);
    await kept.keep(1n, block(1), used(1, [7]));
    await kept.keep(1n, block(1), used(1, [7, 8], 200));
    assert.deepEqual([kept.size.blocks, await codesOf(1)], [1, [7, 8]]);
    assert.equal((await kept.read(block(1)))?.nodes[0]?.length, 200);
    await kept.wantAbove(9_000n);
    assert.deepEqual(kept.size, { blocks: 0, bytes: 0 });
  });

  it("keeps a code as long as a block that ran it, and no longer", async () => {
    await kept.wantAbove(0n);
    for (const n of [1, 2, 1_030, 5_000])
      await kept.keep(BigInt(n), block(n), used(n % 250, n > 2_000 ? [9] : [7]));
    await kept.wantAbove(1_029n);
    assert.deepEqual([await codesOf(1), await codesOf(1_030), await codesOf(5_000)], [undefined, [7], [9]]);
    await kept.wantAbove(4_999n);
    assert.deepEqual([kept.size.blocks, await codesOf(5_000)], [1, [9]]);
    const { bytes: left } = kept.size;
    assert.ok(left > 1_100 && left < 1_300, `${left} bytes`);
  });

  it("takes no new blocks when it is full, says so once, and takes them again when there is room", async () => {
    const said: unknown[] = [];
    const logger = { ...silentLogger(), warn: (...args: unknown[]) => said.push(args) } as unknown as Logger;
    await kept.close();
    kept = await open(3_000, logger);
    await kept.wantAbove(0n);
    for (const n of [1, 2, 3, 4]) await kept.keep(BigInt(n), block(n), used(n, [n]));
    assert.deepEqual([kept.size.blocks, said.length], [2, 1]);
    assert.deepEqual([await codesOf(1), await codesOf(3)], [[1], undefined]);
    await kept.wantAbove(2_000n);
    await kept.keep(2_001n, block(5), used(5, [5]));
    assert.equal(kept.size.blocks, 1);
  });

  it("is begun anew if it is damaged as a whole", async () => {
    await kept.wantAbove(0n);
    await kept.keep(1n, block(1), used(1, [7]));
    await kept.close();
    for (const file of await readdir(join(folder, "db")))
      if (file !== "LOCK") await writeFile(join(folder, "db", file), "nonsense");
    kept = await open();
    assert.equal(kept.size.blocks, 0);
  });

  it("is refused to a second process", async () => {
    await assert.rejects(open(), (error) => isOptisyncError(error, "DatabaseUnusable"));
  });
});

describe("a node of A that has forgotten the state of a block", () => {
  const exercise = compileExercise();
  let chain: TestSource;
  let node: PrunedNode;
  let folder: string;

  before(async () => {
    chain = await startTestSource();
    node = await startPrunedNode(chain.node.url);
    folder = await mkdtemp(join(tmpdir(), "optisync-pruned-"));
    const contract = (await chain.send({ data: exercise.bytecode })).contractAddress as string;
    for (const first of [0n, 2n, 4n, 6n])
      await chain.send({
        to: contract,
        data: exercise.call("setMany(uint256,uint256,uint256)", first, 20n, 3n),
      });
  });
  after(async () => {
    await node.close();
    await chain.close();
    await rm(folder, { recursive: true, force: true });
  });

  const sourceWith = (witnesses?: KeptWitnesses) =>
    createSource({
      rpc: createRpc({ urls: [node.url] }),
      forks: hardhatForks(31_337n),
      finality: { kind: "depth", blocks: 0n },
      ...(witnesses === undefined ? {} : { witnesses }),
    });

  it("is needed by its name", async () => {
    node.oldest = 4n;
    await assert.rejects(
      executeSourceBlock(await sourceWith(), 3n),
      (error) =>
        isOptisyncError(error, "SourceStateMissing") && /the state after block 2$/.test(error.message),
    );
    node.oldest = 0n;
  });

  for (const threads of [0, 1]) {
    it(`is not asked for blocks that were executed before, on ${threads} other threads`, async () => {
      const path = join(folder, `db-${threads}`);
      const options = { folder: path, maxBytes: MAX_BYTES, logger: silentLogger() };
      const { signal } = new AbortController();
      let kept = await openKeptWitnesses(options);
      await kept.wantAbove(0n);
      const workers = threads === 0 ? undefined : createWorkers({ size: threads });
      const history = createHistory({
        source: await sourceWith(kept),
        store: createMemoryRecords(),
        logger: silentLogger(),
        signal,
        ...(workers === undefined ? {} : { workers }),
      });
      for (const number of [2n, 3n, 4n, 5n])
        assert.equal((await history.block(number)).verdict.kind, "match");
      await workers?.close();
      await kept.close();

      Object.assign(node, { oldest: 1_000n, refusals: 0 });
      kept = await openKeptWitnesses(options);
      for (const number of [5n, 3n, 2n, 4n]) {
        const { verdict } = await executeSourceBlock(await sourceWith(kept), number);
        assert.equal(verdict.kind, "match");
      }
      assert.equal(node.refusals, 0);
      await kept.close();
      node.oldest = 0n;
    });
  }
});
