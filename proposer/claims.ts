import { finalHead, type ClaimEntry, type Ledger } from "../shared/protocol/ledger.js";
import { isCanonical, isOwn, type Action, type Alert, type ProposerView } from "./view.js";

/** The block of A to claim next, and the claim to build on. */
export interface ClaimPlan {
  readonly parent: ClaimEntry;
  readonly number: bigint;
}

/** What there is to plan a claim with: the view before anything is prepared. */
export type ClaimGround = Omit<ProposerView, "candidate" | "feeds" | "moves" | "obstacles">;

/** Ids of claims that are final, or pending on living ancestors. */
export function livingClaims(ledger: Ledger): Set<string> {
  const living = new Set<string>();
  for (const { id, claim, status } of ledger.claims.values()) {
    if (status === "Final" || (status === "Pending" && living.has(claim.parent))) living.add(id);
  }
  return living;
}

/** Whether the own node of A has another block at the height of B's final head: then one of the two is wrong. */
export function finalContradiction(view: ClaimGround): Alert | undefined {
  const head = finalHead(view.ledger);
  if (head === undefined || isCanonical(view.hashAt, head) !== false) return undefined;
  const { number, blockHash } = head.claim;
  const details = { claim: head.id, number, claimed: blockHash, node: view.hashAt.get(number) };
  return { code: "FinalClaimContradicted", subject: head.id, details };
}

/**
 * What to claim next; undefined while there is nothing, or too much is pending, or the stake does not suffice.
 *
 * It builds on the newest own claim that the node still agrees with and nobody disputes, else on the final head:
 * only the proposer of a claim can defend it, so nobody else's pending claim is worth a bond.
 */
export function planClaim(view: ClaimGround): ClaimPlan | undefined {
  const { ledger, policy, parameters, sourceHead } = view;
  const base = finalHead(ledger);
  if (policy.isUnwinding || ledger.isRefunding || base === undefined || sourceHead === undefined)
    return undefined;
  if (isCanonical(view.hashAt, base) !== true || view.freeWei < parameters.claims.bondWei) return undefined;
  const pending = ownPending(view);
  if (pending.length >= policy.maxPendingClaims) return undefined;

  const parent = pending.filter((entry) => isBuildable(view, entry, base)).at(-1) ?? base;
  const furthest = parent.claim.number + parameters.claims.maxSpan;
  const isBehind = sourceHead.number > furthest;
  const number = isBehind ? furthest : sourceHead.number;
  if (number <= parent.claim.number || number <= base.claim.number) return undefined;
  const age = sourceHead.timestamp - parent.claim.timestamp;
  if (!isBehind && (age < policy.claimIntervalSeconds || sourceHead.timestamp > view.timestamp))
    return undefined;
  return { parent, number };
}

/** The prepared claim, if it still is what should be claimed next. */
export function proposals(view: ProposerView): Action[] {
  const plan = planClaim(view);
  const { candidate, ledger } = view;
  if (plan === undefined || candidate === undefined || candidate.parent !== plan.parent.id) return [];
  // A's head moves on while a claim is prepared; the prepared one is as true as before.
  if (candidate.header.number > plan.number || candidate.header.timestamp > view.timestamp) return [];
  if (candidate.header.number <= (finalHead(ledger)?.claim.number ?? 0n)) return [];
  const isKnown = [...ledger.claims.values()].some(
    (entry) =>
      isOwn(view, entry) &&
      entry.claim.parent === candidate.parent &&
      entry.claim.blockHash === candidate.header.hash,
  );
  return isKnown ? [] : [{ kind: "propose", candidate }];
}

/** Reasons for standing still that the operator can change. */
export function claimAlerts(view: ProposerView): Alert[] {
  const contradiction = finalContradiction(view);
  if (contradiction !== undefined) return [contradiction];
  const { policy, parameters, freeWei, ledger } = view;
  if (policy.isUnwinding || ledger.isRefunding) return [];
  const isFull = ownPending(view).length >= policy.maxPendingClaims;
  if (isFull || freeWei >= parameters.claims.bondWei) return [];
  const details = { freeWei, bondWei: parameters.claims.bondWei };
  return [{ code: "StakeTooSmall", subject: policy.staker, details }];
}

/** Own living claims, lowest block first. */
function ownPending(view: ClaimGround): ClaimEntry[] {
  const living = livingClaims(view.ledger);
  return [...view.ledger.claims.values()]
    .filter(
      (entry) =>
        entry.status === "Pending" && living.has(entry.id) && entry.claim.proposer === view.policy.staker,
    )
    .sort((a, b) => (a.claim.number < b.claim.number ? -1 : 1));
}

/** All that lies between a claim and the final head has to be our own, true by our node and undisputed. */
function isBuildable(view: ClaimGround, entry: ClaimEntry, base: ClaimEntry): boolean {
  if (entry.claim.number < base.claim.number) return false;
  for (
    let at: ClaimEntry | undefined = entry;
    at !== undefined;
    at = view.ledger.claims.get(at.claim.parent)
  ) {
    if (at.status === "Final") return true;
    const isDisputed = at.openChallenges > 0n && !at.attested;
    if (at.claim.proposer !== view.policy.staker || isDisputed || isCanonical(view.hashAt, at) !== true)
      return false;
  }
  return false;
}
