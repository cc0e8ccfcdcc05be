import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { getBytes } from "ethers";
import { findOmission } from "../../challenger/omission.js";
import { slotKey } from "../../shared/execution/storageRoot.js";
import { proofFromTrie } from "../../shared/proofs/proofFromTrie.js";
import { createStorageTrie } from "../../shared/proofs/storageTrie.js";
import { walkTrieProof } from "../../shared/proofs/walkTrieProof.js";
import { keyOf } from "../../shared/protocol/deltas.js";

type Slots = ReadonlyMap<string, bigint>;

/** What a first update of a storage with these slots is found to omit, if it lists only some of them. */
async function omissionOf(all: Slots, said: Slots, mostHashes?: number) {
  const storage = await createStorageTrie();
  for (const [slot, value] of all) await storage.set(keyOf(slot), value);
  const asked: string[] = [];
  const prove = async (slot: string): Promise<string[]> => {
    asked.push(slot);
    return proofFromTrie(storage.trie, keyOf(slot));
  };
  return { found: await findOmission(said, prove, undefined, mostHashes), root: storage.root(), asked };
}

/** Small values are short leaves, which lie within their parents. */
const value = fc.oneof(fc.bigInt(1n, 127n), fc.bigInt(1n, 2n ** 256n - 1n));
const storages = fc.uniqueArray(fc.tuple(fc.bigInt(0n, 2n ** 256n - 1n).map(slotKey), value), {
  minLength: 1,
  maxLength: 60,
  selector: ([slot]) => slot,
});

describe("a key that a first update omits", () => {
  it("is found in any storage, with a proof that the contract takes", async () => {
    await fc.assert(
      fc.asyncProperty(storages, fc.infiniteStream(fc.boolean()), async (entries, coins) => {
        const all = new Map(entries);
        const said = new Map(entries.filter(() => coins.next().value));
        const { found, root } = await omissionOf(all, said);
        if (said.size === all.size) return assert.equal(found, undefined);
        assert.ok(found);
        const omitted = entries.filter(([slot]) => !said.has(slot)).map(([slot]) => keyOf(slot));
        assert.ok(omitted.includes(found.key), "it is one of those omitted");
        const shown = walkTrieProof(
          root,
          getBytes(found.key),
          found.proof.map((node) => getBytes(node)),
        );
        assert.ok(shown.valid && shown.value !== null, "its proof shows that it holds something");
      }),
      { numRuns: 150 },
    );
  });

  it("is found with a handful of proofs among thousands of slots", async () => {
    const all = new Map(Array.from({ length: 4_000 }, (_, i) => [slotKey(BigInt(i)), BigInt(i + 1)]));
    const said = new Map([...all].filter(([slot]) => slot !== slotKey(1_234n)));
    const { found, asked } = await omissionOf(all, said);
    assert.equal(found?.key, keyOf(slotKey(1_234n)));
    assert.ok(asked.length < 10, `${asked.length} proofs`);
  });

  it("is not searched for where too long a path leads to it", async () => {
    // The hashes of these two slots agree in their first nine digits; found by trying.
    const all = new Map([247_476n, 515_151n].map((slot) => [slotKey(slot), 2n ** 200n]));
    const said = new Map([...all].slice(0, 1));
    const { found } = await omissionOf(all, said);
    assert.equal(found, undefined);
  });

  it("is found where others are dear to reach", async () => {
    // The hashes of 1,159 and 1,288 agree in their first five digits, and are less than that of 3.
    const all = new Map([1_159n, 1_288n, 1n, 3n].map((slot) => [slotKey(slot), 2n ** 200n]));
    const said = new Map([[slotKey(1n), 2n ** 200n]]);
    const { found } = await omissionOf(all, said, 5_000);
    assert.equal(found?.key, keyOf(slotKey(3n)));
  });

  it("is searched for with so many hashes and no more, however many paths there are", async () => {
    const all = new Map(Array.from({ length: 400 }, (_, i) => [slotKey(BigInt(i)), BigInt(i + 1)]));
    const { found, asked } = await omissionOf(all, new Map(), 0);
    assert.deepEqual([found, asked], [undefined, []]);
    assert.ok((await omissionOf(all, new Map(), 400)).found);
  });

  it("can be given up", async () => {
    const storage = await createStorageTrie();
    await storage.set(keyOf(slotKey(1n)), 1n);
    const stop = AbortSignal.abort();
    await assert.rejects(
      findOmission(new Map(), async () => [], stop),
      { name: "AbortError" },
    );
  });
});
