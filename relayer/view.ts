import type { Coverage } from "../shared/messages/coverage.js";
import type { OutboxView, SentMessage } from "../shared/messages/outboxMirror.js";
import type { RootProof } from "../shared/messages/rootProof.js";
import type { MessageLedger } from "../shared/protocol/messageLedger.js";
import type { Alert } from "../shared/runtime/alarm.js";

/** Whose messages a relayer pays for, and how much. */
export interface RelayerPolicy {
  readonly asked: "all" | Asked;
  /** Messages that want more gas than this are left to others. */
  readonly maxGas: bigint;
  /** Most to pay for one message at the present fee, its share of a sync included, in wei. Undefined: no limit. */
  readonly maxCostWei: bigint | undefined;
  /** Most messages in one transaction. */
  readonly maxBatch: number;
  /** Tries, by whomever, after which a failing message is left alone. */
  readonly maxAttempts: number;
  /** Deliver also what its receiver would not accept, so that it counts as failed and anyone may retry it. */
  readonly recordsFailures: boolean;
}

/** Messages that pass both lists of addresses, if there is one at all, and messages with one of the ids. */
export interface Asked {
  /** On A, checksummed. Undefined: any. */
  readonly senders: ReadonlySet<string> | undefined;
  /** On B, checksummed. Undefined: any. */
  readonly receivers: ReadonlySet<string> | undefined;
  readonly ids: ReadonlySet<string>;
}

/** What a receiver would do with a message now, as far as a node can tell. */
export type Prospect = "accepts" | "refuses" | "unknown";

/** Both chains as of one look: everything the solver may know. */
export interface RelayerView {
  readonly policy: RelayerPolicy;
  readonly outbox: OutboxView;
  readonly ledger: MessageLedger;
  readonly coverage: Coverage;
  /** The root under the newest final claim, if messages that are asked for wait for it. */
  readonly proof: RootProof | undefined;
  /** By message id; messages that are not due are missing. */
  readonly prospects: ReadonlyMap<string, Prospect>;
  /** B's time, seconds since the epoch. */
  readonly timestamp: bigint;
  /** What a unit of gas would cost on B now, in wei. */
  readonly gasPriceWei: bigint;
  /** The most gas that one transaction can have on B. */
  readonly transactionGas: bigint;
  /** What could not be found out, and why. */
  readonly obstacles: readonly Alert[];
}

/** Something the relayer should do on B now. */
export type Action =
  | { readonly kind: "sync"; readonly proof: RootProof }
  | { readonly kind: "deliver"; readonly messages: readonly SentMessage[]; readonly size: number }
  | { readonly kind: "retry"; readonly message: SentMessage };

export interface Decision {
  readonly actions: readonly Action[];
  readonly alerts: readonly Alert[];
}
