import { Interface, type FunctionFragment, type InterfaceAbi } from "ethers";
import type { ProtocolReader } from "../chain/protocolReader.js";
import { createRevertDecoder, describeRevert, type Revert } from "../chain/reverts.js";
import { isOptisyncError } from "../runtime/errors.js";
import { sleep } from "../runtime/shutdown.js";
import { ReaderError } from "./errors.js";
import { readStored, type StoredValue, type WordSource } from "./storage/readStored.js";
import { placeOf, type Variable } from "./variable.js";

/** What every question to a feed says. */
export interface FeedQuestion {
  /** Oldest acceptable state, in seconds since its block on A. There is no default: only the caller can know. */
  readonly maxAgeSeconds: bigint | number;
}

/** A view function of the mirrored contract. */
export interface ViewQuestion extends FeedQuestion {
  /** The contract's interface on A: an ethers Interface, its JSON, or lines like `function ownerOf(uint256) view returns (address)`. */
  readonly abi: Interface | InterfaceAbi;
  /** Its name, or its signature where the name is overloaded. */
  readonly function: string;
  readonly args?: readonly unknown[];
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
  /**
   * Calls a view function, whose logic must be registered with the replica. The value is what ethers decodes: of one
   * output the value itself, of several an ethers Result.
   *
   * @throws ReaderError `NotView` for a function that would write, `ViewReverted` with the mirrored contract's own
   * reason; OptisyncError `CallReverted` (`LogicMissing`, `FeedTooOld`, …).
   */
  view<T = unknown>(question: ViewQuestion): Promise<FeedReading<T>>;
  /** Waits until the feed shows block `block` of A or a later one. */
  waitFor(block: bigint | number, options?: { signal?: AbortSignal; pollMs?: number }): Promise<void>;
}

const POLL_MS = 4_000;
/** Words asked for at once. */
const AT_ONCE = 16;

/** What a reading speaks of. */
type Shown = Omit<FeedReading<unknown>, "value">;

export function createFeedReader(protocol: ProtocolReader, signal: AbortSignal, feed: bigint): FeedReader {
  /** What the feed shows at the newest block of B, and that block. */
  async function look(): Promise<{ shown: Shown; at: bigint }> {
    const { head, ledger } = await protocol.sync();
    if (!ledger.feeds.has(feed)) throw new ReaderError("FeedUnknown", `there is no feed ${feed}`, { feed });
    const [number, timestamp] = (await protocol.call("feeds", "asOf", [feed], head.number)) as [
      bigint,
      bigint,
    ];
    return { shown: { number, timestamp, ageSeconds: head.timestamp - timestamp }, at: head.number };
  }

  async function open({ maxAgeSeconds }: FeedQuestion): Promise<{ shown: Shown; source: WordSource }> {
    const { shown, at } = await look();
    const read = async (slot: bigint): Promise<bigint> => {
      const word = `0x${slot.toString(16).padStart(64, "0")}`;
      const [value] = await protocol.call("feeds", "read", [feed, word, BigInt(maxAgeSeconds)], at);
      return BigInt(value as string);
    };
    const words = async (slots: readonly bigint[]): Promise<bigint[]> => {
      const found: bigint[] = [];
      for (let start = 0; start < slots.length; start += AT_ONCE)
        found.push(...(await Promise.all(slots.slice(start, start + AT_ONCE).map(read))));
      return found;
    };
    return { shown, source: { words } };
  }

  return {
    feed,
    async slot(question) {
      const { shown, source } = await open(question);
      const [value] = await source.words([BigInt(question.slot)]);
      return { ...shown, value: value as bigint };
    },
    async value(question) {
      const place = placeOf(question);
      const { shown, source } = await open(question);
      return { ...shown, value: await readStored(place, source, question.maxSlots) };
    },
    async view<T>(question: ViewQuestion): Promise<FeedReading<T>> {
      const { abi, fragment } = requireView(question);
      const { shown, at } = await look();
      const data = abi.encodeFunctionData(fragment, [...(question.args ?? [])]);
      const args = [feed, BigInt(question.maxAgeSeconds), data];
      const [answer] = await protocol.call("replicas", "viewCall", args, at).catch((error: unknown) => {
        throw asViewError(error, abi, fragment.name);
      });
      const result = abi.decodeFunctionResult(fragment, answer as string);
      return { ...shown, value: (result.length === 1 ? result[0] : result) as T };
    },
    async waitFor(block, options = {}) {
      const either = options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]);
      while ((await look()).shown.number < BigInt(block)) await sleep(options.pollMs ?? POLL_MS, either);
    },
  };
}

function requireView(question: ViewQuestion): { abi: Interface; fragment: FunctionFragment } {
  const abi = question.abi instanceof Interface ? question.abi : new Interface(question.abi);
  const fragment = abi.getFunction(question.function);
  if (fragment === null) {
    throw new ReaderError("NotView", `the interface has no function ${question.function}`, {
      function: question.function,
    });
  }
  if (fragment.constant) return { abi, fragment };
  throw new ReaderError("NotView", `${fragment.name} is no view function: a replica cannot answer it`, {
    function: fragment.name,
  });
}

/** A reason that only the mirrored contract's interface knows; anything else as it is. */
function asViewError(error: unknown, abi: Interface, name: string): unknown {
  if (!isOptisyncError(error, "CallReverted")) return error;
  const { data } = error.details["revert"] as Revert;
  const revert = createRevertDecoder([abi]).fromData(data);
  const isOwn = revert.name !== "UnknownRevert" && revert.name !== "EmptyRevert";
  if (!isOwn) return error;
  return new ReaderError("ViewReverted", `${name}: ${describeRevert(revert)}`, { function: name, revert });
}
