import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger } from "../../shared/runtime/logger.js";
import { OptisyncError } from "../../shared/runtime/errors.js";
import { runProposer } from "../../proposer/run.js";
import type { Alert, ProposerView } from "../../proposer/view.js";
import { Story } from "./chainStory.js";

type Look = () => Promise<ProposerView>;

/** Runs the loop over looks told in advance; then it is told to stop. */
async function runOver(looks: readonly Look[]): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({
    level: "info",
    destination: { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const stop = new AbortController();
  const rest = [...looks];
  const loader = {
    async load() {
      const look = rest.shift();
      if (rest.length === 0) setImmediate(() => stop.abort(new DOMException("stop", "AbortError")));
      if (look === undefined) throw new DOMException("stop", "AbortError");
      return { view: await look(), blockNumber: 1n };
    },
    idle: () => Promise.resolve(),
  };
  const responder = { respond: () => undefined, idle: () => Promise.resolve() };
  await runProposer({ intervalMs: 1, maxPauseMs: 4 }, { loader, responder, logger, signal: stop.signal });
  return lines;
}

const calm: Look = () => Promise.resolve(new Story().view());
const failing =
  (action: "retry" | "halt"): Look =>
  () =>
    Promise.reject(new OptisyncError("EndpointFailed", "no answer", { action }));
const alarmed =
  (details: Alert["details"] = {}): Look =>
  () =>
    Promise.resolve(
      new Story().view(0n, { obstacles: [{ code: "HeaderUnknown", subject: "claim", details }] }),
    );

describe("the proposer's loop", () => {
  it("says an alert when it comes up and when it is over, and counts in between", async () => {
    const lines = await runOver([alarmed(), alarmed(), alarmed(), calm, calm]);
    assert.deepEqual(
      lines.map(({ level, msg, looks }) => [level, msg, looks]),
      [
        ["error", "operator needed", undefined],
        ["info", "alert over", 3],
      ],
    );
  });
  it("does not call the operator for what may pass", async () => {
    const error = new OptisyncError("EvidenceUnavailable", "not now", { action: "retry" });
    const lines = await runOver([alarmed({ error }), calm]);
    assert.deepEqual([lines[0]?.["level"], lines[0]?.["msg"]], ["warn", "duty held up"]);
  });
  it("says once that B could not be read, and goes on", async () => {
    const lines = await runOver([failing("retry"), failing("retry"), failing("retry"), calm, calm]);
    assert.deepEqual(
      lines.map(({ msg, failures }) => [msg, failures]),
      [
        ["look at the chains failed", undefined],
        ["chains read again", 3],
      ],
    );
  });
  it("ends with what no retry mends", async () => {
    await assert.rejects(runOver([calm, failing("halt"), calm]), { code: "EndpointFailed" });
  });
});
