import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pieceAt } from "../../../shared/mirror/firstProof.js";
import { slotKey, storageRootOf } from "../../../shared/execution/storageRoot.js";
import { buildTransitionProof } from "../../../shared/proofs/transitionProof.js";
import { CHUNK, decodeChunk, encodeChunks, keyOf, sortDeltas } from "../../../shared/protocol/deltas.js";
import { genesisUpdate, type Update } from "../../../shared/protocol/update.js";

const slots = new Map(
  Array.from({ length: CHUNK + 20 }, (_, i) => [slotKey(BigInt(i)), BigInt(i + 1)] as const),
);
const chunks = encodeChunks(sortDeltas([...slots].map(([slot, value]) => ({ slot, value }))));
const update: Update = { ...genesisUpdate(1n), oldStorageRoot: genesisUpdate(1n).storageRoot };

describe("a piece of a first update's proof", () => {
  it("goes on where somebody else has stopped, in the middle of a chunk", async () => {
    for (const proven of [0, 1, 7, CHUNK - 1, CHUNK, CHUNK + 19]) {
      const { piece, isLast } = await pieceAt(update, chunks, proven);
      assert.equal(isLast, proven >= CHUNK, `${proven}`);
      assert.equal(piece.index * CHUNK + piece.from, proven);
      // The proof is that of the trie with everything proven so far.
      const all = chunks.flatMap((chunk) => decodeChunk(chunk));
      const known = new Map<string, Uint8Array>();
      const before = new Map(all.slice(0, proven).map(({ slot, value }) => [slot, value]));
      const root = await storageRootOf(before, (hash, rlp) => known.set(`0x${hash}`, rlp));
      const changes = all
        .slice(proven, piece.index * CHUNK + piece.to)
        .map(({ slot, value }) => ({ key: keyOf(slot), before: 0n, later: value }));
      const wanted = await buildTransitionProof(root, changes, async (hash) => known.get(hash));
      assert.deepEqual([piece.before, piece.nodes], [wanted.before, wanted.nodes]);
    }
  });

  it("is made of first updates only", async () => {
    const later = { ...update, oldStorageRoot: `0x${"11".repeat(32)}` };
    await assert.rejects(pieceAt(later, chunks, 0), { code: "UpdateNotFirst" });
  });
});
