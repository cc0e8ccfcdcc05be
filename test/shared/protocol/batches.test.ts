import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dataLength } from "ethers";
import { interfaces } from "../../../shared/chain/contracts.js";
import { CHUNK, DELTA_SIZE, MAX_CHUNKS } from "../../../shared/protocol/deltas.js";
import { genesisUpdate } from "../../../shared/protocol/update.js";
import { toBatches, WORD_BYTES } from "../../../shared/protocol/batches.js";

const full = `0x${"5a".repeat(CHUNK * DELTA_SIZE)}`;
const chunks = (count: number): string[] => Array.from({ length: count }, () => full);
const sizes = (batches: string[][]): number[] => batches.map(({ length }) => length);

describe("chunks that go together", () => {
  it("are as many as fit, in order", () => {
    const list = [...chunks(3), "0x01", "0x02"];
    assert.deepEqual(sizes(toBatches(list)), [5]);
    assert.deepEqual(toBatches([...chunks(4), "0x01", full]), [chunks(3), [full, "0x01", full]]);
  });
  it("are none where there are none", () => {
    assert.deepEqual(toBatches([]), []);
  });
  it("leave room for what goes beside them, and are never less than one", () => {
    assert.deepEqual(sizes(toBatches(chunks(4), MAX_CHUNKS * WORD_BYTES)), [2, 2]);
    assert.deepEqual(sizes(toBatches(chunks(2), 1_000_000)), [1, 1]);
  });
  it("never make a transaction of more than 100 KB", () => {
    for (const count of [1, 3, 100, MAX_CHUNKS]) {
      const update = genesisUpdate(1n);
      const digests = chunks(count).map(() => `0x${"11".repeat(32)}`);
      const [stage = []] = toBatches(chunks(count));
      const [apply = []] = toBatches(chunks(count), count * WORD_BYTES);
      const staged = interfaces.feeds.encodeFunctionData("stage", [1n, stage]);
      const applied = interfaces.feeds.encodeFunctionData("applyChunks", [
        update,
        digests,
        update.parent,
        apply,
      ]);
      assert.ok(dataLength(staged) <= 100_000, `stage ${count}`);
      assert.ok(dataLength(applied) <= 100_000, `apply ${count}`);
    }
  });
});
