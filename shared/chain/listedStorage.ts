import { z } from "zod";
import { slotKey } from "../execution/storageRoot.js";
import { CHUNK, MAX_CHUNKS } from "../protocol/deltas.js";
import { OptisyncError } from "../runtime/errors.js";
import type { Rpc } from "./rpc.js";
import { data, hash, quantity, type SourceHeader } from "./sourceHeader.js";

const METHOD = "debug_storageRangeAt";
const PAGE = 1_024;

const rangeJson = z.looseObject({
  storage: z.record(z.string(), z.looseObject({ key: hash.nullable(), value: data })).nullable(),
  nextKey: hash.nullish(),
});

/**
 * What a node says an account's storage holds after a block, page by page: slot (0x, 64 digits) to value. **Nothing of
 * it is verified.** A whole list is right if it makes the storage root; a single slot has to be proven.
 *
 * @param next The block after it, if there is one.
 * @throws OptisyncError `PreimageMissing`, `PagesUnordered`, `ListingMalformed` (skip); RpcError, for instance if the
 * node does not offer `debug_storageRangeAt` or no longer has the state.
 */
export async function* listedStorage(
  rpc: Rpc,
  account: string,
  header: SourceHeader,
  next: SourceHeader | undefined,
): AsyncGenerator<ReadonlyMap<string, bigint>> {
  const [block, transaction] = await stateAfter(rpc, header, next);
  let start = slotKey(0n);
  for (;;) {
    const answer = await rpc.request(METHOD, [block, transaction, account, start, PAGE]);
    const { storage, nextKey } = parse(rangeJson, answer, METHOD);
    const page = new Map<string, bigint>();
    for (const { key, value } of Object.values(storage ?? {})) {
      if (key === null) {
        throw failed("PreimageMissing", "the node does not keep the preimages of hashed slots");
      }
      page.set(slotKey(key), BigInt(value === "0x" ? "0x0" : value));
    }
    yield page;
    if (nextKey === null || nextKey === undefined) return;
    // Hashed keys ascend, and each page brings some: whoever counts slots notices a node that never comes to an end.
    if (page.size === 0 || BigInt(nextKey) <= BigInt(start))
      throw failed("PagesUnordered", "the node's pages do not go on");
    start = slotKey(nextKey);
  }
}

/** Slots that a first update can carry. */
const MAX_SLOTS = CHUNK * MAX_CHUNKS;

/** @throws OptisyncError `StorageTooLarge` (halt) if no first update could tell that many slots. */
export function requireListable(account: string, slots: number): void {
  if (slots <= MAX_SLOTS) return;
  throw new OptisyncError("StorageTooLarge", `the contract has more than ${MAX_SLOTS} slots`, {
    action: "halt",
    details: { account, slots, maxSlots: MAX_SLOTS },
  });
}

/**
 * All pages of a list in one.
 * @throws OptisyncError `StorageTooLarge` (halt), an AbortError, and whatever the list does.
 */
export async function collectPages(
  account: string,
  pages: AsyncIterable<ReadonlyMap<string, bigint>>,
  signal: AbortSignal,
  onProgress?: (listed: number) => void,
): Promise<Map<string, bigint>> {
  const slots = new Map<string, bigint>();
  let listed = 0;
  for await (const page of pages) {
    signal.throwIfAborted();
    for (const [slot, value] of page) if (value !== 0n) slots.set(slot, value);
    requireListable(account, (listed += page.size));
    onProgress?.(listed);
  }
  return slots;
}

/** The state after a block is the one before the first transaction of the next, or past its own last one. */
async function stateAfter(
  rpc: Rpc,
  header: SourceHeader,
  next: SourceHeader | undefined,
): Promise<[block: string, transaction: number]> {
  if (next?.parentHash === header.hash) return [next.hash, 0];
  const method = "eth_getBlockTransactionCountByHash";
  return [header.hash, Number(parse(quantity, await rpc.request(method, [header.hash]), method))];
}

function parse<T>(schema: z.ZodType<T>, answer: unknown, method: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw failed("ListingMalformed", `the node's answer to ${method} is malformed`);
}

function failed(code: string, message: string): OptisyncError {
  return new OptisyncError(code, message, { action: "skip" });
}
