import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shareTraces, type Trace, type TraceProvider } from "../../../shared/game/trace.js";
import { countRequests, createTracingMeter, measureTracing } from "../../../shared/game/tracing.js";

const { signal } = new AbortController();
const blocks = ["0x01", "0x02"].map((header) => ({ parentHeader: "0x", header }));
const trace: Trace = {
  states: async () => ["state"],
  prove: async () => ({ pages: [], encode: () => "0x" }),
};
const machine: TraceProvider = { requireDefensible: async () => undefined, open: async () => trace };

describe("the meter of tracing", () => {
  it("tells requests that found a trace from those that had to open one", async () => {
    const meter = createTracingMeter();
    const desk = countRequests(shareTraces(measureTracing(machine, meter), 2), meter);
    for (const block of [...blocks, ...blocks, ...blocks]) await desk.open(block, signal);
    assert.deepEqual([meter.requested, meter.opened], [6, 2]);
  });

  it("passes everything on, and takes its time", async () => {
    const meter = createTracingMeter();
    const measured = measureTracing(machine, meter);
    await measured.requireDefensible(blocks[0] ?? assert.fail(), signal);
    const opened = await measured.open(blocks[0] ?? assert.fail(), signal);
    assert.deepEqual(await opened.states([0n], signal), ["state"]);
    assert.equal((await opened.prove(0n, signal)).encode([]), "0x");
    assert.ok(meter.milliseconds > 0);
  });

  it("takes the time of what fails, too, and passes the failure on", async () => {
    const meter = createTracingMeter();
    const failing: TraceProvider = { ...machine, open: () => Promise.reject(new Error("no witness")) };
    await assert.rejects(
      measureTracing(failing, meter).open(blocks[0] ?? assert.fail(), signal),
      /no witness/,
    );
    assert.ok(meter.milliseconds > 0);
  });
});
