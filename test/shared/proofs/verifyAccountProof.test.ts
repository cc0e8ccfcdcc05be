import assert from "node:assert/strict";
import { test } from "node:test";
import { isOptisyncError } from "../../../shared/runtime/errors.js";
import { verifyAccountProof } from "../../../shared/proofs/verifyAccountProof.js";
import { readTrieVectors } from "./vectors.js";

for (const each of readTrieVectors().accounts) {
  test(each.name, () => {
    const verify = () => verifyAccountProof(each.stateRoot, each.owner, each.proof);
    if (!each.valid) {
      assert.throws(
        verify,
        (error) => isOptisyncError(error, "AccountMalformed") && error.details["field"] === each.field,
      );
      return;
    }
    assert.deepEqual(verify(), {
      exists: each.exists,
      nonce: BigInt(each.nonce),
      balanceWei: BigInt(each.balance),
      storageRoot: each.storageRoot,
      codeHash: each.codeHash,
    });
  });
}
