import assert from "node:assert/strict";
import { test } from "node:test";
import { getBytes, hexlify } from "ethers";
import { REASONS } from "../../../shared/proofs/errors.js";
import { EMPTY_ROOT, walkTrieProof } from "../../../shared/proofs/walkTrieProof.js";
import { readTrieVectors } from "./vectors.js";

const { proofs } = readTrieVectors();

for (const { name, root, key, proof, reason, node, value } of proofs) {
  test(name, () => {
    const result = walkTrieProof(
      root,
      getBytes(key),
      proof.map((each) => getBytes(each)),
    );
    const got = result.valid
      ? { reason: "None", node: 0, value: result.value === null ? "0x" : hexlify(result.value) }
      : { reason: result.reason, node: result.node, value: "0x" };
    assert.deepEqual(got, { reason: REASONS[reason], node, value });
  });
}

test("every reason has a vector", () => {
  const seen = new Set(proofs.map(({ reason }) => REASONS[reason]));
  assert.deepEqual(
    REASONS.filter((reason) => !seen.has(reason)),
    [],
  );
});

test("a root in capitals is the same root", () => {
  assert.deepEqual(walkTrieProof(`0x${EMPTY_ROOT.slice(2).toUpperCase()}`, new Uint8Array(32), []), {
    valid: true,
    value: null,
  });
});

test("a key that is not hashed is a mistake of the caller", () => {
  assert.throws(() => walkTrieProof(EMPTY_ROOT, new Uint8Array(20), []), RangeError);
});
