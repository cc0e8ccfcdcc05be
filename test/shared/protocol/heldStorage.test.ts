import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toBeHex } from "ethers";
import { CHUNK, encodeChunks, sortDeltas } from "../../../shared/protocol/deltas.js";
import { heldStorage } from "../../../shared/protocol/heldStorage.js";
import { chunksOf, ME, Story } from "../../proposer/chainStory.js";

const slot = (position: bigint): string => toBeHex(position, 32);
const chunksWith = (...values: [bigint, bigint][]): string[] =>
  encodeChunks(sortDeltas(values.map(([position, value]) => ({ slot: slot(position), value }))));

describe("what a replica holds", () => {
  const applied = (story: Story, id: string): Story => story.event("UpdateApplied", { id, feed: 1n });
  const healed = (story: Story, position: bigint, right: bigint): Story =>
    story.event("SlotHealed", { feed: 1n, slot: slot(position), wrong: slot(0n), right: slot(right) });

  it("is nothing before the first update", () => {
    const ledger = new Story().feed(1n).ledger();
    assert.deepEqual(heldStorage(ledger, ledger.feeds.get(1n)?.head ?? ""), new Map());
  });

  it("is what the updates wrote, over all their chunks, the later ones last", () => {
    const story = new Story().feed(1n).update("u", { chunks: chunksOf(CHUNK + 5) });
    story.update("v", { parent: "u", chunks: chunksWith([1n, 0n], [2n, 9n]), proposer: ME });
    const ledger = story.ledger();
    const before = heldStorage(ledger, "u");
    assert.equal(before.size, CHUNK + 5);
    const after = heldStorage(ledger, "v");
    assert.deepEqual([after.get(slot(1n)), after.get(slot(2n))], [0n, 9n]);
  });

  it("is mended from the repair on, until an update writes the slot again", () => {
    const story = new Story().feed(1n).update("u", { chunks: chunksWith([1n, 5n], [2n, 6n]) });
    healed(applied(story, "u"), 1n, 7n);
    healed(story, 3n, 8n);
    assert.deepEqual(
      heldStorage(story.ledger(), "u"),
      new Map([1n, 2n, 3n].map((position, i) => [slot(position), [7n, 6n, 8n][i] as bigint])),
    );
    applied(story.update("v", { parent: "u", chunks: chunksWith([1n, 11n]) }), "v");
    healed(story, 2n, 12n);
    const after = heldStorage(story.ledger(), "v");
    assert.deepEqual([after.get(slot(1n)), after.get(slot(2n)), after.get(slot(3n))], [11n, 12n, 8n]);
    assert.equal(heldStorage(story.ledger(), "u").get(slot(2n)), 6n);
  });
});
