import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { keccak256, toBeHex } from "ethers";
import { createStorageTrie } from "../../../shared/proofs/storageTrie.js";
import { buildTransitionProof } from "../../../shared/proofs/transitionProof.js";
import { createHeldTrie } from "../../../shared/reader/heldTrie.js";

const keyAt = (position: number): string => keccak256(toBeHex(position, 32));
/** Slots of a few positions, so that they are written again and cleared; values of every size. */
const writes = fc.array(
  fc.tuple(fc.nat(60), fc.oneof(fc.constant(0n), fc.bigInt(1n, 300n), fc.bigInt(1n, 2n ** 256n - 1n))),
  { maxLength: 80 },
);

describe("a storage trie for proofs", () => {
  it("has the roots, the values and the proofs of the library's trie", async () => {
    await fc.assert(
      fc.asyncProperty(writes, writes, async (first, second) => {
        const [held, whole] = [createHeldTrie(), await createStorageTrie()];
        for (const [position, value] of first) {
          await held.set(keyAt(position), value);
          await whole.set(keyAt(position), value);
        }
        const root = held.root();
        assert.equal(root, whole.root());
        const last = new Map(second.map(([position, value]) => [keyAt(position), value]));
        const changes = [];
        for (const [key, later] of [...last].sort(([a], [b]) => (a < b ? -1 : 1))) {
          const before = await held.value(key);
          assert.equal(before, await whole.value(key));
          if (before !== later) changes.push({ key, before, later });
        }
        assert.deepEqual(
          await buildTransitionProof(root, changes, held.node),
          await buildTransitionProof(root, changes, whole.node),
        );
        for (const [key, value] of last) {
          await held.set(key, value);
          await whole.set(key, value);
        }
        assert.equal(held.root(), whole.root());
      }),
      { numRuns: 60 },
    );
  });
});
