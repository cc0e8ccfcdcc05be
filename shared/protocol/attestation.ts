import {
  concat,
  getAddress,
  isHexString,
  recoverAddress,
  toBeHex,
  TypedDataEncoder,
  type TypedDataDomain,
  type TypedDataField,
} from "ethers";
import { encodeQuorum, type Committee, type MemberSignature } from "./committee.js";

/** Which anchor signatures are meant for; without it they would count on every deployment. */
export interface AnchorIdentity {
  /** Chain id of B, where the anchor lives. */
  readonly destinationChainId: bigint;
  /** Address of the `CommitteeAnchor`. */
  readonly anchor: string;
}

/** A statement of one member: "A's block `number` is final and has this hash". */
export interface Attestation {
  readonly sourceChainId: bigint;
  readonly number: bigint;
  /** 32 bytes. */
  readonly blockHash: string;
  /** Last second, by B's block timestamps, at which the statement counts. */
  readonly validUntil: bigint;
}

/** Something that signs EIP-712 data: an ethers `Wallet` or any other `Signer`. */
export interface TypedDataSigner {
  signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string>;
}

const MAX_UINT64 = 2n ** 64n - 1n;

/** EIP-712 struct of an attestation, as in `contracts/anchors/CommitteeAnchor.sol`. */
export const ATTESTATION_TYPES: Record<string, TypedDataField[]> = {
  Attestation: [
    { name: "sourceChainId", type: "uint256" },
    { name: "number", type: "uint64" },
    { name: "blockHash", type: "bytes32" },
    { name: "validUntil", type: "uint64" },
  ],
};

/** EIP-712 domain of a `CommitteeAnchor`. */
export function anchorDomain(identity: AnchorIdentity): TypedDataDomain {
  return {
    name: "optisync CommitteeAnchor",
    version: "1",
    chainId: identity.destinationChainId,
    verifyingContract: getAddress(identity.anchor),
  };
}

/**
 * Checks the fields of an attestation.
 * @throws RangeError for a number that does not fit or a hash that is not 32 bytes or is zero.
 */
export function createAttestation(fields: Attestation): Attestation {
  if (fields.sourceChainId <= 0n) throw new RangeError("The chain id of A must be positive.");
  requireUint64("number", fields.number);
  requireUint64("validUntil", fields.validUntil);
  if (!isHexString(fields.blockHash, 32) || BigInt(fields.blockHash) === 0n) {
    throw new RangeError(`${fields.blockHash} is not a block hash.`);
  }
  return { ...fields, blockHash: fields.blockHash.toLowerCase() };
}

/** The EIP-712 digest that members sign. */
export function hashAttestation(identity: AnchorIdentity, attestation: Attestation): string {
  return TypedDataEncoder.hash(anchorDomain(identity), ATTESTATION_TYPES, { ...attestation });
}

/** One member's signature, 65 bytes. */
export function signAttestation(
  signer: TypedDataSigner,
  identity: AnchorIdentity,
  attestation: Attestation,
): Promise<string> {
  return signer.signTypedData(anchorDomain(identity), ATTESTATION_TYPES, { ...attestation });
}

/**
 * Who signed an attestation: some address for every well-formed signature, so compare it.
 * @throws an ethers error for a signature that is not one.
 */
export function recoverAttestationSigner(
  identity: AnchorIdentity,
  attestation: Attestation,
  signature: string,
): string {
  return recoverAddress(hashAttestation(identity, attestation), signature);
}

/**
 * The evidence of a `CommitteeAnchor`: `epoch (8) | validUntil (8) | quorum`. All signatures must be over one
 * attestation with this `validUntil`.
 * @throws RangeError as `encodeQuorum`.
 */
export function encodeCommitteeEvidence(evidence: {
  readonly epoch: bigint;
  readonly validUntil: bigint;
  readonly committee: Committee;
  readonly signatures: readonly MemberSignature[];
}): string {
  requireUint64("epoch", evidence.epoch);
  requireUint64("validUntil", evidence.validUntil);
  return concat([
    toBeHex(evidence.epoch, 8),
    toBeHex(evidence.validUntil, 8),
    encodeQuorum(evidence.committee, evidence.signatures),
  ]);
}

function requireUint64(what: string, value: bigint): void {
  if (value < 0n || value > MAX_UINT64) throw new RangeError(`${what} ${value} does not fit into 64 bits.`);
}
