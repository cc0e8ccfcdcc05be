import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { id, Wallet } from "ethers";
import { collectEvidence, EvidenceIncomplete, type EvidenceRequest } from "../../committee/client.js";
import { startAttestationServer } from "../../committee/server.js";
import {
  createAttestation,
  encodeCommitteeEvidence,
  signAttestation,
  type Attestation,
} from "../../shared/protocol/attestation.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import {
  committee,
  createSourceStub,
  hashOf,
  identity,
  now,
  openSigner,
  sourceChainId,
  temporaryFolder,
  wallets,
} from "./fixture.js";

const request: EvidenceRequest = {
  identity,
  sourceChainId,
  epoch: 0n,
  committee,
  number: 7n,
  blockHash: hashOf(7n),
  validUntil: now + 500n,
};
const attestation = createAttestation({
  sourceChainId,
  number: 7n,
  blockHash: hashOf(7n),
  validUntil: now + 500n,
});

async function honestMember(t: TestContext, wallet: Wallet): Promise<string> {
  const { signer, close } = await openSigner(await temporaryFolder(t), wallet, createSourceStub());
  const server = await startAttestationServer({}, { signer, logger: silentLogger() });
  t.after(async () => {
    await server.close();
    await close();
  });
  return server.url;
}

async function honestMembers(t: TestContext, count: number): Promise<string[]> {
  return Promise.all(wallets.slice(0, count).map((wallet) => honestMember(t, wallet)));
}

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serveJson(t: TestContext, body: unknown, status = 200): Promise<string> {
  return serve(t, (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
}

/** What a member answers that signs `signed` with `wallet`, and then says `said`. */
async function answerOf(
  wallet: Wallet,
  signed: Attestation = attestation,
  said: object = {},
): Promise<Record<string, string>> {
  return {
    sourceChainId: signed.sourceChainId.toString(),
    number: signed.number.toString(),
    blockHash: signed.blockHash,
    validUntil: signed.validUntil.toString(),
    signer: wallet.address,
    signature: await signAttestation(wallet, identity, signed),
    ...said,
  };
}

/** Collects from two honest members and the one at `url`: one signature too few unless that one is good. */
async function lastAnswer(t: TestContext, url: string, timeoutMs = 5_000): Promise<unknown> {
  const urls = [...(await honestMembers(t, 2)), url];
  try {
    await collectEvidence(request, { urls, timeoutMs });
  } catch (error) {
    assert.ok(error instanceof EvidenceIncomplete);
    assert.equal(error.action, "retry");
    assert.equal(error.details["got"], 2);
    const { url: _url, ...answer } = error.answers.find((entry) => entry.url === url) ?? assert.fail();
    return answer;
  }
  return "signed";
}

test("evidence is complete as soon as enough members have signed", async (t) => {
  const silent = await serve(t, () => undefined);
  const urls = [silent, ...(await honestMembers(t, 3))];
  const evidence = await collectEvidence(request, { urls, timeoutMs: 60_000 });
  const signatures = await Promise.all(
    wallets.slice(0, 3).map(async (wallet) => ({
      signer: wallet.address,
      signature: await signAttestation(wallet, identity, attestation),
    })),
  );
  const { epoch, validUntil } = request;
  assert.equal(evidence, encodeCommitteeEvidence({ epoch, validUntil, committee, signatures }));
});

test("a member that signed another hash is named with its signature", async (t) => {
  const other = { ...attestation, blockHash: id("another block 7") };
  const answer = await answerOf(wallets[2], other);
  assert.deepEqual(await lastAnswer(t, await serveJson(t, answer)), {
    kind: "signedOther",
    signer: wallets[2].address,
    blockHash: other.blockHash,
    signature: answer["signature"],
  });
});

test("a member that says the wanted hash and signs another does not count", async (t) => {
  const other = { ...attestation, blockHash: id("another block 7") };
  const answer = await answerOf(wallets[2], other, { blockHash: attestation.blockHash });
  const got = (await lastAnswer(t, await serveJson(t, answer))) as { kind: string };
  assert.equal(got.kind, "notMember");
});

test("a stranger's signature does not count", async (t) => {
  const stranger = Wallet.createRandom();
  const answer = await answerOf(new Wallet(stranger.privateKey));
  assert.deepEqual(await lastAnswer(t, await serveJson(t, answer)), {
    kind: "notMember",
    recovered: stranger.address,
  });
});

test("a member cannot count twice", async (t) => {
  const answer = await answerOf(wallets[0]);
  const urls = [...(await honestMembers(t, 2)), await serveJson(t, answer)];
  await assert.rejects(collectEvidence(request, { urls }), { code: "EvidenceIncomplete" });
});

test("an answer about something else does not count", async (t) => {
  for (const field of ["sourceChainId", "number", "validUntil"] as const) {
    const other = { ...attestation, [field]: attestation[field] + 1n };
    const url = await serveJson(t, await answerOf(wallets[2], other));
    assert.deepEqual(await lastAnswer(t, url), { kind: "offTopic", field });
  }
  const url = await serveJson(t, await answerOf(wallets[2], attestation, { signer: wallets[3].address }));
  assert.deepEqual(await lastAnswer(t, url), { kind: "offTopic", field: "signer" });
});

test("malformed answers do not count", async (t) => {
  const good = await answerOf(wallets[2]);
  const { signature: _signature, ...unsigned } = good;
  for (const body of [
    {},
    [],
    null,
    unsigned,
    { ...good, extra: 1 },
    { ...good, number: 7 },
    { ...good, blockHash: "0x12" },
    { ...good, signature: `0x${"00".repeat(65)}` },
    { ...good, signature: `0x${"ff".repeat(65)}` },
  ]) {
    assert.deepEqual(
      await lastAnswer(t, await serveJson(t, body)),
      { kind: "malformed" },
      JSON.stringify(body),
    );
  }
  const text = await serve(t, (_request, response) => response.end("<html>"));
  assert.deepEqual(await lastAnswer(t, text), { kind: "malformed" });
  const endless = await serve(t, (_request, response) => {
    const push = (): void => {
      while (!response.destroyed && response.write("x".repeat(1024)));
      if (!response.destroyed) response.once("drain", push);
    };
    push();
  });
  assert.deepEqual(await lastAnswer(t, endless), { kind: "malformed" });
});

test("a refusal is reported with its code", async (t) => {
  const url = await serveJson(t, { code: "NotFinal", message: "wait" }, 404);
  assert.deepEqual(await lastAnswer(t, url), { kind: "refused", status: 404, code: "NotFinal" });
});

test("a redirection is not followed", async (t) => {
  const good = await serveJson(t, await answerOf(wallets[2]));
  const url = await serve(t, (_request, response) => {
    response.writeHead(302, { location: good }).end();
  });
  const got = (await lastAnswer(t, url)) as { kind: string };
  assert.equal(got.kind, "unreachable");
});

test("a member that does not answer is timed out", async (t) => {
  const url = await serve(t, () => undefined);
  assert.deepEqual(await lastAnswer(t, url, 500), { kind: "timeout" });
});

test("a member that is gone is reported without credentials", async (t) => {
  const urls = [...(await honestMembers(t, 2)), "http://user:secret@127.0.0.1:1/"];
  await assert.rejects(collectEvidence(request, { urls }), (error) => {
    assert.ok(error instanceof EvidenceIncomplete);
    assert.match(error.message, /2 of 3 signatures for block 7/);
    assert.match(error.message, /http:\/\/127\.0\.0\.1:1: unreachable/);
    assert.doesNotMatch(JSON.stringify(error.answers) + error.message, /secret/);
    return true;
  });
});

test("credentials of a URL go into a header", async (t) => {
  const good = JSON.stringify(await answerOf(wallets[2]));
  const url = await serve(t, (incoming, response) => {
    const expected = `Basic ${Buffer.from("user:pass word").toString("base64")}`;
    response.writeHead(incoming.headers.authorization === expected ? 200 : 401).end(good);
  });
  const withCredentials = url.replace("http://", "http://user:pass%20word@");
  assert.equal(await lastAnswer(t, withCredentials), "signed");
});

test("an aborted collection ends with the reason", async (t) => {
  const controller = new AbortController();
  const url = await serve(t, () => controller.abort(new Error("stop")));
  await assert.rejects(collectEvidence(request, { urls: [url], signal: controller.signal }), /stop/);
});
