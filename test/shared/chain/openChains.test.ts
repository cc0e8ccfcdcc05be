import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { writeManifest } from "../../../shared/chain/manifest.js";
import { openChains, type Chains } from "../../../shared/chain/openChains.js";
import { silentLogger } from "../../../shared/runtime/logger.js";
import { compileExercise } from "../../support/contracts.js";
import { startDeployment, type TestDeployment } from "../../support/deployment.js";
import { startLyingProxy, type LyingProxy } from "../../support/lyingProxy.js";

describe("openChains, with a folder for what was verified", () => {
  let test: TestDeployment;
  let proxy: LyingProxy;
  let folder: string;
  let dataDir: string;
  let block: bigint;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "optisync-open-"));
    dataDir = join(folder, "data");
    test = await startDeployment();
    proxy = await startLyingProxy(test.sourceNode.url);
    await writeFile(join(folder, "deployment.json"), writeManifest(test.manifest));
    const exercise = compileExercise();
    const { contractAddress: to } = await test.sendToSource({ data: exercise.bytecode });
    const data = exercise.call("setMany(uint256,uint256,uint256)", 0n, 20n, 7n);
    const receipt = await test.sendToSource({ to: to as string, data });
    block = BigInt(receipt.blockNumber);
  });
  after(async () => {
    await proxy?.close();
    await test?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function withChains(use: (chains: Chains) => Promise<void>): Promise<void> {
    const closers: (() => unknown)[] = [];
    const { signal } = new AbortController();
    const onClose = (_: string, close: () => unknown): unknown => closers.push(close);
    try {
      const chains = await openChains(
        {
          sourceRpc: [proxy.url],
          destinationRpc: [test.destinationNode.url],
          deployment: join(folder, "deployment.json"),
          finality: { kind: "depth", blocks: 0n },
          confirmations: 0,
          dataDir,
        },
        { logger: silentLogger(), signal, onClose },
      );
      await use(chains);
    } finally {
      for (const close of closers.reverse()) await close();
    }
  }

  /** Executes the block anew and returns how many proofs that took. */
  async function proofsFor(number: bigint): Promise<number> {
    await rm(join(await deploymentFolder(), "blocks"), { recursive: true, force: true });
    proxy.counts.clear();
    await withChains(async ({ history }) => {
      assert.deepEqual((await history.block(number)).verdict, { kind: "match" });
    });
    return proxy.counts.get("eth_getProof") ?? 0;
  }

  async function deploymentFolder(): Promise<string> {
    const [name] = await readdir(dataDir).catch(() => []);
    return join(dataDir, name ?? "");
  }

  it("keeps the state of one life for the next", async () => {
    const first = await proofsFor(block);
    const second = await proofsFor(block);
    assert.ok(second < first, `${second} proofs after ${first}`);
  });

  it("takes a damaged cache for none, and comes to the same verdict", async () => {
    const kept = await proofsFor(block);
    await writeFile(join(await deploymentFolder(), "state", "CURRENT"), "garbage");
    assert.ok((await proofsFor(block)) > kept);
  });

  it("is not opened by two processes at a time", async () => {
    await withChains(async () => {
      await assert.rejects(
        withChains(async () => {}),
        { code: "DatabaseUnusable" },
      );
    });
  });
});
