import { toBeHex } from "ethers";
import type { DestinationView } from "../chain/protocolReader.js";
import type { Rpc } from "../chain/rpc.js";
import { proveState, type StateProof } from "../reader/proveState.js";
import { heldStorage } from "../protocol/heldStorage.js";
import { livingChild, type FeedEntry } from "../protocol/ledger.js";
import type { Update } from "../protocol/update.js";
import { OptisyncError } from "../runtime/errors.js";
import { halt } from "./errors.js";
import { slotKey, storageRootOf, type StorageSlots } from "../execution/storageRoot.js";

/** A slot of which a replica holds another value than A has at the block shown, with what proves A's. */
export interface WrongSlot {
  /** 32 bytes. */
  readonly slot: string;
  readonly held: bigint;
  readonly right: bigint;
  readonly accountProof: readonly string[];
  readonly storageProof: readonly string[];
}

export interface Diagnosis {
  /** The update that the feed shows. */
  readonly shown: Update;
  readonly wrong: readonly WrongSlot[];
  /** The update states a storage root that A never had. Its slots can be mended, but no honest update builds on it. */
  readonly isRootFalse: boolean;
}

export interface DiagnosisTools {
  /** A node of A. */
  readonly sourceRpc: Rpc;
  /** Everything that the account held after the block; asked only if what was ever written does not explain the root. */
  readonly listAll: (question: {
    readonly account: string;
    readonly block: bigint;
    readonly storageRoot: string;
  }) => Promise<StorageSlots>;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

/** Slots proven in one request. */
const SLOTS_PER_PROOF = 100;

/**
 * Compares what a feed's replica holds with A at the block that the feed shows. First the slots that were ever written
 * to it; if with these mended the storage root is still another, a lie left slots out, and the whole storage is listed.
 *
 * @param only Just these slots, if the caller knows them; then nothing is listed.
 * @throws OptisyncError `FeedUnknown`, `FeedFrozen` (halt), `FeedEmpty`, `FeedApplying` (retry); ProofError if the
 * node's proofs do not lead to the root that is final on B; RpcError; as `listStorage`.
 */
export async function findWrongSlots(
  { ledger }: Pick<DestinationView, "ledger">,
  feedId: bigint,
  tools: DiagnosisTools,
  only?: readonly string[],
): Promise<Diagnosis> {
  const feed = ledger.feeds.get(feedId);
  if (feed === undefined) throw halt("FeedUnknown", `there is no feed ${feedId}`, { feed: feedId });
  const shown = requireShown(ledger, feed);
  const held = heldStorage(ledger, feed.head);
  const wrong: WrongSlot[] = [];
  const compare = async (slots: readonly string[]): Promise<StateProof["state"]> => {
    for (let start = 0; ; start += SLOTS_PER_PROOF) {
      tools.signal.throwIfAborted();
      const part = slots.slice(start, start + SLOTS_PER_PROOF);
      const proof = await proveState(tools.sourceRpc, shown, feed.account, part.map(BigInt), tools.signal);
      wrong.push(...wrongOf(proof, held));
      tools.onProgress(Math.min(start + SLOTS_PER_PROOF, slots.length), slots.length);
      if (start + SLOTS_PER_PROOF >= slots.length) return proof.state;
    }
  };
  const { storageRoot } = await compare(only ?? [...held.keys()]);
  const isRootFalse = storageRoot !== shown.storageRoot.toLowerCase();
  if (only !== undefined) return { shown, wrong, isRootFalse };

  const mended = new Map(held);
  for (const { slot, right } of wrong) mended.set(slot, right);
  if ((await storageRootOf(mended)) === storageRoot) return { shown, wrong, isRootFalse };
  const all = await tools.listAll({ account: feed.account, block: shown.number, storageRoot });
  // What was ever written was compared already.
  await compare([...all.keys()].filter((slot) => !held.has(slot)));
  return { shown, wrong, isRootFalse };
}

function wrongOf({ accountProof, slots }: StateProof, held: StorageSlots): WrongSlot[] {
  return slots.flatMap(({ slot: position, value: right, proof: storageProof }) => {
    const slot = slotKey(position);
    const has = held.get(slot) ?? 0n;
    return has === right ? [] : [{ slot, held: has, right, accountProof, storageProof }];
  });
}

function requireShown(ledger: DestinationView["ledger"], { feed, head, isFrozen }: FeedEntry): Update {
  if (isFrozen) {
    throw halt("FeedFrozen", `feed ${feed} is frozen for ever: nothing can be mended, create another`, {
      feed,
    });
  }
  const shown = ledger.updates.get(head)?.update;
  if (shown === undefined || shown.number === 0n)
    throw new OptisyncError("FeedEmpty", `feed ${feed} shows nothing yet`, { action: "retry" });
  if (livingChild(ledger, head)?.status === "Applying") {
    throw new OptisyncError("FeedApplying", `an update of feed ${feed} is being written: wait for its end`, {
      action: "retry",
      details: { feed },
    });
  }
  return shown;
}

/** For people and logs. */
export function describeWrong({ slot, held, right }: WrongSlot): string {
  return `${slot}  ${toBeHex(held, 32)} instead of ${toBeHex(right, 32)}`;
}
