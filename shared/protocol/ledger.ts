/**
 * What happened on B, told by the events of the protocol's contracts: every claim, demand, feed, stage and update
 * with its present status. A pure function of the events, so that a reorganisation or a restart changes nothing but
 * the list it is computed from.
 */
import { type Claim, type ClaimStatus } from "./claim.js";
import { GameBook, type GameEntry } from "./gameBook.js";
import { provenUpdate } from "./provenUpdate.js";
import { SlotFeedBook, type SlotFeedEntry } from "./slotFeedBook.js";
import { genesisUpdate, toUpdate, updateId, type Update, type UpdateStatus } from "./update.js";

/** A decoded event of one of the protocol's contracts. */
export interface ProtocolEvent {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly blockNumber: bigint;
  readonly transactionHash: string;
}

export interface ClaimEntry {
  readonly id: string;
  readonly claim: Claim;
  status: ClaimStatus;
  attested: boolean;
  /** Protocol clock, seconds. */
  readonly deadline: bigint;
  quietUntil: bigint;
  openChallenges: bigint;
  readonly transactionHash: string;
  readonly blockNumber: bigint;
}

export interface DemandEntry {
  readonly claim: string;
  readonly challenger: string;
  /** Protocol clock, seconds. */
  readonly deadline: bigint;
  isOpen: boolean;
}

export interface FeedEntry {
  readonly feed: bigint;
  /** The mirrored account on A. */
  readonly account: string;
  readonly creator: string;
  readonly replica: string;
  readonly gweiPerSecond: bigint;
  readonly gweiPerValue: bigint;
  /** Id of the last applied update. */
  head: string;
  isFrozen: boolean;
}

/** A value that was wrong while its update was shown, and was replaced by A's. */
export interface HealedSlot {
  /** 32 bytes. */
  readonly slot: string;
  readonly value: bigint;
}

export interface UpdateEntry {
  readonly id: string;
  readonly update: Update;
  status: UpdateStatus;
  /** Protocol clock, seconds; zero once it is proven. */
  deadline: bigint;
  appliedChunks: number;
  /** The deltas as they were staged and posted, chunk by chunk, hex; empty for an update without deltas. */
  readonly chunks: readonly string[];
  /** Repairs made while the feed showed this update, in their order. */
  healed: readonly HealedSlot[];
  readonly transactionHash: string;
  readonly blockNumber: bigint;
}

export interface Ledger {
  /** In the order of their proposals. */
  readonly claims: ReadonlyMap<string, ClaimEntry>;
  /** By `demandKey`. */
  readonly demands: ReadonlyMap<string, DemandEntry>;
  readonly feeds: ReadonlyMap<bigint, FeedEntry>;
  readonly slotFeeds: ReadonlyMap<bigint, SlotFeedEntry>;
  /** In the order of their posting; each feed's genesis update included. */
  readonly updates: ReadonlyMap<string, UpdateEntry>;
  /** Staged chunks, by `stageKey`. */
  readonly stages: ReadonlyMap<string, readonly string[]>;
  /** Games of the execution court, in the order of their opening. */
  readonly games: ReadonlyMap<string, GameEntry>;
  readonly isRefunding: boolean;
}

export function demandKey(claim: string, challenger: string): string {
  return `${claim}:${challenger}`;
}

export function stageKey(by: string, feed: bigint): string {
  return `${by}:${feed}`;
}

/** Computes the ledger from all events since deployment, in chain order. Unknown events are ignored. */
export function readLedger(events: Iterable<ProtocolEvent>): Ledger {
  const ledger = new LedgerBuilder();
  for (const event of events) ledger.take(event);
  return ledger;
}

/** The final claim for the highest block of A. */
export function finalHead(ledger: Ledger): ClaimEntry | undefined {
  let head: ClaimEntry | undefined;
  for (const entry of ledger.claims.values()) {
    if (entry.status === "Final" && (head === undefined || entry.claim.number > head.claim.number))
      head = entry;
  }
  return head;
}

/** The last update of a feed's queue on which another may build, following living children from the feed's head. */
export function queueTail(ledger: Ledger, feed: FeedEntry): UpdateEntry | undefined {
  let tail = ledger.updates.get(feed.head);
  for (;;) {
    const next = tail && livingChild(ledger, tail.id);
    if (next === undefined) return tail;
    tail = next;
  }
}

/** The update that builds on `parent` and is neither rejected nor released. */
export function livingChild(ledger: Ledger, parent: string): UpdateEntry | undefined {
  for (const entry of ledger.updates.values()) {
    if (entry.update.parent !== parent) continue;
    if (entry.status !== "Rejected" && entry.status !== "Released") return entry;
  }
  return undefined;
}

class LedgerBuilder implements Ledger {
  readonly claims = new Map<string, ClaimEntry>();
  readonly demands = new Map<string, DemandEntry>();
  readonly feeds = new Map<bigint, FeedEntry>();
  readonly updates = new Map<string, UpdateEntry>();
  readonly stages = new Map<string, string[]>();
  readonly #book = new GameBook();
  readonly games: ReadonlyMap<string, GameEntry> = this.#book.games;
  readonly #slotBook = new SlotFeedBook();
  readonly slotFeeds: ReadonlyMap<bigint, SlotFeedEntry> = this.#slotBook.slotFeeds;
  isRefunding = false;

  take(event: ProtocolEvent): void {
    const args = event.args;
    switch (event.name) {
      case "ClaimProposed":
        return this.#claimProposed(event);
      case "ClaimFinalized":
        return this.#claim(args, (entry) => (entry.status = "Final"));
      case "ClaimRejected":
        return this.#claim(args, (entry) => (entry.status = "Rejected"));
      case "ClaimOrphaned":
        return this.#claim(args, (entry) => (entry.status = "Orphaned"));
      case "ClaimRefunded":
        return this.#claim(args, (entry) => (entry.status = "Refunded"));
      case "ClaimAttested":
        return this.#claim(args, (entry) => (entry.attested = true));
      case "ChallengeOpened":
        return this.#claim(args, (entry) => (entry.openChallenges = args["open"] as bigint));
      case "ChallengeClosed":
        return this.#claim(args, (entry) => {
          entry.openChallenges = args["open"] as bigint;
          entry.quietUntil = args["quietUntil"] as bigint;
        });
      case "RefundModeEntered":
        this.isRefunding = true;
        return;
      case "EvidenceDemanded":
        return this.#demanded(args);
      case "DemandSettled":
        return this.#demandSettled(args);
      case "FeedCreated":
        return this.#feedCreated(event);
      case "FeedWasFrozen":
        return this.#feed(args, (entry) => (entry.isFrozen = true));
      case "SlotHealed":
        return this.#slotHealed(args);
      case "Staged":
        return this.#staged(args);
      case "StageDropped":
        return void this.stages.delete(stageKey(args["by"] as string, args["feed"] as bigint));
      case "UpdatePosted":
        return this.#updatePosted(event);
      case "UpdateProven":
        return this.#updateProven(event);
      case "UpdateConfirmed":
        return this.#update(args, (entry) => (entry.deadline = 0n));
      case "ChunkApplied":
        return this.#update(args, (entry) => {
          entry.appliedChunks = Number(args["index"]) + 1;
          entry.status = "Applying";
        });
      case "UpdateApplied":
        return this.#updateApplied(args);
      case "UpdateRejected":
        return this.#update(args, (entry) => (entry.status = "Rejected"));
      case "UpdateReleased":
        return this.#update(args, (entry) => (entry.status = "Released"));
      default:
        if (!this.#slotBook.take(event)) this.#book.take(event);
    }
  }

  #claimProposed({ args, transactionHash, blockNumber }: ProtocolEvent): void {
    const id = args["id"] as string;
    this.claims.set(id, {
      id,
      claim: {
        parent: args["parent"] as string,
        blockHash: args["blockHash"] as string,
        stateRoot: args["stateRoot"] as string,
        number: args["number"] as bigint,
        timestamp: args["timestamp"] as bigint,
        proposer: args["proposer"] as string,
      },
      status: "Pending",
      attested: false,
      deadline: args["deadline"] as bigint,
      quietUntil: 0n,
      openChallenges: 0n,
      transactionHash,
      blockNumber,
    });
  }

  #demanded(args: ProtocolEvent["args"]): void {
    const claim = args["claim"] as string;
    const challenger = args["challenger"] as string;
    const deadline = args["deadline"] as bigint;
    this.demands.set(demandKey(claim, challenger), { claim, challenger, deadline, isOpen: true });
  }

  #demandSettled(args: ProtocolEvent["args"]): void {
    const demand = this.demands.get(demandKey(args["claim"] as string, args["challenger"] as string));
    if (demand !== undefined) demand.isOpen = false;
  }

  #feedCreated({ args, transactionHash, blockNumber }: ProtocolEvent): void {
    const feed = args["feed"] as bigint;
    const update = genesisUpdate(feed);
    const head = updateId(update);
    this.feeds.set(feed, {
      feed,
      account: args["account"] as string,
      creator: args["creator"] as string,
      replica: args["replica"] as string,
      gweiPerSecond: args["gweiPerSecond"] as bigint,
      gweiPerValue: args["gweiPerValue"] as bigint,
      head,
      isFrozen: false,
    });
    this.updates.set(head, {
      id: head,
      update,
      status: "Applied",
      deadline: 0n,
      appliedChunks: 0,
      chunks: [],
      healed: [],
      transactionHash,
      blockNumber,
    });
  }

  #slotHealed(args: ProtocolEvent["args"]): void {
    const head = this.feeds.get(args["feed"] as bigint)?.head;
    const entry = head === undefined ? undefined : this.updates.get(head);
    if (entry === undefined) return;
    entry.healed = [
      ...entry.healed,
      { slot: args["slot"] as string, value: BigInt(args["right"] as string) },
    ];
  }

  #staged(args: ProtocolEvent["args"]): void {
    const key = stageKey(args["by"] as string, args["feed"] as bigint);
    const chunks = this.stages.get(key) ?? [];
    this.stages.set(key, [...chunks, args["deltas"] as string]);
  }

  #updatePosted({ args, transactionHash, blockNumber }: ProtocolEvent): void {
    const update = toUpdate(args["update"]);
    const key = stageKey(args["by"] as string, update.feed);
    const lastChunk = args["lastChunk"] as string;
    const staged = this.stages.get(key) ?? [];
    this.stages.delete(key);
    const id = args["id"] as string;
    this.updates.set(id, {
      id,
      update,
      status: "Pending",
      deadline: args["deadline"] as bigint,
      appliedChunks: 0,
      chunks: lastChunk === "0x" ? staged : [...staged, lastChunk],
      healed: [],
      transactionHash,
      blockNumber,
    });
  }

  #updateProven({ args, transactionHash, blockNumber }: ProtocolEvent): void {
    const feed = this.feeds.get(args["feed"] as bigint);
    const claim = this.claims.get(args["root"] as string)?.claim;
    const parent = feed && this.updates.get(feed.head);
    if (feed === undefined || claim === undefined || parent === undefined) return;
    const id = args["id"] as string;
    const said = provenUpdate(args, parent, claim);
    const rest = { deadline: 0n, appliedChunks: 0, healed: [], transactionHash, blockNumber };
    this.updates.set(id, { id, ...said, status: "Applied", ...rest });
    feed.head = id;
  }

  #updateApplied(args: ProtocolEvent["args"]): void {
    const id = args["id"] as string;
    this.#update(args, (entry) => (entry.status = "Applied"));
    this.#feed(args, (entry) => (entry.head = id));
  }

  #claim(args: ProtocolEvent["args"], change: (entry: ClaimEntry) => void): void {
    const entry = this.claims.get(args["id"] as string);
    if (entry !== undefined) change(entry);
  }

  #update(args: ProtocolEvent["args"], change: (entry: UpdateEntry) => void): void {
    const entry = this.updates.get(args["id"] as string);
    if (entry !== undefined) change(entry);
  }

  #feed(args: ProtocolEvent["args"], change: (entry: FeedEntry) => void): void {
    const entry = this.feeds.get(args["feed"] as bigint);
    if (entry !== undefined) change(entry);
  }
}
