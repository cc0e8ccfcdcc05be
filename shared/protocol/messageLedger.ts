/**
 * What happened to messages on B, told by the Inbox's events. A pure function of them, as the ledger of claims is:
 * a reorganisation or a restart changes nothing but the list it is computed from.
 */
import type { ProtocolEvent } from "./ledger.js";
import { FAILURES, type Failure } from "./message.js";

/** A root of the Outbox's tree that the Inbox knows. */
export interface SyncedRoot {
  readonly root: string;
  /** Block of A under which it was proven. */
  readonly number: bigint;
  /** On B. */
  readonly blockNumber: bigint;
  readonly transactionHash: string;
}

/** What became of a message that somebody tried to deliver. */
export interface Delivery {
  readonly id: string;
  readonly nonce: bigint;
  readonly status: "Failed" | "Delivered";
  /** Tries until now, by whomever. */
  readonly attempts: number;
  /** Of the last try that failed, with the first bytes that the receiver answered, hex. */
  readonly failure: { readonly kind: Failure; readonly data: string } | undefined;
  /** Of the last try, on B. */
  readonly blockNumber: bigint;
  readonly transactionHash: string;
}

export interface MessageLedger {
  /** In the order of their syncing; disowned ones left out. */
  readonly roots: ReadonlyMap<string, SyncedRoot>;
  /** By message id. */
  readonly deliveries: ReadonlyMap<string, Delivery>;
}

/** Computes the ledger from all events since deployment, in chain order. Events of other contracts are ignored. */
export function readMessageLedger(events: Iterable<ProtocolEvent>): MessageLedger {
  const roots = new Map<string, SyncedRoot>();
  const deliveries = new Map<string, Delivery>();
  for (const { name, args, blockNumber, transactionHash } of events) {
    const root = args["root"] as string;
    const number = args["number"] as bigint;
    if (name === "RootSynced") roots.set(root, { root, number, blockNumber, transactionHash });
    else if (name === "RootDisowned") roots.delete(root);
    else if (name === "MessageDelivered" || name === "MessageFailed") {
      const id = args["id"] as string;
      const before = deliveries.get(id);
      const hasFailed = name === "MessageFailed";
      deliveries.set(id, {
        id,
        nonce: args["nonce"] as bigint,
        status: hasFailed ? "Failed" : "Delivered",
        attempts: (before?.attempts ?? 0) + 1,
        failure: hasFailed ? failureOf(args) : before?.failure,
        blockNumber,
        transactionHash,
      });
    }
  }
  return { roots, deliveries };
}

/** Of a `MessageFailed`: why the receiver did not accept. */
export function failureOf(args: ProtocolEvent["args"]): Delivery["failure"] {
  const kind = FAILURES[Number(args["failure"])] ?? "Reverted";
  return { kind, data: args["data"] as string };
}
