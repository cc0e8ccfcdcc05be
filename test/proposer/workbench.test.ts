import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createWorkbench } from "../../proposer/workbench.js";

describe("the workbench", () => {
  const create = (retryMs = 0) => createWorkbench({ retryMs, signal: new AbortController().signal });

  it("works in the background and keeps what came out", async () => {
    const bench = create();
    assert.deepEqual(
      bench.at("place", "a", () => Promise.resolve(1)),
      { kind: "working" },
    );
    await bench.idle();
    assert.deepEqual(
      bench.at("place", "a", () => Promise.reject(new Error("never asked"))),
      { kind: "done", value: 1 },
    );
  });
  it("replaces work by work with another key, and tells it to stop", async () => {
    const bench = create();
    let aborted: AbortSignal | undefined;
    bench.at("place", "a", (signal) => {
      aborted = signal;
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason as Error)),
      );
    });
    bench.at("place", "b", () => Promise.resolve(2));
    await bench.idle();
    assert.equal(aborted?.aborted ?? true, true);
    assert.equal(bench.keyAt("place"), "b");
    assert.deepEqual(bench.endLook(), []);
  });
  it("tries again what failed, and says so until it succeeds", async () => {
    const bench = create();
    let tries = 0;
    const work = () => (++tries < 2 ? Promise.reject(new Error("no")) : Promise.resolve(tries));
    bench.at("place", "a", work);
    await bench.idle();
    bench.at("place", "a", work);
    assert.equal(bench.endLook().length, 1);
    await bench.idle();
    assert.deepEqual(bench.at("place", "a", work), { kind: "done", value: 2 });
    assert.deepEqual(bench.endLook(), []);
  });
  it("waits before it tries again", async () => {
    const bench = create(60_000);
    bench.at("place", "a", () => Promise.reject(new Error("no")));
    await bench.idle();
    assert.equal(bench.at("place", "a", () => Promise.resolve(1)).kind, "failed");
  });
  it("clears away what nobody asks for any more", async () => {
    const bench = create();
    bench.at("place", "a", () => Promise.reject(new Error("no")));
    await bench.idle();
    bench.endLook();
    assert.deepEqual(bench.endLook(), []);
    assert.equal(bench.keyAt("place"), undefined);
  });
  it("does one thing of a kind at a time", async () => {
    const bench = create();
    let running = 0;
    const work = async (): Promise<void> => {
      running += 1;
      assert.equal(running, 1);
      await Promise.resolve();
      running -= 1;
    };
    for (const place of ["feed a", "feed b", "feed c"]) bench.at(place, "key", work);
    await bench.idle();
    assert.deepEqual(bench.endLook(), []);
  });
  it("does not let a claim wait for a feed", async () => {
    const bench = create();
    let release: () => void = () => undefined;
    bench.at("feed 1", "key", () => new Promise<void>((resolve) => (release = resolve)));
    await new Promise<void>((resolve) => {
      bench.at("claim", "key", () => {
        resolve();
        return Promise.resolve();
      });
    });
    assert.equal(bench.isWorking("feed 1"), true);
    release();
    await bench.idle();
    assert.equal(bench.isWorking("feed 1"), false);
  });
});
