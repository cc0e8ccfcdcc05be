import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rememberStates, shareTraces, type Trace, type TraceProvider } from "../../../shared/game/trace.js";

const { signal } = new AbortController();
const BLOCK = { parentHeader: "0x01", header: "0x02" };

/** A trace whose states are called after their positions, and what it was asked for. */
function countingTrace(): { trace: Trace; asked: bigint[] } {
  const asked: bigint[] = [];
  const trace: Trace = {
    async states(positions) {
      asked.push(...positions);
      return positions.map((position) => `state ${position}`);
    },
    prove: () => Promise.reject(new Error("nothing is proven here")),
  };
  return { trace, asked };
}

describe("rememberStates", () => {
  it("computes each state once, and answers in the order of the positions", async () => {
    const { trace, asked } = countingTrace();
    const remembered = rememberStates(trace);
    await remembered.states([2n, 4n, 6n], signal);
    assert.deepEqual(await remembered.states([1n, 2n, 3n, 6n], signal), [
      "state 1",
      "state 2",
      "state 3",
      "state 6",
    ]);
    assert.deepEqual(asked, [2n, 4n, 6n, 1n, 3n]);
  });

  it("answers rightly when it has forgotten", async () => {
    const { trace } = countingTrace();
    const remembered = rememberStates(trace);
    const many = Array.from({ length: 20_000 }, (_, at) => BigInt(at));
    const wanted = many.map((at) => `state ${at}`);
    assert.deepEqual(await remembered.states(many, signal), wanted);
    assert.deepEqual(await remembered.states(many, signal), wanted);
  });
});

describe("shareTraces", () => {
  /** A provider of which is counted how often each block was opened. */
  function countingProvider(): { provider: TraceProvider; opened: Map<string, number> } {
    const opened = new Map<string, number>();
    const provider: TraceProvider = {
      requireDefensible: async () => undefined,
      async open({ header }) {
        opened.set(header, (opened.get(header) ?? 0) + 1);
        return countingTrace().trace;
      },
    };
    return { provider, opened };
  }
  const blockAt = (index: number) => ({
    parentHeader: "0x01",
    header: `0x${(256 + index).toString(16).padStart(4, "0")}`,
  });
  const sum = (opened: ReadonlyMap<string, number>): number =>
    [...opened.values()].reduce((total, count) => total + count, 0);

  it("goes on keeping what it keeps when there are more blocks in turn than it can keep", async () => {
    const { provider, opened } = countingProvider();
    const shared = shareTraces(provider, 8);
    for (let round = 0; round < 10; round++)
      for (let index = 0; index < 10; index++) await shared.open(blockAt(index), signal);
    assert.equal(sum(opened), 10 + 9 * 2);
  });

  it("forgets what nobody asks for any more", async () => {
    const { provider, opened } = countingProvider();
    const shared = shareTraces(provider, 8);
    for (let index = 0; index < 8; index++) await shared.open(blockAt(index), signal);
    for (let round = 0; round < 20; round++)
      for (let index = 100; index < 104; index++) await shared.open(blockAt(index), signal);
    const before = sum(opened);
    for (let index = 100; index < 104; index++) await shared.open(blockAt(index), signal);
    assert.equal(sum(opened), before);
  });

  it("opens a block once, and again after it could not be opened", async () => {
    let opened = 0;
    const provider: TraceProvider = {
      requireDefensible: async () => undefined,
      async open() {
        opened += 1;
        if (opened === 1) throw new Error("the witness is not there yet");
        return countingTrace().trace;
      },
    };
    const shared = shareTraces(provider, 2);
    await assert.rejects(shared.open(BLOCK, signal), /not there yet/);
    const [one, other] = await Promise.all([shared.open(BLOCK, signal), shared.open(BLOCK, signal)]);
    assert.equal(one, other);
    assert.equal(opened, 2);
  });
});
