import { OptisyncError, type ErrorAction } from "../runtime/errors.js";

export type ReaderErrorCode =
  /** No claim of the finality asked for is there (yet). */
  | "NothingFinal"
  | "NothingAttested"
  | "NothingAged"
  /** No usable claim speaks of just the block asked for. */
  | "BlockNotClaimed"
  /** The newest usable root is older than the caller accepts. */
  | "RootTooOld"
  /** The root is final, but no anchor evidence was shown for its block. */
  | "NotAttested"
  /** Another living claim gives the block another hash: one of them is a lie, and nobody has shown which. */
  | "ClaimsConflict"
  /** The protocol on B has ended: nothing becomes final any more. */
  | "RefundModeActive"
  /** A question about A's storage needs a node of A, and none is configured. */
  | "SourceRpcMissing"
  | "FeedUnknown"
  /** The interface has no such function, or it is none that only reads. */
  | "NotView"
  /** The mirrored contract itself refused the call: its own reason, as it would have given it on A. */
  | "ViewReverted";

const actions: Record<ReaderErrorCode, ErrorAction> = {
  NothingFinal: "retry",
  NothingAttested: "retry",
  NothingAged: "retry",
  BlockNotClaimed: "retry",
  RootTooOld: "retry",
  NotAttested: "retry",
  ClaimsConflict: "retry",
  RefundModeActive: "halt",
  SourceRpcMissing: "halt",
  FeedUnknown: "halt",
  NotView: "halt",
  ViewReverted: "skip",
};

/** Nothing could be read. Never says that a value is zero or that something is not there: those are values. */
export class ReaderError extends OptisyncError<ReaderErrorCode> {
  constructor(code: ReaderErrorCode, message: string, details: Record<string, unknown> = {}) {
    super(code, message, { action: actions[code], details });
  }
}
