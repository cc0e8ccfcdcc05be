import { OptisyncError } from "../runtime/errors.js";
import type { Logger } from "../runtime/logger.js";
import type { HeaderAlert, StateRootVerdict } from "../execution/executeBlock.js";
import type { StateChanges } from "../execution/postState.js";
import { executeSourceBlock } from "./executeSourceBlock.js";
import type { Source } from "./source.js";

/** What re-executing a block of A showed, small enough to keep. All strings are 0x hex. */
export interface BlockRecord {
  readonly hash: string;
  readonly parentHash: string;
  readonly verdict: StateRootVerdict;
  /** Lower-case address -> slot -> value before and after the block. */
  readonly storage: Record<string, Record<string, readonly [before: string, after: string]>>;
  /** Accounts whose storage the block wiped as a whole. */
  readonly wiped: readonly string[];
}

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
}

export function createHistory(options: HistoryOptions): History {
  return new ExecutedHistory(options);
}

/** Blocks between two lines of progress. */
const PROGRESS_BLOCKS = 500n;

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

  async #execute(hash: string): Promise<BlockRecord> {
    const { source, store, logger } = this.#options;
    const executed = await executeSourceBlock(source, hash);
    const { header, verdict, alerts } = executed;
    for (const { field, computed, claimed } of alerts) {
      this.headerAlerts.set(field, (this.headerAlerts.get(field) ?? 0) + 1);
      logger.warn(
        { number: header.number, hash, field, computed, claimed },
        "header field differed from execution",
      );
    }
    if (verdict.kind !== "match")
      logger.error({ number: header.number, hash, verdict }, "invalid block found on A");
    const record = { hash, parentHash: header.parentHash, verdict, ...storageOf(executed.changes) };
    await store.put(record);
    logger.debug(
      { number: header.number, hash, gasUsed: executed.gasUsed, verdict: verdict.kind },
      "block re-executed",
    );
    return record;
  }

  async storageChanges(address: string, after: bigint, through: bigint): Promise<Map<string, SlotChange>> {
    const { logger, signal } = this.#options;
    const key = address.toLowerCase();
    const changes = new Map<string, SlotChange>();
    let parent: BlockRecord | undefined;
    for (let number = after + 1n; number <= through; number++) {
      signal.throwIfAborted();
      const record = await this.block(number);
      requireLinked(record, parent, number);
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

function requireLinked(record: BlockRecord, parent: BlockRecord | undefined, number: bigint): void {
  if (parent !== undefined && record.parentHash !== parent.hash) {
    throw new OptisyncError("HistoryBroken", `block ${number} does not follow block ${number - 1n}`, {
      action: "retry",
      details: { number, parentHash: record.parentHash, wanted: parent.hash },
    });
  }
  if (record.verdict.kind !== "match" || record.wiped.length > 0) {
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

function storageOf(changes: StateChanges): Pick<BlockRecord, "storage" | "wiped"> {
  const storage: Record<string, Record<string, readonly [string, string]>> = {};
  const wiped: string[] = [];
  for (const [address, change] of changes) {
    if (change.isWiped) wiped.push(`0x${address}`);
    if (change.slots.size === 0) continue;
    const slots: Record<string, readonly [string, string]> = {};
    for (const [slot, { before, after }] of change.slots) slots[`0x${slot}`] = [toHex(before), toHex(after)];
    storage[`0x${address}`] = slots;
  }
  return { storage, wiped };
}

function toHex(bytes: Uint8Array): string {
  return bytes.length === 0 ? "0x0" : `0x${Buffer.from(bytes).toString("hex")}`;
}
