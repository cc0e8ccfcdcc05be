import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { numbersDown, numbersUp, readAhead } from "../../../shared/chain/readAhead.js";

describe("readAhead", () => {
  it("gives results in the order of the items, however they end", async () => {
    const ends = new Map<bigint, () => void>();
    const results = readAhead(numbersUp(1n, 3n), 3, async (number) => {
      await new Promise<void>((resolve) => ends.set(number, resolve));
      return number;
    });
    const first = results.next();
    for (const number of [3n, 2n, 1n]) ends.get(number)?.();
    assert.equal((await first).value, 1n);
    assert.deepEqual([(await results.next()).value, (await results.next()).value], [2n, 3n]);
    assert.equal((await results.next()).done, true);
  });

  it("works on no more items at a time than told", async () => {
    let [running, most] = [0, 0];
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    for await (const _ of readAhead(numbersDown(20n, 1n), 4, work)) assert.ok(running <= 4);
    assert.equal(most, 4);
  });

  it("fails with the first failure in order, and leaves none unhandled", async () => {
    const work = async (number: bigint): Promise<bigint> => {
      if (number > 1n) throw new Error(`no ${number}`);
      return number;
    };
    const seen: bigint[] = [];
    await assert.rejects(async () => {
      for await (const number of readAhead(numbersUp(1n, 4n), 4, work)) seen.push(number);
    }, new Error("no 2"));
    assert.deepEqual(seen, [1n]);
  });
});
