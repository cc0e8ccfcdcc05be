import type { SourceHeader } from "../shared/chain/sourceHeader.js";
import type { PreparedMove } from "../shared/game/moves.js";
import type { GameEntry } from "../shared/protocol/gameBook.js";
import type { Claim } from "../shared/protocol/claim.js";
import type { ClaimEntry, FeedEntry, Ledger, UpdateEntry } from "../shared/protocol/ledger.js";
import type { TransitionProof } from "../shared/proofs/transitionProof.js";
import type { Piece } from "../shared/reader/updatePieces.js";
import type { ProtocolParameters } from "../shared/protocol/parameters.js";
import type { Update } from "../shared/protocol/update.js";
import type { Alert } from "../shared/runtime/alarm.js";

export type { Alert } from "../shared/runtime/alarm.js";

/** What the operator wants of a proposer. */
export interface ProposerPolicy {
  /** Whose bonds stand behind claims and updates. Checksummed. */
  readonly staker: string;
  /** Which feeds to keep up to date. */
  readonly feeds: "all" | readonly bigint[];
  /** Seconds of A's time between a claim and the claim it builds on. */
  readonly claimIntervalSeconds: bigint;
  /** Most own claims pending at once. */
  readonly maxPendingClaims: number;
  /** Seconds of A's time after which a feed gets an update although nothing changed. */
  readonly maxFeedAgeSeconds: bigint;
  /** Least fee, in wei, for which an update is posted. */
  readonly minUpdateFeeWei: bigint;
  /** Most changed slots of an update that is proven instead of waited for; undefined: none is. */
  readonly provesUpToSlots: number | undefined;
  /** Finalize claims of other proposers, too, if they are true. */
  readonly finalizesOthers: boolean;
  /** Take earnings out once there are that many wei; undefined: leave them. */
  readonly withdrawEarningsAtWei: bigint | undefined;
  /** Start nothing new and take every bond back. */
  readonly isUnwinding: boolean;
}

/** Both chains as of one look, and what was prepared since the last: everything the solver may know. */
export interface ProposerView {
  readonly policy: ProposerPolicy;
  /** Address of the key that sends; stages are kept under it. */
  readonly sender: string;
  readonly parameters: ProtocolParameters;
  readonly ledger: Ledger;
  /** The protocol's clock, seconds. */
  readonly clock: bigint;
  /** B's time, seconds since the epoch. */
  readonly timestamp: bigint;
  /** The staker's stake that no module holds. */
  readonly freeWei: bigint;
  readonly earningsWei: bigint;
  /** The newest block that A calls final; undefined while A cannot be read. */
  readonly sourceHead: SourceHeader | undefined;
  /** What the own node of A has at heights that claims speak of; a height it has not passed is missing. */
  readonly hashAt: ReadonlyMap<bigint, string>;
  /** The next claim, ready to be sent: only what was executed and can be defended gets here. */
  readonly candidate: ClaimCandidate | undefined;
  /** By feed id; configured feeds only. */
  readonly feeds: ReadonlyMap<bigint, FeedView>;
  /** Moves that are ready in games on own claims, by game. */
  readonly moves: ReadonlyMap<string, PreparedMove>;
  /** What could not be prepared, and why. */
  readonly obstacles: readonly Alert[];
}

export interface ClaimCandidate {
  /** Id of the claim to build on. */
  readonly parent: string;
  readonly header: SourceHeader;
}

/** What was found out about a configured feed. */
export interface FeedView {
  /** Funds of the feed that no update has reserved. */
  readonly fundsWei: bigint;
  /** Other proposers' updates that were recomputed: is what they say true? Missing: not known yet. */
  readonly isTrue: ReadonlyMap<string, boolean>;
  /** The next update, if it was computed. */
  readonly draft: UpdateDraft | undefined;
  /** What proves the draft, if that is wanted and ready; `impossible` if it can only be posted. */
  readonly draftProof?: DraftProof | "impossible" | undefined;
  /** What proves the own update that waits next, if that is wanted and ready. */
  readonly updateProof?: UpdateProof | undefined;
}

/** An update computed from A, whose every value was checked against A's state roots. */
export interface UpdateDraft {
  readonly feed: bigint;
  /** Id of the update it builds on. */
  readonly parent: string;
  /** Id of the final claim it speaks of. */
  readonly root: string;
  readonly storageRoot: string;
  readonly codeHash: string;
  /** All deltas, chunk by chunk, hex. */
  readonly chunks: readonly string[];
}

/** What `Prover.sync` takes beside a draft. */
export interface DraftProof extends TransitionProof {
  /** As the draft's, which the proof is of. */
  readonly parent: string;
  readonly root: string;
  /** The account, shown by its path, or by a proof if there is none. */
  readonly accountPath: string;
  readonly accountProof: readonly string[];
}

/** What `Prover.prove` takes of a posted update. */
export interface UpdateProof {
  readonly update: string;
  readonly accountProof: readonly string[];
  /** The pieces that this key has not proven yet. */
  readonly left: readonly Piece[];
}

/** Something the proposer should do on B now. */
export type Action =
  | {
      readonly kind: "answer";
      readonly claim: ClaimEntry;
      readonly challenger: string;
      readonly deadline: bigint;
    }
  | { readonly kind: "settle"; readonly claim: ClaimEntry; readonly challenger: string }
  | {
      readonly kind: "move";
      readonly game: GameEntry;
      readonly claim: ClaimEntry;
      readonly move: PreparedMove;
      readonly deadline: bigint;
    }
  | { readonly kind: "timeoutGame"; readonly game: GameEntry; readonly claim: ClaimEntry }
  | { readonly kind: "refund" | "orphan" | "finalize"; readonly claim: ClaimEntry }
  | { readonly kind: "release"; readonly update: UpdateEntry }
  /** `count` chunks from number `index` on, if they fit a transaction together; none for an update without deltas. */
  | { readonly kind: "apply"; readonly update: UpdateEntry; readonly index: number; readonly count: number }
  | { readonly kind: "dropStage"; readonly feed: bigint }
  | {
      readonly kind: "stage";
      readonly feed: bigint;
      readonly index: number;
      readonly chunks: readonly string[];
    }
  | {
      readonly kind: "post";
      readonly draft: UpdateDraft;
      readonly parent: Update;
      readonly root: Claim;
      /** What the feed has to set aside for the update, or the post reverts. */
      readonly feeWei: bigint;
    }
  /** Proves and applies a draft at once. */
  | {
      readonly kind: "sync";
      readonly draft: UpdateDraft;
      readonly parent: Update;
      readonly root: Claim;
      readonly proof: DraftProof;
      /** What the feed has to pay, or the transaction reverts. */
      readonly feeWei: bigint;
    }
  /** Proves one more piece of an own update; with the last its window is over. */
  | {
      readonly kind: "prove";
      readonly update: UpdateEntry;
      readonly accountProof: readonly string[];
      readonly piece: Piece;
    }
  | { readonly kind: "propose"; readonly candidate: ClaimCandidate }
  | { readonly kind: "withdrawEarnings" };

export interface Decision {
  /** Most urgent first. */
  readonly actions: readonly Action[];
  readonly alerts: readonly Alert[];
}

export function isOwn(view: ProposerView, entry: ClaimEntry): boolean {
  return entry.claim.proposer === view.policy.staker;
}

export function isOwnUpdate(view: ProposerView, entry: UpdateEntry): boolean {
  return entry.update.proposer === view.policy.staker;
}

/** Whether the own node has the block a claim speaks of; undefined as long as it has not passed its height. */
export function isCanonical(hashAt: ReadonlyMap<bigint, string>, entry: ClaimEntry): boolean | undefined {
  const hash = hashAt.get(entry.claim.number);
  return hash === undefined ? undefined : hash.toLowerCase() === entry.claim.blockHash.toLowerCase();
}

/** The feeds that the operator configured and that exist. */
export function configuredFeeds(ledger: Ledger, policy: Pick<ProposerPolicy, "feeds">): FeedEntry[] {
  return [...ledger.feeds.values()].filter(
    ({ feed }) => policy.feeds === "all" || policy.feeds.includes(feed),
  );
}
