import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Wallet, ZeroAddress } from "ethers";
import {
  createCommittee,
  decodeCommittee,
  encodeCommittee,
  encodeQuorum,
  hashCommittee,
  MAX_MEMBERS,
  minThreshold,
} from "../../../shared/protocol/committee.js";

const vector = JSON.parse(readFileSync("test/vectors/attestation.json", "utf8")) as {
  members: string[];
  threshold: number;
  committeeHash: string;
  keys: string[];
  attestation: { digest: string };
};
const committee = createCommittee(vector.members, vector.threshold);

test("a committee has the hash of the vector, in whatever order its members are given", () => {
  assert.equal(hashCommittee(committee), vector.committeeHash);
  assert.equal(hashCommittee(createCommittee([...vector.members].reverse())), vector.committeeHash);
});

test("a committee survives encoding and decoding", () => {
  assert.deepEqual(decodeCommittee(encodeCommittee(committee)), committee);
  assert.throws(() => decodeCommittee("0x"), RangeError);
  assert.throws(() => decodeCommittee(`${encodeCommittee(committee)}00`), RangeError);
  const [first, second] = committee.members as [string, string];
  const swapped = `0x0202${second.slice(2)}${first.slice(2)}`;
  assert.throws(() => decodeCommittee(swapped), RangeError);
});

test("the threshold is more than two thirds", () => {
  assert.deepEqual(
    [1, 2, 3, 4, 6, 7, 21, 64].map((size) => minThreshold(size)),
    [1, 2, 3, 3, 5, 5, 15, 43],
  );
  assert.throws(() => createCommittee(vector.members, 14), RangeError);
  assert.throws(() => createCommittee(vector.members, 22), RangeError);
  assert.throws(() => createCommittee(vector.members, 15.5), RangeError);
});

test("a committee has distinct members that exist, and not too many", () => {
  assert.throws(() => createCommittee([]), RangeError);
  assert.throws(() => createCommittee([ZeroAddress]), RangeError);
  const [first] = committee.members as [string];
  assert.throws(() => createCommittee([first, first.toLowerCase()]), RangeError);
  const many = Array.from(
    { length: MAX_MEMBERS + 1 },
    (_, i) => `0x${(i + 1).toString(16).padStart(40, "0")}`,
  );
  assert.throws(() => createCommittee(many), RangeError);
  assert.equal(createCommittee(many.slice(1)).members.length, MAX_MEMBERS);
});

test("a quorum takes signatures of distinct members only, and enough of them", () => {
  const signatures = vector.keys.slice(0, 15).map((key) => {
    const wallet = new Wallet(key);
    return {
      signer: wallet.address,
      signature: wallet.signingKey.sign(vector.attestation.digest).serialized,
    };
  });
  assert.doesNotThrow(() => encodeQuorum(committee, signatures));
  assert.throws(() => encodeQuorum(committee, signatures.slice(1)), /15 signatures are needed, got 14/);
  const [first, ...rest] = signatures;
  assert.ok(first);
  const [second] = rest;
  assert.ok(second);
  assert.throws(() => encodeQuorum(committee, [...rest, second]), /signed twice/);
  const stranger = { ...first, signer: Wallet.createRandom().address };
  assert.throws(() => encodeQuorum(committee, [stranger, ...rest]), /not a member/);
});
