import { ZeroHash } from "ethers";
import type { History, SlotChange } from "../shared/chain/history.js";
import { collectPages } from "../shared/chain/listedStorage.js";
import type { Source } from "../shared/chain/source.js";
import type { AccountProof } from "../shared/chain/sourceProof.js";
import { isWholeStorage } from "../shared/execution/storageRoot.js";
import type { Claim } from "../shared/protocol/claim.js";
import { commitmentOf, digestsOf, encodeChunks, sortDeltas } from "../shared/protocol/deltas.js";
import type { UpdateEntry } from "../shared/protocol/ledger.js";
import { EMPTY_ROOT, type Update } from "../shared/protocol/update.js";
import { isAbort, isOptisyncError, OptisyncError } from "../shared/runtime/errors.js";

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
 * A's state roots. A first update lists the whole storage: the node's own list is taken if it makes the storage root,
 * and otherwise the blocks since the account began are executed.
 *
 * @throws OptisyncError `PreflightFailed` (retry) if the parts do not fit together; `StorageTooLarge` (halt) for a
 * contract of which no first update could tell all; whatever says that A could not be read or executed.
 */
export async function computeChange(
  account: string,
  since: Update,
  root: Pick<Claim, "number" | "blockHash">,
  tools: DraftTools,
  signal: AbortSignal,
): Promise<AccountChange> {
  const { source } = tools;
  const header = await source.headerByNumber(root.number);
  requireSame(account, "root block", header.hash, root.blockHash);
  const state = await source.accountProof(root.number, account, []);
  const storageRoot = state.account?.storageRoot ?? EMPTY_ROOT;
  const values =
    since.number === 0n
      ? ((await listedValues(account, root.number, storageRoot, source, signal)) ??
        (await valuesSinceBirth(account, root.number, tools, signal)))
      : await valuesSince(account, since, root.number, tools, signal);
  const deltas = sortDeltas([...values].map(([slot, value]) => ({ slot, value })));
  const hasChanged = storageRoot !== since.storageRoot.toLowerCase();
  if (hasChanged !== deltas.length > 0) {
    throw failed(account, "the storage root changed without a slot, or a slot without the root", {
      storageRoot,
      slots: deltas.length,
    });
  }
  return { storageRoot, codeHash: state.account?.codeHash ?? ZeroHash, chunks: encodeChunks(deltas) };
}

/** Everything that the account holds, as the node lists it; undefined if it does not, or not what makes the root. */
async function listedValues(
  account: string,
  number: bigint,
  storageRoot: string,
  source: Source,
  signal: AbortSignal,
): Promise<Map<string, bigint> | undefined> {
  try {
    const values = await collectPages(account, source.listedStorage(number, account), signal);
    return (await isWholeStorage(values, storageRoot)) ? values : undefined;
  } catch (error) {
    if (isAbort(error) || isOptisyncError(error, "StorageTooLarge")) throw error;
    return undefined;
  }
}

async function valuesSinceBirth(
  account: string,
  number: bigint,
  { source, history }: DraftTools,
  signal: AbortSignal,
): Promise<Map<string, bigint>> {
  const birth = await history.blockBeforeStorage(account, number);
  const changes = await history.storageChanges(account, birth, number);
  await requireValues(account, changes, undefined, number, source, signal);
  return valuesAfter(changes);
}

/** Every slot has its old value under the one root and its new value under the other. */
async function valuesSince(
  account: string,
  since: Update,
  number: bigint,
  { source, history }: DraftTools,
  signal: AbortSignal,
): Promise<Map<string, bigint>> {
  const before = await source.accountProof(since.number, account, []);
  requireSame(account, "old storage root", before.account?.storageRoot ?? EMPTY_ROOT, since.storageRoot);
  const changes = await history.storageChanges(account, since.number, number);
  await requireValues(account, changes, since.number, number, source, signal);
  return valuesAfter(changes);
}

function valuesAfter(changes: ReadonlyMap<string, SlotChange>): Map<string, bigint> {
  return new Map([...changes].map(([slot, { after }]) => [slot, after]));
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
