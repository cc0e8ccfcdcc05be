import type { Interface } from "ethers";
import { OptisyncError } from "../runtime/errors.js";
import type { Logger } from "../runtime/logger.js";
import { decodeLog, type RawLog } from "./eventDecoding.js";
import { nodeMessage, readHead, toQuantity, type Head, type JsonRpc } from "./transactions.js";

/** A contract whose events are followed; `name` is how consumers tell contracts apart. */
export interface FollowedContract {
  name: string;
  address: string;
  abi: Interface;
}

/** A decoded event, with the block it is in. Integers are bigint. */
export interface ChainEvent {
  contract: string;
  address: string;
  name: string;
  args: Record<string, unknown>;
  blockNumber: bigint;
  blockHash: string;
  transactionHash: string;
  logIndex: number;
}

export interface BlockReference {
  number: bigint;
  hash: string;
}

/**
 * How the chain had moved since the last look:
 *
 * - `same`: the head is the one we know.
 * - `extended`: our head is an ancestor of the new one; only the blocks between are read.
 * - `reorganised`: our head is gone, but some block that we know is still there; what came after it is dropped and read
 *   again. A node that fell behind looks like this too: the list then ends where the node ends.
 * - `restarted`: nothing we know is there (or it is the first look); everything is read again.
 */
export type Movement = "same" | "extended" | "reorganised" | "restarted";

/** All events up to a head, in chain order: one consistent chain, never a mixture of two. */
export interface EventView {
  readonly head: Head;
  readonly events: readonly ChainEvent[];
  readonly movement: Movement;
  /** How many events this look took away and added. */
  readonly dropped: number;
  readonly added: number;
}

export interface EventLogOptions {
  rpc: JsonRpc;
  contracts: readonly FollowedContract[];
  /** The first block that can hold an event: that of the deployment. */
  fromBlock: bigint;
  /** How many blocks behind the head to stay. */
  confirmations: number;
  /** Most blocks asked for at once; halved when the node refuses, down to one. */
  chunkSize: bigint;
  /** Which chain it is, for errors and logs. */
  chain?: "source" | "destination";
  logger?: Logger;
  signal?: AbortSignal;
}

/** Follows the events of contracts of one chain. It lives in memory only: a restart reads everything again. */
export interface EventLog {
  /**
   * Reads up to the current head. Concurrent calls share one reading.
   *
   * @throws OptisyncError `ChainMoved` (retry) when the chain kept changing under the reading, `LogsRefused` (retry)
   * when the node refuses even a single block; otherwise what the provider throws. The list is unchanged then.
   */
  sync(): Promise<EventView>;
}

export function createEventLog(options: EventLogOptions): EventLog {
  return new FollowingEventLog(options);
}

/** Known heads kept for finding a common ancestor; blocks with events are kept all. */
const REMEMBERED_HEADS = 128;
const READINGS_BEFORE_GIVING_UP = 4;

class FollowingEventLog implements EventLog {
  readonly #options: EventLogOptions;
  readonly #byAddress: ReadonlyMap<string, FollowedContract>;
  #events: readonly ChainEvent[] = [];
  /** Blocks known to be on one chain, ascending: heads of earlier looks. */
  #heads: readonly BlockReference[] = [];
  #running: Promise<EventView> | undefined;
  #chunkSize: bigint;

  constructor(options: EventLogOptions) {
    this.#options = options;
    this.#chunkSize = options.chunkSize;
    this.#byAddress = new Map(
      options.contracts.map((contract) => [contract.address.toLowerCase(), contract]),
    );
  }

  sync(): Promise<EventView> {
    this.#running ??= this.#sync().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #sync(): Promise<EventView> {
    for (let reading = 0; reading < READINGS_BEFORE_GIVING_UP; reading++) {
      this.#options.signal?.throwIfAborted();
      const view = await this.#read();
      if (view !== undefined) return view;
    }
    const { chain = "destination" } = this.#options;
    throw new OptisyncError("ChainMoved", `the ${chain} chain changed under every reading`, {
      action: "retry",
    });
  }

  /** One reading; undefined if the chain changed meanwhile. */
  async #read(): Promise<EventView | undefined> {
    const { rpc, confirmations, fromBlock, logger, chain = "destination" } = this.#options;
    const latest = await readHead(rpc);
    const target = latest.number > BigInt(confirmations) ? latest.number - BigInt(confirmations) : 0n;
    const head = confirmations === 0 ? latest : await readHead(rpc, toQuantity(target));
    const known = this.#heads.at(-1);
    if (known?.hash === head.hash) return this.#view(head, "same", 0, 0);

    const ancestor = await this.#findAncestor(head);
    const kept =
      ancestor === undefined ? [] : this.#events.filter((event) => event.blockNumber <= ancestor.number);
    const first = ancestor === undefined ? fromBlock : ancestor.number + 1n;
    const fresh = await this.#readLogs(first, head.number);
    const again = await readHead(rpc, toQuantity(head.number)).catch(() => undefined);
    if (again?.hash !== head.hash) return undefined;

    const movement = ancestor === undefined ? "restarted" : ancestor === known ? "extended" : "reorganised";
    const dropped = this.#events.length - kept.length;
    if (movement === "reorganised" || dropped > 0) {
      logger?.info(
        { movement, dropped, ancestor: ancestor?.number, head: head.number },
        `${chain} chain reorganised`,
      );
    }
    this.#events = [...kept, ...fresh];
    const heads = ancestor === undefined ? [] : this.#heads.filter(({ number }) => number <= ancestor.number);
    this.#heads = [...heads.slice(1 - REMEMBERED_HEADS), { number: head.number, hash: head.hash }];
    return this.#view(head, movement, dropped, fresh.length);
  }

  #view(head: Head, movement: Movement, dropped: number, added: number): EventView {
    return { head, events: this.#events, movement, dropped, added };
  }

  /** The highest block we know that is on the chain of `head`. Newest first: most looks need one question. */
  async #findAncestor(head: Head): Promise<BlockReference | undefined> {
    const blocks = this.#knownBlocks().filter(({ number }) => number <= head.number);
    const newest = blocks.at(-1);
    if (newest === undefined || (await this.#isOnChain(newest))) return newest;
    // What is on the chain comes before what is not, so the border can be found by halving.
    let low = 0;
    let high = blocks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const block = blocks[middle];
      if (block !== undefined && (await this.#isOnChain(block))) low = middle + 1;
      else high = middle;
    }
    return blocks[low - 1];
  }

  /** Heads and blocks with events, ascending, each once; heads as the very objects in the list. */
  #knownBlocks(): BlockReference[] {
    const byNumber = new Map<bigint, BlockReference>();
    for (const { blockNumber, blockHash } of this.#events) {
      byNumber.set(blockNumber, { number: blockNumber, hash: blockHash });
    }
    for (const head of this.#heads) byNumber.set(head.number, head);
    return [...byNumber.values()].sort((a, b) => (a.number < b.number ? -1 : 1));
  }

  async #isOnChain(block: BlockReference): Promise<boolean> {
    this.#options.signal?.throwIfAborted();
    const answer = await this.#options.rpc.send("eth_getBlockByNumber", [toQuantity(block.number), false]);
    return (answer as { hash?: unknown } | null)?.hash === block.hash;
  }

  async #readLogs(first: bigint, last: bigint): Promise<ChainEvent[]> {
    const { rpc, chunkSize, signal, logger } = this.#options;
    const address = [...this.#byAddress.keys()];
    const events: ChainEvent[] = [];
    for (let from = first; from <= last;) {
      signal?.throwIfAborted();
      const to = from + this.#chunkSize - 1n < last ? from + this.#chunkSize - 1n : last;
      let answer: unknown;
      try {
        answer = await rpc.send("eth_getLogs", [
          { address, fromBlock: toQuantity(from), toBlock: toQuantity(to) },
        ]);
      } catch (error) {
        this.#narrow(from, to, error);
        continue;
      }
      events.push(...this.#decode(answer as RawLog[]));
      if (last - first > chunkSize) logger?.debug({ to, last, events: events.length }, "events read");
      from = to + 1n;
      const wider = this.#chunkSize * 2n;
      this.#chunkSize = wider < chunkSize ? wider : chunkSize;
    }
    return events;
  }

  /** Every provider words its limits differently, so any refusal by the node itself narrows the range. */
  #narrow(from: bigint, to: bigint, error: unknown): void {
    if (nodeMessage(error) === undefined) throw error;
    if (from === to) {
      throw new OptisyncError("LogsRefused", `the node refuses the logs of block ${from}`, {
        action: "retry",
        details: { blockNumber: from },
        cause: error,
      });
    }
    this.#chunkSize = (to - from + 1n) / 2n;
  }

  #decode(logs: readonly RawLog[]): ChainEvent[] {
    const events: ChainEvent[] = [];
    for (const log of logs) {
      const contract = this.#byAddress.get(log.address.toLowerCase());
      const event = contract === undefined ? undefined : decodeLog(contract, log);
      if (event !== undefined) events.push(event);
    }
    return events.sort((a, b) =>
      a.blockNumber === b.blockNumber ? a.logIndex - b.logIndex : a.blockNumber < b.blockNumber ? -1 : 1,
    );
  }
}
