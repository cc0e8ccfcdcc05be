import { toBeHex } from "ethers";
import type { DestinationView, ProtocolReader } from "../chain/protocolReader.js";
import type { Rpc } from "../chain/rpc.js";
import type { Claim } from "../protocol/claim.js";
import { finalHead, type Ledger } from "../protocol/ledger.js";
import type { SlotFeedEntry } from "../protocol/slotFeedBook.js";
import { ReaderError } from "./errors.js";
import type { FeedQuestion, FeedReading } from "./feedReader.js";
import { proveState } from "./proveState.js";
import { formatTable } from "./table.js";

/** Slots that one feed can list: `SlotFeeds.MAX_SLOTS`. */
export const MAX_SLOTS = 16;
const ANY_AGE = 2n ** 256n - 1n;

/** Arguments of `ISlotFeeds.proveSlots`, and what they prove. */
export interface SlotFeedProof {
  readonly feed: bigint;
  readonly slots: readonly string[];
  /** The final claim under which the slots are proven. */
  readonly claim: Claim;
  readonly accountProof: readonly string[];
  readonly storageProofs: readonly (readonly string[])[];
  /** In the order of the slots. */
  readonly values: readonly bigint[];
}

/** A feed of a few slots on B. Whoever reads it may bring it up to date first. */
export interface SlotFeedReader {
  readonly feed: bigint;
  /**
   * A slot that the feed lists.
   * @throws ReaderError `FeedUnknown`; OptisyncError `CallReverted` with the contract's own error (`SlotNotListed`,
   * `SlotFeedEmpty`, `SlotFeedTooOld`)
   */
  slot(question: FeedQuestion & { readonly slot: bigint | number }): Promise<FeedReading<bigint>>;
  /**
   * Proves all slots of the feed under the newest final root; undefined if the feed shows that block already.
   * @throws as `proveSlotFeed`, and ReaderError `SourceRpcMissing`
   */
  prove(): Promise<SlotFeedProof | undefined>;
}

export function createSlotFeedReader(
  protocol: ProtocolReader,
  requireSourceRpc: () => Rpc,
  feed: bigint,
): SlotFeedReader {
  return {
    feed,
    async slot({ slot, maxAgeSeconds }) {
      const { head, ledger } = await protocol.sync();
      requireSlotFeed(ledger, feed);
      const at = head.number;
      const [shownNumber, timestamp] = (await protocol.call("slotFeeds", "asOf", [feed], at)) as [
        bigint,
        bigint,
      ];
      const args = [feed, toBeHex(BigInt(slot), 32), BigInt(maxAgeSeconds)];
      const [value] = await protocol.call("slotFeeds", "readSlot", args, at);
      const ageSeconds = head.timestamp - timestamp;
      return { value: BigInt(value as string), number: shownNumber, timestamp, ageSeconds };
    },
    async prove() {
      return proveSlotFeed(await protocol.sync(), requireSourceRpc(), feed);
    },
  };
}

/**
 * Proves all slots of a feed under the newest final root; undefined if the feed shows that block already. The node of A
 * only supplies Merkle proofs, which are checked here and by the contract.
 *
 * @throws ReaderError `FeedUnknown`, `NothingFinal`; ProofError if the node's proof does not lead to the root; RpcError
 */
export async function proveSlotFeed(
  { ledger }: Pick<DestinationView, "ledger">,
  sourceRpc: Rpc,
  id: bigint,
): Promise<SlotFeedProof | undefined> {
  const { account, slots, number } = requireSlotFeed(ledger, id);
  const claim = finalHead(ledger)?.claim;
  if (claim === undefined) throw new ReaderError("NothingFinal", "no claim is final yet");
  if (claim.number <= number) return undefined;
  const proven = await proveState(sourceRpc, claim, account, slots.map(BigInt));
  return {
    feed: id,
    slots,
    claim,
    accountProof: proven.accountProof,
    storageProofs: proven.slots.map(({ proof }) => proof),
    values: proven.slots.map(({ value }) => value),
  };
}

/** A feed of slots as B has it. */
export interface SlotFeedReport extends Omit<SlotFeedEntry, "slots"> {
  /** A value is undefined before the first proof: not known is not zero. */
  readonly slots: readonly { readonly slot: string; readonly value: bigint | undefined }[];
  /** Seconds since the block that the values are of, by B's time; undefined before the first proof. */
  readonly ageSeconds: bigint | undefined;
}

/** @throws ReaderError `FeedUnknown` */
export async function readSlotFeed(
  reader: Pick<ProtocolReader, "call">,
  { ledger, head }: DestinationView,
  id: bigint,
): Promise<SlotFeedReport> {
  const entry = requireSlotFeed(ledger, id);
  const isEmpty = entry.timestamp === 0n;
  const valueOf = async (slot: string): Promise<bigint> => {
    const [value] = await reader.call("slotFeeds", "readSlot", [id, slot, ANY_AGE], head.number);
    return BigInt(value as string);
  };
  const slots = await Promise.all(
    entry.slots.map(async (slot) => ({ slot, value: isEmpty ? undefined : await valueOf(slot) })),
  );
  return { ...entry, slots, ageSeconds: isEmpty ? undefined : head.timestamp - entry.timestamp };
}

export function formatSlotFeeds(feeds: readonly SlotFeedEntry[], now: bigint): string {
  if (feeds.length === 0) return "no feeds of slots";
  return formatTable(
    ["feed", "account on A", "slots", "block", "age"],
    feeds.map(({ feed, account, slots, number, timestamp }) => [
      String(feed),
      account,
      String(slots.length),
      timestamp === 0n ? "-" : String(number),
      timestamp === 0n ? "-" : `${now - timestamp} s`,
    ]),
  );
}

export function formatSlotFeed({
  feed,
  account,
  creator,
  number,
  ageSeconds,
  slots,
}: SlotFeedReport): string {
  const shown = ageSeconds === undefined ? "nothing yet" : `block ${number}, ${ageSeconds} s old`;
  return [
    `feed     ${feed}`,
    `account  ${account} on A`,
    `creator  ${creator}`,
    `shows    ${shown}`,
    ...slots.map(
      ({ slot, value }) => `  ${slot}  ${value === undefined ? "-" : `${toBeHex(value, 32)}  (${value})`}`,
    ),
  ].join("\n");
}

function requireSlotFeed({ slotFeeds }: Pick<Ledger, "slotFeeds">, id: bigint): SlotFeedEntry {
  const entry = slotFeeds.get(id);
  if (entry !== undefined) return entry;
  throw new ReaderError("FeedUnknown", `there is no feed ${id} of slots`, { feed: id });
}
