/**
 * What a challenger does next, as a pure function of what it sees. It acts for its own account only and on the
 * present state only: whatever another challenger did or did not do changes nothing but what is left to do.
 */
import type { DestinationView } from "../shared/chain/protocolReader.js";
import {
  demandKey,
  type ClaimEntry,
  type DemandEntry,
  type Ledger,
  type UpdateEntry,
} from "../shared/protocol/ledger.js";
import type { PreparedMove } from "../shared/game/moves.js";
import type { GameEntry } from "../shared/protocol/gameBook.js";
import type { ProtocolParameters } from "../shared/protocol/parameters.js";
import { planDispute, planGames, type GameSight } from "./games.js";
import type { ClaimVerdict } from "./judgeClaim.js";
import type { KeyLie, KeyProof, UpdateVerdict } from "./judgeUpdate.js";

export interface ChallengerView {
  readonly destination: DestinationView;
  readonly parameters: ProtocolParameters;
  /** The account whose stake is at risk. */
  readonly challenger: string;
  readonly freeStakeWei: bigint;
  /** What the sending key has on B. */
  readonly balanceWei: bigint;
  /** How many demands' bonds to keep ready. */
  readonly bondReserve: bigint;
  /** Verdicts by id; what is not in here could not be checked yet. */
  readonly claimVerdicts: ReadonlyMap<string, ClaimVerdict>;
  readonly updateVerdicts: ReadonlyMap<string, UpdateVerdict>;
  /** Undefined if the deployment has no execution court, or this program no machine for it. */
  readonly games?: GameSight | undefined;
  /** Ids that could not be checked when it was tried last, with the reason. */
  readonly unjudged: ReadonlyMap<string, string>;
}

export type Action =
  /** The deadline is that of the most urgent demand that waits for the deposit. */
  | { kind: "deposit"; amountWei: bigint; deadline: bigint | undefined }
  | { kind: "demand"; claim: ClaimEntry; deadline: bigint }
  | { kind: "openGame"; claim: ClaimEntry; parent: ClaimEntry; bondWei: bigint; deadline: bigint }
  | { kind: "point"; game: GameEntry; claim: ClaimEntry; move: PreparedMove; deadline: bigint }
  | { kind: "timeoutGame" | "settleGame"; game: GameEntry; claim: ClaimEntry }
  | { kind: "timeout"; claim: ClaimEntry }
  | { kind: "settle"; claim: ClaimEntry }
  | { kind: "disproveAccount"; update: UpdateEntry; proof: readonly string[]; deadline: bigint }
  | { kind: "disproveKey"; update: UpdateEntry; lie: KeyLie; proof: KeyProof; deadline: bigint }
  /** The claim cannot become final: the contract contests its block instead and ends the protocol. */
  | { kind: "finalize"; claim: ClaimEntry };

/** Something only a person can mend. Never a reason to send a transaction. */
export interface Alert {
  readonly code:
    | "InvalidBlockClaimed"
    | "AttestedClaimForeign"
    | "FinalClaimFalse"
    | "BlockConflict"
    | "UnjudgedNearDeadline"
    | "StakeTooSmall"
    | "FinalRootContradicted"
    | "FalseUpdateApplied"
    | "GameLost"
    | "GameTooLate"
    | "MachineRefuted"
    | "MoveMissed"
    | "MoveUnknown"
    | "DemandTooLate";
  /** Id of the claim or update. */
  readonly subject: string;
  readonly detail: string;
}

export interface Plan {
  /** Most urgent first. */
  readonly actions: readonly Action[];
  readonly alerts: readonly Alert[];
}

export function solve(view: ChallengerView): Plan {
  const { ledger } = view.destination;
  const plan: { actions: Action[]; alerts: Alert[] } = { actions: [], alerts: [] };
  for (const entry of ledger.updates.values()) planUpdate(view, entry, plan);
  for (const entry of ledger.claims.values()) planClaim(view, entry, plan);
  for (const demand of ledger.demands.values()) planDemand(view, demand, plan);
  planGames(view, plan);
  planConflict(view, plan);
  planUnjudged(view, plan);
  return withStake(view, plan);
}

function planUpdate(
  view: ChallengerView,
  entry: UpdateEntry,
  plan: { actions: Action[]; alerts: Alert[] },
): void {
  if (entry.status === "Rejected" || entry.status === "Released") return;
  const verdict = view.updateVerdicts.get(entry.id);
  if (verdict === undefined || verdict.kind === "true" || verdict.kind === "parentFalse") return;
  if (verdict.kind === "rootContradicted") {
    const detail = `the own node's state root of block ${entry.update.number} is ${verdict.stateRoot}`;
    plan.alerts.push({ code: "FinalRootContradicted", subject: entry.id, detail });
    return;
  }
  if (entry.status === "Applied") {
    plan.alerts.push({ code: "FalseUpdateApplied", subject: entry.id, detail: "the proof freezes the feed" });
  }
  const deadline = toUnixSeconds(view, entry.deadline);
  if (verdict.kind === "accountLie") {
    plan.actions.push({ kind: "disproveAccount", update: entry, proof: verdict.proof, deadline });
  } else {
    plan.actions.push({
      kind: "disproveKey",
      update: entry,
      lie: verdict.lie,
      proof: verdict.proof,
      deadline,
    });
  }
}

function planClaim(
  view: ChallengerView,
  entry: ClaimEntry,
  plan: { actions: Action[]; alerts: Alert[] },
): void {
  const { destination, challenger } = view;
  const verdict = view.claimVerdicts.get(entry.id);
  if (verdict === undefined || verdict.kind === "true") return;
  if (verdict.kind === "invalid") return planDispute(view, entry, verdict, plan);
  if (verdict.kind === "counterfeit" && view.games !== undefined) {
    planDispute(view, entry, verdict, plan);
    if (entry.attested) return;
  }
  const detail = `the own node's block ${entry.claim.number} is ${verdict.canonicalHash}`;
  if (entry.status === "Final") plan.alerts.push({ code: "FinalClaimFalse", subject: entry.id, detail });
  if (entry.status !== "Pending" || destination.ledger.isRefunding) return;
  if (entry.attested) {
    // The anchor and the own node contradict each other; another demand would only be answered again.
    plan.alerts.push({ code: "AttestedClaimForeign", subject: entry.id, detail });
    return;
  }
  if (destination.ledger.demands.has(demandKey(entry.id, challenger))) return;
  if (destination.clock > entry.deadline) {
    // Somebody else's demand may still kill it; without one it is about to become final.
    if (entry.openChallenges === 0n) plan.alerts.push({ code: "DemandTooLate", subject: entry.id, detail });
    return;
  }
  plan.actions.push({ kind: "demand", claim: entry, deadline: toUnixSeconds(view, entry.deadline) });
}

function planDemand(view: ChallengerView, demand: DemandEntry, plan: { actions: Action[] }): void {
  const { ledger, clock } = view.destination;
  if (demand.challenger !== view.challenger || !demand.isOpen) return;
  const claim = ledger.claims.get(demand.claim);
  if (claim === undefined) return;
  const isUndecided = claim.status === "Pending" && !claim.attested && !ledger.isRefunding;
  if (!isUndecided) plan.actions.push({ kind: "settle", claim });
  else if (clock > demand.deadline) plan.actions.push({ kind: "timeout", claim });
}

/**
 * Contests a block about which a second claim, with another hash, ran its whole course. Which of the two is false does
 * not matter: silence has failed once, and nothing may become final by it any more. One such claim ends the protocol,
 * so it is enough to finalize one.
 */
function planConflict(view: ChallengerView, plan: { actions: Action[]; alerts: Alert[] }): void {
  const { ledger, clock } = view.destination;
  if (ledger.isRefunding) return;
  const finalHashes = new Map<bigint, string>();
  for (const { status, claim } of ledger.claims.values())
    if (status === "Final") finalHashes.set(claim.number, claim.blockHash);
  const contrary = [...ledger.claims.values()].filter((entry) => {
    const known = finalHashes.get(entry.claim.number);
    return known !== undefined && known !== entry.claim.blockHash && isDue(entry, ledger, clock);
  });
  for (const { id, claim } of contrary) {
    const detail = `block ${claim.number} has the final hash ${finalHashes.get(claim.number)}`;
    plan.alerts.push({ code: "BlockConflict", subject: id, detail });
  }
  if (contrary[0] !== undefined) plan.actions.push({ kind: "finalize", claim: contrary[0] });
}

/** Whether `StateSync.finalize` would get as far as looking at the block's hash. */
function isDue(entry: ClaimEntry, ledger: Ledger, clock: bigint): boolean {
  return (
    entry.status === "Pending" &&
    entry.openChallenges === 0n &&
    clock > entry.deadline &&
    clock > entry.quietUntil &&
    ledger.claims.get(entry.claim.parent)?.status === "Final"
  );
}

/**
 * Puts the deposit that demands, games and the reserve need in front, as far as the balance goes, and holds those back
 * that the stake would not cover: the ones with the nearest deadlines come first.
 */
function withStake(view: ChallengerView, plan: Plan): Plan {
  const { parameters, freeStakeWei, balanceWei, bondReserve } = view;
  const bonded = plan.actions.filter(isBonded).sort(byDeadline);
  const bondOf = (action: BondedAction): bigint =>
    action.kind === "demand" ? parameters.demands.bondWei : action.bondWei;
  const needed = bonded.reduce((sum, action) => sum + bondOf(action), 0n);
  const reserve = bondReserve * parameters.demands.bondWei;
  const missing = (needed > reserve ? needed : reserve) - freeStakeWei;
  const spendable = balanceWei > GAS_RESERVE_WEI ? balanceWei - GAS_RESERVE_WEI : 0n;
  const amountWei = missing < spendable ? missing : spendable;
  let left = freeStakeWei + (amountWei > 0n ? amountWei : 0n);
  const covered = bonded.filter((action) => {
    if (bondOf(action) > left) return false;
    left -= bondOf(action);
    return true;
  });
  const others = plan.actions.filter((action) => !isBonded(action));
  const alerts = bonded
    .filter((action) => !covered.includes(action))
    .map(({ kind, claim }): Alert => ({
      code: "StakeTooSmall",
      subject: claim.id,
      detail: kind === "demand" ? "no stake left to demand" : "no stake left to open a game",
    }));
  const deposit: Action[] =
    amountWei > 0n ? [{ kind: "deposit", amountWei, deadline: bonded[0]?.deadline }] : [];
  return { actions: [...deposit, ...others, ...covered], alerts: [...plan.alerts, ...alerts] };
}

type BondedAction = Extract<Action, { kind: "demand" | "openGame" }>;

/** Whether an action locks stake, and so has to wait for the deposit. */
export function isBonded(action: Action): action is BondedAction {
  return action.kind === "demand" || action.kind === "openGame";
}

/** Left in the wallet for the gas of demands, timeouts and proofs. */
const GAS_RESERVE_WEI = 10n ** 16n;

function byDeadline(a: { deadline: bigint }, b: { deadline: bigint }): number {
  return a.deadline < b.deadline ? -1 : a.deadline > b.deadline ? 1 : 0;
}

/** Whatever could not be checked is told while a person still has time to act within what the deployment assumes. */
function planUnjudged(
  { destination, parameters, unjudged }: ChallengerView,
  plan: { alerts: Alert[] },
): void {
  const { ledger, clock } = destination;
  const { censorshipSeconds, reactionSeconds, skewSeconds } = parameters.assumptions;
  const notice = censorshipSeconds + reactionSeconds + skewSeconds;
  for (const [subject, code] of unjudged) {
    const entry = ledger.claims.get(subject) ?? ledger.updates.get(subject);
    if (entry?.status !== "Pending" || entry.deadline - clock > notice) continue;
    plan.alerts.push({ code: "UnjudgedNearDeadline", subject, detail: code });
  }
}

/** When the protocol clock reaches `clock` if nobody freezes it. */
function toUnixSeconds({ destination }: ChallengerView, clock: bigint): bigint {
  return destination.head.timestamp + (clock - destination.clock);
}
