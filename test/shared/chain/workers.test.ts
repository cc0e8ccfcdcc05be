import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, describe, it } from "node:test";
import { summarise } from "../../../shared/chain/blockRecord.js";
import { admitting } from "../../../shared/chain/admitting.js";
import { createWorkers, defaultWorkers, type Workers } from "../../../shared/chain/workers.js";
import { fromHex, keccak256, toHex } from "../../../shared/execution/crypto.js";
import {
  ancestorsFrom,
  executeBlock,
  type BlockExecutionInput,
} from "../../../shared/execution/executeBlock.js";
import { readFixture, type Fixture } from "../../../shared/execution/fixture.js";
import { singleFork } from "../../../shared/execution/forks.js";
import { splitBlock } from "../../../shared/execution/rawBlock.js";
import { Witness } from "../../../shared/execution/witness.js";
import { isAbort, isOptisyncError } from "../../../shared/runtime/errors.js";

const VECTORS = new URL("../../vectors/execution/", import.meta.url);

function inputOf(fixture: Fixture, without?: string, witness = new Witness()): BlockExecutionInput {
  for (const node of fixture.witness.state) if (node !== without) witness.addNode(fromHex(node));
  for (const code of fixture.witness.codes) witness.addCode(fromHex(code));
  const ancestors = Object.entries(fixture.ancestorHashes).map(([at, hash]) => [BigInt(at), hash] as const);
  return {
    block: splitBlock(fromHex(fixture.block)),
    parentStateRoot: fixture.parentStateRoot.slice(2),
    ...(fixture.parentHeader === undefined ? {} : { parentHeaderRlp: fromHex(fixture.parentHeader) }),
    witness,
    forks: singleFork(BigInt(fixture.chainId), fixture.hardfork, fixture.depositContractAddress),
    ancestorHash: ancestorsFrom(new Map(ancestors)),
  };
}

const read = (name: string): Promise<Fixture> => readFixture(new URL(name, VECTORS).pathname);

describe("Workers", () => {
  let mainnet: Fixture;
  let small: Fixture;
  let workers: Workers;
  before(async () => {
    mainnet = await read("valid/mainnet-19807080.json.gz");
    small = await read("valid/blockhashNonConstArg_Cancun-block1.json");
    workers = createWorkers({ size: 2 });
  });
  after(() => workers.close());

  it("are at least one by default", () => assert.ok(defaultWorkers() >= 1));

  it("find what the main thread finds, to the last slot and node", async () => {
    for (const fixture of [mainnet, small]) {
      const [own, theirs] = [new Map<string, Uint8Array>(), new Map<string, Uint8Array>()];
      const here = await executeBlock({ ...inputOf(fixture), onNode: (hash, rlp) => own.set(hash, rlp) });
      const there = await workers.execute({
        ...inputOf(fixture),
        onNode: (hash, rlp) => theirs.set(hash, rlp),
      });
      assert.deepEqual(there, summarise(here));
      assert.equal(there.verdict.kind, "match");
      assert.deepEqual(theirs, own);
    }
  });

  it("give back the nodes that were found from the parent's root, and no others", async () => {
    const fresh = createWorkers({ size: 1 });
    const shared = new Map<string, Uint8Array>();
    const witness = new Witness({ nodes: admitting(shared) });
    const surplus = Uint8Array.of(0xc1, 0x80);
    witness.addNode(surplus);
    await fresh.execute({ ...inputOf(mainnet, undefined, witness), onNode: () => undefined });
    await fresh.close();

    const here = new Map<string, Uint8Array>();
    await executeBlock(inputOf(mainnet, undefined, new Witness({ nodes: admitting(here) })));
    assert.deepEqual([...shared.keys()].sort(), [...here.keys()].sort());
    assert.ok(shared.size > 0 && !shared.has(toHex(keccak256(surplus))));
  });

  it("execute more blocks than there are threads, each with its own result", async () => {
    const fixtures = [small, mainnet, small, small, mainnet, small];
    const summaries = await Promise.all(fixtures.map((fixture) => workers.execute(inputOf(fixture))));
    const gas = summaries.map(({ gasUsed }) => gasUsed === 1_187_010n);
    assert.deepEqual(gas, [false, true, false, false, true, false]);
  });

  it("refuse what is incomplete by the name and path that the main thread gives it", async () => {
    // A fresh thread: one that had the whole witness before would know the node.
    const fresh = createWorkers({ size: 1 });
    const without = mainnet.witness.state[5] as string;
    const here: unknown = await executeBlock(inputOf(mainnet, without)).catch((error: unknown) => error);
    const there: unknown = await fresh.execute(inputOf(mainnet, without)).catch((error: unknown) => error);
    assert.ok(isOptisyncError(here, "IncompleteWitness"));
    assert.ok(isOptisyncError(there, "IncompleteWitness"));
    assert.equal(there.action, "retry");
    assert.deepEqual(there.details, here.details);
    assert.equal((await fresh.execute(inputOf(small))).verdict.kind, "match");
    await fresh.close();
  });

  it("end at once when the signal fires: what runs and what waits ends as aborted", async () => {
    const cancel = new AbortController();
    const cancelled = createWorkers({ size: 1, signal: cancel.signal });
    let asked: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const endless: BlockExecutionInput = {
      ...inputOf(small),
      // The block asks for an ancestor's hash, and never gets it.
      ancestorHash: () => {
        asked();
        return new Promise(() => undefined);
      },
    };
    const running = cancelled.execute(endless);
    const waiting = cancelled.execute(inputOf(small));
    await isAsked;
    cancel.abort();
    await assert.rejects(running, isAbort);
    await assert.rejects(waiting, isAbort);
    await assert.rejects(cancelled.execute(inputOf(small)), isAbort);
    await cancelled.close();
  });

  it("name a thread that ends, and replace it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "optisync-workers-"));
    const flag = join(folder, "crashed");
    const real = new URL("../../../shared/chain/executionWorkerStart.js", import.meta.url);
    const entry = join(folder, "crashing.mjs");
    await writeFile(
      entry,
      `import { existsSync, writeFileSync } from "node:fs";
       if (existsSync(${JSON.stringify(flag)})) await import(${JSON.stringify(real.href)});
       else { writeFileSync(${JSON.stringify(flag)}, ""); process.exit(7); }`,
    );
    const crashing = createWorkers({ size: 1, entry: pathToFileURL(entry) });
    const [lost, next] = [crashing.execute(inputOf(small)), crashing.execute(inputOf(small))];
    await assert.rejects(
      lost,
      (error) =>
        isOptisyncError(error, "WorkerCrashed") && error.action === "retry" && /code 7/.test(error.message),
    );
    assert.equal((await next).verdict.kind, "match");
    await crashing.close();
    await rm(folder, { recursive: true });
  });
});
