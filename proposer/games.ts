import { paceDeadline } from "../shared/protocol/game.js";
import { deadlineOf, moveDue, type GameEntry } from "../shared/protocol/gameBook.js";
import { isOwn, type Action, type Alert, type ProposerView } from "./view.js";

/** What a game on an own claim is about. */
interface OwnGame {
  readonly game: GameEntry;
  /** Last second of the turn that runs, on the protocol clock. */
  readonly deadline: bigint;
}

/** Games on own living claims, those whose turns end first before the others. */
export function ownGames(view: Pick<ProposerView, "ledger" | "parameters" | "policy">): OwnGame[] {
  const { ledger, parameters, policy } = view;
  const times = parameters.games;
  if (times === undefined || ledger.isRefunding) return [];
  const games: OwnGame[] = [];
  for (const game of ledger.games.values()) {
    const claim = ledger.claims.get(game.claim);
    if (claim?.claim.proposer !== policy.staker || claim.status !== "Pending") continue;
    if (moveDue(game) !== undefined) games.push({ game, deadline: deadlineOf(game, times) });
  }
  return games.sort((a, b) => (a.deadline < b.deadline ? -1 : 1));
}

/** The moves that defend own claims, and the ends of games that challengers have walked away from. */
export function gameMoves(view: ProposerView): { actions: Action[]; alerts: Alert[] } {
  const actions: Action[] = [];
  const alerts: Alert[] = [];
  const { ledger, parameters, clock } = view;
  for (const { game, deadline } of ownGames(view)) {
    const claim = ledger.claims.get(game.claim);
    if (claim === undefined || parameters.games === undefined || !isOwn(view, claim)) continue;
    const isOver = clock > deadline;
    if (moveDue(game) === "Point") {
      if (isOver) actions.push({ kind: "timeoutGame", game, claim });
      continue;
    }
    const details = { game: game.id, claim: claim.id, move: moveDue(game), deadline, clock };
    if (isOver) {
      alerts.push({ code: "MoveMissed", subject: game.id, details });
      continue;
    }
    const move = view.moves.get(game.id);
    const pace = paceDeadline(game.clock, game.moves.length, parameters.games);
    if (move !== undefined) actions.push({ kind: "move", game, claim, move, deadline: pace });
    else if (clock > pace) alerts.push({ code: "MoveNotReady", subject: game.id, details });
  }
  return { actions, alerts };
}
