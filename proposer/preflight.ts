import type { History } from "../shared/chain/history.js";
import { numbersUp } from "../shared/chain/readAhead.js";
import type { Source } from "../shared/chain/source.js";
import type { TraceProvider } from "../shared/game/trace.js";
import type { SourceHeader } from "../shared/chain/sourceHeader.js";
import type { ForkSchedule } from "../shared/protocol/forkSchedule.js";
import { decodeHeader, HeaderError } from "../shared/protocol/header.js";
import { OptisyncError } from "../shared/runtime/errors.js";
import type { ClaimPlan } from "./claims.js";
import type { EvidenceSource } from "./evidence.js";
import type { ClaimCandidate } from "./view.js";

export interface PreflightTools {
  source: Source;
  history: History;
  forks: ForkSchedule;
  evidence: EvidenceSource;
  /** Whether claims can be disputed by games; then a claim needs a machine that can prove every step of it. */
  hasExecutionCourt: boolean;
  machine?: TraceProvider | undefined;
}

/**
 * Makes a claim ready to be sent: what cannot be defended is not claimed. Every block of the span is re-executed and
 * linked to the parent claim, the header is one that the contract takes, and the anchor's evidence can be had.
 *
 * @throws OptisyncError (all of them: do not claim) `HeaderUnknown` (halt) with the contract's error for a header
 * beyond what the deployment knows, `SpanInvalid` (halt), `MachineMissing` (halt), `BlockIndefensible` (retry), `HistoryBroken`, `EvidenceUnavailable` (retry), and
 * whatever says that A could not be read.
 */
export async function prepareClaim(
  { parent, number }: ClaimPlan,
  tools: PreflightTools,
  signal: AbortSignal,
): Promise<ClaimCandidate> {
  const { source, history, forks, evidence } = tools;
  const header = await source.headerByNumber(number);
  requireKnownHeader(header, forks);
  let last = parent.claim.blockHash.toLowerCase();
  let at = parent.claim.number;
  for await (const record of history.blocks(numbersUp(at + 1n, number))) {
    signal.throwIfAborted();
    at += 1n;
    if (record.parentHash.toLowerCase() !== last) {
      throw new OptisyncError("HistoryBroken", `block ${at} does not follow the block before it`, {
        action: "retry",
        details: { number: at, parentHash: record.parentHash, wanted: last },
      });
    }
    if (record.verdict.kind !== "match") {
      throw new OptisyncError("SpanInvalid", `block ${at} of A's node is not the result of its execution`, {
        action: "halt",
        details: { number: at, hash: record.hash, verdict: record.verdict },
      });
    }
    await requireDefensible(record.hash, tools, signal);
    last = record.hash.toLowerCase();
  }
  if (last !== header.hash.toLowerCase()) {
    throw new OptisyncError("HistoryBroken", `block ${number} changed while it was checked`, {
      action: "retry",
      details: { number, header: header.hash, executed: last },
    });
  }
  await requireEvidence(header, evidence, signal);
  return { parent: parent.id, header };
}

/** A block whose execution this proposer could not prove step by step is not claimed: anybody could take the bond. */
async function requireDefensible(
  hash: string,
  { source, machine, hasExecutionCourt }: PreflightTools,
  signal: AbortSignal,
): Promise<void> {
  if (!hasExecutionCourt) return;
  if (machine === undefined) {
    throw new OptisyncError(
      "MachineMissing",
      "the deployment's games need a machine that this program lacks",
      {
        action: "halt",
      },
    );
  }
  const header = await source.headerByHash(hash);
  const parent = await source.headerByHash(header.parentHash);
  try {
    await machine.requireDefensible({ parentHeader: parent.rlp, header: header.rlp }, signal);
  } catch (cause) {
    signal.throwIfAborted();
    const { number } = header;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OptisyncError("BlockIndefensible", `block ${number} could not be defended: ${why}`, {
      action: "retry",
      details: { number, hash },
      cause,
    });
  }
}

function requireKnownHeader(header: SourceHeader, forks: ForkSchedule): void {
  try {
    decodeHeader(header.rlp, forks);
  } catch (cause) {
    if (!(cause instanceof HeaderError)) throw cause;
    const { number, timestamp } = header;
    throw new OptisyncError(
      "HeaderUnknown",
      `the contracts refuse the header of block ${number}: ${cause.message}`,
      {
        action: "halt",
        details: { number, timestamp, fault: cause.code },
        cause,
      },
    );
  }
}

async function requireEvidence(
  header: SourceHeader,
  evidence: EvidenceSource,
  signal: AbortSignal,
): Promise<void> {
  try {
    await evidence.evidenceFor(header.number, header.hash, signal);
  } catch (cause) {
    signal.throwIfAborted();
    throw new OptisyncError("EvidenceUnavailable", `no evidence for block ${header.number} can be had`, {
      action: "retry",
      details: { number: header.number, hash: header.hash },
      cause,
    });
  }
}
