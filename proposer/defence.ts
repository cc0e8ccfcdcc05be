import { livingClaims } from "./claims.js";
import { isCanonical, isOwn, isOwnUpdate, type Action, type Alert, type ProposerView } from "./view.js";

/** Answers to demands for evidence, most urgent first. Until the first demand runs out, one answer meets them all. */
export function answers(view: ProposerView): { actions: Action[]; alerts: Alert[] } {
  const actions: Extract<Action, { kind: "answer" }>[] = [];
  const alerts: Alert[] = [];
  if (view.ledger.isRefunding) return { actions, alerts };
  const answered = new Set<string>();
  for (const demand of [...view.ledger.demands.values()].sort((a, b) => (a.deadline < b.deadline ? -1 : 1))) {
    const claim = view.ledger.claims.get(demand.claim);
    if (claim === undefined || !demand.isOpen || !isOwn(view, claim) || answered.has(claim.id)) continue;
    if (claim.status !== "Pending" || claim.attested) continue;
    answered.add(claim.id);
    const details = {
      claim: claim.id,
      number: claim.claim.number,
      deadline: demand.deadline,
      clock: view.clock,
    };
    if (view.clock > demand.deadline) {
      alerts.push({ code: "DemandMissed", subject: claim.id, details });
      continue;
    }
    actions.push({ kind: "answer", claim, challenger: demand.challenger, deadline: demand.deadline });
  }
  return { actions, alerts };
}

/** Demands that an answer has met: half of the challenger's bond is ours. */
export function settlements(view: ProposerView): Action[] {
  const actions: Action[] = [];
  for (const demand of view.ledger.demands.values()) {
    const claim = view.ledger.claims.get(demand.claim);
    if (claim === undefined || !demand.isOpen || !isOwn(view, claim)) continue;
    if (claim.attested) actions.push({ kind: "settle", claim, challenger: demand.challenger });
  }
  return actions;
}

/** Bonds of claims that can come to nothing any more: refund mode, or an ancestor died. Parents before children. */
export function lostClaims(view: ProposerView): Action[] {
  const own = [...view.ledger.claims.values()].filter(
    (entry) => entry.status === "Pending" && isOwn(view, entry),
  );
  if (view.ledger.isRefunding) return own.map((claim) => ({ kind: "refund", claim }));
  const living = livingClaims(view.ledger);
  return own.filter(({ id }) => !living.has(id)).map((claim) => ({ kind: "orphan", claim }));
}

/** Bonds of updates that can never be applied. Parents before children. */
export function lostUpdates(view: ProposerView): Action[] {
  const { ledger } = view;
  const dead = new Set<string>();
  const actions: Action[] = [];
  for (const entry of ledger.updates.values()) {
    const isFrozen = ledger.feeds.get(entry.update.feed)?.isFrozen === true;
    if (entry.status === "Rejected" || entry.status === "Released" || dead.has(entry.update.parent))
      dead.add(entry.id);
    const isLost =
      (entry.status === "Pending" && (isFrozen || ledger.isRefunding || dead.has(entry.id))) ||
      // Written in part, an update can be completed even in refund mode; only a frozen feed ends it.
      (entry.status === "Applying" && isFrozen);
    if (isLost && isOwnUpdate(view, entry)) actions.push({ kind: "release", update: entry });
  }
  return actions;
}

/** Claims that only wait to be called final, parents before children. Nothing the own node contradicts is helped. */
export function finalizations(view: ProposerView): { actions: Action[]; alerts: Alert[] } {
  const actions: Action[] = [];
  const alerts: Alert[] = [];
  if (view.ledger.isRefunding) return { actions, alerts };
  const final = new Set<string>();
  for (const entry of view.ledger.claims.values()) {
    if (entry.status === "Final") final.add(entry.id);
    if (entry.status !== "Pending") continue;
    const isOurs = isOwn(view, entry);
    if (!isOurs && !view.policy.finalizesOthers) continue;
    const canonical = isCanonical(view.hashAt, entry);
    if (canonical === false && isOurs) {
      const { id, claim } = entry;
      const details = {
        claim: id,
        number: claim.number,
        claimed: claim.blockHash,
        node: view.hashAt.get(claim.number),
      };
      alerts.push({ code: "OwnClaimContradicted", subject: id, details });
    }
    if (canonical !== true || !final.has(entry.claim.parent)) continue;
    const isQuiet = entry.openChallenges === 0n && view.clock > entry.quietUntil;
    if (!isQuiet || view.clock <= entry.deadline) continue;
    final.add(entry.id);
    actions.push({ kind: "finalize", claim: entry });
  }
  return { actions, alerts };
}
