import { concat, dataLength, dataSlice, keccak256, toBeHex } from "ethers";

/** Size limit of the evidence of a `BlockHashAnchor`, in bytes (`contracts/anchors/BlockHashAnchor.sol`). */
export const MAX_BLOCK_HASH_EVIDENCE_SIZE = 96 * 1024;

/**
 * The evidence of a `BlockHashAnchor`: `recordedNumber (8) | header, ... each as size (2) | RLP`.
 * @param recordedNumber A block of A whose hash the oracle knows.
 * @param headers RLP of the headers from the recorded block down to the child of the block in question, newest
 * first; empty if the block itself is recorded.
 * @throws RangeError if a header is not the parent of the one before it, or if the evidence is too large: then the
 * block needs a record nearer to it.
 */
export function encodeBlockHashEvidence(recordedNumber: bigint, headers: readonly string[]): string {
  let wanted: string | undefined;
  headers.forEach((header, index) => {
    if (wanted !== undefined && keccak256(header) !== wanted) {
      throw new RangeError(`Header ${index} is not the parent of the header before it.`);
    }
    wanted = parentHashOf(header);
  });
  const evidence = concat([
    toBeHex(recordedNumber, 8),
    ...headers.flatMap((header) => [toBeHex(dataLength(header), 2), header]),
  ]);
  const size = dataLength(evidence);
  if (size > MAX_BLOCK_HASH_EVIDENCE_SIZE) {
    throw new RangeError(
      `The evidence has ${size} bytes, the anchor takes ${MAX_BLOCK_HASH_EVIDENCE_SIZE}: ` +
        "the nearest recorded block is too far away.",
    );
  }
  return evidence;
}

/** The first field of a header, after the list prefix `f9 LL LL` and its own prefix `a0`. */
function parentHashOf(header: string): string {
  return dataSlice(header, 4, 36);
}
