import type { DemandEntry, ClaimEntry, Ledger } from "../protocol/ledger.js";
import { OptisyncError } from "../runtime/errors.js";
import { formatTable } from "./table.js";

/** A claim with all that was demanded of it. */
export interface ClaimReport extends ClaimEntry {
  readonly demands: readonly DemandEntry[];
}

/** @throws OptisyncError `ClaimUnknown` (halt) */
export function readClaim(ledger: Ledger, id: string): ClaimReport {
  const entry = ledger.claims.get(id);
  if (entry === undefined) {
    throw new OptisyncError("ClaimUnknown", `there is no claim ${id}`, {
      action: "halt",
      details: { claim: id },
    });
  }
  return { ...entry, demands: [...ledger.demands.values()].filter(({ claim }) => claim === id) };
}

export function formatClaims(claims: readonly ClaimEntry[], clock: bigint): string {
  if (claims.length === 0) return "no claims";
  return formatTable(
    ["block", "status", "window", "challenges", "proposer", "claim"],
    claims.map((entry) => [
      String(entry.claim.number),
      describeStatus(entry),
      windowOf(entry, clock),
      String(entry.openChallenges),
      entry.claim.proposer,
      entry.id,
    ]),
  );
}

export function formatClaim(report: ClaimReport, clock: bigint): string {
  const { claim } = report;
  const demands = report.demands.map(({ challenger, deadline, isOpen }) => {
    const left = deadline >= clock ? `${deadline - clock} s to answer` : "time is up";
    return `  by ${challenger}  ${isOpen ? left : "settled"}`;
  });
  return [
    `claim      ${report.id} (${describeStatus(report)})`,
    `block      ${claim.number} of A, ${claim.blockHash}`,
    `state root ${claim.stateRoot}`,
    `timestamp  ${claim.timestamp}`,
    `parent     ${claim.parent}`,
    `proposer   ${claim.proposer}`,
    `window     ${windowOf(report, clock)}`,
    `posted in  block ${report.blockNumber} of B, ${report.transactionHash}`,
    `demands    ${report.demands.length}`,
    ...demands,
  ].join("\n");
}

function describeStatus({ status, attested }: ClaimEntry): string {
  return `${status.toLowerCase()}${attested ? ", attested" : ""}`;
}

function windowOf({ status, deadline, quietUntil }: ClaimEntry, clock: bigint): string {
  if (status !== "Pending") return "-";
  if (deadline >= clock) return `${deadline - clock} s left`;
  return quietUntil >= clock ? `grace, ${quietUntil - clock} s left` : "over";
}
