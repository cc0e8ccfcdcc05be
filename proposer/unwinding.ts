import { isOwn, isOwnUpdate, type Decision, type ProposerView } from "./view.js";

/** Whether nothing of the staker's is under way any more, so that all its stake is free. */
export function isUnwound(view: ProposerView, { actions }: Decision): boolean {
  const { ledger } = view;
  const hasClaim = [...ledger.claims.values()].some(
    (entry) => entry.status === "Pending" && isOwn(view, entry),
  );
  const hasUpdate = [...ledger.updates.values()].some(
    (entry) => (entry.status === "Pending" || entry.status === "Applying") && isOwnUpdate(view, entry),
  );
  return !hasClaim && !hasUpdate && actions.length === 0;
}
