import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fromHex, keccak256, toHex } from "../../../shared/execution/crypto.js";
import { MissingNode } from "../../../shared/execution/errors.js";
import { EMPTY_TRIE_ROOT, PartialTrie } from "../../../shared/execution/partialTrie.js";
import { revealSibling } from "../../../shared/execution/revealSibling.js";
import { Witness } from "../../../shared/execution/witness.js";

const slotOf = (index: number): string => index.toString(16).padStart(64, "0");
const keyOf = (index: number): string => toHex(keccak256(fromHex(slotOf(index))));
const value = (seed: number): Uint8Array => new Uint8Array(33).fill(1 + (seed % 250));

/** Nodes by hash that a walk for `key` meets. */
function proofOf(root: string, nodes: Map<string, Uint8Array>, key: string): Uint8Array[] {
  const path: Uint8Array[] = [];
  const node = (hash: string): Uint8Array | undefined => {
    const rlp = nodes.get(hash);
    if (rlp !== undefined) path.push(rlp);
    return rlp;
  };
  new PartialTrie(root, { node, isBranch: () => false }).get(key);
  return path;
}

describe("revealSibling", () => {
  it("finds every sibling that deletions need, from proofs of the deleted keys before and after", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat({ max: 5000 }), { minLength: 1, maxLength: 60 }),
        fc.nat(),
        async (slots, share) => {
          const nodes = new Map<string, Uint8Array>();
          const keep = (hash: string, rlp: Uint8Array): void => void nodes.set(hash, rlp);
          const full = new PartialTrie(EMPTY_TRIE_ROOT, { node: () => undefined, isBranch: () => false });
          for (const slot of slots) full.put(keyOf(slot), value(slot));
          const before = full.root(keep);
          const deleted = slots.slice(0, 1 + (share % slots.length));
          for (const slot of deleted) full.delete(keyOf(slot));
          const after = full.root(keep);

          // A node that knows only what `eth_getProof` tells, at the parent and at the block.
          const witness = new Witness({
            source: {
              fetchCode: async () => undefined,
              fetchNode: async (missing) => {
                assert.equal(missing.role, "sibling");
                const key = toHex(keccak256(fromHex(missing.slot ?? "")));
                assert.ok(revealSibling(missing, proofOf(after, nodes, key), witness));
              },
            },
          });
          for (const slot of deleted)
            for (const node of proofOf(before, nodes, keyOf(slot))) witness.addNode(node);
          const partial = new PartialTrie(before, witness);
          for (const slot of deleted) {
            const at = { address: "", slot: slotOf(slot) };
            await witness.withNodes(at, () => partial.delete(keyOf(slot)));
          }
          assert.equal(partial.root(), after);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("finds nothing in a proof that does not fit", () => {
    const missing = {
      hash: "11".repeat(32),
      role: "sibling",
      path: "0",
      address: "",
      slot: slotOf(1),
    } as const;
    const witness = new Witness();
    assert.equal(revealSibling(missing, [], witness), false);
    assert.equal(revealSibling(missing, [fromHex("c22001")], witness), false);
    assert.throws(() => new PartialTrie(missing.hash, witness).get("0".repeat(64)), MissingNode);
    assert.equal(witness.hasAssumptions, false);
  });
});
