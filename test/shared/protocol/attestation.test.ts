import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { dataLength, Wallet } from "ethers";
import {
  createAttestation,
  encodeCommitteeEvidence,
  hashAttestation,
  recoverAttestationSigner,
  signAttestation,
  type AnchorIdentity,
} from "../../../shared/protocol/attestation.js";
import { createCommittee, encodeQuorum, hashCommittee } from "../../../shared/protocol/committee.js";
import { hashRotation, recoverRotationSigner, signRotation } from "../../../shared/protocol/rotation.js";

interface Vector {
  destinationChainId: string;
  anchor: string;
  sourceChainId: string;
  keys: string[];
  members: string[];
  threshold: number;
  committeeHash: string;
  signers: number[];
  attestation: {
    number: string;
    blockHash: string;
    validUntil: string;
    digest: string;
    signatures: string[];
    evidence: string;
  };
  rotation: {
    epoch: string;
    newMembers: string[];
    newThreshold: number;
    newCommitteeHash: string;
    digest: string;
    quorum: string;
  };
}

const vector = JSON.parse(readFileSync("test/vectors/attestation.json", "utf8")) as Vector;
const identity: AnchorIdentity = {
  destinationChainId: BigInt(vector.destinationChainId),
  anchor: vector.anchor,
};
const committee = createCommittee(vector.members, vector.threshold);
const wallets = vector.keys.map((key) => new Wallet(key));
const signers = vector.signers.map((index) => wallets[index] as Wallet);
const attestation = createAttestation({
  sourceChainId: BigInt(vector.sourceChainId),
  number: BigInt(vector.attestation.number),
  blockHash: vector.attestation.blockHash,
  validUntil: BigInt(vector.attestation.validUntil),
});

test("an attestation has the digest, the signatures and the evidence of the vector", async () => {
  assert.equal(hashAttestation(identity, attestation), vector.attestation.digest);
  const signatures = await Promise.all(
    signers.map(async (wallet) => ({
      signer: wallet.address,
      signature: await signAttestation(wallet, identity, attestation),
    })),
  );
  assert.deepEqual(
    signatures.map(({ signature }) => signature),
    vector.attestation.signatures,
  );
  const evidence = { epoch: 0n, validUntil: attestation.validUntil, committee, signatures };
  assert.equal(encodeCommitteeEvidence(evidence), vector.attestation.evidence);
  assert.equal(
    encodeCommitteeEvidence({ ...evidence, signatures: [...signatures].reverse() }),
    vector.attestation.evidence,
    "the order of arrival does not matter",
  );
  for (const { signer, signature } of signatures) {
    assert.equal(recoverAttestationSigner(identity, attestation, signature), signer);
  }
});

test("a signature recovers to somebody else for any other field", async () => {
  const wallet = wallets[0] as Wallet;
  const signature = await signAttestation(wallet, identity, attestation);
  const others = [
    { ...attestation, sourceChainId: attestation.sourceChainId + 1n },
    { ...attestation, number: attestation.number + 1n },
    { ...attestation, blockHash: `0x${"11".repeat(32)}` },
    { ...attestation, validUntil: attestation.validUntil + 1n },
  ];
  for (const other of others) {
    assert.notEqual(recoverAttestationSigner(identity, other, signature), wallet.address);
  }
  const elsewhere = { ...identity, destinationChainId: 1n };
  assert.notEqual(recoverAttestationSigner(elsewhere, attestation, signature), wallet.address);
});

test("an attestation that the contract could not read is refused", () => {
  assert.throws(() => createAttestation({ ...attestation, sourceChainId: 0n }), RangeError);
  assert.throws(() => createAttestation({ ...attestation, number: -1n }), RangeError);
  assert.throws(() => createAttestation({ ...attestation, number: 2n ** 64n }), RangeError);
  assert.throws(() => createAttestation({ ...attestation, validUntil: 2n ** 64n }), RangeError);
  assert.throws(() => createAttestation({ ...attestation, blockHash: "0x12" }), RangeError);
  assert.throws(() => createAttestation({ ...attestation, blockHash: `0x${"00".repeat(32)}` }), RangeError);
});

test("evidence takes no more signatures than the threshold asks for", async () => {
  const signatures = await Promise.all(
    wallets.map(async (wallet) => ({
      signer: wallet.address,
      signature: await signAttestation(wallet, identity, attestation),
    })),
  );
  const evidence = encodeCommitteeEvidence({
    epoch: 0n,
    validUntil: attestation.validUntil,
    committee,
    signatures,
  });
  assert.equal(dataLength(evidence), dataLength(vector.attestation.evidence));
});

test("a rotation has the digest and the quorum of the vector", async () => {
  const newCommittee = createCommittee(vector.rotation.newMembers, vector.rotation.newThreshold);
  const rotation = { epoch: BigInt(vector.rotation.epoch), newCommittee };
  assert.equal(hashCommittee(newCommittee), vector.rotation.newCommitteeHash);
  assert.equal(hashRotation(identity, rotation), vector.rotation.digest);
  const signatures = await Promise.all(
    signers.map(async (wallet) => ({
      signer: wallet.address,
      signature: await signRotation(wallet, identity, rotation),
    })),
  );
  assert.equal(encodeQuorum(committee, signatures), vector.rotation.quorum);
  const [first] = signatures;
  assert.ok(first);
  assert.equal(recoverRotationSigner(identity, rotation, first.signature), first.signer);
  assert.notEqual(recoverRotationSigner(identity, { ...rotation, epoch: 1n }, first.signature), first.signer);
});
