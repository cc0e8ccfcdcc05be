/** Merkle-Patricia proofs of accounts and slots, checked as the contracts check them. */
export type { Account } from "./decodeAccount.js";
export { ProofError, REASONS, type ProofErrorCode, type Reason } from "./errors.js";
export { normaliseProof } from "./normaliseProof.js";
export { verifyAccountProof, type ProvenAccount } from "./verifyAccountProof.js";
export { decodeSlotValue, hashSlot, verifySlotProof } from "./verifySlotProof.js";
export { verifyTrieProof } from "./verifyTrieProof.js";
