import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "node:test";
import { createRpc } from "../../../shared/chain/rpc.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";

type Answer = { status?: number; body?: string; hang?: boolean };

describe("createRpc", () => {
  const servers: Server[] = [];

  /** A server that gives its answers in turn, the last one for ever; `{id}` stands for the request's id. */
  async function serve(...answers: Answer[]): Promise<{ url: string; seen: string[]; headers: string[] }> {
    const seen: string[] = [];
    const headers: string[] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      headers.push(request.headers.authorization ?? "");
      const answer = answers[Math.min(seen.length, answers.length - 1)] as Answer;
      seen.push(text);
      if (answer.hang === true) return;
      const parsed = JSON.parse(text) as { id: number } | { id: number }[];
      const id = Array.isArray(parsed) ? parsed[0]?.id : parsed.id;
      response.statusCode = answer.status ?? 200;
      response.end(
        (answer.body ?? `{"jsonrpc":"2.0","id":{id},"result":"0x1"}`).replaceAll("{id}", String(id)),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    servers.push(server);
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, headers };
  }

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  const failsWith =
    (code: string) =>
    (error: unknown): boolean =>
      isOptisyncError(error, code);

  it("returns the result", async () => {
    const { url } = await serve({});
    assert.equal(await createRpc({ urls: [url] }).request("eth_chainId", []), "0x1");
  });

  it("puts a batch in the order of its calls", async () => {
    const { url } = await serve({
      body: `[{"jsonrpc":"2.0","id":2,"result":"b"},{"jsonrpc":"2.0","id":1,"result":"a"}]`,
    });
    const calls = [
      { method: "a", params: [] },
      { method: "b", params: [] },
    ];
    assert.deepEqual(await createRpc({ urls: [url] }).batch(calls), ["a", "b"]);
  });

  it("cuts a batch into exchanges", async () => {
    const { url, seen } = await serve({ body: `[{"jsonrpc":"2.0","id":{id},"result":1}]` });
    const calls = Array.from({ length: 3 }, () => ({ method: "a", params: [] }));
    assert.deepEqual(await createRpc({ urls: [url], batchSize: 1 }).batch(calls), [1, 1, 1]);
    assert.equal(seen.length, 3);
  });

  for (const status of [429, 500, 503]) {
    it(`tries again after status ${status}`, async () => {
      const { url, seen } = await serve({ status }, {});
      assert.equal(await createRpc({ urls: [url], backoffMs: 1 }).request("m", []), "0x1");
      assert.equal(seen.length, 2);
    });
  }

  it("does not try again after status 401", async () => {
    const { url, seen } = await serve({ status: 401 });
    await assert.rejects(
      createRpc({ urls: [url], backoffMs: 1 }).request("m", []),
      failsWith("RpcHttpStatus"),
    );
    assert.equal(seen.length, 1);
  });

  it("gives up after its retries", async () => {
    const { url, seen } = await serve({ status: 500 });
    const rpc = createRpc({ urls: [url], backoffMs: 1, retries: 2 });
    await assert.rejects(rpc.request("m", []), failsWith("RpcHttpStatus"));
    assert.equal(seen.length, 3);
  });

  it("turns to the next node", async () => {
    const [broken, sound] = [await serve({ status: 500 }), await serve({})];
    const rpc = createRpc({ urls: [broken.url, sound.url], backoffMs: 1 });
    assert.equal(await rpc.request("m", []), "0x1");
    assert.equal(await rpc.request("m", []), "0x1");
    assert.equal(broken.seen.length, 1);
  });

  it("gives up on an answer that does not come", async () => {
    const { url } = await serve({ hang: true });
    const rpc = createRpc({ urls: [url], timeoutMs: 50, retries: 0 });
    await assert.rejects(rpc.request("m", []), failsWith("RpcTimeout"));
  });

  it("stops at its signal", async () => {
    const { url } = await serve({ hang: true });
    const abort = new AbortController();
    const pending = createRpc({ urls: [url] }).request("m", [], { signal: abort.signal });
    abort.abort();
    await assert.rejects(pending, failsWith("RpcAborted"));
  });

  it("stops at its signal between attempts", async () => {
    const { url } = await serve({ status: 500 });
    const abort = new AbortController();
    const rpc = createRpc({ urls: [url], backoffMs: 60_000, signal: abort.signal });
    const pending = rpc.request("m", []);
    setImmediate(() => abort.abort());
    await assert.rejects(pending, failsWith("RpcAborted"));
  });

  it("does not read more than its limit", async () => {
    const { url } = await serve({ body: `{"jsonrpc":"2.0","id":{id},"result":"${"0".repeat(5000)}"}` });
    const rpc = createRpc({ urls: [url], maxResponseBytes: 1000 });
    await assert.rejects(rpc.request("m", []), failsWith("RpcAnswerTooLarge"));
  });

  for (const [what, body] of [
    ["no JSON", "<html>"],
    ["another id", `{"jsonrpc":"2.0","id":77777,"result":1}`],
    ["another version", `{"jsonrpc":"1.0","id":{id},"result":1}`],
    ["no result", `{"jsonrpc":"2.0","id":{id}}`],
    ["a list", `[]`],
    ["null", `null`],
  ] as const) {
    it(`refuses an answer that is or has ${what}`, async () => {
      const { url } = await serve({ body });
      await assert.rejects(createRpc({ urls: [url] }).request("m", []), failsWith("RpcMalformedAnswer"));
    });
  }

  it("tells a method that the node lacks from one that it refuses", async () => {
    const error = (code: number): Answer => ({
      body: `{"jsonrpc":"2.0","id":{id},"error":{"code":${code},"message":"no http://user:secret@host/key"}}`,
    });
    const { url } = await serve(error(-32601), error(-32000));
    const rpc = createRpc({ urls: [url] });
    await assert.rejects(rpc.request("m", []), failsWith("RpcMethodUnsupported"));
    await assert.rejects(
      rpc.request("m", []),
      (refused) => isOptisyncError(refused, "RpcRefused") && !refused.message.includes("secret"),
    );
  });

  it("sends credentials as a header and shows them nowhere", async () => {
    const { url, headers } = await serve({ status: 401 });
    const secret = url.replace("http://", "http://user:hunter2@");
    const rpc = createRpc({ urls: [secret], retries: 0 });
    await assert.rejects(rpc.request("m", []), (error) => {
      assert.ok(error instanceof Error);
      assert.ok(!JSON.stringify([error.message, error.stack, error]).includes("hunter2"));
      return true;
    });
    assert.equal(headers[0], `Basic ${Buffer.from("user:hunter2").toString("base64")}`);
    assert.ok(!rpc.name.includes("hunter2"));
  });

  it("needs a node", () => {
    assert.throws(() => createRpc({ urls: [] }), failsWith("RpcMisconfigured"));
  });
});
