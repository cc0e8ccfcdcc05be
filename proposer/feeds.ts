import { ZeroHash } from "ethers";
import { commitmentOf, digestsOf } from "../shared/protocol/deltas.js";
import {
  finalHead,
  livingChild,
  queueTail,
  stageKey,
  type ClaimEntry,
  type FeedEntry,
  type UpdateEntry,
} from "../shared/protocol/ledger.js";
import { toBatches, WORD_BYTES } from "../shared/protocol/batches.js";
import type { ClaimGround } from "./claims.js";
import { isSyncable, slotsOf, updateToProve } from "./proofs.js";
import {
  configuredFeeds,
  isCanonical,
  type Action,
  type Alert,
  type DraftProof,
  type ProposerView,
  type UpdateDraft,
} from "./view.js";

/** An update that could be posted: the tail it builds on and the final claim it speaks of. */
export interface UpdatePlan {
  readonly feed: FeedEntry;
  readonly tail: UpdateEntry;
  readonly root: ClaimEntry;
}

/** The updates in a feed's queue that wait to be applied, in order. */
export function queueOf(view: ClaimGround, feed: FeedEntry): UpdateEntry[] {
  const queue: UpdateEntry[] = [];
  let next = livingChild(view.ledger, feed.head);
  while (next !== undefined) {
    queue.push(next);
    next = livingChild(view.ledger, next.id);
  }
  return queue;
}

/** Feeds to look after: the configured ones, and any in which a bond of ours still waits for its update. */
export function servedFeeds(view: ClaimGround): FeedEntry[] {
  const configured = new Set(configuredFeeds(view.ledger, view.policy));
  const holdsOwn = (feed: FeedEntry): boolean =>
    queueOf(view, feed).some(({ update }) => update.proposer === view.policy.staker);
  return [...view.ledger.feeds.values()].filter((feed) => configured.has(feed) || holdsOwn(feed));
}

/** Whether a final claim can carry an update posted now. */
export function isUsableRoot(view: ClaimGround, root: ClaimEntry, tail: UpdateEntry): boolean {
  const age = view.timestamp - root.claim.timestamp;
  return (
    root.status === "Final" &&
    root.claim.number > tail.update.number &&
    age <= view.parameters.updates.maxRootAgeSeconds &&
    isCanonical(view.hashAt, root) === true
  );
}

/** What a feed should be brought up to; undefined while there is no newer usable root. */
export function planUpdate(view: ClaimGround, feed: FeedEntry): UpdatePlan | undefined {
  const { ledger, policy } = view;
  if (policy.feeds !== "all" && !policy.feeds.includes(feed.feed)) return undefined;
  if (policy.isUnwinding || ledger.isRefunding || feed.isFrozen) return undefined;
  const tail = queueTail(ledger, feed);
  const root = finalHead(ledger);
  if (tail === undefined || root === undefined || !isUsableRoot(view, root, tail)) return undefined;
  return { feed, tail, root };
}

/** Writes updates that are true and whose window is over. */
export function applications(view: ProposerView): { actions: Action[]; alerts: Alert[] } {
  const actions: Action[] = [];
  const alerts: Alert[] = [];
  for (const feed of servedFeeds(view)) {
    if (feed.isFrozen) continue;
    for (const { id, update } of queueOf(view, feed)) {
      if (trust(view, id, update.proposer) !== false) continue;
      const details = { feed: feed.feed, update: id, number: update.number, proposer: update.proposer };
      alerts.push({ code: "UpdateFalse", subject: id, details });
    }
    const next = livingChild(view.ledger, feed.head);
    if (next === undefined || trust(view, next.id, next.update.proposer) !== true) continue;
    const isDue = next.status === "Applying" || (!view.ledger.isRefunding && view.clock > next.deadline);
    if (!isDue) continue;
    actions.push(...apply(next));
  }
  return { actions, alerts };
}

/** The pieces of own updates that are ready to be proven. */
export function provings(view: ProposerView): Action[] {
  return servedFeeds(view).flatMap((feed) => {
    const update = updateToProve(view, feed);
    const proof = view.feeds.get(feed.feed)?.updateProof;
    if (update === undefined || proof?.update !== update.id) return [];
    return proof.left.map(
      (piece) => ({ kind: "prove", update, accountProof: proof.accountProof, piece }) as const,
    );
  });
}

/**
 * Brings feeds up to date by the drafts that are worth it: by a proof where that is wanted, else staged and posted as far
 * as `budgetWei` of free stake goes.
 */
export function postings(view: ProposerView, budgetWei: bigint): Action[] {
  const actions: Action[] = [];
  let leftWei = budgetWei;
  for (const feed of configuredFeeds(view.ledger, view.policy)) {
    const draft = view.feeds.get(feed.feed)?.draft;
    const tail = queueTail(view.ledger, feed);
    const root = draft && view.ledger.claims.get(draft.root);
    if (draft === undefined || tail === undefined || root === undefined || draft.parent !== tail.id) continue;
    if (view.policy.isUnwinding || view.ledger.isRefunding || feed.isFrozen) continue;
    if (
      !isUsableRoot(view, root, tail) ||
      !isTrueQueue(view, feed) ||
      !isWorthPosting(view, draft, tail, root)
    )
      continue;
    const feeWei = largestFee(view, feed, draft, tail, root);
    if (feeWei < view.policy.minUpdateFeeWei) continue;
    if (isSyncable(view, feed, draft)) {
      const proof = view.feeds.get(feed.feed)?.draftProof;
      const isReady = proof !== undefined && proof !== "impossible" && isProofOf(proof, draft);
      if (isReady)
        actions.push({ kind: "sync", draft, parent: tail.update, root: root.claim, proof, feeWei });
      if (isReady || proof !== "impossible") continue;
    }
    if (leftWei < view.parameters.updates.bondWei) continue;
    leftWei -= view.parameters.updates.bondWei;
    actions.push(...post(view, draft, tail, root, feeWei));
  }
  return actions;
}

/** What is left to write of an update, in as few transactions as take its bytes. */
function apply(update: UpdateEntry): Action[] {
  const { chunks, appliedChunks } = update;
  // An update without deltas is completed by one call without a chunk.
  if (chunks.length === 0) return [{ kind: "apply", update, index: 0, count: 0 }];
  const actions: Action[] = [];
  let index = appliedChunks;
  for (const { length: count } of toBatches(chunks.slice(index), chunks.length * WORD_BYTES)) {
    actions.push({ kind: "apply", update, index, count });
    index += count;
  }
  return actions;
}

function post(
  view: ProposerView,
  draft: UpdateDraft,
  tail: UpdateEntry,
  root: ClaimEntry,
  feeWei: bigint,
): Action[] {
  const { feed } = draft;
  const full = draft.chunks.slice(0, -1);
  const staged = view.ledger.stages.get(stageKey(view.sender, feed)) ?? [];
  const isPrefix = staged.length <= full.length && staged.every((chunk, index) => chunk === full[index]);
  if (!isPrefix) return [{ kind: "dropStage", feed }];
  if (staged.length < full.length) {
    let index = staged.length;
    return toBatches(full.slice(index)).map((chunks) => {
      const action: Action = { kind: "stage", feed, index, chunks };
      index += chunks.length;
      return action;
    });
  }
  return [{ kind: "post", draft, parent: tail.update, root: root.claim, feeWei }];
}

function isProofOf(proof: DraftProof, draft: UpdateDraft): boolean {
  return proof.parent === draft.parent && proof.root === draft.root;
}

/** Commitment of the stage that precedes a draft's last chunk; zero for none. */
export function stagedCommitment(draft: UpdateDraft): string {
  return commitmentOf(digestsOf(draft.chunks).slice(0, -1));
}

/** Whether an update says enough to be made at all. */
export function isWorthPosting(
  view: Pick<ClaimGround, "policy">,
  draft: UpdateDraft,
  tail: UpdateEntry,
  root: ClaimEntry,
): boolean {
  // A feed starts with the account's existence: before that there is nothing to mirror, however old that is.
  if (tail.update.number === 0n) return draft.codeHash !== ZeroHash;
  const hasChanged = draft.chunks.length > 0 || draft.codeHash !== tail.update.codeHash;
  return hasChanged || root.claim.timestamp - tail.update.timestamp >= view.policy.maxFeedAgeSeconds;
}

/** The fee that the contract is going to reserve: all that can become due, or what is left of the feed's funds. */
function largestFee(
  view: ProposerView,
  { feed, gweiPerSecond, gweiPerValue }: FeedEntry,
  draft: UpdateDraft,
  tail: UpdateEntry,
  root: ClaimEntry,
): bigint {
  // The first update covers no time: nothing was mirrored before.
  const isFirst = tail.update.timestamp === 0n;
  const covered = isFirst ? 0n : root.claim.timestamp - tail.update.timestamp;
  const due = (covered * gweiPerSecond + BigInt(slotsOf(draft)) * gweiPerValue) * 1_000_000_000n;
  const fundsWei = view.feeds.get(feed)?.fundsWei ?? 0n;
  return due < fundsWei ? due : fundsWei;
}

/** An update on a lie dies with it, however true it is. */
function isTrueQueue(view: ProposerView, feed: FeedEntry): boolean {
  return queueOf(view, feed).every(({ id, update }) => trust(view, id, update.proposer) === true);
}

/** Own updates were checked before they were posted; others' count once they were recomputed. */
function trust(view: ProposerView, id: string, proposer: string): boolean | undefined {
  if (proposer === view.policy.staker) return true;
  const feed = view.ledger.updates.get(id)?.update.feed;
  return feed === undefined ? undefined : view.feeds.get(feed)?.isTrue.get(id);
}
