import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { getAddress, type Wallet } from "ethers";
import { writeManifest } from "../../../shared/chain/manifest.js";
import type { ProtocolReader } from "../../../shared/chain/protocolReader.js";
import { CHUNK } from "../../../shared/protocol/deltas.js";
import { parameterPresets, type ProtocolParameters } from "../../../shared/protocol/parameters.js";
import { compileExercise } from "../../support/contracts.js";
import { startDeployment, type TestDeployment } from "../../support/deployment.js";
import { createClaimant } from "../../support/finality.js";

const CLI = fileURLToPath(new URL("../../../cli.ts", import.meta.url));
const VALUES = 4_000n;
const AT_ONCE = 500n;
/** Values, and the two variables of the contract that its constructor sets. */
const SLOTS = Number(VALUES) + 2;
const CHUNKS = Math.ceil(SLOTS / CHUNK);
const PATIENT: ProtocolParameters = {
  ...parameterPresets.devnet,
  updates: { ...parameterPresets.devnet.updates, maxRootAgeSeconds: 86_400n },
};

describe("optisync mirror of a contract with thousands of slots", () => {
  const exercise = compileExercise();
  let chains: TestDeployment;
  let reader: ProtocolReader;
  let folder: string;
  let account: string;
  let ticker: NodeJS.Timeout;
  let running: ChildProcess | undefined;

  before(async () => {
    chains = await startDeployment({ parameters: PATIENT });
    reader = await chains.openReader();
    folder = await mkdtemp(join(tmpdir(), "optisync-mirror-"));
    await writeFile(join(folder, "deployment.json"), writeManifest(chains.manifest));
    const created = await chains.sendToSource({ data: exercise.bytecode, gas: "0xe00000" });
    account = getAddress(created.contractAddress as string);
    for (let from = 0n; from < VALUES; from += AT_ONCE) {
      const data = exercise.call("setMany(uint256,uint256,uint256)", from, AT_ONCE, from + 1n);
      assert.equal((await chains.sendToSource({ to: account, data, gas: "0xe00000" })).status, "0x1");
    }
    const claimant = await createClaimant(chains, chains.wallets[1] as Wallet);
    await claimant.finalize(await claimant.claim());
    // B's blocks and its time go on by themselves.
    ticker = setInterval(() => void chains.advance(1).catch(() => undefined), 200);
  });
  after(async () => {
    clearInterval(ticker);
    running?.kill("SIGKILL");
    await chains.close();
    await rm(folder, { recursive: true, force: true });
  });

  function start(): { child: ChildProcess; output: () => string } {
    const child = spawn(
      process.execPath,
      ["--import", "tsx", CLI, "mirror", account, "--deposit", "--json"],
      {
        env: {
          ...process.env,
          OPTISYNC_SOURCE_RPC: chains.sourceNode.url,
          OPTISYNC_DESTINATION_RPC: chains.destinationNode.url,
          OPTISYNC_DEPLOYMENT: join(folder, "deployment.json"),
          OPTISYNC_DESTINATION_CONFIRMATIONS: "1",
          OPTISYNC_FINALITY_DEPTH: "0",
          OPTISYNC_DATA_DIR: join(folder, "data"),
          OPTISYNC_WORKERS: "0",
          OPTISYNC_POLL_INTERVAL: "100ms",
          OPTISYNC_LOG_LEVEL: "warn",
          OPTISYNC_PRIVATE_KEY: chains.wallets[5]?.privateKey,
        },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (part: Buffer) => (text += part.toString("utf8")));
    running = child;
    return { child, output: () => text };
  }

  const count = async (name: string): Promise<number> =>
    (await reader.sync()).events.filter((event) => event.name === name).length;

  /** Kills a new life without warning once that many of these events are on B. */
  async function liveUntil(event: string, least: number): Promise<void> {
    const { child, output } = start();
    const ended = once(child, "exit");
    while ((await count(event)) < least) {
      assert.equal(child.exitCode, null, output());
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    child.kill("SIGKILL");
    await ended;
  }

  it("goes on in the middle of its many transactions, and loses and repeats nothing", async () => {
    await liveUntil("Staged", 3);
    const staged = await count("Staged");
    assert.ok(staged < CHUNKS - 1, `killed in the middle: ${staged} of ${CHUNKS - 1} chunks staged`);
    await liveUntil("ChunkApplied", 3);
    const applied = await count("ChunkApplied");
    assert.ok(applied < CHUNKS, `killed in the middle: ${applied} of ${CHUNKS} chunks applied`);
    // Nothing half written is shown.
    const [isReadable] = await reader.call("feeds", "isReadable", [1n, 86_400n]);
    assert.equal(isReadable, false);

    const { child, output } = start();
    const [exitCode] = (await once(child, "exit")) as [number | null];
    assert.equal(exitCode, 0, output());
    const report = JSON.parse(output().trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
    const block = BigInt(report["block"] as string);
    const { account: state } = await (await chains.openSource()).accountProof(block, account, []);
    assert.deepEqual([report["slots"], report["storageRoot"]], [SLOTS, state?.storageRoot]);
    assert.match(report["viewsRefused"] as string, /CodeRefused/);

    const names = ["FeedCreated", "Staged", "StageDropped", "UpdatePosted", "ChunkApplied", "UpdateApplied"];
    const counts = [];
    for (const name of names) counts.push(await count(name));
    assert.deepEqual(counts, [1, CHUNKS - 1, 0, 1, CHUNKS, 1]);
    const [isShown] = await reader.call("feeds", "isReadable", [1n, 86_400n]);
    assert.equal(isShown, true);
  });
});
