import type { Bid } from "./fees.js";
import type { Revert } from "./reverts.js";
import type { Call } from "./simulation.js";
import type { Receipt } from "./transactions.js";

/**
 * What became of a request to send.
 *
 * `displaced`: its nonce was used by a transaction of somebody else with the same key (another instance, or this one
 * before a restart). What that one did is not known here: read the chain again and decide anew.
 */
export type SendOutcome =
  | { kind: "confirmed"; receipt: Receipt }
  | { kind: "reverted"; revert: Revert; receipt?: Receipt }
  | { kind: "displaced"; nonce: number }
  | { kind: "dryRun"; gasLimit: bigint };

/** One signed version of a transaction; all versions of a flight have the same nonce, so at most one is mined. */
export interface Attempt {
  hash: string;
  raw: string;
  bid: Bid;
  gasLimit: bigint;
  /** True if this version does nothing but use up the nonce. */
  isCancellation: boolean;
}

/** A nonce that is on its way: what it is for, and every version of it that was sent. */
export interface Flight {
  readonly nonce: number;
  readonly label: string;
  /** Undefined for a nonce taken over from an earlier life of this key: its content is unknown. */
  readonly call: Call | undefined;
  /** The nearest deadline of this flight and of all that wait behind its nonce: unix seconds on B. */
  deadline: bigint | undefined;
  readonly attempts: Attempt[];
  gasLimit: bigint;
  lastSentAtMs: number;
  /** The bid that a replacement has to beat, whoever made it. */
  floor: Bid | undefined;
  /** Set once the call would revert: from then on only a cancellation is sent. */
  cancelledBy: Revert | undefined;
  /** How often in a row the nonce was seen used without a receipt of ours. */
  timesMissing: number;
  /** Since when the chain has been below every nonce on its way. */
  strandedSinceMs: number | undefined;
  readonly outcome: Promise<SendOutcome>;
  settle(outcome: SendOutcome): void;
  fail(error: unknown): void;
}

export function createFlight(
  fields: Pick<Flight, "nonce" | "label" | "call" | "deadline" | "gasLimit">,
): Flight {
  let settle: (outcome: SendOutcome) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const outcome = new Promise<SendOutcome>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  // Whoever sent it also awaits it; a flight that nobody awaits must not end the process.
  outcome.catch(() => undefined);
  return {
    ...fields,
    attempts: [],
    lastSentAtMs: 0,
    floor: undefined,
    cancelledBy: undefined,
    timesMissing: 0,
    strandedSinceMs: undefined,
    outcome,
    settle,
    fail,
  };
}

/** The nearer of two deadlines, where none is the farthest. */
export function nearest(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
