import { recoverAddress, TypedDataEncoder, type TypedDataField } from "ethers";
import { anchorDomain, type AnchorIdentity, type TypedDataSigner } from "./attestation.js";
import { hashCommittee, type Committee } from "./committee.js";

/** A decision of the committee in office: "`newCommittee` takes our place". */
export interface Rotation {
  /** The epoch of the committee in office, whose members sign. */
  readonly epoch: bigint;
  readonly newCommittee: Committee;
}

/** EIP-712 struct of a rotation, as in `contracts/anchors/CommitteeAnchor.sol`. */
export const ROTATION_TYPES: Record<string, TypedDataField[]> = {
  Rotation: [
    { name: "epoch", type: "uint64" },
    { name: "newCommitteeHash", type: "bytes32" },
  ],
};

/** The EIP-712 digest that members sign. */
export function hashRotation(identity: AnchorIdentity, rotation: Rotation): string {
  return TypedDataEncoder.hash(anchorDomain(identity), ROTATION_TYPES, rotationValue(rotation));
}

/** One member's signature, 65 bytes. The quorum for `rotate` is made by `encodeQuorum` with the committee in office. */
export function signRotation(
  signer: TypedDataSigner,
  identity: AnchorIdentity,
  rotation: Rotation,
): Promise<string> {
  return signer.signTypedData(anchorDomain(identity), ROTATION_TYPES, rotationValue(rotation));
}

/**
 * Who signed a rotation.
 * @throws an ethers error for a signature that is not one.
 */
export function recoverRotationSigner(
  identity: AnchorIdentity,
  rotation: Rotation,
  signature: string,
): string {
  return recoverAddress(hashRotation(identity, rotation), signature);
}

function rotationValue(rotation: Rotation): Record<string, unknown> {
  return { epoch: rotation.epoch, newCommitteeHash: hashCommittee(rotation.newCommittee) };
}
