import { OptisyncError } from "../runtime/errors.js";
import type { Logger } from "../runtime/logger.js";
import { executeBlock, type HeaderAlert } from "../execution/executeBlock.js";
import { summarise, type BlockRecord } from "./blockRecord.js";
import { executableBlock } from "./executeSourceBlock.js";
import { numbersUp, readAhead } from "./readAhead.js";
import type { Source } from "./source.js";
import type { Workers } from "./workers.js";

export type { BlockRecord } from "./blockRecord.js";

/** Where records are kept between runs; a cache: losing it costs time only. */
export interface RecordStore {
  get(hash: string): Promise<BlockRecord | undefined>;
  put(record: BlockRecord): Promise<void>;
}

/** The net change of one slot over a span of blocks. */
export interface SlotChange {
  readonly before: bigint;
  readonly after: bigint;
}

/** The blocks of A as this process re-executed them. */
export interface History {
  /**
   * How many blocks had another value in a header field (gas used, receipts root, bloom, requests hash) than their
   * execution gave. The state roots stand, so nothing can be fought over; the operator should look at A's node.
   */
  readonly headerAlerts: ReadonlyMap<HeaderAlert["field"], number>;
  /** The record of a block of the node's canonical chain; executes it if that was not done before. */
  block(number: bigint): Promise<BlockRecord>;
  /** The records of several blocks, in the order asked for; as many are executed at a time as there are threads. */
  blocks(numbers: Iterable<bigint>): AsyncIterable<BlockRecord>;
  /**
   * How the storage of an account changed over the blocks in (after, through], by slot. Slots that ended as they
   * began are left out.
   *
   * @throws OptisyncError `HistoryBroken` (retry) if the blocks are not one chain, `SpanInvalid` (halt) if A's node
   * presents a block as canonical whose state root is not the result of its execution.
   */
  storageChanges(address: string, after: bigint, through: bigint): Promise<Map<string, SlotChange>>;
  /**
   * The last block before which the account had no storage at all: its slots are the changes since then. Found by
   * bisection over verified proofs, so the node must serve states that old.
   *
   * @throws OptisyncError `StorageBeforeGenesis` (halt) if A was born with storage in this account.
   */
  blockBeforeStorage(address: string, through: bigint): Promise<bigint>;
}

export interface HistoryOptions {
  source: Source;
  store: RecordStore;
  logger: Logger;
  signal: AbortSignal;
  /** Threads that execute the blocks; without, this one does. */
  workers?: Workers;
}

export function createHistory(options: HistoryOptions): History {
  return new ExecutedHistory(options);
}

/** Blocks between two lines of progress. */
const PROGRESS_BLOCKS = 500n;

/** Blocks that are fetched while all threads execute others. */
const FETCHED_AHEAD = 1;

class ExecutedHistory implements History {
  readonly headerAlerts = new Map<HeaderAlert["field"], number>();
  readonly #options: HistoryOptions;
  /** One execution per block, however many ask for it at the same time. */
  readonly #running = new Map<string, Promise<BlockRecord>>();

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  async block(number: bigint): Promise<BlockRecord> {
    const { source, store } = this.#options;
    const { hash } = await source.headerByNumber(number);
    const known = await store.get(hash);
    if (known !== undefined) return known;
    const running = this.#running.get(hash) ?? this.#execute(hash).finally(() => this.#running.delete(hash));
    this.#running.set(hash, running);
    return running;
  }

  blocks(numbers: Iterable<bigint>): AsyncIterable<BlockRecord> {
    const { workers } = this.#options;
    const atOnce = workers === undefined ? 1 : workers.size + FETCHED_AHEAD;
    return readAhead(numbers, atOnce, (number) => this.block(number));
  }

  async #execute(hash: string): Promise<BlockRecord> {
    const { source, store, logger, workers } = this.#options;
    const { header, input } = await executableBlock(source, hash);
    const summary =
      workers === undefined ? summarise(await executeBlock(input)) : await workers.execute(input);
    const { verdict, alerts, gasUsed, storage, wiped } = summary;
    for (const { field, computed, claimed } of alerts) {
      this.headerAlerts.set(field, (this.headerAlerts.get(field) ?? 0) + 1);
      logger.warn(
        { number: header.number, hash, field, computed, claimed },
        "header field differed from execution",
      );
    }
    if (verdict.kind !== "match")
      logger.error({ number: header.number, hash, verdict }, "invalid block found on A");
    const record = { hash, parentHash: header.parentHash, verdict, storage, wiped };
    await store.put(record);
    await source.keepWitness(header, input.witness);
    logger.debug({ number: header.number, hash, gasUsed, verdict: verdict.kind }, "block re-executed");
    return record;
  }

  async storageChanges(address: string, after: bigint, through: bigint): Promise<Map<string, SlotChange>> {
    const { logger, signal } = this.#options;
    const key = address.toLowerCase();
    const changes = new Map<string, SlotChange>();
    let parent: BlockRecord | undefined;
    let number = after;
    for await (const record of this.blocks(numbersUp(after + 1n, through))) {
      signal.throwIfAborted();
      number += 1n;
      requireLinked(record, parent, number, key);
      merge(changes, record.storage[key] ?? {});
      parent = record;
      const done = number - after;
      if (done % PROGRESS_BLOCKS === 0n)
        logger.info({ address, done, of: through - after }, "storage changes collected");
    }
    for (const [slot, change] of changes) if (change.before === change.after) changes.delete(slot);
    return changes;
  }

  async blockBeforeStorage(address: string, through: bigint): Promise<bigint> {
    const hasNone = async (number: bigint): Promise<boolean> =>
      (await this.#options.source.accountProof(number, address, [])).account === null;
    if (await hasNone(through)) return through;
    // Existence is monotone for an account with code, so bisection finds where it began.
    let low = -1n;
    let high = through;
    while (high - low > 1n) {
      const middle = (low + high) / 2n;
      if (await hasNone(middle)) low = middle;
      else high = middle;
    }
    if (low >= 0n) return low;
    throw new OptisyncError("StorageBeforeGenesis", `${address} exists since A's first block`, {
      action: "halt",
      details: { address },
    });
  }
}

function requireLinked(
  record: BlockRecord,
  parent: BlockRecord | undefined,
  number: bigint,
  account: string,
): void {
  if (parent !== undefined && record.parentHash !== parent.hash) {
    throw new OptisyncError("HistoryBroken", `block ${number} does not follow block ${number - 1n}`, {
      action: "retry",
      details: { number, parentHash: record.parentHash, wanted: parent.hash },
    });
  }
  if (record.verdict.kind !== "match" || record.wiped.includes(account)) {
    throw new OptisyncError("SpanInvalid", `block ${number} of A's node cannot be built upon`, {
      action: "halt",
      details: { number, verdict: record.verdict, wiped: record.wiped },
    });
  }
}

function merge(changes: Map<string, SlotChange>, block: Record<string, readonly [string, string]>): void {
  for (const [slot, [before, after]] of Object.entries(block)) {
    changes.set(slot, { before: changes.get(slot)?.before ?? BigInt(before), after: BigInt(after) });
  }
}
