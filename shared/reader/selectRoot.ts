import type { DestinationView } from "../chain/protocolReader.js";
import type { ClaimEntry, Ledger } from "../protocol/ledger.js";
import type { ProtocolParameters } from "../protocol/parameters.js";
import { ReaderError } from "./errors.js";
import type { Finality } from "./finality.js";

export interface RootRequest {
  readonly finality: Finality;
  /** Oldest acceptable state, in seconds since its block on A. There is no default: only the caller can know. */
  readonly maxAgeSeconds: bigint | number;
  /** Just this block of A; the newest that is sure enough unless told. */
  readonly block?: bigint | undefined;
}

export interface SelectedRoot {
  readonly entry: ClaimEntry;
  /** Seconds between the block of A and B's newest block. */
  readonly ageSeconds: bigint;
}

/**
 * The newest claim that is as sure as asked for. A final claim serves every request.
 *
 * @throws ReaderError `NothingFinal`, `NothingAttested`, `NothingAged`, `BlockNotClaimed`, `RootTooOld`,
 * `ClaimsConflict`
 */
export function selectRoot(
  { ledger, clock, head }: Pick<DestinationView, "ledger" | "clock" | "head">,
  parameters: ProtocolParameters,
  request: RootRequest,
): SelectedRoot {
  const { finality, block } = request;
  let entry: ClaimEntry | undefined;
  for (const candidate of ledger.claims.values()) {
    if (block !== undefined && candidate.claim.number !== block) continue;
    if (!isUsable(candidate, finality, ledger, clock, parameters)) continue;
    if (entry === undefined || candidate.claim.number > entry.claim.number || isSurer(candidate, entry))
      entry = candidate;
  }
  if (entry === undefined) throw nothing(request);
  requireUncontested(entry, ledger);
  const ageSeconds = head.timestamp - entry.claim.timestamp;
  const maxAgeSeconds = BigInt(request.maxAgeSeconds);
  if (ageSeconds > maxAgeSeconds) {
    throw new ReaderError(
      "RootTooOld",
      `the newest usable root is ${ageSeconds} s old, at most ${maxAgeSeconds} s are accepted`,
      { ageSeconds, maxAgeSeconds, number: entry.claim.number },
    );
  }
  return { entry, ageSeconds };
}

/** Two claims about one block may both be usable; a final one is worth more. */
function isSurer(candidate: ClaimEntry, than: ClaimEntry): boolean {
  return (
    candidate.claim.number === than.claim.number && candidate.status === "Final" && than.status !== "Final"
  );
}

function isUsable(
  entry: ClaimEntry,
  finality: Finality,
  ledger: Ledger,
  clock: bigint,
  parameters: ProtocolParameters,
): boolean {
  if (entry.status === "Final") return true;
  // In refund mode nothing that is pending becomes final any more.
  if (finality.kind === "final" || entry.status !== "Pending" || ledger.isRefunding) return false;
  const line = pendingLine(entry, ledger);
  if (line === undefined) return false;
  if (finality.kind === "attested") return entry.attested;
  const proposedAt = entry.deadline - parameters.claims.windowSeconds;
  return clock - proposedAt >= finality.seconds && line.every(({ openChallenges }) => openChallenges === 0n);
}

/** The claim and those it builds on down to a final one; undefined if one of them is dead. */
function pendingLine(entry: ClaimEntry, ledger: Ledger): ClaimEntry[] | undefined {
  const line: ClaimEntry[] = [];
  let at: ClaimEntry | undefined = entry;
  while (at?.status === "Pending") {
    line.push(at);
    at = ledger.claims.get(at.claim.parent);
  }
  return at?.status === "Final" ? line : undefined;
}

/**
 * Final claims never contradict each other without B's contracts noticing, see `requireFinal`; pending ones may, and so
 * may those that they build on.
 */
function requireUncontested(entry: ClaimEntry, ledger: Ledger): void {
  const line = pendingLine(entry, ledger) ?? [];
  const hashes = new Map(line.map(({ id, claim }) => [claim.number, { id, hash: claim.blockHash }]));
  for (const { id, claim, status } of ledger.claims.values()) {
    const own = hashes.get(claim.number);
    const isAlive = status === "Pending" || status === "Final";
    if (own === undefined || !isAlive || claim.blockHash === own.hash) continue;
    throw new ReaderError("ClaimsConflict", `two claims give block ${claim.number} of A different hashes`, {
      number: claim.number,
      claims: [own.id, id],
    });
  }
}

function nothing({ finality, block }: RootRequest): ReaderError {
  if (block !== undefined) {
    return new ReaderError("BlockNotClaimed", `no usable claim speaks of block ${block} of A`, {
      block,
      finality: finality.kind,
    });
  }
  switch (finality.kind) {
    case "final":
      return new ReaderError("NothingFinal", "no claim is final yet");
    case "attested":
      return new ReaderError("NothingAttested", "evidence was shown for no claim yet");
    case "aged":
      return new ReaderError("NothingAged", `no claim has stood unchallenged for ${finality.seconds} s`, {
        seconds: finality.seconds,
      });
  }
}
