import { OptisyncError } from "../runtime/errors.js";

/** Why a proof was refused. Names and order are those of `MerklePatricia.Reason` on chain. */
export const REASONS = [
  "None",
  "Truncated",
  "Trailing",
  "WrongHash",
  "NotInlined",
  "NotList",
  "WrongItems",
  "WrongChild",
  "BranchValue",
  "WrongPath",
  "WrongValue",
  "ExtensionChild",
  "TooDeep",
] as const;
export type Reason = (typeof REASONS)[number];

/**
 * The names are those of the contracts' errors, but for `ProofNotHex` (calldata is always bytes) and those of nodes
 * that a proof is built from: `NodeMissing`, `NodeMalformed`.
 */
export type ProofErrorCode =
  | "InvalidProof"
  | "AccountMalformed"
  | "SlotValueMalformed"
  | "ProofNotHex"
  | "NodeMissing"
  | "NodeMalformed";

/**
 * A proof that shows nothing, neither presence nor absence. Whoever sent it may be broken or lying, so the same
 * question can be asked again, of another node.
 */
export class ProofError extends OptisyncError<ProofErrorCode> {
  constructor(code: ProofErrorCode, message: string, details: Record<string, unknown>) {
    super(code, message, { action: "retry", details });
  }
}

/** @param node Index into the proof of the node refused, or of the first node missing or left over. */
export function invalidProof(node: number, reason: Reason): ProofError {
  return new ProofError("InvalidProof", `node ${node} of the proof was refused: ${reason}`, { node, reason });
}
