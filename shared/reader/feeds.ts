import { formatEther } from "ethers";
import type { DestinationView, ProtocolReader } from "../chain/protocolReader.js";
import { livingChild, type FeedEntry, type Ledger, type UpdateEntry } from "../protocol/ledger.js";
import { OptisyncError } from "../runtime/errors.js";
import { formatTable } from "./table.js";

/** A feed as B has it. */
export interface FeedReport extends FeedEntry {
  /** Wei that no update has reserved. */
  readonly fundsWei: bigint;
  /** Block of A that the replica shows, and its timestamp; zero before the first update. */
  readonly number: bigint;
  readonly timestamp: bigint;
  /** Seconds since that block, by B's time; undefined before the first update. */
  readonly ageSeconds: bigint | undefined;
  readonly isReadable: boolean;
  /** Updates that wait to be applied, in order. */
  readonly queue: readonly UpdateEntry[];
}

/** @throws OptisyncError `FeedUnknown` (halt) */
export async function readFeed(
  reader: ProtocolReader,
  { ledger, head }: DestinationView,
  id: bigint,
): Promise<FeedReport> {
  const entry = ledger.feeds.get(id);
  if (entry === undefined) {
    throw new OptisyncError("FeedUnknown", `there is no feed ${id}`, {
      action: "halt",
      details: { feed: id },
    });
  }
  const [said] = await reader.call("feeds", "feedOf", [id], head.number);
  const { funds, number, timestamp } = said as { funds: bigint; number: bigint; timestamp: bigint };
  const [isReadable] = await reader.call("feeds", "isReadable", [id, 2n ** 64n], head.number);
  return {
    ...entry,
    fundsWei: funds,
    number,
    timestamp,
    ageSeconds: timestamp === 0n ? undefined : head.timestamp - timestamp,
    isReadable: isReadable as boolean,
    queue: queueOf(ledger, entry),
  };
}

export function formatFeeds(feeds: readonly FeedReport[]): string {
  if (feeds.length === 0) return "no feeds";
  return formatTable(
    ["feed", "account on A", "block", "age", "funds", "queue", "state"],
    feeds.map((feed) => [
      String(feed.feed),
      feed.account,
      feed.ageSeconds === undefined ? "-" : String(feed.number),
      feed.ageSeconds === undefined ? "-" : `${feed.ageSeconds} s`,
      `${formatEther(feed.fundsWei)} ETH`,
      String(feed.queue.length),
      stateOf(feed),
    ]),
  );
}

export function formatFeed(feed: FeedReport, clock: bigint): string {
  const shown =
    feed.ageSeconds === undefined ? "nothing yet" : `block ${feed.number}, ${feed.ageSeconds} s old`;
  const queue = feed.queue.map(({ id, update, status, deadline }) => {
    const left = deadline >= clock ? `${deadline - clock} s to challenge` : "window over";
    return `  block ${update.number}  ${update.count} slots  ${status.toLowerCase()}  ${left}  ${id}`;
  });
  return [
    `feed     ${feed.feed} (${stateOf(feed)})`,
    `account  ${feed.account} on A`,
    `replica  ${feed.replica}`,
    `shows    ${shown}`,
    `fees     ${feed.gweiPerSecond} gwei per second, ${feed.gweiPerValue} gwei per value`,
    `funds    ${formatEther(feed.fundsWei)} ETH`,
    `creator  ${feed.creator}`,
    `queue    ${feed.queue.length} updates`,
    ...queue,
  ].join("\n");
}

function stateOf(feed: FeedReport): string {
  if (feed.isFrozen) return "frozen";
  if (feed.ageSeconds === undefined) return "empty";
  return feed.isReadable ? "readable" : "being written";
}

function queueOf(ledger: Ledger, feed: FeedEntry): UpdateEntry[] {
  const queue: UpdateEntry[] = [];
  for (let at = livingChild(ledger, feed.head); at !== undefined; at = livingChild(ledger, at.id))
    queue.push(at);
  return queue;
}
