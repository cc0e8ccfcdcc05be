import { finalHead, type ClaimEntry, type Ledger } from "./ledger.js";

/**
 * The last block of A that no claim which can still be disputed, or is still to come, covers. New claims build on the final
 * head, or on the one before if they were under way when it became final; pending ones cover what comes after their parents.
 *
 * @param isConcerned which pending claims matter; all unless told
 */
export function undisputedUpTo(
  ledger: Ledger,
  isConcerned: (entry: ClaimEntry) => boolean = () => true,
): bigint {
  const head = finalHead(ledger)?.claim;
  const before = head && ledger.claims.get(head.parent)?.claim;
  let floor = (before ?? head)?.number ?? 0n;
  for (const entry of ledger.claims.values()) {
    if (entry.status !== "Pending" || !isConcerned(entry)) continue;
    const parent = ledger.claims.get(entry.claim.parent)?.claim.number ?? 0n;
    if (parent < floor) floor = parent;
  }
  return floor;
}
