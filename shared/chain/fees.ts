import { toBigint, type Head, type JsonRpc } from "./transactions.js";

/** How much a process pays for inclusion on B, and how it raises a bid. All amounts in wei per gas. */
export interface FeePolicy {
  /** Never bid more than this while there is time. */
  maxFeePerGasCapWei: bigint;
  /** Never bid more than this at all; reached as a deadline nears. */
  urgentCapWei: bigint;
  /** The tip at first. */
  priorityFeeWei: bigint;
  /** Each replacement bids at least this much more; nodes demand 10. */
  bumpPercent: bigint;
  /** How long a transaction may stay unmined before its bid is raised. */
  resubmitMs: number;
  /** How long before a deadline the cap starts to rise; it is at the urgent cap for the last quarter. */
  urgentSeconds: bigint;
}

const GWEI = 1_000_000_000n;

export const DEFAULT_FEE_POLICY: FeePolicy = {
  maxFeePerGasCapWei: 100n * GWEI,
  urgentCapWei: 500n * GWEI,
  priorityFeeWei: GWEI,
  bumpPercent: 15n,
  resubmitMs: 24_000,
  urgentSeconds: 1_800n,
};

/** A bid. On a chain without EIP-1559 (`isLegacy`) both fields are the gas price. */
export interface Bid {
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  isLegacy: boolean;
}

/** What the market asks: the head's base fee, or the node's gas price where there is no base fee. */
export type Market = { baseFeePerGas: bigint } | { gasPrice: bigint };

/** The cap that holds with `remainingSeconds` left to the deadline; without a deadline the normal cap. */
export function feeCapWei(policy: FeePolicy, remainingSeconds: bigint | undefined): bigint {
  const { maxFeePerGasCapWei: low, urgentCapWei: high, urgentSeconds } = policy;
  if (remainingSeconds === undefined || remainingSeconds >= urgentSeconds || high <= low) return low;
  const lastQuarter = urgentSeconds / 4n;
  if (remainingSeconds <= lastQuarter) return high;
  return high - ((high - low) * (remainingSeconds - lastQuarter)) / (urgentSeconds - lastQuarter);
}

/**
 * The first bid: twice the base fee plus the tip (six full blocks of rising base fee, EIP-1559), at most the cap.
 * Undefined if even the cap would not be mined now: then it is better to wait than to block the nonce.
 */
export function firstBid(policy: FeePolicy, market: Market, capWei: bigint): Bid | undefined {
  if ("gasPrice" in market) {
    if (market.gasPrice > capWei) return undefined;
    return { maxFeePerGas: market.gasPrice, maxPriorityFeePerGas: market.gasPrice, isLegacy: true };
  }
  if (market.baseFeePerGas > capWei) return undefined;
  const maxFeePerGas = min(2n * market.baseFeePerGas + policy.priorityFeeWei, capWei);
  return { maxFeePerGas, maxPriorityFeePerGas: min(policy.priorityFeeWei, maxFeePerGas), isLegacy: false };
}

/**
 * A bid that nodes accept in place of `previous`: both fields raised by the bump, or to the market if that is more.
 * Undefined if the cap does not allow it.
 */
export function raisedBid(policy: FeePolicy, market: Market, capWei: bigint, previous: Bid): Bid | undefined {
  const raise = (amount: bigint): bigint => (amount * (100n + policy.bumpPercent)) / 100n + 1n;
  const fresh = firstBid(policy, market, capWei);
  const maxFeePerGas = max(fresh?.maxFeePerGas ?? 0n, raise(previous.maxFeePerGas));
  if (maxFeePerGas > capWei) return undefined;
  const tip = max(fresh?.maxPriorityFeePerGas ?? 0n, raise(previous.maxPriorityFeePerGas));
  return { maxFeePerGas, maxPriorityFeePerGas: min(tip, maxFeePerGas), isLegacy: previous.isLegacy };
}

/** Seconds of B's time left until a deadline; never negative. */
export function remainingSeconds(deadline: bigint | undefined, head: Head): bigint | undefined {
  if (deadline === undefined) return undefined;
  return deadline > head.timestamp ? deadline - head.timestamp : 0n;
}

/** What B's market asks at this head. */
export async function readMarket(rpc: JsonRpc, head: Head): Promise<Market> {
  if (head.baseFeePerGas !== undefined) return { baseFeePerGas: head.baseFeePerGas };
  return { gasPrice: toBigint(await rpc.send("eth_gasPrice", []), "gas price") };
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
