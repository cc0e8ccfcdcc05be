import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { test, type TestContext } from "node:test";
import { id } from "ethers";
import { SignerError } from "../../committee/errors.js";
import { startAttestationServer, type AttestationServerOptions } from "../../committee/server.js";
import type { Signer } from "../../committee/signer.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { createSourceStub, hashOf, now, openSigner, temporaryFolder, wallets } from "./fixture.js";

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function ask(base: string, path: string, method = "GET"): Promise<Answer> {
  const response = await fetch(base + path, { method });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function serve(
  t: TestContext,
  signer: Signer,
  options: AttestationServerOptions = {},
): Promise<string> {
  const server = await startAttestationServer(options, { signer, logger: silentLogger() });
  t.after(() => server.close());
  return server.url;
}

async function serveMember(t: TestContext, options: AttestationServerOptions = {}) {
  const source = createSourceStub();
  const { signer, close } = await openSigner(await temporaryFolder(t), wallets[0], source);
  t.after(close);
  return { source, url: await serve(t, signer, options) };
}

test("an attestation is served as the signer made it", async (t) => {
  const { url } = await serveMember(t);
  const { status, body } = await ask(url, `/attestation/7?validUntil=${now + 5n}`);
  assert.equal(status, 200);
  const { signature, ...rest } = body;
  assert.match(String(signature), /^0x[0-9a-f]{130}$/);
  assert.deepEqual(rest, {
    sourceChainId: "100",
    number: "7",
    blockHash: hashOf(7n),
    validUntil: (now + 5n).toString(),
    signer: wallets[0].address,
  });
  assert.equal((await ask(url, "/attestation/7")).body["validUntil"], (now + 500n).toString());
});

test("the health check names the signer and touches no chain", async (t) => {
  const { url, source } = await serveMember(t);
  source.finalizedHead = () => Promise.reject(new Error("not asked"));
  assert.deepEqual(await ask(url, "/healthz"), { status: 200, body: { signer: wallets[0].address } });
});

test("the server listens on the loopback interface only, unless told otherwise", async (t) => {
  const { url } = await serveMember(t);
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
});

test("refusals carry the signer's code", async (t) => {
  const { url, source } = await serveMember(t);
  const notFinal = await ask(url, "/attestation/101");
  assert.deepEqual([notFinal.status, notFinal.body["code"]], [404, "NotFinal"]);
  const late = await ask(url, `/attestation/7?validUntil=${now}`);
  assert.deepEqual([late.status, late.body["code"]], [400, "LifetimeOutOfRange"]);
  await ask(url, "/attestation/7");
  source.hashes.set(7n, id("another block 7"));
  const equivocation = await ask(url, "/attestation/7");
  assert.deepEqual([equivocation.status, equivocation.body["code"]], [409, "WouldEquivocate"]);
});

test("what a node of the member says stays with the member", async (t) => {
  const { url, source } = await serveMember(t);
  source.finalizedHead = () => Promise.reject(new Error("https://user:secret@node.example failed"));
  const { status, body } = await ask(url, "/attestation/7");
  assert.equal(status, 503);
  assert.deepEqual(body, { code: "Unavailable", message: "the member cannot look at its node now" });
});

test("malformed questions are refused", async (t) => {
  const { url } = await serveMember(t);
  const malformed = [
    "/attestation/",
    "/attestation/x",
    "/attestation/-1",
    "/attestation/07",
    "/attestation/0x7",
    "/attestation/1e3",
    "/attestation/18446744073709551616",
    "/attestation/7?validUntil=",
    "/attestation/7?validUntil=-1",
    "/attestation/7?until=1900000005",
    "/attestation/7?validUntil=1900000005&validUntil=1900000006",
    `/attestation/7?validUntil=${"9".repeat(300)}`,
  ];
  for (const path of malformed) {
    const { status, body } = await ask(url, path);
    assert.deepEqual([path, status, body["code"]], [path, 400, "BadRequest"]);
  }
  for (const path of ["/", "/attestation", "/attestation/7/8", "/secret"]) {
    const { status, body } = await ask(url, path);
    assert.deepEqual([path, status, body["code"]], [path, 404, "NotFound"]);
  }
  const post = await ask(url, "/attestation/7", "POST");
  assert.deepEqual([post.status, post.body["code"]], [405, "MethodNotAllowed"]);
});

test("a request target that is no path is refused", async (t) => {
  const { url } = await serveMember(t);
  const { port } = new URL(url);
  const status = await new Promise((resolve, reject) => {
    httpRequest({ port, host: "127.0.0.1", path: "//evil.example/attestation/7" }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
  assert.equal(status, 400);
});

test("an address that asks too often is put off", async (t) => {
  const { url } = await serveMember(t, { rate: { perSecond: 1, burst: 2, now: () => 0 } });
  assert.equal((await ask(url, "/healthz")).status, 200);
  assert.equal((await ask(url, "/healthz")).status, 200);
  const { status, body } = await ask(url, "/healthz");
  assert.deepEqual([status, body["code"]], [429, "RateLimited"]);
});

test("no more than the limit is answered at the same time", async (t) => {
  let release: (error: Error) => void = () => undefined;
  let markStarted: () => void = () => undefined;
  const started = new Promise<void>((resolve) => (markStarted = resolve));
  const signer: Signer = {
    address: wallets[0].address,
    attest: () =>
      new Promise((_resolve, reject) => {
        release = reject;
        markStarted();
      }),
  };
  const url = await serve(t, signer, { maxInFlight: 1 });
  const first = ask(url, "/attestation/7");
  await started;
  const second = await ask(url, "/attestation/8");
  assert.deepEqual([second.status, second.body["code"]], [503, "Busy"]);
  release(new SignerError("NotFinal", "not yet", {}));
  assert.equal((await first).status, 404);
});
