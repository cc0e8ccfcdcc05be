import { ZeroHash } from "ethers";
import type { History, SlotChange } from "../shared/chain/history.js";
import type { Source } from "../shared/chain/source.js";
import type { AccountProof } from "../shared/chain/sourceProof.js";
import type { Claim } from "../shared/protocol/claim.js";
import { commitmentOf, digestsOf, encodeChunks, sortDeltas } from "../shared/protocol/deltas.js";
import type { UpdateEntry } from "../shared/protocol/ledger.js";
import { EMPTY_ROOT, type Update } from "../shared/protocol/update.js";
import { OptisyncError } from "../shared/runtime/errors.js";

export interface DraftTools {
  source: Source;
  history: History;
}

/** How an account changed between two updates, as A has it. */
export interface AccountChange {
  readonly storageRoot: string;
  /** Zero for an account that does not exist. */
  readonly codeHash: string;
  readonly chunks: readonly string[];
}

/** Slots proven in one request. */
const SLOTS_PER_PROOF = 200;

/**
 * Computes how `account`'s storage changed since the update `since`, up to the block of `root`, and checks it against
 * A's state roots: every slot has its old value under the one root and its new value under the other.
 *
 * @throws OptisyncError `PreflightFailed` (retry) if the parts do not fit together; whatever says that A could not
 * be read or executed.
 */
export async function computeChange(
  account: string,
  since: Update,
  root: Pick<Claim, "number" | "blockHash">,
  { source, history }: DraftTools,
  signal: AbortSignal,
): Promise<AccountChange> {
  const isFirst = since.number === 0n;
  const after = isFirst ? await history.blockBeforeStorage(account, root.number) : since.number;
  const header = await source.headerByNumber(root.number);
  requireSame(account, "root block", header.hash, root.blockHash);
  const changes = await history.storageChanges(account, after, root.number);
  const state = await source.accountProof(root.number, account, []);
  if (!isFirst) {
    const before = await source.accountProof(since.number, account, []);
    requireSame(account, "old storage root", before.account?.storageRoot ?? EMPTY_ROOT, since.storageRoot);
  }
  await requireValues(account, changes, isFirst ? undefined : since.number, root.number, source, signal);
  const deltas = sortDeltas([...changes].map(([slot, { after: value }]) => ({ slot, value })));
  const storageRoot = state.account?.storageRoot ?? EMPTY_ROOT;
  const hasChanged = storageRoot !== (isFirst ? EMPTY_ROOT : since.storageRoot).toLowerCase();
  if (hasChanged !== deltas.length > 0) {
    throw failed(account, "the storage root changed without a slot, or a slot without the root", {
      storageRoot,
      slots: deltas.length,
    });
  }
  return { storageRoot, codeHash: state.account?.codeHash ?? ZeroHash, chunks: encodeChunks(deltas) };
}

/** Whether somebody's update says exactly what was computed. */
export function isSaidRight({ update, chunks }: UpdateEntry, truth: AccountChange): boolean {
  return (
    update.storageRoot.toLowerCase() === truth.storageRoot.toLowerCase() &&
    update.codeHash.toLowerCase() === truth.codeHash.toLowerCase() &&
    update.deltas.toLowerCase() === commitmentOf(digestsOf(truth.chunks)) &&
    commitmentOf(digestsOf(chunks)) === update.deltas.toLowerCase()
  );
}

async function requireValues(
  account: string,
  changes: ReadonlyMap<string, SlotChange>,
  before: bigint | undefined,
  after: bigint,
  source: Source,
  signal: AbortSignal,
): Promise<void> {
  const slots = [...changes.keys()];
  for (let start = 0; start < slots.length; start += SLOTS_PER_PROOF) {
    signal.throwIfAborted();
    const part = slots.slice(start, start + SLOTS_PER_PROOF);
    const later: AccountProof = await source.accountProof(after, account, part);
    const earlier = before === undefined ? undefined : await source.accountProof(before, account, part);
    part.forEach((slot, i) => {
      const executed = changes.get(slot);
      const proven = { before: earlier?.slots[i]?.value ?? 0n, after: later.slots[i]?.value };
      if (executed?.before === proven.before && executed.after === proven.after) return;
      throw failed(account, `slot ${slot} was executed to another value than the state roots have`, {
        slot,
        executed,
        proven,
      });
    });
  }
}

function requireSame(account: string, what: string, got: string, wanted: string): void {
  if (got.toLowerCase() === wanted.toLowerCase()) return;
  throw failed(account, `the ${what} of A's node is ${got}, not ${wanted}`, { what, got, wanted });
}

function failed(account: string, message: string, details: Record<string, unknown>): OptisyncError {
  return new OptisyncError("PreflightFailed", `${account}: ${message}`, {
    action: "retry",
    details: { account, ...details },
  });
}
