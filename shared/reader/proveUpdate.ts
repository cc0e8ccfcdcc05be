import { setImmediate } from "node:timers/promises";
import { dataLength, dataSlice, toBigInt, ZeroHash } from "ethers";
import type { Rpc } from "../chain/rpc.js";
import type { ProvenAccount } from "../proofs/verifyAccountProof.js";
import { createStorageTrie, type StorageTrie } from "../proofs/storageTrie.js";
import { buildTransitionProof, type SlotChange } from "../proofs/transitionProof.js";
import { CHUNK, DELTA_SIZE, digestsOf, keyOf, previousKeys } from "../protocol/deltas.js";
import { heldStorage } from "../protocol/heldStorage.js";
import { livingChild, type FeedEntry, type Ledger, type UpdateEntry } from "../protocol/ledger.js";
import { EMPTY_ROOT, type Update } from "../protocol/update.js";
import { OptisyncError } from "../runtime/errors.js";
import { proveState } from "./proveState.js";

/** Deltas to a piece: with the nodes around them they stay within a transaction, however large the trie. */
export const PIECE = 160;
/** Slots put into a trie at a time. */
const TURN = 256;

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
 * @throws OptisyncError `FeedUnknown`, `NothingToProve` (halt); `FeedHoldsOtherStorage` (halt) if a false update was
 * applied and not healed since, `FeedRootFalse` (halt) if no healing helps; `UpdateFalse` (halt) if the waiting one is
 * false; ProofError if the node's proof does not lead to the update's state root; RpcError
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
    throw await unprovable(feed, ledger.updates.get(feed.head)?.update, trie.root(), sourceRpc);
  const { state, accountProof } = await proveState(sourceRpc, entry.update, feed.account, []);
  const pieces = await piecesOf(entry, trie);
  requireTrue(entry, state, trie.root());
  return { entry, accountProof, pieces };
}

/**
 * Why nothing can be proven on top of what a feed shows: a false update was applied. Either its storage root is A's and
 * the replica can be mended to fit it, or no trie has that root.
 */
async function unprovable(
  { feed, account }: FeedEntry,
  shown: Update | undefined,
  held: string,
  sourceRpc: Rpc,
): Promise<OptisyncError> {
  const said = shown?.storageRoot;
  const right =
    shown === undefined || shown.number === 0n
      ? EMPTY_ROOT
      : (await proveState(sourceRpc, shown, account, [])).state.storageRoot;
  const details = { feed, held, said, right };
  if (said === right) {
    return new OptisyncError(
      "FeedHoldsOtherStorage",
      `a false update was applied to feed ${feed}: mend what it holds by \`optisync feed heal ${feed}\`, then prove again`,
      { action: "halt", details },
    );
  }
  return new OptisyncError(
    "FeedRootFalse",
    `feed ${feed} shows an update whose storage root A never had: no proof starts from it and no honest proposer builds ` +
      `on it. Create another feed`,
    { action: "halt", details },
  );
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

/** The storage that the updates up to this one, and the repairs between them, add up to. */
export async function storageAt(ledger: Ledger, head: string): Promise<StorageTrie> {
  const trie = await createStorageTrie();
  let count = 0;
  for (const [slot, value] of heldStorage(ledger, head)) {
    if (value !== 0n) await trie.set(keyOf(slot), value);
    // A large trie takes seconds, in which nothing else must wait.
    if ((count += 1) % TURN === 0) await setImmediate();
  }
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
      const proof = await buildTransitionProof(trie.root(), changes, trie.node);
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
