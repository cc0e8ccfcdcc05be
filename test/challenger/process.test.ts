import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startCommand, type CommandProcess } from "../../devnet/process.js";
import { writeManifest } from "../../shared/chain/manifest.js";
import { sleep } from "../../shared/runtime/shutdown.js";
import { Workbench } from "./workbench.js";

const PATIENCE_MS = 60_000;

describe("challenger processes", () => {
  let bench: Workbench;
  let folder: string;
  const running: CommandProcess[] = [];

  before(async () => {
    bench = await Workbench.start();
    folder = await mkdtemp(join(tmpdir(), "optisync-challenger-"));
    await writeFile(join(folder, "deployment.json"), writeManifest(bench.test.manifest));
  });
  after(async () => {
    await Promise.all(running.map((process) => process.stop("SIGKILL")));
    await bench.close();
    await rm(folder, { recursive: true, force: true });
  });

  function start(name: string, wallet: number, extra: string[] = []): CommandProcess {
    const process = startCommand(name, ["challenger", "run", ...extra], {
      folder,
      environment: {
        OPTISYNC_SOURCE_RPC: bench.test.sourceNode.url,
        OPTISYNC_DESTINATION_RPC: bench.test.destinationNode.url,
        OPTISYNC_DEPLOYMENT: join(folder, "deployment.json"),
        OPTISYNC_DATA_DIR: join(folder, name),
        OPTISYNC_FINALITY_DEPTH: "0",
        OPTISYNC_DESTINATION_CONFIRMATIONS: "1",
        OPTISYNC_POLL_INTERVAL: "100ms",
        OPTISYNC_PRIVATE_KEY: bench.wallet(wallet).privateKey,
      },
    });
    running.push(process);
    return process;
  }

  async function until(what: string, look: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!(await look())) {
      assert.ok(Date.now() < end, `waited in vain until ${what}`);
      // Confirmed events are a block old, and B only mines when asked.
      await bench.test.destinationNode.mine(1);
      await sleep(50);
    }
  }

  it("go on after SIGKILL with their databases deleted, and stop cleanly when asked", async () => {
    const first = start("first", 2);
    const { liar } = await bench.liar(1);
    const { id } = await liar.forgeHeader();
    await until("a demand is made", async () => (await bench.claim(id))?.openChallenges === 1n);
    await first.stop("SIGKILL");
    await rm(join(folder, "first"), { recursive: true });

    await bench.test.advance(bench.test.parameters.demands.answerSeconds + 1n);
    const second = start("first", 2);
    await until("the claim is rejected", async () => (await bench.claim(id))?.status === "Rejected");
    await until("its bond is back", async () => (await bench.stakeOf(bench.wallet(2).address)).locked === 0n);
    await second.stop("SIGTERM");
    assert.equal(second.child.exitCode, 0);
  });

  it("send nothing in a dry run", async () => {
    await bench.changeToken(77n);
    const { liar } = await bench.liar(1);
    const { id } = await liar.forgeHeader();
    const nonce = await bench.test.destination.getTransactionCount(bench.wallet(5).address);
    const dry = start("dry", 5, ["--dry-run", "--metrics-port", "0"]);
    await until("the demand is withheld", async () =>
      (await readFile(dry.logFile, "utf8").catch(() => "")).includes("dry run: transaction not sent"),
    );
    assert.equal((await bench.claim(id))?.openChallenges, 0n);
    assert.equal(await bench.test.destination.getTransactionCount(bench.wallet(5).address), nonce);
    assert.equal((await readFile(dry.logFile, "utf8")).includes(bench.wallet(5).privateKey.slice(2)), false);
    await dry.stop("SIGTERM");
    assert.equal(dry.child.exitCode, 0);
  });

  it("end with exit code 1 and a named error when the deployment is not there", async () => {
    const { contracts, ...rest } = bench.test.manifest;
    const missing = { ...rest, contracts: { ...contracts, stateSync: bench.wallet(9).address } };
    await writeFile(join(folder, "deployment.json"), writeManifest(missing));
    const failing = start("failing", 6);
    await assert.rejects(failing.failed, { code: "ProcessEnded" });
    assert.equal(failing.child.exitCode, 1);
    await until("the log is written", async () =>
      (await readFile(failing.logFile, "utf8")).includes("DeploymentMissing"),
    );
  });
});
