import { dataLength } from "ethers";
import type { Coverage } from "../shared/messages/coverage.js";
import type { OutboxView, SentMessage } from "../shared/messages/outboxMirror.js";
import { isExpired } from "../shared/protocol/message.js";
import type { MessageLedger } from "../shared/protocol/messageLedger.js";
import type { RelayerPolicy } from "./view.js";

/**
 * What a message is to a relayer:
 *
 * - `delivered`, `expired`: it is over;
 * - `unasked`: nobody asked this relayer to deliver it;
 * - `tooLarge`: it wants more gas than the operator pays for;
 * - `givenUp`: it failed as often as the operator goes along with;
 * - `waiting`: no root that the Inbox knows covers it yet;
 * - `deliverable`: it can be delivered now;
 * - `failed`: its receiver did not accept it, and can be asked again.
 */
export const DUTIES = [
  "delivered",
  "expired",
  "unasked",
  "tooLarge",
  "givenUp",
  "waiting",
  "deliverable",
  "failed",
] as const;
export type Duty = (typeof DUTIES)[number];

/** What both chains say about messages. */
export interface Ground {
  readonly policy: RelayerPolicy;
  readonly outbox: OutboxView;
  readonly ledger: MessageLedger;
  readonly coverage: Coverage;
  readonly timestamp: bigint;
}

export function dutyOf({ policy, ledger, coverage, timestamp }: Ground, sent: SentMessage): Duty {
  const { id, message } = sent;
  const delivery = ledger.deliveries.get(id);
  if (delivery?.status === "Delivered") return "delivered";
  if (isExpired(message, timestamp)) return "expired";
  if (!isAsked(policy, sent)) return "unasked";
  if (message.gasLimit > policy.maxGas) return "tooLarge";
  if (delivery !== undefined) return delivery.attempts >= policy.maxAttempts ? "givenUp" : "failed";
  return Number(message.nonce) < (coverage.best?.size ?? 0) ? "deliverable" : "waiting";
}

export function isAsked({ asked }: RelayerPolicy, { id, message }: SentMessage): boolean {
  if (asked === "all" || asked.ids.has(id)) return true;
  const { senders, receivers } = asked;
  if (senders === undefined && receivers === undefined) return false;
  return (
    (senders === undefined || senders.has(message.sender)) &&
    (receivers === undefined || receivers.has(message.receiver))
  );
}

/** The messages with one of these duties, in the order of their nonces. */
export function messagesWith(ground: Ground, ...duties: readonly Duty[]): SentMessage[] {
  return ground.outbox.sent.filter((sent) => duties.includes(dutyOf(ground, sent)));
}

/** Gas of a `sync`: calldata of two proofs, mostly. */
export const SYNC_GAS = 300_000n;
/**
 * Gas of a delivery besides its receiver's: what the Inbox keeps for a failing receiver (CALL_RESERVE, passed on twice,
 * and RECORD_RESERVE), the transaction, the first mark in a word of 256, what it checks, and 30 siblings of a branch.
 */
const GAS_BESIDE_RECEIVER = 10_400n + 35_000n + 21_000n + 22_100n + 10_000n + 30n * 800n;
/** EIP-7623: least price of a byte of calldata that is not zero. What is done with it costs less. */
const GAS_PER_BYTE = 40n;

/** The most gas that delivering a message takes, all that is left over included. */
export function gasToDeliver({ message }: SentMessage): bigint {
  // A call passes on at most 63/64 of the gas there is (EIP-150); the Inbox calls itself, and then the receiver.
  const passedOn = (message.gasLimit * 64n * 64n) / (63n * 63n) + 1n;
  return passedOn + GAS_BESIDE_RECEIVER + BigInt(dataLength(message.payload)) * GAS_PER_BYTE;
}
