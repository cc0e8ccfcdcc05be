import { interfaces } from "../chain/contracts.js";
import { createEventLog, type ChainEvent, type EventLog } from "../chain/events.js";
import { messageContractsOf, type Manifest } from "../chain/manifest.js";
import type { Rpc } from "../chain/rpc.js";
import { toJsonRpc } from "../chain/sourceLogs.js";
import type { Head } from "../chain/transactions.js";
import { channelId, messageId, messageOf, type Channel, type Message } from "../protocol/message.js";
import { MessageTree } from "../protocol/messageTree.js";
import { channelOf } from "./channel.js";
import { OptisyncError } from "../runtime/errors.js";
import type { Logger } from "../runtime/logger.js";

/** A message as A's node tells of it. Only a root that its leaf leads to makes it true. */
export interface SentMessage {
  /** Computed from the message and the channel. */
  readonly id: string;
  readonly message: Message;
  /** On A. */
  readonly blockNumber: bigint;
  readonly transactionHash: string;
}

/** All messages of an Outbox as A's node tells of them, and the tree they make. Hints until a root confirms them. */
export interface OutboxView {
  readonly head: Head;
  /** In the order of their nonces, from zero. */
  readonly sent: readonly SentMessage[];
  readonly tree: MessageTree;
}

/** Follows an Outbox on A. It lives in memory only: a restart reads everything again. */
export interface OutboxMirror {
  readonly channel: Channel;
  /**
   * Reads up to A's newest block. The view is good until the next call.
   * @throws OptisyncError `OutboxEventsBroken` (retry) if the node leaves messages out or tells of one twice; as
   * `EventLog.sync`.
   */
  sync(): Promise<OutboxView>;
}

export interface OutboxMirrorOptions {
  manifest: Manifest;
  /** A node of A, trusted for nothing. */
  rpc: Rpc;
  logger: Logger;
  signal: AbortSignal;
}

/** Blocks of A asked for at once; halved when a node refuses. */
const LOG_CHUNK = 5_000n;

/** @throws OptisyncError `MessagesNotDeployed` (halt) */
export function createOutboxMirror({ manifest, rpc, logger, signal }: OutboxMirrorOptions): OutboxMirror {
  const { outbox, outboxInBlock } = messageContractsOf(manifest);
  const options = {
    rpc: toJsonRpc(rpc),
    contracts: [{ name: "outbox", address: outbox, abi: interfaces.outbox }],
    fromBlock: outboxInBlock,
    confirmations: 0,
    chunkSize: LOG_CHUNK,
    chain: "source",
    logger,
    signal,
  } as const;
  return new FollowingMirror(channelOf(manifest), () => createEventLog(options));
}

class FollowingMirror implements OutboxMirror {
  readonly channel: Channel;
  readonly #channelId: string;
  readonly #open: () => EventLog;
  #log: EventLog;
  readonly #tree = new MessageTree();
  #events: readonly ChainEvent[] = [];
  #sent: SentMessage[] = [];

  constructor(channel: Channel, open: () => EventLog) {
    this.channel = channel;
    this.#channelId = channelId(channel);
    this.#open = open;
    this.#log = open();
  }

  async sync(): Promise<OutboxView> {
    const { head, events } = await this.#log.sync();
    const messages = events.filter(({ name }) => name === "MessageSent");
    this.#takeBack(messages);
    for (const event of messages.slice(this.#sent.length)) this.#append(event);
    this.#events = messages;
    return { head, sent: this.#sent, tree: this.#tree };
  }

  /** Forgets what came after the last message that is still there: the log keeps the very objects that stand. */
  #takeBack(events: readonly ChainEvent[]): void {
    let kept = Math.min(this.#sent.length, events.length);
    while (kept > 0 && this.#events[kept - 1] !== events[kept - 1]) kept--;
    if (kept === this.#sent.length) return;
    this.#sent = this.#sent.slice(0, kept);
    this.#tree.truncate(kept);
  }

  #append({ args, blockNumber, transactionHash }: ChainEvent): void {
    const message = messageOf(args);
    const wanted = BigInt(this.#sent.length);
    if (message.nonce !== wanted) {
      // What a node left out once, because it was not up to its own head for instance, is asked for anew.
      this.#log = this.#open();
      throw new OptisyncError(
        "OutboxEventsBroken",
        `A's node tells of message ${message.nonce} where message ${wanted} is due`,
        { action: "retry", details: { got: message.nonce, wanted, blockNumber } },
      );
    }
    const id = messageId(this.#channelId, message);
    this.#sent.push({ id, message, blockNumber, transactionHash });
    this.#tree.append(id);
  }
}

/** How many messages were sent up to a block of A, by the node's word. */
export function countThrough({ sent }: Pick<OutboxView, "sent">, blockNumber: bigint): number {
  let [low, high] = [0, sent.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sent[middle] as SentMessage).blockNumber <= blockNumber) low = middle + 1;
    else high = middle;
  }
  return low;
}
