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
