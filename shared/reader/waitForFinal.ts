import type { DestinationView, ProtocolReader } from "../chain/protocolReader.js";
import type { Claim } from "../protocol/claim.js";
import type { ClaimEntry } from "../protocol/ledger.js";
import { sleep } from "../runtime/shutdown.js";
import { ReaderError } from "./errors.js";

/** How far a block of A is on its way to being final on B. */
export type FinalityProgress =
  /** No living claim covers it yet. */
  | { readonly stage: "unclaimed"; readonly block: bigint }
  /** A claim covers it; it can be finalised in `secondsLeft` at the earliest, more if it is challenged. */
  | {
      readonly stage: "pending";
      readonly block: bigint;
      readonly claimId: string;
      readonly number: bigint;
      readonly secondsLeft: bigint;
      readonly openChallenges: bigint;
    }
  | { readonly stage: "final"; readonly block: bigint; readonly claimId: string; readonly number: bigint };

export interface WaitOptions {
  /** Told whenever anything has changed since the last look. */
  onProgress?: (progress: FinalityProgress) => void;
  signal?: AbortSignal;
  pollMs?: number;
}

const POLL_MS = 4_000;

/**
 * Waits until a final claim speaks of block `block` of A or of a later one, whose state contains everything that
 * happened up to it. Resolves with the lowest such claim.
 *
 * @throws ReaderError `RefundModeActive` if nothing becomes final any more; an AbortError; what says that B could not
 * be read.
 */
export async function waitForFinal(
  protocol: Pick<ProtocolReader, "sync">,
  block: bigint,
  options: WaitOptions = {},
): Promise<Claim> {
  const { onProgress, signal, pollMs = POLL_MS } = options;
  let told = "";
  for (;;) {
    signal?.throwIfAborted();
    const view = await protocol.sync();
    const final = lowest(view, block, "Final");
    const progress = progressOf(view, block, final);
    const key = JSON.stringify(progress, (_, value: unknown) =>
      typeof value === "bigint" ? `${value}` : value,
    );
    if (key !== told) onProgress?.(progress);
    told = key;
    if (final !== undefined) return final.claim;
    if (view.ledger.isRefunding) {
      throw new ReaderError(
        "RefundModeActive",
        "the protocol on B has ended: nothing becomes final any more",
        {
          block,
        },
      );
    }
    await sleep(pollMs, signal);
  }
}

/** Where a block stands, from one look at B. */
export function progressOf(
  view: DestinationView,
  block: bigint,
  final = lowest(view, block, "Final"),
): FinalityProgress {
  if (final !== undefined) return { stage: "final", block, claimId: final.id, number: final.claim.number };
  const pending = lowest(view, block, "Pending");
  if (pending === undefined) return { stage: "unclaimed", block };
  const end = pending.deadline > pending.quietUntil ? pending.deadline : pending.quietUntil;
  return {
    stage: "pending",
    block,
    claimId: pending.id,
    number: pending.claim.number,
    secondsLeft: end >= view.clock ? end - view.clock + 1n : 0n,
    openChallenges: pending.openChallenges,
  };
}

function lowest(
  { ledger }: DestinationView,
  block: bigint,
  status: ClaimEntry["status"],
): ClaimEntry | undefined {
  let found: ClaimEntry | undefined;
  for (const entry of ledger.claims.values()) {
    if (entry.status !== status || entry.claim.number < block) continue;
    if (found === undefined || entry.claim.number < found.claim.number) found = entry;
  }
  return found;
}
