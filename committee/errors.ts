import { OptisyncError, type ErrorAction } from "../shared/runtime/errors.js";

/** Why a member does not sign. The server answers with the status and the code. */
export type SignerErrorCode =
  /** The member's own node does not call the block final (yet). */
  | "NotFinal"
  /** The member has signed another hash for this number before. Its node, or A, has gone back on a final block. */
  | "WouldEquivocate"
  /** `validUntil` has passed, or is further ahead than the anchor accepts. */
  | "LifetimeOutOfRange";

const ACTIONS: Record<SignerErrorCode, ErrorAction> = {
  NotFinal: "retry",
  WouldEquivocate: "halt",
  LifetimeOutOfRange: "skip",
};

export class SignerError extends OptisyncError<SignerErrorCode> {
  constructor(code: SignerErrorCode, message: string, details: Record<string, unknown>) {
    super(code, message, { action: ACTIONS[code], details });
  }
}
