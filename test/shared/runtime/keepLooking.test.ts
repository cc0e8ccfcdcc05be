import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OptisyncError } from "../../../shared/runtime/errors.js";
import { keepLooking } from "../../../shared/runtime/keepLooking.js";
import { createLogger } from "../../../shared/runtime/logger.js";

type Look = (stop: () => void) => "again" | "finished";

const fine: Look = () => "again";
const failing =
  (code: string, action: "retry" | "halt" = "retry"): Look =>
  () => {
    throw new OptisyncError(code, "no answer", { action });
  };
const aborted: Look = () => {
  throw new DOMException("a request was given up", "AbortError");
};

/** Runs the loop over looks told in advance, the last of which is "finished". Answers the lines of its log. */
async function runOver(looks: readonly Look[]): Promise<[string, unknown][]> {
  const lines: [string, unknown][] = [];
  const logger = createLogger({
    level: "debug",
    destination: {
      write(line) {
        const { level, msg, failures } = JSON.parse(line) as Record<string, unknown>;
        lines.push([`${String(level)}: ${String(msg)}`, failures]);
      },
    },
  });
  const stop = new AbortController();
  const rest = [...looks];
  const look = (): Promise<"again" | "finished"> => {
    const next = rest.shift();
    return Promise.resolve().then(() => next?.(() => stop.abort()) ?? "finished");
  };
  await keepLooking(look, { intervalMs: 1, maxPauseMs: 4 }, { logger, signal: stop.signal });
  return lines;
}

describe("keepLooking", () => {
  it("looks until a look says that all is done", async () => {
    assert.deepEqual(await runOver([fine, fine, () => "finished", failing("Unreached", "halt")]), []);
  });
  it("says a failure once, and again when it is another", async () => {
    const lines = await runOver([failing("One"), failing("One"), failing("Two"), fine, fine]);
    assert.deepEqual(lines, [
      ["warn: look at the chains failed", undefined],
      ["debug: look failed again", 2],
      ["warn: look at the chains failed", undefined],
      ["info: chains read again", 3],
    ]);
  });
  it("goes on after a request that was given up", async () => {
    const lines = await runOver([aborted, fine]);
    assert.deepEqual(lines.at(-1), ["info: chains read again", 1]);
  });
  it("ends with what no retry mends", async () => {
    await assert.rejects(runOver([failing("KeyMissing", "halt")]), { code: "KeyMissing" });
  });
  it("takes whatever fails after it was told to stop for the stop", async () => {
    const stopping: Look = (stop) => {
      stop();
      throw new OptisyncError("KeyMissing", "closed", { action: "halt" });
    };
    assert.deepEqual(await runOver([stopping, failing("Unreached", "halt")]), []);
  });
});
