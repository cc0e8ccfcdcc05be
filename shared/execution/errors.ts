import { OptisyncError, type ErrorAction } from "../runtime/errors.js";

/** Everything that can keep a block from being judged. None of these says that a claim is false. */
export type ExecutionErrorCode =
  | "IncompleteWitness"
  | "InconclusiveExecution"
  | "BlockDataMismatch"
  | "UndecodableBlock"
  | "MalformedBlock"
  | "MalformedRlp"
  | "UnknownFork"
  | "CurvesFailed"
  | "NonCanonicalState"
  | "UnsupportedStorageWipe"
  | "MalformedFixture"
  | "UnreadableFile"
  | "MalformedNode";

const actions: Record<ExecutionErrorCode, ErrorAction> = {
  IncompleteWitness: "retry",
  InconclusiveExecution: "retry",
  BlockDataMismatch: "retry",
  UndecodableBlock: "halt",
  MalformedBlock: "retry",
  MalformedRlp: "retry",
  UnknownFork: "halt",
  CurvesFailed: "halt",
  NonCanonicalState: "halt",
  UnsupportedStorageWipe: "halt",
  MalformedFixture: "halt",
  UnreadableFile: "halt",
  MalformedNode: "retry",
};

/** "Could not check": the block was not judged. `UnknownFork` means that this program's own configuration is too old. */
export class ExecutionError extends OptisyncError<ExecutionErrorCode> {
  constructor(
    code: ExecutionErrorCode,
    message: string,
    details: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(code, message, { action: actions[code], details, ...(cause === undefined ? {} : { cause }) });
  }
}

/** A trie node that a walk needs and the witness lacks. Caught where nodes can be fetched. */
export class MissingNode extends Error {
  constructor(
    readonly hash: string,
    /** Nibbles from the root of its trie down to the node, as a hex string. */
    readonly path: string,
    readonly role: "path" | "sibling",
  ) {
    super(`trie node ${hash} at path ${path || "(root)"} is not in the witness (${role})`);
  }
}
