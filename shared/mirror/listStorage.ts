import { z } from "zod";
import type { History } from "../chain/history.js";
import { collectPages, requireListable } from "../chain/listedStorage.js";
import { numbersUp, readAhead } from "../chain/readAhead.js";
import type { Rpc } from "../chain/rpc.js";
import type { Source } from "../chain/source.js";
import { quantity, type SourceHeader } from "../chain/sourceHeader.js";
import {
  describeError,
  isAbort,
  isOptisyncError,
  OptisyncError,
  type ErrorDescription,
} from "../runtime/errors.js";
import { isWholeStorage, slotKey, type StorageSlots } from "../execution/storageRoot.js";

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
      if (await isWholeStorage(slots, question.storageRoot)) return { slots, method, failures };
      throw new OptisyncError("ListingIncomplete", `${slots.size} slots do not make the storage root`, {
        action: "skip",
        details: { method, slots: slots.size, storageRoot: question.storageRoot },
      });
    } catch (error) {
      if (isAbort(error) || tools.signal.aborted || isOptisyncError(error, "StorageTooLarge")) throw error;
      failures.push({ method, error: describeError(error) });
    }
  }
  throw new OptisyncError("StorageNotListed", `the slots of ${question.account} could not be found`, {
    action: "retry",
    details: { account: question.account, block: question.header.number, failures },
  });
}

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

  #byRange(): Promise<Map<string, bigint>> {
    const { source, signal } = this.#tools;
    const { account, header } = this.#question;
    const pages = source.listedStorage(header.number, account);
    return collectPages(account, pages, signal, (listed) => this.#report("range", listed));
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
      requireListable(account, touched.size);
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
    requireListable(account, slots.size);
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
