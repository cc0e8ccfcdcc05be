import type { DestinationView } from "../chain/protocolReader.js";
import { toBatches, WORD_BYTES } from "../protocol/batches.js";
import {
  finalHead,
  livingChild,
  stageKey,
  type ClaimEntry,
  type FeedEntry,
  type UpdateEntry,
} from "../protocol/ledger.js";
import type { ProtocolParameters } from "../protocol/parameters.js";
import { OptisyncError } from "../runtime/errors.js";

/** A first update, ready to be posted: everything the account holds after the block of a final claim. */
export interface MirrorDraft {
  readonly root: ClaimEntry;
  readonly storageRoot: string;
  readonly codeHash: string;
  readonly chunks: readonly string[];
}

/** Where a mirror stands: all of it comes from the chains, so that a mirror goes on wherever it was killed. */
export interface MirrorView extends Pick<DestinationView, "ledger" | "clock"> {
  /** B's time, seconds. */
  readonly timestamp: bigint;
  readonly parameters: ProtocolParameters;
  /** Who sends, stakes and owns the feed. */
  readonly sender: string;
  /** Free stake of the sender, wei. */
  readonly freeWei: bigint;
  readonly feed: FeedEntry | undefined;
  /** Whether the feed's replica has its logic. */
  readonly hasLogic: boolean;
  /** Last second, on the protocol clock, of the window of the update that waits first, as B has it now. */
  readonly deadline: bigint | undefined;
  /** How many deltas of that update are proven. */
  readonly proven: number;
}

export interface MirrorPolicy {
  /** Prove the first update instead of waiting for its window. */
  readonly proves: boolean;
  /** Register the logic for view calls. */
  readonly wantsLogic: boolean;
}

/** What is to be done next. */
export type MirrorStep =
  | { readonly kind: "create" }
  | { readonly kind: "awaitRoot" }
  | { readonly kind: "list"; readonly root: ClaimEntry }
  | { readonly kind: "deposit"; readonly amountWei: bigint }
  | { readonly kind: "dropStage" }
  | {
      readonly kind: "stage";
      readonly index: number;
      readonly total: number;
      readonly chunks: readonly string[];
    }
  | { readonly kind: "post"; readonly draft: MirrorDraft }
  | { readonly kind: "sync"; readonly draft: MirrorDraft }
  | { readonly kind: "prove"; readonly update: UpdateEntry; readonly from: number }
  | { readonly kind: "awaitWindow"; readonly update: UpdateEntry; readonly secondsLeft: bigint }
  | { readonly kind: "apply"; readonly update: UpdateEntry; readonly index: number; readonly count: number }
  | { readonly kind: "register" }
  | { readonly kind: "check" };

/**
 * Decides the next step. Pure: the same view always gives the same step, and a step that was done changes the view.
 * @throws OptisyncError `FeedFrozen`, `RefundModeActive` (halt)
 */
export function nextStep(view: MirrorView, draft: MirrorDraft | undefined, policy: MirrorPolicy): MirrorStep {
  const { feed, ledger } = view;
  if (feed?.isFrozen === true)
    throw new OptisyncError("FeedFrozen", `feed ${feed.feed} is frozen: an update was proven false`, {
      action: "halt",
    });
  const isShown = feed !== undefined && ledger.updates.get(feed.head)?.update.number !== 0n;
  if (isShown) return policy.wantsLogic && !view.hasLogic ? { kind: "register" } : { kind: "check" };
  if (ledger.isRefunding) {
    throw new OptisyncError("RefundModeActive", "the protocol on B has ended: nothing is mirrored any more", {
      action: "halt",
    });
  }
  if (feed === undefined) return { kind: "create" };
  const waiting = livingChild(ledger, feed.head);
  return waiting === undefined ? firstUpdate(view, feed, draft, policy) : complete(view, waiting, policy);
}

function firstUpdate(
  view: MirrorView,
  feed: FeedEntry,
  draft: MirrorDraft | undefined,
  policy: MirrorPolicy,
): MirrorStep {
  const root = finalHead(view.ledger);
  const isDraftUsable = draft !== undefined && isFresh(view, draft.root);
  if (!isDraftUsable)
    return root !== undefined && isFresh(view, root) ? { kind: "list", root } : { kind: "awaitRoot" };
  if (policy.proves && draft.chunks.length <= 1) return { kind: "sync", draft };

  const full = draft.chunks.slice(0, -1);
  const staged = view.ledger.stages.get(stageKey(view.sender, feed.feed)) ?? [];
  const isPrefix = staged.length <= full.length && staged.every((chunk, index) => chunk === full[index]);
  if (!isPrefix) return { kind: "dropStage" };
  const [chunks] = toBatches(full.slice(staged.length));
  if (chunks !== undefined) return { kind: "stage", index: staged.length, total: full.length, chunks };
  const missingWei = view.parameters.updates.bondWei - view.freeWei;
  return missingWei > 0n ? { kind: "deposit", amountWei: missingWei } : { kind: "post", draft };
}

/** A draft's root must still be young enough when the post is mined: listing and staging take their time. */
function isFresh({ timestamp, parameters }: MirrorView, root: ClaimEntry): boolean {
  const { maxRootAgeSeconds } = parameters.updates;
  return root.status === "Final" && timestamp - root.claim.timestamp <= (maxRootAgeSeconds * 9n) / 10n;
}

function complete(view: MirrorView, update: UpdateEntry, { proves }: MirrorPolicy): MirrorStep {
  const deadline = view.deadline ?? update.deadline;
  const isDue = update.status === "Applying" || view.clock > deadline;
  if (!isDue && proves) return { kind: "prove", update, from: view.proven };
  if (!isDue) return { kind: "awaitWindow", update, secondsLeft: deadline - view.clock + 1n };
  const left = update.chunks.slice(update.appliedChunks);
  const [batch] = toBatches(left, update.chunks.length * WORD_BYTES);
  return { kind: "apply", update, index: update.appliedChunks, count: batch?.length ?? 0 };
}
