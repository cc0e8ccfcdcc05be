import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createNotebook, startProposer } from "../../devnet/bots.js";
import { startDevnet, type Devnet } from "../../devnet/devnet.js";
import { startCommand } from "../../devnet/process.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { sleep } from "../../shared/runtime/shutdown.js";

const PATIENCE_MS = 240_000;

describe("messages on a devnet, each command and each bot a process of its own", () => {
  const stop = new AbortController();
  let devnet: Devnet;
  let notebook: string;
  let commands = 0;

  before(async () => {
    devnet = await startDevnet({
      logger: silentLogger(),
      signal: stop.signal,
      onProgress: () => undefined,
    });
    notebook = await createNotebook(devnet);
    await startProposer(devnet);
    devnet.startRelayer();
  });
  after(async () => {
    stop.abort();
    await devnet.close();
  });

  /** What `optisync message <args>` prints; undefined if it prints no result. */
  async function message(...args: string[]): Promise<Record<string, unknown> | undefined> {
    const name = `message ${++commands}`;
    const started = startCommand(name, ["message", ...args], {
      folder: devnet.folder,
      environment: {
        OPTISYNC_SOURCE_RPC: devnet.source.url,
        OPTISYNC_DESTINATION_RPC: devnet.destination.url,
        OPTISYNC_DEPLOYMENT: devnet.manifestPath,
        OPTISYNC_PRIVATE_KEY: devnet.wallet("user").privateKey,
        OPTISYNC_SOURCE_CONFIRMATIONS: "1",
        OPTISYNC_DESTINATION_CONFIRMATIONS: "1",
      },
    });
    const ended = new Promise<undefined>((resolve) => started.child.once("close", () => resolve(undefined)));
    const result = await Promise.race([started.result, ended]);
    await ended;
    return result as Record<string, unknown> | undefined;
  }

  async function send(...args: string[]): Promise<string> {
    const sent = await message("send", notebook, "0xc0ffee", ...args);
    assert.ok(sent, "the message is sent");
    return String(sent["id"]);
  }

  async function until(what: string, look: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!(await Promise.race([look(), devnet.failed]))) {
      assert.ok(Date.now() < end, `waited in vain until ${what}`);
      await sleep(1_000);
    }
  }

  const statusOf = async (id: string): Promise<unknown> => (await message("status", id))?.["status"];

  it("are delivered by the relayer, by hand, and at last with more gas than their senders fixed", async () => {
    const easy = await send();
    // More than the relayer pays for, and less than the receiver needs.
    const large = await send("--gas-limit", "3000000");
    const poor = await send("--gas-limit", "1000");
    await until("the relayer delivers", async () => (await statusOf(easy)) === "Delivered");

    await until("the large one is final", async () => (await message("proof", large)) !== undefined);
    assert.equal((await message("deliver", large))?.["isDelivered"], true);
    await until("the poor one is final", async () => (await message("proof", poor)) !== undefined);
    assert.equal((await message("status", poor))?.["prospect"], "refuses");
    const tried = await message("deliver", poor);
    assert.equal(tried?.["isDelivered"], false);
    assert.match(String(tried["failure"]), /ran out of gas$/);
    assert.equal((await message("retry", poor, "--gas-limit", "200000"))?.["isDelivered"], true);
    assert.deepEqual(await Promise.all([large, poor].map(statusOf)), ["Delivered", "Delivered"]);
  });
});
