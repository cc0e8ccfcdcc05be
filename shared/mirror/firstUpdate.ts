import type { Chains } from "../chain/openChains.js";
import type { Rpc } from "../chain/rpc.js";
import { commitmentOf, digestsOf, encodeChunks, sortDeltas } from "../protocol/deltas.js";
import type { ClaimEntry } from "../protocol/ledger.js";
import type { Update } from "../protocol/update.js";
import { OptisyncError } from "../runtime/errors.js";
import type { Logger } from "../runtime/logger.js";
import { halt } from "./errors.js";
import { listStorage, type ListingMethod } from "./listStorage.js";
import type { MirrorDraft } from "./mirrorStep.js";
import type { Progress } from "./progress.js";

export interface DraftTools extends Pick<Chains, "source" | "history"> {
  readonly sourceRpc: Rpc;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/**
 * Before anything is paid for: a typing error in an address must not cost a feed.
 * @param block Of A, final on B; undefined if none is.
 * @throws OptisyncError `AccountMissing` (halt)
 */
export async function requireAccount(
  account: string,
  block: bigint | undefined,
  source: DraftTools["source"],
): Promise<void> {
  const exists = async (number: bigint): Promise<boolean> =>
    (await source.accountProof(number, account, [])).account !== null;
  if (block !== undefined && (await exists(block))) return;
  if (await exists((await source.finalizedHead()).number)) return;
  throw halt("AccountMissing", `there is no account ${account} on A`, { account });
}

/**
 * The first update of a feed: everything that the account holds after the block of a final claim. Undefined if the
 * account was not there yet.
 * @throws OptisyncError `SourceDiffers` (retry) if A's node has another block there; as `listStorage`.
 */
export async function draftFirstUpdate(
  { account, methods }: { account: string; methods: readonly ListingMethod[] },
  root: ClaimEntry,
  { source, history, sourceRpc, signal, progress, logger }: DraftTools,
): Promise<MirrorDraft | undefined> {
  const { number, blockHash } = root.claim;
  const header = await source.headerByNumber(number);
  if (header.hash !== blockHash) {
    throw new OptisyncError("SourceDiffers", `A's node has another block ${number} than the final claim`, {
      action: "retry",
      details: { number, got: header.hash, wanted: blockHash },
    });
  }
  const { account: state } = await source.accountProof(number, account, []);
  if (state === null) return undefined;
  const { storageRoot, codeHash } = state;
  const { slots, method, failures } = await listStorage(
    { account, header, storageRoot },
    {
      rpc: sourceRpc,
      source,
      history,
      signal,
      onProgress: (by, done, total) =>
        progress.show(by === "range" ? "finding slots" : `finding slots (${by} blocks)`, done, total),
    },
    methods,
  );
  logger.info({ account, block: number, slots: slots.size, method, failures }, "slots found");
  const deltas = sortDeltas([...slots].map(([slot, value]) => ({ slot, value })));
  return { root, storageRoot, codeHash, chunks: encodeChunks(deltas) };
}

/** Whether somebody's first update says exactly what was drafted. */
export function isSaidBy(
  draft: MirrorDraft | undefined,
  update: Pick<Update, "storageRoot" | "codeHash" | "deltas">,
  chunks: readonly string[],
): boolean {
  if (draft === undefined) return false;
  const commitment = commitmentOf(digestsOf(draft.chunks));
  return (
    draft.storageRoot === update.storageRoot.toLowerCase() &&
    draft.codeHash === update.codeHash.toLowerCase() &&
    commitment === update.deltas.toLowerCase() &&
    commitment === commitmentOf(digestsOf(chunks))
  );
}
