import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Counter } from "prom-client";
import { createHealth, serveHealth } from "../../../shared/runtime/health.js";
import { createMetricsRegistry } from "../../../shared/runtime/metrics.js";

describe("health", () => {
  it("is alive while it beats and ready when it says so", () => {
    let time = 0;
    const health = createHealth(100, () => time);
    assert.deepEqual([health.isAlive(), health.isReady()], [true, false]);
    health.setReady(true);
    assert.equal(health.isReady(), true);
    time = 101;
    assert.deepEqual([health.isAlive(), health.isReady()], [false, false]);
    health.beat();
    assert.deepEqual([health.isAlive(), health.isReady()], [true, true]);
  });

  it("is served with the metrics over HTTP", async () => {
    const registry = createMetricsRegistry({ role: "test" });
    new Counter({ name: "optisync_claims_total", help: "claims", registers: [registry] }).inc(3);
    const health = createHealth(60_000);
    const options = { host: "127.0.0.1", health, registry };
    const server = await serveHealth({ ...options, port: 0 });
    try {
      const get = (path: string) => fetch(server.url + path);
      assert.match(await (await get("/metrics")).text(), /optisync_claims_total\{role="test"\} 3/);
      assert.equal((await get("/healthz")).status, 200);
      assert.equal((await get("/readyz")).status, 503);
      health.setReady(true);
      assert.equal((await get("/readyz")).status, 200);
      assert.equal((await get("/else")).status, 404);
      const port = Number(new URL(server.url).port);
      await assert.rejects(serveHealth({ ...options, port }), { code: "PortUnavailable", action: "halt" });
    } finally {
      await server.close();
    }
  });
});
