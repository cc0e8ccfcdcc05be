import { numbersDown, readAhead } from "../chain/readAhead.js";
import type { Source } from "../chain/source.js";
import type { Claim } from "../protocol/claim.js";
import { OptisyncError } from "../runtime/errors.js";

/** Headers asked for at the same time. */
const HEADERS_AT_ONCE = 8;
/** Headers between two tellings of progress. */
const HEADERS_TOGETHER = 512n;

/**
 * The blocks from a claim's parent to the claimed one, each linked to the one before by its hash: what level 1 of a game
 * is about. Position i is the i-th block after the parent's; positions behind the claimed block repeat it.
 */
export interface Span {
  /** Number of the parent claim's block. */
  readonly low: bigint;
  /** Number of the claimed block. */
  readonly high: bigint;
  /** Whether the claimed block descends from the parent claim's. */
  readonly isLinked: boolean;
  hashAt(position: bigint): string;
  /** The number of the claimed block or of an ancestor down to `low`; undefined for every other hash. */
  numberOf(hash: string): bigint | undefined;
  /** RLP of a header of the span, or of the block before it. */
  header(number: bigint): Promise<string>;
}

/**
 * Reads a span from the own node, backwards from the claimed block, and checks every link.
 *
 * @param tip RLP and parent of the claimed block if A's own chain does not have it.
 * @param onProgress told from time to time how many of the headers were read
 * @throws OptisyncError `SpanUnknown` (retry) if the node's chain does not lead to the claimed block; whatever Source
 * throws.
 */
export async function readSpan(
  source: Source,
  parent: Claim,
  claim: Claim,
  signal: AbortSignal,
  tip?: { rlp: string; parentHash: string },
  onProgress?: (done: bigint, of: bigint) => void,
): Promise<Span> {
  const [low, high] = [parent.number, claim.number];
  const hashes = new Map<bigint, string>([[high, claim.blockHash.toLowerCase()]]);
  let above = tip?.parentHash.toLowerCase();
  const top = tip === undefined ? high : high - 1n;
  for (let first = top; first >= low; first -= HEADERS_TOGETHER) {
    const last = first - HEADERS_TOGETHER + 1n > low ? first - HEADERS_TOGETHER + 1n : low;
    // Going straight to the last one lets the source read the headers on its way together.
    await source.headerByNumber(last);
    const heights = numbersDown(first, last);
    for await (const header of readAhead(heights, HEADERS_AT_ONCE, (number) =>
      source.headerByNumber(number),
    )) {
      signal.throwIfAborted();
      const hash = header.hash.toLowerCase();
      if (hash !== (above ?? hashes.get(header.number))) throw unknown(claim, header.number);
      hashes.set(header.number, hash);
      above = header.parentHash.toLowerCase();
    }
    onProgress?.(top - last + 1n, top - low + 1n);
  }
  const numbers = new Map([...hashes].map(([number, hash]) => [hash, number]));
  // The game's first position is what the parent claim says, whatever the chain has there.
  const start = parent.blockHash.toLowerCase();
  const isLinked = hashes.get(low) === start;
  hashes.set(low, start);
  return {
    low,
    high,
    isLinked,
    hashAt: (position) => hashes.get(low + position < high ? low + position : high) as string,
    numberOf: (hash) => numbers.get(hash.toLowerCase()),
    async header(number) {
      if (number === high && tip !== undefined) return tip.rlp;
      return (await source.headerByHash(hashes.get(number) as string)).rlp;
    },
  };
}

function unknown({ number, blockHash }: Claim, at: bigint): OptisyncError {
  return new OptisyncError(
    "SpanUnknown",
    `the own node's chain does not lead to block ${number}: it breaks at ${at}`,
    { action: "retry", details: { number, blockHash, at } },
  );
}
