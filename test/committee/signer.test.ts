import assert from "node:assert/strict";
import { test } from "node:test";
import { id } from "ethers";
import { openSignedBlocks } from "../../committee/signedBlocks.js";
import { createSigner } from "../../committee/signer.js";
import { recoverAttestationSigner } from "../../shared/protocol/attestation.js";
import {
  createSourceStub,
  hashOf,
  identity,
  maxLifetimeSeconds,
  now,
  openSigner,
  sourceChainId,
  temporaryFolder,
  wallets,
} from "./fixture.js";

test("a final block is signed by the member", async (t) => {
  const { signer, close } = await openSigner(await temporaryFolder(t), wallets[0], createSourceStub());
  t.after(close);
  for (const number of [0n, 99n, 100n]) {
    const { signature, signer: who, ...attestation } = await signer.attest(number);
    assert.deepEqual(attestation, {
      sourceChainId,
      number,
      blockHash: hashOf(number),
      validUntil: now + 500n,
    });
    assert.equal(who, wallets[0].address);
    assert.equal(recoverAttestationSigner(identity, attestation, signature), wallets[0].address);
  }
});

test("a block that is not final is not signed, and not recorded", async (t) => {
  const folder = await temporaryFolder(t);
  const source = createSourceStub();
  const { signer, close } = await openSigner(folder, wallets[0], source);
  t.after(close);
  await assert.rejects(signer.attest(101n), { code: "NotFinal", details: { number: 101n, finalized: 100n } });
  source.finalized = 101n;
  source.hashes.set(101n, id("another block 101"));
  assert.equal((await signer.attest(101n)).blockHash, id("another block 101"));
});

test("a second hash for a number is refused, also after a restart, and the first is still signed", async (t) => {
  const folder = await temporaryFolder(t);
  const source = createSourceStub();
  const before = await openSigner(folder, wallets[0], source);
  const first = await before.signer.attest(7n);
  source.hashes.set(7n, id("another block 7"));
  const refusal = {
    code: "WouldEquivocate",
    action: "halt",
    details: { sourceChainId, number: 7n, recorded: hashOf(7n), wanted: id("another block 7") },
  };
  await assert.rejects(before.signer.attest(7n), refusal);
  await before.close();

  const after = await openSigner(folder, wallets[0], source);
  t.after(after.close);
  await assert.rejects(after.signer.attest(7n), refusal);
  source.hashes.delete(7n);
  assert.deepEqual(await after.signer.attest(7n), first);
});

test("a hash is recorded even if signing fails afterwards", async (t) => {
  const folder = await temporaryFolder(t);
  const source = createSourceStub();
  const signedBlocks = await openSignedBlocks(folder);
  const failing = createSigner(
    { identity, sourceChainId, lifetimeSeconds: 500n, maxLifetimeSeconds },
    {
      wallet: {
        address: wallets[0].address,
        signTypedData: () => Promise.reject(new Error("the key is gone")),
      },
      source,
      signedBlocks,
      destinationTime: async () => now,
    },
  );
  await assert.rejects(failing.attest(7n), /the key is gone/);
  await signedBlocks.close();

  source.hashes.set(7n, id("another block 7"));
  const { signer, close } = await openSigner(folder, wallets[0], source);
  t.after(close);
  await assert.rejects(signer.attest(7n), { code: "WouldEquivocate" });
});

test("of two hashes committed at the same time one wins", async (t) => {
  const signedBlocks = await openSignedBlocks(await temporaryFolder(t));
  t.after(() => signedBlocks.close());
  const hashes = Array.from({ length: 8 }, (_, i) => id(`candidate ${i}`));
  const outcomes = await Promise.allSettled(
    hashes.map((hash) => signedBlocks.commit(sourceChainId, 7n, hash)),
  );
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", ...Array<string>(7).fill("rejected")],
  );
});

test("heights of different source chains do not get in each other's way", async (t) => {
  const signedBlocks = await openSignedBlocks(await temporaryFolder(t));
  t.after(() => signedBlocks.close());
  await signedBlocks.commit(1n, 7n, id("a"));
  await signedBlocks.commit(2n, 7n, id("b"));
  await assert.rejects(signedBlocks.commit(1n, 7n, id("b")), { code: "WouldEquivocate" });
});

test("one record serves one process", async (t) => {
  const folder = await temporaryFolder(t);
  const signedBlocks = await openSignedBlocks(folder);
  t.after(() => signedBlocks.close());
  await assert.rejects(openSignedBlocks(folder));
});

test("the asker chooses validUntil within what the anchor accepts", async (t) => {
  const { signer, close } = await openSigner(await temporaryFolder(t), wallets[0], createSourceStub());
  t.after(close);
  assert.equal((await signer.attest(7n, now + 1n)).validUntil, now + 1n);
  assert.equal((await signer.attest(7n, now + maxLifetimeSeconds)).validUntil, now + maxLifetimeSeconds);
  for (const validUntil of [0n, now, now + maxLifetimeSeconds + 1n]) {
    await assert.rejects(signer.attest(7n, validUntil), { code: "LifetimeOutOfRange" });
  }
});
