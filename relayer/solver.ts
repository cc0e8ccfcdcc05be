import type { SentMessage } from "../shared/messages/outboxMirror.js";
import type { Alert } from "../shared/runtime/alarm.js";
import { groupIntoBatches } from "./batches.js";
import { gasToDeliver, messagesWith, SYNC_GAS } from "./duties.js";
import type { Action, Decision, RelayerView } from "./view.js";

/** What is to be done about messages now. Pure: everything it knows is in the view. */
export function solve(view: RelayerView): Decision {
  return {
    actions: [...syncs(view), ...deliveries(view), ...retries(view)],
    alerts: [...view.obstacles, ...contradictions(view)],
  };
}

/** A new root, if messages wait for it that are worth their price with their share of it. */
function syncs(view: RelayerView): Action[] {
  const { proof } = view;
  if (proof === undefined) return [];
  const wanted = messagesWith(view, "waiting").filter(({ message }) => Number(message.nonce) < proof.size);
  if (wanted.length === 0) return [];
  const share = SYNC_GAS / BigInt(wanted.length);
  return wanted.some((sent) => isAffordable(view, sent, share)) ? [{ kind: "sync", proof }] : [];
}

function deliveries(view: RelayerView): Action[] {
  const { best } = view.coverage;
  if (best === undefined) return [];
  const due = messagesWith(view, "deliverable").filter((sent) => isAffordable(view, sent));
  const accepted = due.filter(({ id }) => view.prospects.get(id) === "accepts");
  const refused = due.filter(({ id }) => view.prospects.get(id) === "refuses");
  const { maxBatch, recordsFailures } = view.policy;
  // One by one: in a batch, what somebody else has tried meanwhile would be paid for and skipped.
  const recorded = recordsFailures ? refused.map((sent) => [sent]) : [];
  const limits = { maxBatch, transactionGas: view.transactionGas };
  return [...groupIntoBatches(accepted, limits), ...recorded].map((messages) => ({
    kind: "deliver",
    messages,
    size: best.size,
  }));
}

function retries(view: RelayerView): Action[] {
  return messagesWith(view, "failed")
    .filter((sent) => view.prospects.get(sent.id) === "accepts" && isAffordable(view, sent))
    .map((message) => ({ kind: "retry", message }));
}

function isAffordable({ policy, gasPriceWei }: RelayerView, sent: SentMessage, moreGas = 0n): boolean {
  const { maxCostWei } = policy;
  return maxCostWei === undefined || (gasToDeliver(sent) + moreGas) * gasPriceWei <= maxCostWei;
}

/** Roots proven on B to which A's messages do not lead, as A's node tells of them. */
function contradictions({ coverage, outbox }: RelayerView): Alert[] {
  return coverage.unexplained
    .filter(({ number }) => number <= outbox.head.number)
    .map(({ root, number }) => ({ code: "RootUnexplained", subject: root, details: { root, number } }));
}
