/**
 * Writes `test/vectors/attestation.json`: a committee of 21 with known keys, its attestation of a block and its
 * rotation. Deterministic; run with `npx tsx tools/vectors/attestation.ts`.
 */
import { writeFileSync } from "node:fs";
import { getCreateAddress, id, Wallet } from "ethers";
import {
  createAttestation,
  encodeCommitteeEvidence,
  hashAttestation,
  signAttestation,
} from "../../shared/protocol/attestation.js";
import { createCommittee, encodeQuorum, hashCommittee } from "../../shared/protocol/committee.js";
import { hashRotation, signRotation } from "../../shared/protocol/rotation.js";

const wallets = Array.from({ length: 21 }, (_, i) => new Wallet(id(`member ${i}`))).sort((a, b) =>
  BigInt(a.address) < BigInt(b.address) ? -1 : 1,
);
const committee = createCommittee(wallets.map(({ address }) => address));
/** Fifteen of them, neither the first fifteen nor the last. */
const signers = [0, 1, 3, 4, 6, 7, 8, 10, 11, 13, 14, 16, 17, 19, 20];

const deployer = "0x00000000000000000000000000000000000a11ce";
const identity = { destinationChainId: 8453n, anchor: getCreateAddress({ from: deployer, nonce: 0 }) };
const attestation = createAttestation({
  sourceChainId: 100n,
  number: 19_807_080n,
  blockHash: id("block"),
  validUntil: 1_900_000_000n,
});
const newCommittee = createCommittee(
  wallets.slice(0, 4).map(({ address }) => address),
  3,
);
const rotation = { epoch: 0n, newCommittee };

async function signAll(sign: (wallet: Wallet) => Promise<string>) {
  const chosen = signers.map((index) => wallets[index] as Wallet);
  return Promise.all(
    chosen.map(async (wallet) => ({ signer: wallet.address, signature: await sign(wallet) })),
  );
}

const attested = await signAll((wallet) => signAttestation(wallet, identity, attestation));
const rotated = await signAll((wallet) => signRotation(wallet, identity, rotation));
const vector = {
  about:
    "EIP-712 attestations and a rotation of a committee of 21; the anchor is the first contract that `deployer` creates. Read by both languages.",
  deployer,
  destinationChainId: identity.destinationChainId.toString(),
  anchor: identity.anchor,
  sourceChainId: attestation.sourceChainId.toString(),
  keys: wallets.map(({ privateKey }) => privateKey),
  members: committee.members,
  threshold: committee.threshold,
  committeeHash: hashCommittee(committee),
  signers,
  attestation: {
    number: attestation.number.toString(),
    blockHash: attestation.blockHash,
    validUntil: attestation.validUntil.toString(),
    digest: hashAttestation(identity, attestation),
    signatures: attested.map(({ signature }) => signature),
    evidence: encodeCommitteeEvidence({
      epoch: 0n,
      validUntil: attestation.validUntil,
      committee,
      signatures: attested,
    }),
  },
  rotation: {
    epoch: rotation.epoch.toString(),
    newMembers: newCommittee.members,
    newThreshold: newCommittee.threshold,
    newCommitteeHash: hashCommittee(newCommittee),
    digest: hashRotation(identity, rotation),
    quorum: encodeQuorum(committee, rotated),
  },
};
writeFileSync("test/vectors/attestation.json", `${JSON.stringify(vector, null, 2)}\n`);
