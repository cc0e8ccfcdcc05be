import assert from "node:assert/strict";
import { test } from "node:test";
import { buildShortestProof } from "../../../shared/proofs/transitionProof.js";
import { closeSlots, openTransition, slotOf, Storage, type Slot } from "./transitions.js";

// Random transitions of random storage: the contract has to come to the root that @ethereumjs/trie comes to. How many
// is set by TRANSITIONS; `npm run fuzz:transitions` runs ten thousand.

const COUNT = Number(process.env["TRANSITIONS"] ?? 250);
const SEED = Number(process.env["SEED"] ?? 1);

/** Numbers in [0, limit) that are the same in every run (mulberry32). */
function dice(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

// Small values make nodes short enough to be inline; 128 and its neighbours change the form of their encoding.
const VALUES = [1n, 2n, 3n, 127n, 128n, 129n, 255n, 256n, 2n ** 55n, 2n ** 248n, 2n ** 255n, 2n ** 256n - 1n];
const SIZES = [0, 0, 1, 1, 2, 2, 3, 5, 8, 16, 40];
const CHANGES = [1, 1, 1, 2, 3, 5, 12];

test(`${COUNT} random transitions end at the root that EthereumJS has`, async () => {
  const roll = dice(SEED);
  const pick = <T>(from: readonly T[]): T => from[roll(from.length)] as T;
  const close = closeSlots();
  const far = Array.from({ length: 200 }, (_, index) => slotOf(10_000_000 + index));
  const rootAfter = await openTransition();
  const kinds = { inserted: 0, updated: 0, deleted: 0, emptied: 0, revalued: 0 };

  let storage = await Storage.create();
  let pool: Slot[] = [];
  for (let run = 0; run < COUNT; run++) {
    if (run % 12 === 0) {
      // A neighbourhood of close keys, some from elsewhere, or both.
      const start = roll(close.length - 24);
      pool = [...close.slice(start, start + pick([4, 8, 24])), ...far.slice(0, pick([0, 0, 3, 30, 200]))];
      const size = pick(SIZES);
      storage = await Storage.create(
        Array.from({ length: Math.min(size, pool.length) }, () => [pick(pool), pick(VALUES)] as const),
      );
    }
    const changes = new Map<string, readonly [Slot, bigint]>();
    const isClearing = roll(12) === 0;
    if (isClearing) for (const { slot } of storage.values.values()) changes.set(slot.key, [slot, 0n]);
    for (let wanted = pick(CHANGES); wanted > 0 && !isClearing; wanted--) {
      const held = [...storage.values.values()].map(({ slot }) => slot);
      const slot = roll(2) === 0 && held.length > 0 ? pick(held) : pick(pool);
      const now = storage.valueOf(slot);
      const value = now !== 0n && roll(2) === 0 ? 0n : pick(VALUES);
      if (value !== now) changes.set(slot.key, [slot, value]);
    }
    if (changes.size === 0) continue;
    for (const [slot, value] of changes.values()) {
      if (value === 0n) kinds.deleted += 1;
      else if (storage.valueOf(slot) === 0n) kinds.inserted += 1;
      else kinds.updated += 1;
    }
    const before = [...storage.values.values()].map(({ slot, value }) => `${slot.slot}=${value}`).join(" ");
    const shortest = await storage.prove([...changes.values()], buildShortestProof);
    const transition = await storage.move([...changes.values()]);
    if (storage.values.size === 0) kinds.emptied += 1;
    const { said } = await rootAfter(transition);
    assert.equal(said, transition.newRoot, `run ${run}: ${before} -> ${JSON.stringify(transition)}`);
    if (shortest.nodes === transition.nodes) continue;
    kinds.revalued += 1;
    const again = { ...transition, ...shortest };
    assert.equal(
      (await rootAfter(again)).said,
      transition.newRoot,
      `run ${run}, shortest: ${before} -> ${JSON.stringify(again)}`,
    );
  }
  // All kinds of change were among them.
  assert.ok(
    Object.values(kinds).every((count) => count > COUNT / 100),
    JSON.stringify(kinds),
  );
});
