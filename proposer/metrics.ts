import { Counter, Gauge, type Registry } from "prom-client";
import { isOwn, isOwnUpdate, type Decision, type ProposerView } from "./view.js";

/** Feeds a proposer's looks into its metrics. */
export function createProposerMetrics(registry: Registry): (view: ProposerView, decision: Decision) => void {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name: `optisync_proposer_${name}`, help, labelNames, registers });
  const looks = new Counter({
    name: "optisync_proposer_looks_total",
    help: "looks at both chains",
    registers,
  });
  const freeWei = gauge("free_stake_wei", "stake that no module holds");
  const claims = gauge("claims", "own claims by status", ["status"]);
  const updates = gauge("updates", "own updates by status", ["status"]);
  const lag = gauge("source_lag_blocks", "blocks of A that are final there and in no final claim yet");
  const actions = gauge("actions_due", "actions due at the last look", ["action"]);
  const alerts = gauge("alerts", "conditions for the operator at the last look", ["alert"]);

  return (view, decision) => {
    looks.inc();
    freeWei.set(Number(view.freeWei));
    for (const each of [claims, updates, actions, alerts]) each.reset();
    for (const entry of view.ledger.claims.values())
      if (isOwn(view, entry)) claims.inc({ status: entry.status });
    for (const entry of view.ledger.updates.values()) {
      if (isOwnUpdate(view, entry)) updates.inc({ status: entry.status });
    }
    const finals = [...view.ledger.claims.values()].filter(({ status }) => status === "Final");
    const head = finals.reduce((highest, { claim }) => (claim.number > highest ? claim.number : highest), 0n);
    if (view.sourceHead !== undefined) lag.set(Number(view.sourceHead.number - head));
    for (const { kind } of decision.actions) actions.inc({ action: kind });
    for (const { code } of decision.alerts) alerts.inc({ alert: code });
  };
}
