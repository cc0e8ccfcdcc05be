import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { relayerCommands } from "../../../relayer/cli.js";
import { writeManifest } from "../../../shared/chain/manifest.js";
import type { Rpc } from "../../../shared/chain/rpc.js";
import { RpcError } from "../../../shared/chain/rpcErrors.js";
import { formatStatus, readMessage } from "../../../shared/messages/status.js";
import { messageCommands } from "../../../shared/messages/cli.js";
import { runCli } from "../../../shared/runtime/command.js";
import { Mailbox } from "../../support/mailbox.js";

interface Answer {
  exitCode: number;
  /** The result, or the error, of --json. */
  data: Record<string, unknown>;
}

describe("the message commands", () => {
  let mailbox: Mailbox;
  let folder: string;

  before(async () => {
    mailbox = await Mailbox.start();
    folder = await mkdtemp(join(tmpdir(), "optisync-messages-"));
    await writeFile(join(folder, "deployment.json"), writeManifest(mailbox.manifest));
  });
  after(async () => {
    await mailbox.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function run(args: string[], changes: Record<string, string> = {}): Promise<Answer> {
    // Confirmed events are a block old.
    await mailbox.test.destinationNode.mine(1);
    const [out, err]: string[][] = [[], []];
    const exitCode = await runCli({
      args: [...args, ...(changes["text"] === undefined ? ["--json"] : []), "--log-level", "error"],
      environment: {
        OPTISYNC_SOURCE_RPC: mailbox.test.sourceNode.url,
        OPTISYNC_DESTINATION_RPC: mailbox.test.destinationNode.url,
        OPTISYNC_DEPLOYMENT: join(folder, "deployment.json"),
        OPTISYNC_DESTINATION_CONFIRMATIONS: "1",
        OPTISYNC_SOURCE_CONFIRMATIONS: "1",
        OPTISYNC_PRIVATE_KEY: mailbox.wallet(6).privateKey,
        ...changes,
      },
      version: "0",
      commands: [messageCommands, relayerCommands],
      epilogue: "",
      stdout: { write: (text: string) => out?.push(text) },
      stderr: { write: (text: string) => err?.push(text) },
      isInputTerminal: false,
    });
    const text = (exitCode === 0 ? out : err)?.join("") ?? "";
    if (changes["text"] !== undefined) return { exitCode, data: { text: text.trim() } };
    const line = text.trim().split("\n").at(-1) ?? "{}";
    const data = JSON.parse(line) as Record<string, unknown>;
    return { exitCode, data: (data["error"] as Record<string, unknown> | undefined) ?? data };
  }

  const line = async (id: string): Promise<string> =>
    String((await run(["message", "status", id], { text: "yes" })).data["text"]);

  async function fails(args: string[], code: string, changes: Record<string, string> = {}): Promise<void> {
    const { exitCode, data } = await run(args, changes);
    assert.notEqual(exitCode, 0);
    assert.equal(data["code"], code, JSON.stringify(data));
  }

  async function send(...more: string[]): Promise<string> {
    const { exitCode, data } = await run(["message", "send", mailbox.receiver, "0xc0ffee", ...more]);
    assert.equal(exitCode, 0, JSON.stringify(data));
    return String(data["id"]);
  }

  it("follow a message from A to B, each step in one line", async () => {
    const id = await send("--gas-limit", "200000", "--expires-in", "1d");
    assert.match(
      await line(id),
      /^message \d+, sent in block \d+ of A, not final yet \(newest final block: \d+\)$/,
    );
    await fails(["message", "deliver", id], "NotFinal");
    await fails(["message", "proof", id], "NotFinal");
    await mailbox.finalize();
    assert.match(await line(id), /, final with block \d+, not synced yet$/);

    const { data: proof } = await run(["message", "proof", id]);
    assert.equal(proof["isSynced"], false);
    assert.ok(proof["sync"]);

    const dry = await run(["message", "deliver", id, "--dry-run"]);
    assert.equal(dry.data["isDryRun"], true);
    const delivered = await run(["message", "deliver", id]);
    assert.deepEqual([delivered.exitCode, delivered.data["isDelivered"]], [0, true]);
    assert.deepEqual(await mailbox.received(), [id]);
    assert.match(await line(id), /, synced in block \d+ of B, delivered in block \d+ of B$/);
    assert.equal((await run(["message", "status", id])).data["status"], "Delivered");
    await fails(["message", "deliver", id], "AlreadyDelivered");
    await fails(["message", "retry", id], "AlreadyDelivered");
  });

  it("retry what failed, with more gas if asked", async () => {
    await mailbox.setMood("revert");
    const id = await send();
    await mailbox.finalize();
    await fails(["message", "retry", id], "NotFailed");
    const tried = await run(["message", "deliver", id]);
    assert.equal(tried.data["isDelivered"], false);
    assert.match(String(tried.data["failure"]), /^the receiver reverted: 0x/);
    assert.match(
      await line(id),
      /failed in block \d+ of B \(the receiver reverted: 0x[0-9a-f]+\), its receiver would not accept it now$/,
    );
    await fails(["message", "deliver", id], "MessageFailedBefore");
    await fails(["message", "retry", id, "--gas-limit", "1"], "GasLimitTooLow");
    await run(["message", "retry", id]);
    assert.match(await line(id), /tried 2 times\), its receiver would not accept it now$/);
    await mailbox.setMood("accept");
    assert.match(await line(id), /tried 2 times\), its receiver would accept it now$/);
    const retried = await run(["message", "retry", id, "--gas-limit", "300000"]);
    assert.equal(retried.data["isDelivered"], true);
  });

  it("say that nobody is there to receive", async () => {
    const { data } = await run(["message", "send", mailbox.wallet(9).address]);
    const id = String(data["id"]);
    const other = await send();
    await mailbox.finalize();
    await run(["message", "deliver", other]);
    assert.match(await line(id), /not delivered yet, there is no contract to receive it$/);
    const tried = await run(["message", "deliver", id]);
    assert.equal(tried.data["failure"], "there is no contract");
  });

  it("say that a message has expired", async () => {
    const id = await send("--expiry", String((await mailbox.sourceTime()) + 20));
    await mailbox.finalize();
    await mailbox.test.advance(30);
    assert.match(await line(id), /expired at \d+$/);
    await fails(["message", "deliver", id], "MessageExpired");
    await fails(["message", "retry", id], "MessageExpired");
  });

  it("say by the node's word only what could not be checked", async () => {
    const id = await send();
    await mailbox.finalize();
    const { sourceRpc } = mailbox.test;
    const pruned: Rpc = {
      ...sourceRpc,
      async request(method, params) {
        if (method === "eth_getProof") throw new RpcError("RpcRefused", "missing trie node");
        return sourceRpc.request(method, params);
      },
    };
    const report = await readMessage(await mailbox.tools(pruned), id);
    assert.match(formatStatus(report), /by the node's word \(could not check: RpcRefused\)$/);
  });

  it("name what is wrong with what they are given", async () => {
    const unknown = `0x${"12".repeat(32)}`;
    await fails(["message", "status", unknown], "MessageUnknown");
    await fails(["message", "deliver", unknown], "MessageUnknown");
    await fails(["message", "status", "0x12"], "ConfigurationInvalid");
    await fails(["message", "send", `0x${"00".repeat(20)}`], "Reverted");
    await fails(["message", "send", mailbox.receiver, `0x${"ee".repeat(32_769)}`], "Reverted");
    await fails(["message", "send", mailbox.receiver, "0x123"], "ConfigurationInvalid");
    await fails(["message", "send", mailbox.receiver, "--gas-limit", "10000001"], "ConfigurationInvalid");
    await fails(["message", "send", mailbox.receiver, "--expiry", "1"], "Reverted");
    await fails(
      ["message", "send", mailbox.receiver, "--expiry", "1", "--expires-in", "1d"],
      "ConfigurationInvalid",
    );
    await fails(["message", "deploy"], "MessagesDeployed");
    await fails(["relayer", "run"], "NothingAsked");
    await fails(["message", "status", unknown], "SourceWrongChain", {
      OPTISYNC_SOURCE_RPC: mailbox.test.destinationNode.url,
    });
    const without = join(folder, "without.json");
    await writeFile(without, writeManifest(mailbox.test.manifest));
    await fails(["message", "status", unknown], "MessagesNotDeployed", { OPTISYNC_DEPLOYMENT: without });
    const foreign = join(folder, "foreign.json");
    const { messages } = mailbox.manifest;
    assert.ok(messages);
    const other = { ...mailbox.manifest, messages: { ...messages, outbox: mailbox.receiver } };
    await writeFile(foreign, writeManifest(other));
    await fails(["message", "status", unknown], "ChannelDiffers", { OPTISYNC_DEPLOYMENT: foreign });
  });

  it("add a mailbox to a deployment that has none", async () => {
    const path = join(folder, "later.json");
    await writeFile(path, writeManifest(mailbox.test.manifest));
    const { exitCode, data } = await run(["message", "deploy", "--attested-only"], {
      OPTISYNC_DEPLOYMENT: path,
    });
    assert.equal(exitCode, 0, JSON.stringify(data));
    assert.match(await readFile(path, "utf8"), /"inbox": "0x/);
    await fails(["message", "deploy"], "MessagesDeployed", { OPTISYNC_DEPLOYMENT: path });
  });
});
