import { AbiCoder, keccak256 } from "ethers";

/** A statement about A: "the block with this hash is on A's canonical chain". Mirrors contracts/types/Claim.sol. */
export interface Claim {
  /** Id of the claim this one builds on; zero only for the genesis claim. */
  readonly parent: string;
  readonly blockHash: string;
  readonly stateRoot: string;
  readonly number: bigint;
  /** Seconds, from the header. */
  readonly timestamp: bigint;
  /** Checksummed; whose bond stands behind the claim. */
  readonly proposer: string;
}

/** The members of the Solidity enum, in its order. */
export const CLAIM_STATUSES = ["None", "Pending", "Final", "Rejected", "Orphaned", "Refunded"] as const;
export type ClaimStatus = (typeof CLAIM_STATUSES)[number];

const CLAIM_TYPE =
  "tuple(bytes32 parent, bytes32 blockHash, bytes32 stateRoot, uint64 number, uint64 timestamp, address proposer)";

/** keccak256 of the ABI encoding: names the claim and everything in it. */
export function claimId(claim: Claim): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode([CLAIM_TYPE], [claim]));
}
