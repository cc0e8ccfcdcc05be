import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startCommand, type CommandProcess } from "../../devnet/process.js";
import { writeManifest } from "../../shared/chain/manifest.js";
import { sleep } from "../../shared/runtime/shutdown.js";
import { Mailbox } from "../support/mailbox.js";

const PATIENCE_MS = 60_000;

describe("relayer processes", () => {
  let mailbox: Mailbox;
  let folder: string;
  const running: CommandProcess[] = [];

  before(async () => {
    mailbox = await Mailbox.start();
    folder = await mkdtemp(join(tmpdir(), "optisync-relayer-"));
    await writeFile(join(folder, "deployment.json"), writeManifest(mailbox.manifest));
  });
  after(async () => {
    await Promise.all(running.map((process) => process.stop("SIGKILL")));
    await mailbox.close();
    await rm(folder, { recursive: true, force: true });
  });

  function start(name: string, wallet: number, extra: string[] = []): CommandProcess {
    const process = startCommand(name, ["relayer", "run", "--all", ...extra], {
      folder,
      environment: {
        OPTISYNC_SOURCE_RPC: mailbox.test.sourceNode.url,
        OPTISYNC_DESTINATION_RPC: mailbox.test.destinationNode.url,
        OPTISYNC_DEPLOYMENT: join(folder, "deployment.json"),
        OPTISYNC_DESTINATION_CONFIRMATIONS: "1",
        OPTISYNC_POLL_INTERVAL: "100ms",
        OPTISYNC_PRIVATE_KEY: mailbox.wallet(wallet).privateKey,
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
      await mailbox.test.destinationNode.mine(1);
      await sleep(50);
    }
  }

  const logOf = (process: CommandProcess): Promise<string> =>
    readFile(process.logFile, "utf8").catch(() => "");

  it("go on after SIGKILL, deliver everything once, and stop cleanly when asked", async () => {
    const first = start("first", 2, ["--metrics-port", "0"]);
    const ids = [await mailbox.send()];
    await mailbox.finalize();
    await until("the first message is delivered", async () => (await mailbox.received()).length === 1);
    const url = /"url":"(http:[^"]+)"/.exec(await logOf(first))?.[1] ?? "";
    const metrics = await (await fetch(`${url}/metrics`)).text();
    assert.match(metrics, /optisync_relayer_covered_messages 1/);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    ids.push(...(await mailbox.sendMany(5)));
    await mailbox.finalize();
    await first.stop("SIGKILL");

    const second = start("second", 2);
    await until("all are delivered", async () => (await mailbox.received()).length >= ids.length);
    assert.deepEqual((await mailbox.received()).sort(), ids.toSorted());
    await second.stop("SIGTERM");
    assert.equal(second.child.exitCode, 0);
  });

  it("send nothing in a dry run", async () => {
    const { destination } = mailbox.test;
    await mailbox.send();
    await mailbox.finalize();
    const nonce = await destination.getTransactionCount(mailbox.wallet(5).address);
    const dry = start("dry", 5, ["--dry-run"]);
    await until("the sync is withheld", async () =>
      (await logOf(dry)).includes("dry run: transaction not sent"),
    );
    assert.equal(await destination.getTransactionCount(mailbox.wallet(5).address), nonce);
    assert.equal((await logOf(dry)).includes(mailbox.wallet(5).privateKey.slice(2)), false);
    await dry.stop("SIGTERM");
    assert.equal(dry.child.exitCode, 0);
  });

  it("end with exit code 1 and a named error when the deployment has no mailbox", async () => {
    await writeFile(join(folder, "deployment.json"), writeManifest(mailbox.test.manifest));
    const failing = start("failing", 6);
    await assert.rejects(failing.failed, { code: "ProcessEnded" });
    assert.equal(failing.child.exitCode, 1);
    await until("the log is written", async () => (await logOf(failing)).includes("MessagesNotDeployed"));
  });
});
