/** What a challenger does about blocks that do not execute to their state roots: opens games, points, and collects. */
import { moveDue, deadlineOf, type GameEntry } from "../shared/protocol/gameBook.js";
import { paceDeadline } from "../shared/protocol/game.js";
import type { ClaimEntry } from "../shared/protocol/ledger.js";
import type { PreparedMove } from "../shared/game/moves.js";
import type { ClaimVerdict } from "./judgeClaim.js";
import type { Action, Alert, ChallengerView } from "./solver.js";

/** What the games look like to this challenger. */
export interface GameSight {
  /** What opening a game locks, with what the base fee may rise until the transaction is in. */
  readonly bondWei: bigint;
  /** Moves that are ready, by game. */
  readonly moves: ReadonlyMap<string, PreparedMove>;
  /** Why a move is not ready, by game: codes of errors. */
  readonly failures: ReadonlyMap<string, string>;
}

export type FalseVerdict = Extract<ClaimVerdict, { kind: "invalid" | "counterfeit" }>;

interface GrowingPlan {
  actions: Action[];
  alerts: Alert[];
}

/** Opens a game on a pending claim that does not execute, once. */
export function planDispute(
  view: ChallengerView,
  entry: ClaimEntry,
  verdict: FalseVerdict,
  plan: GrowingPlan,
): void {
  const { destination, games, challenger, parameters } = view;
  const { ledger, clock } = destination;
  const subject = entry.id;
  const detail = `block ${verdict.number}: ${verdict.detail}`;
  if (games === undefined || entry.status === "Final") {
    // Nothing on B can reject it: without a court or a machine, or any more.
    plan.alerts.push({ code: "InvalidBlockClaimed", subject, detail });
    return;
  }
  if (entry.status !== "Pending" || ledger.isRefunding) return;
  const own = [...ledger.games.values()].filter(
    (game) => game.claim === entry.id && game.challenger === challenger,
  );
  if (own.some(({ outcome }) => outcome === undefined)) return;
  if (own.length > 0) {
    // Opening another would be the same mistake again, or somebody else is playing for this account.
    plan.alerts.push({ code: "GameLost", subject, detail: `${own.length} games on it were lost; ${detail}` });
    return;
  }
  if (clock > entry.deadline) {
    if (entry.openChallenges === 0n) plan.alerts.push({ code: "GameTooLate", subject, detail });
    return;
  }
  // A block that is not A's own dies by a demand, for less, unless the anchor stands by it. Only somebody who waits
  // for that would wait too long if the evidence came in the last moment.
  const { censorshipSeconds, reactionSeconds, skewSeconds } = parameters.assumptions;
  const notice = censorshipSeconds + reactionSeconds + skewSeconds;
  const isAnchorFirst = verdict.kind === "counterfeit" && !entry.attested;
  if (isAnchorFirst && entry.deadline - clock > notice) return;
  if (isRefutedLately(view)) {
    const told = `a step was proven against this account: its machine is not the contract's; ${detail}`;
    plan.alerts.push({ code: "MachineRefuted", subject, detail: told });
    return;
  }
  const parent = ledger.claims.get(entry.claim.parent);
  if (parent === undefined) return;
  plan.actions.push({
    kind: "openGame",
    claim: entry,
    parent,
    bondWei: games.bondWei,
    deadline: destination.head.timestamp + (entry.deadline - clock),
  });
}

/**
 * Whether a defender has proven this challenger wrong within the last window. Nobody can do that to a machine that is the
 * contract's, so this one must be broken, and would lose a bond on every claim; a person has to look before it goes on.
 */
function isRefutedLately({ destination, challenger, parameters }: ChallengerView): boolean {
  const since = destination.clock - parameters.claims.windowSeconds;
  return [...destination.ledger.games.values()].some(
    (game) => game.challenger === challenger && game.outcome === "Defended" && game.clock.since > since,
  );
}

/** What is due in the games that this challenger has opened. */
export function planGames(view: ChallengerView, plan: GrowingPlan): void {
  const times = view.parameters.games;
  if (times === undefined) return;
  const { ledger, clock, head } = view.destination;
  for (const game of ledger.games.values()) {
    const due = moveDue(game);
    const claim = ledger.claims.get(game.claim);
    if (game.challenger !== view.challenger || due === undefined || claim === undefined) continue;
    if (claim.status !== "Pending" || ledger.isRefunding) {
      plan.actions.push({ kind: "settleGame", game, claim });
      continue;
    }
    const deadline = deadlineOf(game, times);
    if (due !== "Point") {
      if (clock > deadline) plan.actions.push({ kind: "timeoutGame", game, claim });
      continue;
    }
    if (clock > deadline) {
      plan.alerts.push({ code: "MoveMissed", subject: game.id, detail: `the turn ended at ${deadline}` });
      continue;
    }
    const move = view.games?.moves.get(game.id);
    const pace = paceDeadline(game.clock, game.moves.length, times);
    if (move !== undefined) {
      plan.actions.push({ kind: "point", game, claim, move, deadline: head.timestamp + (pace - clock) });
      continue;
    }
    const failure = view.games === undefined ? "MachineMissing" : view.games.failures.get(game.id);
    if (failure === undefined && clock <= pace) continue;
    const detail = `${failure ?? "still computing"}, ${deadline - clock} s left`;
    plan.alerts.push({ code: "MoveUnknown", subject: game.id, detail });
  }
}

/** The games in which this challenger has to point. */
export function turnsOf(view: Pick<ChallengerView, "destination" | "challenger">): GameEntry[] {
  const { ledger } = view.destination;
  return [...ledger.games.values()].filter(
    (game) =>
      game.challenger === view.challenger &&
      moveDue(game) === "Point" &&
      ledger.claims.get(game.claim)?.status === "Pending" &&
      !ledger.isRefunding,
  );
}
