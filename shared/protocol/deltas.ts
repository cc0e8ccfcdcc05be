import { concat, dataLength, dataSlice, keccak256, toBeHex, toBigInt, ZeroHash } from "ethers";

/** One changed storage slot of A. The contract's picture of the list and its commitment: `contracts/types/Deltas.sol`. */
export interface Delta {
  /** 32 bytes. */
  readonly slot: string;
  /** The new value; zero says that the slot was cleared. */
  readonly value: bigint;
}

/** Deltas in every chunk but the last, which may have fewer. */
export const CHUNK = 480;
/** Bytes of one delta: the slot, then its value. */
export const DELTA_SIZE = 64;
export const MAX_CHUNKS = 1024;

/** A list of deltas that the contract would refuse, with the error it would revert with. */
export class DeltasError extends Error {
  readonly code: "DeltasMalformed" | "DeltasUnordered" | "TooManyChunks";

  constructor(code: DeltasError["code"], subject: string) {
    super(`${code}: ${subject}`);
    this.name = code;
    this.code = code;
  }
}

/** The key of a slot in the storage trie, which is also what deltas are ordered by. */
export function keyOf(slot: string): string {
  return keccak256(slot);
}

/** The deltas in the order of the storage trie: strictly ascending by keccak256(slot). @throws DeltasError on a slot listed twice. */
export function sortDeltas(deltas: readonly Delta[]): Delta[] {
  const keyed = deltas.map((delta) => ({ delta, key: keyOf(delta.slot) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  keyed.forEach(({ delta, key }, index) => {
    if (index > 0 && keyed[index - 1]?.key === key) throw new DeltasError("DeltasUnordered", delta.slot);
  });
  return keyed.map(({ delta }) => delta);
}

/** The bytes of deltas already in order, without chunks. */
export function encodeDeltas(deltas: readonly Delta[]): string {
  return concat(deltas.map(({ slot, value }) => concat([slot, toBeHex(value, 32)])));
}

/** Cuts deltas already in order into chunks as `stage` and `post` take them: full ones, and a last one that may be shorter. */
export function encodeChunks(deltas: readonly Delta[]): string[] {
  const chunks: string[] = [];
  for (let start = 0; start < deltas.length; start += CHUNK) {
    chunks.push(encodeDeltas(deltas.slice(start, start + CHUNK)));
  }
  if (chunks.length > MAX_CHUNKS) throw new DeltasError("TooManyChunks", `${chunks.length}`);
  return chunks;
}

/** The deltas in a chunk. @throws DeltasError where the contract reverts with DeltasMalformed or DeltasUnordered. */
export function decodeChunk(chunk: string, previous: string = ZeroHash): Delta[] {
  const size = dataLength(chunk);
  if (size % DELTA_SIZE !== 0 || size > CHUNK * DELTA_SIZE)
    throw new DeltasError("DeltasMalformed", `${size}`);
  const deltas: Delta[] = [];
  let last = previous;
  for (let at = 0; at < size; at += DELTA_SIZE) {
    const slot = dataSlice(chunk, at, at + 32);
    const key = keyOf(slot);
    if (key <= last) throw new DeltasError("DeltasUnordered", slot);
    deltas.push({ slot, value: toBigInt(dataSlice(chunk, at + 32, at + DELTA_SIZE)) });
    last = key;
  }
  return deltas;
}

/** The hashed slot that each chunk follows: zero for the first, else the last one of the chunk before. */
export function previousKeys(chunks: readonly string[]): string[] {
  return chunks.map((_, index) => {
    const before = chunks[index - 1];
    return before === undefined ? ZeroHash : keyOf(dataSlice(before, -DELTA_SIZE, -32));
  });
}

/** The digest of every chunk, as `applyChunks` and DeltaCourt take them. */
export function digestsOf(chunks: readonly string[]): string[] {
  const previous = previousKeys(chunks);
  return chunks.map((chunk, index) => keccak256(concat([previous[index] ?? ZeroHash, chunk])));
}

/** The commitment to chunks with these digests; zero for none. */
export function commitmentOf(digests: readonly string[]): string {
  return digests.reduce((commitment, digest) => keccak256(concat([commitment, digest])), ZeroHash);
}

/**
 * Which chunk decides what the update says about a hashed key: the one whose interval holds it. The last chunk
 * decides every key after its own, too. Undefined if there are no chunks: no key is listed.
 */
export function chunkOfKey(chunks: readonly string[], key: string): number | undefined {
  if (chunks.length === 0) return undefined;
  const previous = previousKeys(chunks);
  const following = previous.findIndex((start, index) => index > 0 && key <= start);
  return following === -1 ? chunks.length - 1 : following - 1;
}
