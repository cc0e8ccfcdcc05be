import { setImmediate } from "node:timers/promises";
import { dataLength, dataSlice, toBigInt, ZeroHash } from "ethers";
import { buildShortestProof, type SlotChange, type TransitionProof } from "../proofs/transitionProof.js";
import { WORD_BYTES } from "../protocol/batches.js";
import { CHUNK, DELTA_SIZE, digestsOf, keyOf, previousKeys } from "../protocol/deltas.js";
import type { UpdateEntry } from "../protocol/ledger.js";
import { EMPTY_ROOT, type Update } from "../protocol/update.js";
import { OptisyncError } from "../runtime/errors.js";
import type { HeldTrie } from "./heldTrie.js";

/** Most deltas to a piece of an update that is not a feed's first: their proof takes up to 4 million gas. */
export const PIECE = 160;
/** Most bytes of a piece with its chunk, a size that nodes relay (theirs ends at 128 KB): in a large trie it binds first. */
const PIECE_BYTES = 110_000;

/** A piece of an update as `Prover.prove` takes it. */
export interface Piece {
  readonly digests: readonly string[];
  readonly index: number;
  readonly previous: string;
  readonly chunk: string;
  readonly from: number;
  readonly to: number;
  readonly before: string;
  readonly nodes: string;
}

/** What is left of the pieces after `proven` deltas; all of them if no piece begins there, for a first one begins anew. */
export function piecesLeft(pieces: readonly Piece[], proven: number): readonly Piece[] {
  const next = pieces.findIndex(({ index, from }) => index * CHUNK + from === proven);
  return pieces.slice(Math.max(next, 0));
}

/**
 * Cuts an update into pieces that each fit a transaction, and proves each from where the one before has led to.
 * @param trie Of the storage before; of the storage after it in the end.
 * @throws OptisyncError `UpdateFalse` (halt) if the update lists a slot that did not change
 */
export async function piecesOf(
  entry: UpdateEntry,
  trie: HeldTrie,
  mostBytes = PIECE_BYTES,
): Promise<Piece[]> {
  const { chunks } = entry;
  const digests = digestsOf(chunks);
  const previous = previousKeys(chunks);
  // An update without deltas has one piece, of nothing.
  if (chunks.length === 0)
    return [
      { digests, index: 0, previous: ZeroHash, chunk: "0x", from: 0, to: 0, before: "0x", nodes: "0x" },
    ];
  // From nothing, a multi-proof is the deltas themselves.
  const mostDeltas = trie.root() === EMPTY_ROOT ? CHUNK : PIECE;
  const pieces: Piece[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const deltas = deltasIn(chunk);
    const besideBytes = dataLength(chunk) + digests.length * WORD_BYTES;
    for (let from = 0; from < deltas.length;) {
      const most = Math.min(mostDeltas, deltas.length - from);
      const { size, proof } = await largestPiece(
        entry,
        trie,
        deltas.slice(from, from + most),
        mostBytes - besideBytes,
      );
      const to = from + size;
      for (const { key, value } of deltas.slice(from, to)) await trie.set(key, value);
      pieces.push({ digests, index, previous: previous[index] ?? ZeroHash, chunk, from, to, ...proof });
      from = to;
      // A large update takes seconds, in which nothing else must wait.
      await setImmediate();
    }
  }
  return pieces;
}

/** As many of the deltas, halved until their proof is small enough; one is always taken. */
async function largestPiece(
  { id, update }: UpdateEntry,
  trie: HeldTrie,
  deltas: readonly KeyedDelta[],
  mostBytes: number,
): Promise<{ size: number; proof: TransitionProof }> {
  const changes = await changesOf(trie, deltas);
  const redundant = changes.find(({ before, later }) => before === later);
  if (redundant !== undefined) throw updateFalse(id, update, { unchanged: redundant.key });
  for (let size = deltas.length; ; size = Math.ceil(size / 2)) {
    const proof = await buildShortestProof(trie.root(), changes.slice(0, size), trie.node);
    if (size === 1 || bytesOf(proof) <= mostBytes) return { size, proof };
  }
}

/** Proves deltas that fit one chunk in one transaction; undefined if that would be too large. */
export async function proveAtOnce(trie: HeldTrie, deltas: string): Promise<TransitionProof | undefined> {
  const keyed = deltasIn(deltas);
  if (keyed.length > PIECE) return undefined;
  const proof = await buildShortestProof(trie.root(), await changesOf(trie, keyed), trie.node);
  if (bytesOf(proof) + dataLength(deltas) > PIECE_BYTES) return undefined;
  for (const { key, value } of keyed) await trie.set(key, value);
  return proof;
}

async function changesOf(trie: HeldTrie, deltas: readonly KeyedDelta[]): Promise<SlotChange[]> {
  const changes: SlotChange[] = [];
  for (const { key, value } of deltas) changes.push({ key, before: await trie.value(key), later: value });
  return changes;
}

function bytesOf({ before, nodes }: TransitionProof): number {
  return dataLength(before) + dataLength(nodes);
}

interface KeyedDelta {
  readonly key: string;
  readonly value: bigint;
}

function deltasIn(chunk: string): KeyedDelta[] {
  const deltas: KeyedDelta[] = [];
  for (let at = 0; at < dataLength(chunk); at += DELTA_SIZE) {
    const value = toBigInt(dataSlice(chunk, at + 32, at + DELTA_SIZE));
    deltas.push({ key: keyOf(dataSlice(chunk, at, at + 32)), value });
  }
  return deltas;
}

export function updateFalse(
  id: string,
  { proposer }: Update,
  details: Record<string, string>,
): OptisyncError {
  return new OptisyncError("UpdateFalse", `update ${id} by ${proposer} is false: run a challenger, now`, {
    action: "halt",
    details: { update: id, proposer, ...details },
  });
}
