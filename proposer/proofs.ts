import { dataLength } from "ethers";
import type { Source } from "../shared/chain/source.js";
import { showAccount } from "../shared/proofs/accountPath.js";
import type { Claim } from "../shared/protocol/claim.js";
import { DELTA_SIZE } from "../shared/protocol/deltas.js";
import { livingChild, type FeedEntry, type Ledger, type UpdateEntry } from "../shared/protocol/ledger.js";
import { EMPTY_ROOT, type Update } from "../shared/protocol/update.js";
import { heldTrie } from "../shared/reader/proveUpdate.js";
import { piecesOf, proveAtOnce, type Piece } from "../shared/reader/updatePieces.js";
import { OptisyncError } from "../shared/runtime/errors.js";
import type { ClaimGround } from "./claims.js";
import type { DraftProof, ProposerPolicy, UpdateDraft } from "./view.js";

/** Whether the operator wants an update proven that changes so many slots. */
function wantsProof({ provesUpToSlots }: ProposerPolicy, slots: bigint | number): boolean {
  return provesUpToSlots !== undefined && slots <= provesUpToSlots;
}

/** Slots that a draft changes. */
export function slotsOf({ chunks }: Pick<UpdateDraft, "chunks">): number {
  return chunks.reduce((count, chunk) => count + dataLength(chunk) / DELTA_SIZE, 0);
}

/** Whether a draft may be proven and applied in one transaction, without being posted: nothing else must wait. */
export function isSyncable(
  { policy }: Pick<ClaimGround, "policy">,
  feed: FeedEntry,
  draft: UpdateDraft,
): boolean {
  return draft.parent === feed.head && draft.chunks.length <= 1 && wantsProof(policy, slotsOf(draft));
}

/** The own update of a feed that waits next, if it is to be proven instead of waited for. */
export function updateToProve(
  { policy, ledger, clock }: Pick<ClaimGround, "policy" | "ledger" | "clock">,
  feed: FeedEntry,
): UpdateEntry | undefined {
  const next = livingChild(ledger, feed.head);
  if (next?.status !== "Pending" || feed.isFrozen || ledger.isRefunding) return undefined;
  const isOurs = next.update.proposer === policy.staker;
  // One whose window is over, by time or by a proof, only waits to be written.
  return isOurs && clock <= next.deadline && wantsProof(policy, next.update.count) ? next : undefined;
}

/**
 * Proves a draft on what its feed shows, for `Prover.sync`. The old trie is made of what B's events say that the feed
 * holds.
 * @returns Undefined if that takes more than a transaction.
 * @throws OptisyncError `FeedHoldsOtherStorage`, `FeedRootFalse` (halt) if a lie was applied; `PreflightFailed` (retry)
 * if the deltas do not lead to the draft's storage root; what says that A could not be read.
 */
export async function proveDraft(
  ledger: Ledger,
  feed: FeedEntry,
  draft: UpdateDraft,
  root: Pick<Claim, "number">,
  source: Source,
): Promise<DraftProof | undefined> {
  const trie = await heldTrie(ledger, feed, rootOn(source, feed.account));
  const shown = showAccount(await source.accountProof(root.number, feed.account, []));
  const proof = await proveAtOnce(trie, draft.chunks[0] ?? "0x");
  if (proof === undefined) return undefined;
  requireReached(feed, trie.root(), draft.storageRoot);
  return { parent: draft.parent, root: draft.root, ...shown, ...proof };
}

/** Proves an own update that was posted, for `Prover.prove`. @throws as `proveDraft` */
export async function provePosted(
  ledger: Ledger,
  feed: FeedEntry,
  entry: UpdateEntry,
  source: Source,
): Promise<{ accountProof: readonly string[]; pieces: readonly Piece[] }> {
  const trie = await heldTrie(ledger, feed, rootOn(source, feed.account));
  const { accountProof } = await source.accountProof(entry.update.number, feed.account, []);
  const pieces = await piecesOf(entry, trie);
  requireReached(feed, trie.root(), entry.update.storageRoot);
  return { accountProof, pieces };
}

function rootOn(source: Source, account: string): (shown: Update) => Promise<string> {
  return async ({ number }) =>
    (await source.accountProof(number, account, [])).account?.storageRoot ?? EMPTY_ROOT;
}

/** The contract would say so, too, but only once it is paid for. */
function requireReached({ feed, account }: FeedEntry, reached: string, wanted: string): void {
  if (reached === wanted.toLowerCase()) return;
  throw new OptisyncError("PreflightFailed", `${account}: the deltas lead to ${reached}, not ${wanted}`, {
    action: "retry",
    details: { feed, account, reached, wanted },
  });
}
