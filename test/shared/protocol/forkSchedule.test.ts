import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  createForkSchedule,
  fieldsAt,
  packForkSchedule,
  unpackForkSchedule,
} from "../../../shared/protocol/forkSchedule.js";

const forks = [
  { fromTimestamp: 50n, fieldCount: 17 },
  { fromTimestamp: 100n, fieldCount: 20 },
  { fromTimestamp: 200n, fieldCount: 21 },
];

test("the fork in force is the last that has begun", () => {
  const schedule = createForkSchedule(forks);
  assert.deepEqual(
    [49n, 50n, 99n, 100n, 199n, 200n, 2n ** 63n].map((timestamp) => fieldsAt(schedule, timestamp)),
    [undefined, 17, 17, 20, 20, 21, 21],
  );
});

test("a schedule that breaks a rule of the contract is refused", () => {
  const at = (index: number, change: object) =>
    forks.map((fork, i) => (i === index ? { ...fork, ...change } : fork));
  assert.throws(() => createForkSchedule([]), RangeError);
  assert.throws(() => createForkSchedule([...forks, { fromTimestamp: 300n, fieldCount: 22 }]), RangeError);
  assert.throws(() => createForkSchedule(at(2, { fromTimestamp: 100n })), RangeError);
  assert.throws(() => createForkSchedule(at(2, { fromTimestamp: 2n ** 56n })), RangeError);
  assert.throws(() => createForkSchedule(at(0, { fieldCount: 14 })), RangeError);
  assert.throws(() => createForkSchedule(at(0, { fieldCount: 33 })), RangeError);
  assert.throws(() => createForkSchedule(forks, 200n), RangeError);
  assert.throws(() => createForkSchedule(forks, 2n ** 64n), RangeError);
});

test("every schedule survives packing", () => {
  const entry = fc.tuple(fc.bigInt(0n, 2n ** 56n - 2n), fc.integer({ min: 15, max: 32 }));
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 3 }), (entries) => {
      const ascending = [...new Map(entries)].sort(([a], [b]) => (a < b ? -1 : 1));
      const schedule = createForkSchedule(
        ascending.map(([fromTimestamp, fieldCount]) => ({ fromTimestamp, fieldCount })),
      );
      assert.deepEqual(unpackForkSchedule(packForkSchedule(schedule)), schedule);
    }),
  );
});

test("a word with a hole between entries is no schedule", () => {
  const packed = packForkSchedule(createForkSchedule(forks));
  const hole = packed & ~((2n ** 64n - 1n) << 128n);
  assert.throws(() => unpackForkSchedule(hole), RangeError);
});
