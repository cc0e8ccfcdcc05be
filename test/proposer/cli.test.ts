import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startMember } from "../../committee/run.js";
import { createRpc } from "../../shared/chain/rpc.js";
import { writeManifest } from "../../shared/chain/manifest.js";
import { runCli } from "../../shared/runtime/command.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { readerCommands } from "../../shared/reader/cli.js";
import { proposerCommands } from "../../proposer/cli.js";
import { compileExercise } from "../support/contracts.js";
import { startDeployment, type TestDeployment } from "../support/deployment.js";

const CLI = new URL("../../cli.ts", import.meta.url).pathname;

interface Answer {
  exitCode: number;
  /** The JSON result, or the JSON error. */
  data: Record<string, unknown>;
}

describe("the proposer's command line", () => {
  let deployment: TestDeployment;
  let folder: string;
  let committeeUrls: string;
  let mirrored: string;
  let child: ChildProcess | undefined;
  const closers: (() => unknown)[] = [];

  before(async () => {
    deployment = await startDeployment();
    folder = await mkdtemp(join(tmpdir(), "optisync-cli-"));
    await writeFile(join(folder, "deployment.json"), writeManifest(deployment.manifest));
    const exercise = compileExercise();
    mirrored =
      (await deployment.sendToSource({ data: exercise.bytecode, gas: "0x300000" })).contractAddress ?? "";
    const members = [];
    for (const [index, wallet] of deployment.committee.entries()) {
      members.push(
        await startMember(
          {
            anchor: deployment.manifest.contracts.anchor,
            dataDir: join(folder, `member-${index}`),
            host: "127.0.0.1",
            port: 0,
            finalityDepth: 0n,
          },
          {
            sourceRpc: deployment.sourceRpc,
            destinationRpc: createRpc({ urls: [deployment.destinationNode.url] }),
            wallet,
            logger: silentLogger(),
            onClose: (_, close) => {
              closers.push(close);
              return () => undefined;
            },
          },
        ),
      );
    }
    committeeUrls = members.map(({ url }) => url).join(",");
  });
  after(async () => {
    child?.kill("SIGKILL");
    for (const close of closers.reverse()) await close();
    await deployment.close();
    await rm(folder, { recursive: true, force: true });
  });

  const environment = (): Record<string, string> => ({
    OPTISYNC_DESTINATION_RPC: deployment.destinationNode.url,
    OPTISYNC_SOURCE_RPC: deployment.sourceNode.url,
    OPTISYNC_DEPLOYMENT: join(folder, "deployment.json"),
    OPTISYNC_DATA_DIR: join(folder, "cache"),
    OPTISYNC_DESTINATION_CONFIRMATIONS: "1",
    OPTISYNC_FINALITY_DEPTH: "0",
    OPTISYNC_COMMITTEE_URL: committeeUrls,
    OPTISYNC_CLAIM_INTERVAL: "1s",
    OPTISYNC_POLL_INTERVAL: "100ms",
    OPTISYNC_PRIVATE_KEY: deployment.wallets[1]?.privateKey ?? "",
    OPTISYNC_LOG_LEVEL: "warn",
  });

  async function optisync(...args: string[]): Promise<Answer> {
    let text = "";
    let errors = "";
    const exitCode = await runCli({
      args: [...args, "--json"],
      environment: environment(),
      version: "0.0.0",
      commands: [proposerCommands, ...readerCommands],
      epilogue: "",
      stdout: { write: (part: string) => (text += part) },
      stderr: { write: (part: string) => (errors += part) },
      isInputTerminal: false,
    });
    // The reader stays a block behind, so that what was done is seen by the next command.
    await deployment.advance(1);
    const lines = (text || errors).trim().split("\n");
    return { exitCode, data: JSON.parse(lines.at(-1) ?? "{}") as Record<string, unknown> };
  }

  const staker = (): string => deployment.wallets[1]?.address ?? "";

  it("deposits, and shows it", async () => {
    assert.equal((await optisync("proposer", "stake", "10ether")).exitCode, 0);
    const { data } = await optisync("proposer", "status", staker());
    assert.equal(data["freeWei"], (10n ** 19n).toString());
  });

  it("creates, funds and lists a feed", async () => {
    const created = await optisync(
      "feed",
      "create",
      mirrored,
      "--per-second",
      "10gwei",
      "--funds",
      "0.5ether",
    );
    assert.equal(created.data["feed"], "1");
    assert.equal((await optisync("feed", "fund", "1", "0.5ether")).exitCode, 0);
    const { data } = await optisync("feed", "show", "1");
    assert.equal(data["fundsWei"], (10n ** 18n).toString());
    assert.equal(data["ageSeconds"], undefined);
  });

  it("refuses what the contracts would refuse, by their own words", async () => {
    const { exitCode, data } = await optisync("feed", "fund", "7", "1ether");
    assert.equal(exitCode, 1);
    assert.match(JSON.stringify(data), /FeedUnknown/);
  });

  it("proposes nothing on a key that may not act for the staker", async () => {
    const { exitCode, data } = await optisync(
      "proposer",
      "run",
      "--staker",
      deployment.wallets[5]?.address ?? "",
    );
    assert.equal(exitCode, 1);
    assert.equal((data["error"] as Record<string, unknown>)["code"], "NotOperator");
  });

  it("runs as a process, killed in between, until B shows the contract", async () => {
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      child = startRun();
      const running = child;
      const wanted = signal === "SIGKILL" ? "Pending" : "Applied";
      await waitFor(
        running,
        async () => {
          await deployment.advance(5);
          if (signal === "SIGTERM") return (await optisync("feed", "show", "1")).data["isReadable"] === true;
          const { data } = await optisync("claims", "list", "--proposer", staker());
          return (data["claims"] as unknown[]).length > 0;
        },
        wanted,
      );
      const exited = once(running, "exit");
      running.kill(signal);
      const [exitCode] = (await exited) as [number | null];
      assert.equal(exitCode, signal === "SIGTERM" ? 0 : null);
    }
  });

  it("unwinds: every bond back, everything withdrawn", async () => {
    const balance = () => deployment.destination.getBalance(deployment.wallets[6]?.address ?? "");
    const before = await balance();
    const isDone = { value: false };
    const clock = (async () => {
      while (!isDone.value) await deployment.advance(5);
    })();
    const { exitCode } = await optisync(
      "proposer",
      "unstake",
      "--unwind",
      "--to",
      deployment.wallets[6]?.address ?? "",
    );
    isDone.value = true;
    await clock;
    assert.equal(exitCode, 0);
    assert.equal((await balance()) - before, 10n ** 19n);
    const { data } = await optisync("proposer", "status", staker());
    assert.equal(data["freeWei"], "0");
    assert.equal(data["lockedWei"], "0");
  });

  function startRun(): ChildProcess {
    const started = spawn(process.execPath, ["--import", "tsx", CLI, "proposer", "run"], {
      env: { ...process.env, ...environment() },
      stdio: ["ignore", "ignore", "pipe"],
    });
    started.stderr?.on("data", (part: Buffer) => (output += part.toString()));
    return started;
  }
  let output = "";

  async function waitFor(running: ChildProcess, holds: () => Promise<boolean>, what: string): Promise<void> {
    const end = Date.now() + 60_000;
    while (!(await holds())) {
      if (running.exitCode !== null) throw new Error(`the proposer ended: ${output}`);
      if (Date.now() > end) throw new Error(`did not happen: ${what}\n${output}`);
    }
  }
});
