import type { ProtocolEvent } from "./ledger.js";

/** A feed of a few slots of one account, which are always proven together. */
export interface SlotFeedEntry {
  readonly feed: bigint;
  /** The account on A. */
  readonly account: string;
  readonly creator: string;
  /** 32 bytes each, ascending. */
  readonly slots: readonly string[];
  /** Block of A that the values are of, and its timestamp; zero before the first proof. */
  number: bigint;
  timestamp: bigint;
}

/** The feeds of slots, as the events of SlotFeeds tell them. */
export class SlotFeedBook {
  readonly slotFeeds = new Map<bigint, SlotFeedEntry>();

  /** @returns Whether the event was about feeds of slots. */
  take({ name, args }: ProtocolEvent): boolean {
    const feed = args["feed"] as bigint;
    if (name === "SlotFeedCreated") {
      this.slotFeeds.set(feed, {
        feed,
        account: args["account"] as string,
        creator: args["creator"] as string,
        slots: [...(args["slots"] as Iterable<string>)],
        number: 0n,
        timestamp: 0n,
      });
      return true;
    }
    if (name !== "SlotsProven") return false;
    const entry = this.slotFeeds.get(feed);
    if (entry === undefined) return true;
    entry.number = args["number"] as bigint;
    entry.timestamp = args["timestamp"] as bigint;
    return true;
  }
}
