import { Counter, Gauge, type Registry } from "prom-client";
import type { ChallengerTick } from "./challenger.js";

/** Feeds a challenger's looks into its metrics. */
export function createChallengerMetrics(registry: Registry): (tick: ChallengerTick) => void {
  const registers = [registry];
  const judged = new Gauge({
    name: "optisync_challenger_verdicts",
    help: "objects judged since the start, by what they turned out to be",
    labelNames: ["object", "verdict"],
    registers,
  });
  const unjudged = new Gauge({
    name: "optisync_challenger_unjudged",
    help: "claims and updates that could not be checked in the last look, by reason",
    labelNames: ["code"],
    registers,
  });
  const actions = new Gauge({
    name: "optisync_challenger_actions_due",
    help: "actions due at the last look",
    labelNames: ["action"],
    registers,
  });
  const alerts = new Gauge({
    name: "optisync_challenger_alerts",
    help: "conditions only the operator can mend, at the last look",
    labelNames: ["alert"],
    registers,
  });
  const headers = new Gauge({
    name: "optisync_challenger_header_alerts",
    help: "blocks of A with another value in a header field than execution gave, since the start; roots not counted",
    labelNames: ["field"],
    registers,
  });
  const looks = new Counter({
    name: "optisync_challenger_looks_total",
    help: "looks at both chains",
    registers,
  });

  return ({ plan, verdicts, headerAlerts }) => {
    looks.inc();
    for (const gauge of [judged, unjudged, actions, alerts]) gauge.reset();
    for (const { kind } of verdicts.claims.values()) judged.inc({ object: "claim", verdict: kind });
    for (const { kind } of verdicts.updates.values()) judged.inc({ object: "update", verdict: kind });
    for (const { code } of verdicts.unjudged) unjudged.inc({ code });
    for (const { kind } of plan.actions) actions.inc({ action: kind });
    for (const { code } of plan.alerts) alerts.inc({ alert: code });
    for (const [field, count] of headerAlerts) headers.set({ field }, count);
  };
}
