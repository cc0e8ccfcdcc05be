import { dataLength, dataSlice, toBigInt, ZeroHash } from "ethers";
import type { Rpc } from "../chain/rpc.js";
import type { ProvenAccount } from "../proofs/verifyAccountProof.js";
import { createStorageTrie, type StorageTrie } from "../proofs/storageTrie.js";
import { buildShortestProof, type SlotChange } from "../proofs/transitionProof.js";
import { CHUNK, DELTA_SIZE, digestsOf, keyOf, previousKeys } from "../protocol/deltas.js";
import { livingChild, type Ledger, type UpdateEntry } from "../protocol/ledger.js";
import type { Update } from "../protocol/update.js";
import { OptisyncError } from "../runtime/errors.js";
import { proveState } from "./proveState.js";

/** Deltas to a piece: with the nodes around them they stay within a transaction, however large the trie. */
const PIECE = 160;

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

/**
 * The update at the head of a feed's queue with all that proves it. The old trie is made of what B's events say that
 * the feed holds, so only the account's proof is asked of a node of A, and the contract checks that.
 * @throws OptisyncError `FeedUnknown`, `NothingToProve` (halt); `FeedHoldsOtherStorage` (halt) if an applied update was
 * false, so that the feed does not hold what its root says; `UpdateFalse` (halt) if this one is; ProofError if the node's
 * proof does not lead to the update's state root; RpcError
 */
export async function proveUpdate(
  ledger: Ledger,
  sourceRpc: Rpc,
  feedId: bigint,
): Promise<{ entry: UpdateEntry; accountProof: readonly string[]; pieces: readonly Piece[] }> {
  const feed = ledger.feeds.get(feedId);
  if (feed === undefined)
    throw new OptisyncError("FeedUnknown", `there is no feed ${feedId}`, {
      action: "halt",
      details: { feed: feedId },
    });
  const entry = livingChild(ledger, feed.head);
  // One whose window is over by a proof only waits to be applied.
  if (entry?.status !== "Pending" || entry.deadline === 0n)
    throw new OptisyncError("NothingToProve", `no update of feed ${feedId} waits for its window`, {
      action: "halt",
      details: { feed: feedId },
    });
  const trie = await storageAt(ledger, feed.head);
  if (trie.root() !== entry.update.oldStorageRoot)
    throw new OptisyncError("FeedHoldsOtherStorage", `feed ${feedId} does not hold what its root says`, {
      action: "halt",
      details: { feed: feedId, root: trie.root(), wanted: entry.update.oldStorageRoot },
    });
  const { state, accountProof } = await proveState(sourceRpc, entry.update, feed.account, []);
  const pieces = await piecesOf(entry, trie);
  requireTrue(entry, state, trie.root());
  return { entry, accountProof, pieces };
}

/** The contract would say so, too, but only with the last piece, when all the others are paid for. */
function requireTrue(
  { id, update }: UpdateEntry,
  { storageRoot, codeHash }: ProvenAccount,
  reached: string,
): void {
  const isTrue =
    storageRoot === update.storageRoot && codeHash === update.codeHash && reached === storageRoot;
  if (!isTrue) throw isFalse(id, update, { reached, storageRoot, codeHash });
}

function isFalse(id: string, { proposer }: Update, details: Record<string, string>): OptisyncError {
  return new OptisyncError("UpdateFalse", `update ${id} by ${proposer} is false: run a challenger, now`, {
    action: "halt",
    details: { update: id, proposer, ...details },
  });
}

/** What is left of the pieces after `proven` deltas; all of them if no piece begins there, for a first one begins anew. */
export function piecesLeft(pieces: readonly Piece[], proven: number): readonly Piece[] {
  const next = pieces.findIndex(({ index, from }) => index * CHUNK + from === proven);
  return pieces.slice(Math.max(next, 0));
}

/** The storage that the updates up to this one add up to. */
async function storageAt(ledger: Ledger, head: string): Promise<StorageTrie> {
  const line: UpdateEntry[] = [];
  for (let at = ledger.updates.get(head); at !== undefined; at = ledger.updates.get(at.update.parent))
    line.unshift(at);
  const values = new Map<string, bigint>();
  for (const { chunks } of line) {
    for (const chunk of chunks) for (const { key, value } of deltasIn(chunk)) values.set(key, value);
  }
  const trie = await createStorageTrie();
  for (const [key, value] of values) if (value !== 0n) await trie.set(key, value);
  return trie;
}

async function piecesOf({ id, update, chunks }: UpdateEntry, trie: StorageTrie): Promise<Piece[]> {
  const digests = digestsOf(chunks);
  const previous = previousKeys(chunks);
  // An update without deltas has one piece, of nothing.
  if (chunks.length === 0)
    return [
      { digests, index: 0, previous: ZeroHash, chunk: "0x", from: 0, to: 0, before: "0x", nodes: "0x" },
    ];
  const pieces: Piece[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const deltas = deltasIn(chunk);
    for (let from = 0; from < deltas.length; from += PIECE) {
      const part = deltas.slice(from, from + PIECE);
      const changes: SlotChange[] = [];
      for (const { key, value } of part) changes.push({ key, before: await trie.value(key), later: value });
      const redundant = changes.find(({ before, later }) => before === later);
      if (redundant !== undefined) throw isFalse(id, update, { unchanged: redundant.key });
      const proof = await buildShortestProof(trie.root(), changes, trie.node);
      for (const { key, value } of part) await trie.set(key, value);
      pieces.push({
        digests,
        index,
        previous: previous[index] ?? ZeroHash,
        chunk,
        from,
        to: Math.min(from + PIECE, CHUNK, deltas.length),
        ...proof,
      });
    }
  }
  return pieces;
}

function deltasIn(chunk: string): { key: string; value: bigint }[] {
  const deltas: { key: string; value: bigint }[] = [];
  for (let at = 0; at < dataLength(chunk); at += DELTA_SIZE) {
    const value = toBigInt(dataSlice(chunk, at + 32, at + DELTA_SIZE));
    deltas.push({ key: keyOf(dataSlice(chunk, at, at + 32)), value });
  }
  return deltas;
}
