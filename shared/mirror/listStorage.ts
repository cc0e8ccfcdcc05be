import { z } from "zod";
import type { History } from "../chain/history.js";
import { numbersUp, readAhead } from "../chain/readAhead.js";
import type { Rpc } from "../chain/rpc.js";
import type { Source } from "../chain/source.js";
import { data, hash, quantity, type SourceHeader } from "../chain/sourceHeader.js";
import { CHUNK, MAX_CHUNKS } from "../protocol/deltas.js";
import { describeError, isAbort, OptisyncError, type ErrorDescription } from "../runtime/errors.js";
import { isWholeStorage, slotKey, type StorageSlots } from "./storageRoot.js";

/** How a contract's slots can be found. Whichever finds them: the list is checked against the storage root. */
export const LISTING_METHODS = ["range", "traces", "replay"] as const;
export type ListingMethod = (typeof LISTING_METHODS)[number];

export interface ListingTools {
  /** A node of A. */
  readonly rpc: Rpc;
  readonly source: Source;
  readonly history: History;
  readonly signal: AbortSignal;
  /** `total` is undefined as long as nobody can know it. */
  readonly onProgress?: (method: ListingMethod, done: number, total: number | undefined) => void;
}

export interface StorageListing {
  readonly slots: StorageSlots;
  readonly method: ListingMethod;
  /** Methods that were tried before, and why they did not do. */
  readonly failures: readonly { readonly method: ListingMethod; readonly error: ErrorDescription }[];
}

/** What is to be listed: an account after a block. */
export interface ListingQuestion {
  readonly account: string;
  readonly header: SourceHeader;
  /** Proven under the header's state root. */
  readonly storageRoot: string;
}

/** Slots that a feed can carry in its first update. */
const MAX_SLOTS = CHUNK * MAX_CHUNKS;

/**
 * Finds everything that a contract's storage holds after a block. Nobody lists storage in a way that a light reader
 * could check slot by slot, but the whole list has to hash to the storage root; so the node's quickest method is tried
 * first and its answer is believed only if it does:
 *
 * - `range`: `debug_storageRangeAt`, pages of the storage trie itself, if the node keeps preimages;
 * - `traces`: `debug_traceBlockByHash` for every block since the contract began, the values by `eth_getProof`;
 * - `replay`: the blocks since then re-executed here, as a proposer does. Slow, and needs nothing but old states.
 *
 * @throws OptisyncError `StorageNotListed` (retry) with what every method failed of, `StorageTooLarge` (halt); an
 * AbortError.
 */
export async function listStorage(
  question: ListingQuestion,
  tools: ListingTools,
  methods: readonly ListingMethod[] = LISTING_METHODS,
): Promise<StorageListing> {
  const lister = new StorageLister(question, tools);
  const failures: { method: ListingMethod; error: ErrorDescription }[] = [];
  for (const method of methods) {
    tools.signal.throwIfAborted();
    try {
      const slots = await lister.by(method);
      if (isWholeStorage(slots, question.storageRoot)) return { slots, method, failures };
      throw new OptisyncError("ListingIncomplete", `${slots.size} slots do not make the storage root`, {
        action: "skip",
        details: { method, slots: slots.size, storageRoot: question.storageRoot },
      });
    } catch (error) {
      if (isAbort(error) || tools.signal.aborted || isTooLarge(error)) throw error;
      failures.push({ method, error: describeError(error) });
    }
  }
  throw new OptisyncError("StorageNotListed", `the slots of ${question.account} could not be found`, {
    action: "retry",
    details: { account: question.account, block: question.header.number, failures },
  });
}

const PAGE = 1_024;
const rangeJson = z.looseObject({
  storage: z.record(z.string(), z.looseObject({ key: hash.nullable(), value: data })).nullable(),
  nextKey: hash.nullish(),
});

/** Blocks traced at a time. */
const TRACED_AT_ONCE = 4;
const stateJson = z.record(z.string(), z.looseObject({ storage: z.record(z.string(), quantity).nullish() }));
const traceJson = z.array(z.looseObject({ result: z.looseObject({ pre: stateJson, post: stateJson }) }));

/** Slots proven in one request. */
const SLOTS_PER_PROOF = 200;

class StorageLister {
  readonly #question: ListingQuestion;
  readonly #tools: ListingTools;

  constructor(question: ListingQuestion, tools: ListingTools) {
    this.#question = question;
    this.#tools = tools;
  }

  by(method: ListingMethod): Promise<Map<string, bigint>> {
    switch (method) {
      case "range":
        return this.#byRange();
      case "traces":
        return this.#byTraces();
      case "replay":
        return this.#byReplay();
    }
  }

  async #byRange(): Promise<Map<string, bigint>> {
    const { rpc, signal } = this.#tools;
    const { account } = this.#question;
    const [block, transaction] = await this.#stateAfter();
    const slots = new Map<string, bigint>();
    let start = slotKey(0n);
    for (;;) {
      signal.throwIfAborted();
      const answer = await rpc.request("debug_storageRangeAt", [block, transaction, account, start, PAGE]);
      const { storage, nextKey } = parse(rangeJson, answer, "debug_storageRangeAt");
      for (const { key, value } of Object.values(storage ?? {})) {
        if (key === null)
          throw failed("PreimageMissing", "the node does not keep the preimages of hashed slots");
        slots.set(slotKey(key), BigInt(value === "0x" ? "0x0" : value));
      }
      requireBounded(slots.size);
      this.#report("range", slots.size);
      if (nextKey === null || nextKey === undefined) return slots;
      // Hashed keys ascend, so that a node cannot keep this going for ever.
      if (BigInt(nextKey) <= BigInt(start)) throw failed("PagesUnordered", "the node's pages do not ascend");
      start = slotKey(nextKey);
    }
  }

  /** The state after a block is the one before the first transaction of the next, or past its own last one. */
  async #stateAfter(): Promise<[block: string, transaction: number]> {
    const { source, rpc } = this.#tools;
    const { header } = this.#question;
    try {
      const next = await source.headerByNumber(header.number + 1n);
      if (next.parentHash === header.hash) return [next.hash, 0];
    } catch (error) {
      if (isAbort(error)) throw error;
      // There is no next block yet.
    }
    const count = await rpc.request("eth_getBlockTransactionCountByHash", [header.hash]);
    return [header.hash, Number(parse(quantity, count, "eth_getBlockTransactionCountByHash"))];
  }

  async #byTraces(): Promise<Map<string, bigint>> {
    const { history, source, signal } = this.#tools;
    const { account, header } = this.#question;
    const before = await history.blockBeforeStorage(account, header.number);
    const total = Number(header.number - before);
    const touched = new Set<string>();
    let done = 0;
    for await (const slots of readAhead(
      numbersUp(before + 1n, header.number),
      TRACED_AT_ONCE,
      async (number) => this.#tracedSlots((await source.headerByNumber(number)).hash),
    )) {
      signal.throwIfAborted();
      for (const slot of slots) touched.add(slot);
      requireBounded(touched.size);
      this.#report("traces", (done += 1), total);
    }
    return this.#valuesOf([...touched]);
  }

  async #tracedSlots(block: string): Promise<string[]> {
    const config = { tracer: "prestateTracer", tracerConfig: { diffMode: true } };
    const answer = await this.#tools.rpc.request("debug_traceBlockByHash", [block, config]);
    const key = this.#question.account.toLowerCase();
    return parse(traceJson, answer, "debug_traceBlockByHash").flatMap(({ result: { pre, post } }) =>
      [pre[key], post[key]].flatMap((state) => Object.keys(state?.storage ?? {}).map(slotKey)),
    );
  }

  async #valuesOf(slots: readonly string[]): Promise<Map<string, bigint>> {
    const { source, signal } = this.#tools;
    const { account, header } = this.#question;
    const values = new Map<string, bigint>();
    for (let start = 0; start < slots.length; start += SLOTS_PER_PROOF) {
      signal.throwIfAborted();
      const part = slots.slice(start, start + SLOTS_PER_PROOF);
      const proof = await source.accountProof(header.number, account, part);
      for (const { slot, value } of proof.slots) if (value !== 0n) values.set(slot, value);
    }
    return values;
  }

  async #byReplay(): Promise<Map<string, bigint>> {
    const { history, signal } = this.#tools;
    const { account, header } = this.#question;
    const before = await history.blockBeforeStorage(account, header.number);
    const total = Number(header.number - before);
    // Executing fills the history's record; collecting the changes out of it takes no time.
    let done = 0;
    for await (const _ of history.blocks(numbersUp(before + 1n, header.number))) {
      signal.throwIfAborted();
      this.#report("replay", (done += 1), total);
    }
    const slots = new Map<string, bigint>();
    for (const [slot, { after }] of await history.storageChanges(account, before, header.number)) {
      if (after !== 0n) slots.set(slotKey(slot), after);
    }
    requireBounded(slots.size);
    return slots;
  }

  #report(method: ListingMethod, done: number, total?: number): void {
    this.#tools.onProgress?.(method, done, total);
  }
}

function parse<T>(schema: z.ZodType<T>, answer: unknown, method: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw failed("AnswerMalformed", `the node's answer to ${method} is malformed`);
}

function failed(code: string, message: string): OptisyncError {
  return new OptisyncError(code, message, { action: "skip" });
}

function isTooLarge(error: unknown): boolean {
  return error instanceof OptisyncError && error.code === "StorageTooLarge";
}

function requireBounded(slots: number): void {
  if (slots <= MAX_SLOTS) return;
  throw new OptisyncError("StorageTooLarge", `the contract has more than ${MAX_SLOTS} slots`, {
    action: "halt",
    details: { slots, maxSlots: MAX_SLOTS },
  });
}
