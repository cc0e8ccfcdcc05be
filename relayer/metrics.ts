import { Counter, Gauge, type Registry } from "prom-client";
import { DUTIES, dutyOf } from "./duties.js";
import type { Action, Decision, RelayerView } from "./view.js";

export interface RelayerMetrics {
  look(view: RelayerView, decision: Decision): void;
  spent(action: Action["kind"], spentWei: bigint): void;
}

/** Feeds a relayer's looks and transactions into its metrics. */
export function createRelayerMetrics(registry: Registry): RelayerMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `optisync_relayer_${name}`, help, labelNames, registers });
  const looks = new Counter({
    name: "optisync_relayer_looks_total",
    help: "looks at both chains",
    registers,
  });
  const spent = new Counter({
    name: "optisync_relayer_spent_wei_total",
    help: "what transactions have cost since the start",
    labelNames: ["action"],
    registers,
  });
  const messages = gauge("messages", "messages of the Outbox by what is to be done about them", ["duty"]);
  const prospects = gauge("prospects", "messages by what their receivers would do now", ["prospect"]);
  const covered = gauge("covered_messages", "messages under the newest root that the Inbox knows");
  const sent = gauge("sent_messages", "messages that were sent on A, those not final included");
  const actions = gauge("actions_due", "actions due at the last look", ["action"]);
  const alerts = gauge("alerts", "what kept the relayer from a duty, at the last look", ["alert"]);

  return {
    look(view, decision) {
      looks.inc();
      for (const each of [messages, prospects, actions, alerts]) each.reset();
      for (const duty of DUTIES) messages.set({ duty }, 0);
      for (const message of view.outbox.sent) messages.inc({ duty: dutyOf(view, message) });
      for (const prospect of view.prospects.values()) prospects.inc({ prospect });
      covered.set(view.coverage.best?.size ?? 0);
      sent.set(view.outbox.sent.length);
      for (const { kind } of decision.actions) actions.inc({ action: kind });
      for (const { code } of decision.alerts) alerts.inc({ alert: code });
    },
    spent(action, spentWei) {
      spent.inc({ action }, Number(spentWei));
    },
  };
}
