import { collectDefaultMetrics, Registry } from "prom-client";

/**
 * The metrics of a process. Each module makes its own with `new Counter({ registers: [registry], … })`; names start
 * with `optisync_` and end in their unit (`_total`, `_seconds`, `_wei`).
 */
export function createMetricsRegistry(labels: Readonly<Record<string, string>> = {}): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ ...labels });
  collectDefaultMetrics({ register: registry, prefix: "optisync_" });
  return registry;
}
