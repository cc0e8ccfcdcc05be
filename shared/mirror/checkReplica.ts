import type { DestinationView } from "../chain/protocolReader.js";
import { readAhead } from "../chain/readAhead.js";
import type { Source } from "../chain/source.js";
import { toBigint, toQuantity, type JsonRpc } from "../chain/transactions.js";
import { heldStorage } from "../protocol/heldStorage.js";
import type { FeedEntry } from "../protocol/ledger.js";
import { EMPTY_ROOT } from "../protocol/update.js";
import { OptisyncError } from "../runtime/errors.js";
import { storageRootOf } from "../execution/storageRoot.js";

/** A replica's storage, read slot by slot on B, beside the account's on A. */
export interface ReplicaCheck {
  /** Block of A that the replica shows. */
  readonly block: bigint;
  /** Slots that are not zero. */
  readonly slots: number;
  /** The same on both chains. */
  readonly storageRoot: string;
}

/** Slots read at once. */
const AT_ONCE = 16;

/**
 * Computes the storage root of a feed's replica from what B really holds, and compares it with A's at the block that
 * the feed shows. Only updates and repairs ever write to a replica, so their slots are all it can hold.
 *
 * @throws OptisyncError `ReplicaDiffers` (halt) with both roots; `FeedEmpty` (retry); what says that a chain could not
 * be read.
 */
export async function checkReplica(
  { ledger, head }: DestinationView,
  feed: FeedEntry,
  { rpc, source, signal }: { rpc: JsonRpc; source: Source; signal: AbortSignal },
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<ReplicaCheck> {
  const shown = ledger.updates.get(feed.head)?.update;
  if (shown === undefined || shown.number === 0n)
    throw new OptisyncError("FeedEmpty", `feed ${feed.feed} shows nothing yet`, { action: "retry" });
  const written = new Set(heldStorage(ledger, feed.head).keys());
  const slots = new Map<string, bigint>();
  const read = async (slot: string): Promise<readonly [string, bigint]> => {
    const word = await rpc.send("eth_getStorageAt", [feed.replica, slot, toQuantity(head.number)]);
    return [slot, toBigint(word, "storage word")];
  };
  let done = 0;
  for await (const [slot, value] of readAhead(written, AT_ONCE, read)) {
    signal.throwIfAborted();
    if (value !== 0n) slots.set(slot, value);
    onProgress((done += 1), written.size);
  }
  const storageRoot = await storageRootOf(slots);
  const { account } = await source.accountProof(shown.number, feed.account, []);
  const wanted = account?.storageRoot ?? EMPTY_ROOT;
  if (storageRoot !== wanted || storageRoot !== shown.storageRoot.toLowerCase()) {
    throw new OptisyncError(
      "ReplicaDiffers",
      `the replica's storage root is ${storageRoot}, A has ${wanted}`,
      {
        action: "halt",
        details: {
          feed: feed.feed,
          block: shown.number,
          replica: storageRoot,
          source: wanted,
          said: shown.storageRoot,
        },
      },
    );
  }
  return { block: shown.number, slots: slots.size, storageRoot };
}
