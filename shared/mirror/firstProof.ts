import { dataLength, ZeroHash } from "ethers";
import { buildTransitionProof, type TransitionProof } from "../proofs/transitionProof.js";
import { decodeChunk, DELTA_SIZE, digestsOf, keyOf, previousKeys } from "../protocol/deltas.js";
import { EMPTY_ROOT, type Update } from "../protocol/update.js";
import { halt } from "./errors.js";
import { storageRootOf } from "../execution/storageRoot.js";

/** A part of an update as `IProver.prove` takes it. */
export interface Piece extends TransitionProof {
  readonly digests: readonly string[];
  readonly index: number;
  readonly previous: string;
  readonly chunk: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The multi-proof of chunk `index` of a first update, from its delta `from` on: from a trie that holds all deltas before
 * and nothing else.
 */
export async function firstTransition(
  chunks: readonly string[],
  index: number,
  from = 0,
): Promise<TransitionProof> {
  const deltas = decodeChunk(chunks[index] ?? "0x");
  const before = [...chunks.slice(0, index).flatMap((chunk) => decodeChunk(chunk)), ...deltas.slice(0, from)];
  const known = new Map<string, Uint8Array>();
  const root = await storageRootOf(new Map(before.map(({ slot, value }) => [slot, value])), (hash, rlp) =>
    known.set(`0x${hash}`, rlp),
  );
  const changes = deltas
    .slice(from)
    .map(({ slot, value }) => ({ key: keyOf(slot), before: 0n, later: value }));
  return buildTransitionProof(root, changes, async (hash) => known.get(hash.toLowerCase()));
}

/**
 * The piece that follows after `proven` deltas of a first update: the rest of their chunk, or the next one. Anybody may
 * have proven a part, in pieces of any size.
 * @throws OptisyncError `UpdateNotFirst` (halt)
 */
export async function pieceAt(
  update: Update,
  chunks: readonly string[],
  proven: number,
): Promise<{ piece: Piece; isLast: boolean }> {
  if (update.oldStorageRoot.toLowerCase() !== EMPTY_ROOT) {
    throw halt("UpdateNotFirst", "only the first update of a feed is proven here", {
      oldStorageRoot: update.oldStorageRoot,
    });
  }
  let index = 0;
  let start = 0;
  for (; index < chunks.length; index++) {
    const end = start + sizeOf(chunks[index]);
    if (end > proven) break;
    start = end;
  }
  const chunk = chunks[index] ?? "0x";
  const piece = {
    digests: digestsOf(chunks),
    index,
    previous: previousKeys(chunks)[index] ?? ZeroHash,
    chunk,
    from: proven - start,
    to: sizeOf(chunk),
    ...(await firstTransition(chunks, index, proven - start)),
  };
  return { piece, isLast: index >= chunks.length - 1 };
}

function sizeOf(chunk: string | undefined): number {
  return chunk === undefined ? 0 : dataLength(chunk) / DELTA_SIZE;
}
