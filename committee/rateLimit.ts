/** Tells whether one more request of an address is within its rate. */
export type RateLimit = (address: string) => boolean;

export interface RateLimitOptions {
  /** Requests an address may make per second in the long run. */
  perSecond: number;
  /** Requests it may make at once. */
  burst: number;
  /** Milliseconds, monotonic. */
  now?: () => number;
}

/** Addresses remembered at most; the one that asked longest ago is forgotten, which gives it a full bucket again. */
const MAX_ADDRESSES = 4096;

/** A token bucket for each address. */
export function createRateLimit({
  perSecond,
  burst,
  now = () => performance.now(),
}: RateLimitOptions): RateLimit {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (address) => {
    const at = now();
    const bucket = buckets.get(address) ?? { tokens: burst, at };
    const tokens = Math.min(burst, bucket.tokens + ((at - bucket.at) / 1000) * perSecond);
    const isAllowed = tokens >= 1;
    buckets.delete(address);
    buckets.set(address, { tokens: isAllowed ? tokens - 1 : tokens, at });
    const [oldest] = buckets.keys();
    if (buckets.size > MAX_ADDRESSES && oldest !== undefined) buckets.delete(oldest);
    return isAllowed;
  };
}
