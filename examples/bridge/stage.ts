import type { JsonRpcProvider } from "ethers";

/** Messages in one direction. */
export interface Way {
  /** Where they are sent. */
  readonly outbox: string;
  /** Where they arrive. */
  readonly inbox: string;
  /** Waits until everything that was sent so far has been delivered. */
  untilArrived(): Promise<void>;
}

/**
 * What the bridge plays on: two chains with a way of messages in each direction, and somebody who has the same address
 * and some ether on both. `devnetStage.ts` lets real time pass; the test lets the chains' clocks jump.
 */
export interface BridgeStage {
  readonly a: JsonRpcProvider;
  readonly b: JsonRpcProvider;
  /** From A to B. */
  readonly forth: Way;
  /** From B to A. */
  readonly back: Way;
  readonly person: string;
  say(line: string): void;
}
