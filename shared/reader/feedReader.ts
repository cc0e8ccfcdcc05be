import type { ProtocolReader } from "../chain/protocolReader.js";
import type { JsonRpc } from "../chain/transactions.js";
import { ReaderError } from "./errors.js";
import { readStored, type StoredValue, type WordSource } from "./storage/readStored.js";
import { placeOf, type Variable } from "./variable.js";

/** What every question to a feed says. */
export interface FeedQuestion {
  /** Oldest acceptable state, in seconds since its block on A. There is no default: only the caller can know. */
  readonly maxAgeSeconds: bigint | number;
}

/** A value of A as a feed shows it on B: final, and written by an update whose own window is over. */
export interface FeedReading<T> {
  readonly value: T;
  /** Block of A that the feed shows, and its timestamp in seconds. */
  readonly number: bigint;
  readonly timestamp: bigint;
  /** Seconds between that block and B's newest block. */
  readonly ageSeconds: bigint;
}

/**
 * Reads a mirror on B, as contracts on B do: no proof and no node of A. All words of one reading are of one block of B.
 *
 * @throws ReaderError `FeedUnknown`, `RootTooOld`; OptisyncError `CallReverted` with the contract's own error
 * (`FeedEmpty`, `FeedApplying`, `FeedFrozen`, `FeedTooOld`).
 */
export interface FeedReader {
  readonly feed: bigint;
  slot(question: FeedQuestion & { readonly slot: bigint | number }): Promise<FeedReading<bigint>>;
  /** A variable, a mapping's entry, an array's element or a struct, whole, by its Solidity type. */
  value(
    question: FeedQuestion & Variable & { readonly maxSlots?: number },
  ): Promise<FeedReading<StoredValue>>;
}

/** Words asked for at once. */
const AT_ONCE = 16;

export function createFeedReader(protocol: ProtocolReader, _rpc: JsonRpc, feed: bigint): FeedReader {
  async function open({
    maxAgeSeconds,
  }: FeedQuestion): Promise<Omit<FeedReading<unknown>, "value"> & WordSource> {
    const { head, ledger } = await protocol.sync();
    if (!ledger.feeds.has(feed)) throw new ReaderError("FeedUnknown", `there is no feed ${feed}`, { feed });
    const at = head.number;
    const [number, timestamp] = (await protocol.call("feeds", "asOf", [feed], at)) as [bigint, bigint];
    const read = async (slot: bigint): Promise<bigint> => {
      const word = `0x${slot.toString(16).padStart(64, "0")}`;
      const [value] = await protocol.call("feeds", "read", [feed, word, BigInt(maxAgeSeconds)], at);
      return BigInt(value as string);
    };
    return {
      number,
      timestamp,
      ageSeconds: head.timestamp - timestamp,
      async words(slots) {
        const words: bigint[] = [];
        for (let start = 0; start < slots.length; start += AT_ONCE)
          words.push(...(await Promise.all(slots.slice(start, start + AT_ONCE).map(read))));
        return words;
      },
    };
  }
  return {
    feed,
    async slot(question) {
      const { words, ...state } = await open(question);
      const [value] = await words([BigInt(question.slot)]);
      return { ...state, value: value as bigint };
    },
    async value(question) {
      const place = placeOf(question);
      const { words, ...state } = await open(question);
      return { ...state, value: await readStored(place, { words }, question.maxSlots) };
    },
  };
}
