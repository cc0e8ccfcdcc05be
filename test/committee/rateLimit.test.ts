import assert from "node:assert/strict";
import { test } from "node:test";
import { createRateLimit } from "../../committee/rateLimit.js";

test("an address has its burst at once and its rate in the long run, whatever others do", () => {
  let clock = 0;
  const isWithinRate = createRateLimit({ perSecond: 2, burst: 3, now: () => clock });
  const times = (count: number, address: string) =>
    Array.from({ length: count }, () => isWithinRate(address));
  assert.deepEqual(times(4, "a"), [true, true, true, false]);
  assert.deepEqual(times(1, "b"), [true]);
  clock += 499;
  assert.deepEqual(times(1, "a"), [false]);
  clock += 1;
  assert.deepEqual(times(2, "a"), [true, false]);
  clock += 60_000;
  assert.deepEqual(times(4, "a"), [true, true, true, false]);
});
