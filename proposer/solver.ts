import { claimAlerts, proposals } from "./claims.js";
import { answers, finalizations, lostClaims, lostUpdates, settlements } from "./defence.js";
import { gameMoves } from "./games.js";
import { applications, postings, provings } from "./feeds.js";
import type { Action, Decision, ProposerView } from "./view.js";

/**
 * What to do now, most urgent first: defend bonds, take lost ones back, bring to an end what is under way, and only
 * then start something new. A pure function of the view: the same chains lead to the same decision, after a restart
 * as well.
 */
export function solve(view: ProposerView): Decision {
  const answered = answers(view);
  const played = gameMoves(view);
  const finalized = finalizations(view);
  const applied = applications(view);
  const proposed = proposals(view);
  const bonds = BigInt(proposed.length) * view.parameters.claims.bondWei;
  const actions = [
    ...answered.actions,
    ...played.actions,
    ...lostClaims(view),
    ...lostUpdates(view),
    ...finalized.actions,
    ...settlements(view),
    ...applied.actions,
    ...provings(view),
    // A claim keeps every feed alive, so its bond comes first even where its transaction comes later.
    ...postings(view, view.freeWei - bonds),
    ...proposed,
    ...withdrawals(view),
  ];
  const alerts = [
    ...answered.alerts,
    ...played.alerts,
    ...finalized.alerts,
    ...applied.alerts,
    ...claimAlerts(view),
    ...view.obstacles,
  ];
  return { actions, alerts };
}

/** Only the account that earned can withdraw, so an operator's key leaves earnings alone. */
function withdrawals({ policy, sender, earningsWei }: ProposerView): Action[] {
  const threshold = policy.withdrawEarningsAtWei;
  const isDue = policy.isUnwinding ? earningsWei > 0n : threshold !== undefined && earningsWei >= threshold;
  return isDue && earningsWei > 0n && sender === policy.staker ? [{ kind: "withdrawEarnings" }] : [];
}
