import { dataLength } from "ethers";

/**
 * Most bytes of chunks, with what goes along with them, in one transaction: a size that nodes relay (theirs end at
 * 128 KB) with room for the update and the signature.
 */
const MAX_BYTES = 98_000;
/** Most gas that chunks written together may take; the contract keeps any single one below it. */
export const MAX_APPLY_GAS = 12_000_000n;
export const WORD_BYTES = 32;
/** Where a chunk starts in the list, and its length. */
const CHUNK_HEAD_BYTES = 2 * WORD_BYTES;

/** Chunks in order, as many together as one transaction takes beside `besideBytes` of other data; at least one each. */
export function toBatches(chunks: readonly string[], besideBytes = 0): string[][] {
  const batches: string[][] = [];
  let bytes = Infinity;
  for (const chunk of chunks) {
    const size = dataLength(chunk) + CHUNK_HEAD_BYTES;
    bytes += size;
    if (bytes > MAX_BYTES) {
      batches.push([]);
      bytes = besideBytes + size;
    }
    batches.at(-1)?.push(chunk);
  }
  return batches;
}
