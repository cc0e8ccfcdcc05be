import { OptisyncError, type ErrorAction } from "../runtime/errors.js";

export type SourceErrorCode =
  /** An answer contradicts a hash, a root or an earlier answer. The chain is not to blame: the node is. */
  | "SourceLied"
  /** The node does not have the block (yet). */
  | "SourceLagging"
  /** The node does not give the state of a block, mostly because it has pruned it. */
  | "SourceStateMissing"
  /** The node's chain does not have the block at its height (any more): its state cannot be asked for by number. */
  | "SourceReorganized"
  /** An answer does not have the form of its method. */
  | "SourceMalformed"
  /** The node serves another chain than the one configured. */
  | "SourceWrongChain"
  /** The node's state roots are not those of Ethereum's rules. */
  | "SourceNotCanonical"
  /** The node is of another kind than the chain's profile says. */
  | "SourceWrongClient";

const actions: Record<SourceErrorCode, ErrorAction> = {
  SourceLied: "retry",
  SourceLagging: "retry",
  SourceReorganized: "retry",
  SourceStateMissing: "retry",
  SourceMalformed: "retry",
  SourceWrongChain: "halt",
  SourceNotCanonical: "halt",
  SourceWrongClient: "halt",
};

/** What a lie was about. */
export type SourceFact =
  "header" | "transactions" | "withdrawals" | "proof" | "value" | "code" | "blockTag" | "chainId";

/** The source chain's node could not be used for a check. Never says that a claim is false. */
export class SourceError extends OptisyncError<SourceErrorCode> {
  constructor(
    code: SourceErrorCode,
    message: string,
    details: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(code, message, { action: actions[code], details, ...(cause === undefined ? {} : { cause }) });
  }
}

/** The node said something about `fact` that cannot be. */
export function sourceLied(
  fact: SourceFact,
  message: string,
  details: Record<string, unknown> = {},
): SourceError {
  return new SourceError("SourceLied", message, { fact, ...details });
}
