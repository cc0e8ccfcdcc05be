import assert from "node:assert/strict";
import { test } from "node:test";
import { isOptisyncError } from "../../../shared/runtime/errors.js";
import { hashSlot, verifySlotProof } from "../../../shared/proofs/verifySlotProof.js";
import { readTrieVectors } from "./vectors.js";

for (const each of readTrieVectors().slots) {
  test(each.name, () => {
    const verify = () => verifySlotProof(each.storageRoot, each.hashedSlot, each.proof);
    if (each.valid) assert.equal(verify(), BigInt(each.value));
    else assert.throws(verify, (error) => isOptisyncError(error, "SlotValueMalformed"));
  });
}

test("a slot is hashed as a word", () => {
  // The well-known place of the first element of an array in slot 0.
  assert.equal(hashSlot(0n), "0x290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563");
});
