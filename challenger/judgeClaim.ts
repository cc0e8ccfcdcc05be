import type { History } from "../shared/chain/history.js";
import { numbersDown } from "../shared/chain/readAhead.js";
import type { Source } from "../shared/chain/source.js";
import type { ClaimEntry } from "../shared/protocol/ledger.js";
import { OptisyncError } from "../shared/runtime/errors.js";

/**
 * What a claim turned out to be. "Could not check" is none of these: it is an error with an action.
 *
 * - `true`: A's chain has this block, and every block of the span is the result of executing its transactions.
 * - `foreign`: A's chain has another block at this height. The anchor court kills it.
 * - `invalid`: A's chain has the block, but some state root of the span is not the result of execution, although A's
 *   validators chose it. No anchor evidence tells; the execution court rejects it.
 * - `counterfeit`: A's chain has another block at this height, which differs in nothing but what execution gives. The
 *   anchor court kills it unless A's validators stand by it, and the execution court in any case.
 */
export type ClaimVerdict =
  | { kind: "true" }
  | { kind: "foreign"; canonicalHash: string }
  | { kind: "invalid"; number: bigint; detail: string }
  | {
      kind: "counterfeit";
      canonicalHash: string;
      number: bigint;
      detail: string;
      tip: { rlp: string; parentHash: string; blockHash: string };
    };

/** Stands for the hash of a block that A does not have. */
const NO_BLOCK = `0x${"00".repeat(32)}`;

/** What judging needs: an own node of A and the re-execution of its blocks. */
export interface Evidence {
  readonly source: Source;
  readonly history: History;
}

/** Judges a claim on own evidence only: `compareWithChain`, then `executeSpan`. */
export async function judgeClaim(
  entry: ClaimEntry,
  parentNumber: bigint,
  evidence: Evidence,
): Promise<ClaimVerdict> {
  return (await compareWithChain(entry, evidence)) ?? executeSpan(entry, parentNumber, evidence);
}

/**
 * Compares the claimed hash with the own node's chain; needs a header or two.
 *
 * A block above the final head cannot be older than it, because A's timestamps ascend; so a claim of a far height,
 * whose timestamp the contract holds below B's time, is found out as soon as A has finalized a block of that time.
 *
 * @returns undefined if the claimed block is A's.
 * @throws OptisyncError `SourceBehindClaim` (retry) until the own node has finalized the claimed height or time;
 * everything that Source throws.
 */
export async function compareWithChain(
  { claim, id }: ClaimEntry,
  { source }: Evidence,
): Promise<ClaimVerdict | undefined> {
  const head = await source.finalizedHead();
  if (head.number < claim.number) {
    if (head.timestamp >= claim.timestamp) return { kind: "foreign", canonicalHash: NO_BLOCK };
    throw new OptisyncError(
      "SourceBehindClaim",
      `the own node has finalized ${head.number}, the claim is of ${claim.number}`,
      {
        action: "retry",
        details: { claim: id, finalized: head.number, number: claim.number },
      },
    );
  }
  const canonical = await source.headerByNumber(claim.number);
  if (canonical.hash !== claim.blockHash) return { kind: "foreign", canonicalHash: canonical.hash };
  return undefined;
}

/**
 * Executes the blocks of a claim whose hash is right.
 *
 * @param parentNumber Block of the claim it builds on; the span is (parentNumber, claim.number].
 * @throws everything that Source and History throw.
 */
export async function executeSpan(
  { claim }: ClaimEntry,
  parentNumber: bigint,
  { history }: Evidence,
): Promise<ClaimVerdict> {
  // Newest first: whatever a claim hides is most likely in what nobody has executed yet.
  let number = claim.number + 1n;
  for await (const { verdict } of history.blocks(numbersDown(claim.number, parentNumber + 1n))) {
    number -= 1n;
    if (verdict.kind === "mismatch") {
      return {
        kind: "invalid",
        number,
        detail: `state root is ${verdict.claimed}, execution gives ${verdict.computed}`,
      };
    }
    if (verdict.kind === "invalid") return { kind: "invalid", number, detail: verdict.reason };
  }
  return { kind: "true" };
}
