import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dataLength, toBeHex, ZeroHash } from "ethers";
import { createStorageTrie, type StorageTrie } from "../../../shared/proofs/storageTrie.js";
import { CHUNK, encodeChunks, keyOf, sortDeltas } from "../../../shared/protocol/deltas.js";
import type { UpdateEntry } from "../../../shared/protocol/ledger.js";
import { genesisUpdate } from "../../../shared/protocol/update.js";
import { PIECE, piecesLeft, piecesOf, proveAtOnce } from "../../../shared/reader/updatePieces.js";

const slots = Array.from({ length: CHUNK + 20 }, (_, i) => toBeHex(i, 32));

async function stored(): Promise<StorageTrie> {
  const trie = await createStorageTrie();
  for (const slot of slots) await trie.set(keyOf(slot), 7n);
  return trie;
}

const changing = (value: bigint, count = slots.length): UpdateEntry => ({
  id: "u",
  update: genesisUpdate(1n),
  status: "Pending",
  deadline: 1n,
  appliedChunks: 0,
  chunks: encodeChunks(sortDeltas(slots.slice(0, count).map((slot) => ({ slot, value })))),
  healed: [],
  transactionHash: ZeroHash,
  blockNumber: 1n,
});

describe("the pieces of an update", () => {
  for (const mostBytes of [Infinity, 60_000, 36_000, 0]) {
    it(`follow each other without a gap, each of at most ${mostBytes} bytes if it can be`, async () => {
      const trie = await stored();
      const entry = changing(8n);
      const pieces = await piecesOf(entry, trie, mostBytes);
      let next = 0;
      for (const { index, from, to, chunk, digests, before, nodes } of pieces) {
        assert.equal(index * CHUNK + from, next);
        assert.ok(to > from && to - from <= PIECE);
        const bytes = dataLength(chunk) + 32 * digests.length + dataLength(before) + dataLength(nodes);
        assert.ok(bytes <= mostBytes || to - from === 1, `${to - from} deltas, ${bytes} bytes`);
        next = index * CHUNK + to;
        assert.deepEqual(piecesLeft(pieces, index * CHUNK + from)[0]?.from, from);
      }
      assert.equal(next, slots.length);
      const whole = await createStorageTrie();
      for (const slot of slots) await whole.set(keyOf(slot), 8n);
      assert.equal(trie.root(), whole.root());
    });
  }

  it("are as few as the limits allow", async () => {
    const pieces = await piecesOf(changing(8n), await stored());
    assert.deepEqual(
      pieces.map(({ from, to }) => to - from),
      [160, 160, 160, 20],
    );
    const first = await piecesOf(changing(8n), await createStorageTrie());
    assert.deepEqual(
      first.map(({ from, to }) => to - from),
      [480, 20],
    );
  });

  it("are not made of a slot that did not change", async () => {
    await assert.rejects(piecesOf(changing(7n), await stored()), { code: "UpdateFalse" });
  });

  it("are one, all at once, up to a number of slots", async () => {
    const trie = await stored();
    const [deltas = "0x"] = changing(8n, PIECE).chunks;
    assert.ok(await proveAtOnce(trie, deltas));
    const [more = "0x"] = changing(8n, PIECE + 1).chunks;
    assert.equal(await proveAtOnce(await stored(), more), undefined);
    const [none] = await piecesOf(changing(8n, 0), trie);
    assert.deepEqual([none?.from, none?.to, none?.chunk], [0, 0, "0x"]);
    assert.deepEqual(await proveAtOnce(trie, "0x"), { before: "0x", nodes: "0x" });
  });
});
