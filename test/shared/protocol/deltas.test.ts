import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { concat, dataLength, dataSlice, keccak256, toBeHex, ZeroHash } from "ethers";
import {
  CHUNK,
  chunkOfKey,
  commitmentOf,
  decodeChunk,
  DELTA_SIZE,
  DeltasError,
  digestsOf,
  encodeChunks,
  encodeDeltas,
  keyOf,
  previousKeys,
  sortDeltas,
  type Delta,
} from "../../../shared/protocol/deltas.js";

interface KeyVector {
  name: string;
  key: string;
  before: string;
  later: string;
}

interface UpdateVector {
  name: string;
  deltas: string;
  digests: string[];
  commitment: string;
  keys: KeyVector[];
}

const { feeds } = JSON.parse(readFileSync("test/vectors/deltas.json", "utf8")) as {
  feeds: { name: string; updates: UpdateVector[] }[];
};

/** Any list of deltas, cut where chunks are cut. */
function decodeAll(deltas: string): Delta[] {
  const decoded: Delta[] = [];
  for (let at = 0; at < dataLength(deltas); at += CHUNK * DELTA_SIZE) {
    decoded.push(
      ...decodeChunk(dataSlice(deltas, at, Math.min(at + CHUNK * DELTA_SIZE, dataLength(deltas)))),
    );
  }
  return decoded;
}

const numbered = (count: number): Delta[] =>
  sortDeltas(Array.from({ length: count }, (_, i) => ({ slot: toBeHex(i, 32), value: BigInt(i) })));

const hasCode = (code: string) => (error: unknown) => error instanceof DeltasError && error.code === code;

for (const { name, updates } of feeds) {
  for (const update of updates) {
    describe(`deltas of ${name}: ${update.name}`, () => {
      const deltas = decodeAll(update.deltas);
      const chunks = encodeChunks(deltas);

      it("are sorted, however they come", () => {
        assert.deepEqual(sortDeltas([...deltas].reverse()), deltas);
      });

      it("encode to the bytes, digests and commitment of the vector", () => {
        assert.equal(encodeDeltas(deltas), update.deltas);
        assert.deepEqual(digestsOf(chunks), update.digests);
        assert.equal(commitmentOf(update.digests), update.commitment);
      });

      it("say exactly what changed between the roots", () => {
        const said = new Map(deltas.map(({ slot, value }) => [keyOf(slot), value]));
        for (const { key, before, later } of update.keys) {
          assert.equal(said.has(key), before !== later, key);
          if (said.has(key)) assert.equal(said.get(key), BigInt(later), key);
        }
      });

      it("name the chunk that decides each key", () => {
        const previous = previousKeys(chunks);
        for (const { key } of update.keys) {
          const index = chunkOfKey(chunks, key);
          if (index === undefined) {
            assert.equal(chunks.length, 0);
            continue;
          }
          assert.ok(key > (previous[index] ?? ""));
          assert.ok(index === chunks.length - 1 || key <= (previous[index + 1] ?? ""));
        }
      });
    });
  }
}

describe("deltas at the limits", () => {
  it("cut nothing into no chunks, and commit to it with zero", () => {
    assert.deepEqual(encodeChunks([]), []);
    assert.equal(commitmentOf([]), ZeroHash);
    assert.equal(chunkOfKey([], keyOf(ZeroHash)), undefined);
  });

  it("cut a full chunk into one, and one delta more into two", () => {
    assert.deepEqual(encodeChunks(numbered(CHUNK)).map(dataLength), [CHUNK * DELTA_SIZE]);
    assert.deepEqual(encodeChunks(numbered(CHUNK + 1)).map(dataLength), [CHUNK * DELTA_SIZE, DELTA_SIZE]);
  });

  it("refuse a slot listed twice", () => {
    const [delta] = numbered(1);
    assert.ok(delta);
    assert.throws(() => sortDeltas([delta, delta]), hasCode("DeltasUnordered"));
  });

  it("refuse a chunk with half a delta, one too many, or entries out of order", () => {
    const chunk = encodeDeltas(numbered(2));
    assert.throws(() => decodeChunk(dataSlice(chunk, 0, 96)), hasCode("DeltasMalformed"));
    assert.throws(() => decodeChunk(encodeDeltas(numbered(CHUNK + 1))), hasCode("DeltasMalformed"));
    const swapped = concat([dataSlice(chunk, 64), dataSlice(chunk, 0, 64)]);
    assert.throws(() => decodeChunk(swapped), hasCode("DeltasUnordered"));
  });

  it("refuse a chunk that does not follow the one before", () => {
    const chunk = encodeDeltas(numbered(2));
    const first = keccak256(dataSlice(chunk, 0, 32));
    assert.throws(() => decodeChunk(chunk, first), hasCode("DeltasUnordered"));
    assert.equal(decodeChunk(chunk, toBeHex(BigInt(first) - 1n, 32)).length, 2);
  });
});
