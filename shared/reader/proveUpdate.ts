import { setImmediate } from "node:timers/promises";
import type { Rpc } from "../chain/rpc.js";
import type { ProvenAccount } from "../proofs/verifyAccountProof.js";
import { keyOf } from "../protocol/deltas.js";
import { heldStorage } from "../protocol/heldStorage.js";
import { livingChild, type FeedEntry, type Ledger, type UpdateEntry } from "../protocol/ledger.js";
import { EMPTY_ROOT, type Update } from "../protocol/update.js";
import { OptisyncError } from "../runtime/errors.js";
import { createHeldTrie, type HeldTrie } from "./heldTrie.js";
import { proveState } from "./proveState.js";
import { piecesOf, updateFalse, type Piece } from "./updatePieces.js";

/** Slots put into a trie at a time. */
const TURN = 256;

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
  const rootOf = async (shown: Update): Promise<string> =>
    (await proveState(sourceRpc, shown, feed.account, [])).state.storageRoot;
  const trie = await heldTrie(ledger, feed, rootOf);
  const { state, accountProof } = await proveState(sourceRpc, entry.update, feed.account, []);
  const pieces = await piecesOf(entry, trie);
  requireTrue(entry, state, trie.root());
  return { entry, accountProof, pieces };
}

/**
 * The storage that a feed holds, which is what the next update is proven on.
 *
 * @param rootOf The storage root that A has where the feed's head speaks of it; only asked if a lie was applied.
 * @throws OptisyncError `FeedHoldsOtherStorage` (halt) if the head's root is A's, so that the replica can be healed to
 * fit it; `FeedRootFalse` (halt) if no trie has that root.
 */
export async function heldTrie(
  ledger: Ledger,
  { feed, head }: FeedEntry,
  rootOf: (shown: Update) => Promise<string>,
): Promise<HeldTrie> {
  const trie = await storageAt(ledger, head);
  const shown = ledger.updates.get(head)?.update;
  const said = shown?.storageRoot.toLowerCase() ?? EMPTY_ROOT;
  const held = trie.root();
  if (shown === undefined || held === said) return trie;
  const right = await rootOf(shown);
  const details = { feed, held, said, right };
  if (said === right) {
    throw new OptisyncError(
      "FeedHoldsOtherStorage",
      `a false update was applied to feed ${feed}: mend what it holds by \`optisync feed heal ${feed}\`, then prove again`,
      { action: "halt", details },
    );
  }
  throw new OptisyncError(
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
  if (!isTrue) throw updateFalse(id, update, { reached, storageRoot, codeHash });
}

/** The storage that the updates up to this one, and the repairs between them, add up to. */
async function storageAt(ledger: Ledger, head: string): Promise<HeldTrie> {
  const trie = createHeldTrie();
  let count = 0;
  for (const [slot, value] of heldStorage(ledger, head)) {
    if (value !== 0n) await trie.set(keyOf(slot), value);
    // A large trie takes seconds, in which nothing else must wait.
    if ((count += 1) % TURN === 0) await setImmediate();
  }
  return trie;
}
