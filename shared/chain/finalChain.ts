import type { SourceHeader } from "./sourceHeader.js";

/** How far below the final head heights are resolved by walking; a claim spans at most 4096 blocks. */
export const LINKED_WINDOW = 8192n;

/** Heights that are told ahead of a walk. */
const EXPECTED = 256n;

/**
 * The hashes of the blocks below the final head, found by parent hashes. A node can make up a header with a valid
 * hash for a single height; it cannot make it an ancestor of the head.
 *
 *   low ◀── … ◀── high ◀─(walk)─ new head
 */
export class FinalChain {
  readonly #headerByHash: (hash: string) => Promise<SourceHeader>;
  readonly #expect: (low: bigint, high: bigint) => Promise<void>;
  #hashes = new Map<bigint, string>();
  #walking: Promise<unknown> = Promise.resolve();
  #low = 0n;
  #high = -1n;

  /**
   * @param headerByHash reads a header
   * @param expect told which heights are going to be walked, from the low one to the high one, so that their headers may be
   * read together; whether it does changes nothing but the time
   */
  constructor(
    headerByHash: (hash: string) => Promise<SourceHeader>,
    expect: (low: bigint, high: bigint) => Promise<void> = async () => undefined,
  ) {
    this.#headerByHash = headerByHash;
    this.#expect = expect;
  }

  /** The ancestor of `head` at a height not above it. Throws what reading a header throws. */
  ancestor(head: SourceHeader, number: bigint): Promise<SourceHeader> {
    // One walk at a time: each of them changes what the next one starts from.
    const found = this.#walking.then(() => this.#ancestor(head, number));
    this.#walking = found.catch(() => undefined);
    return found;
  }

  async #ancestor(head: SourceHeader, number: bigint): Promise<SourceHeader> {
    await this.#extendTo(head);
    if (number < this.#low) await this.#reachDownTo(number);
    return this.#headerByHash(this.#hashes.get(number) as string);
  }

  /** Walks from a new head down to the one known; begins anew where they are not one chain. */
  async #extendTo(head: SourceHeader): Promise<void> {
    if (this.#hashes.get(head.number) === head.hash) return;
    const added = new Map([[head.number, head.hash]]);
    let at = head;
    while (at.number > this.#high + 1n && head.number - at.number < LINKED_WINDOW && this.#high >= 0n) {
      if ((head.number - at.number) % EXPECTED === 0n)
        await this.#expect(max(this.#high + 1n, at.number - EXPECTED), at.number - 1n);
      at = await this.#headerByHash(at.parentHash);
      added.set(at.number, at.hash);
    }
    const isLinked = at.number === this.#high + 1n && at.parentHash === this.#hashes.get(this.#high);
    if (!isLinked || this.#high < 0n) {
      this.#hashes = new Map();
      this.#low = at.number;
    }
    for (const [number, hash] of added) this.#hashes.set(number, hash);
    this.#high = head.number;
    for (; this.#high - this.#low > 2n * LINKED_WINDOW; this.#low += 1n) this.#hashes.delete(this.#low);
  }

  async #reachDownTo(number: bigint): Promise<void> {
    for (let walked = 0n; this.#low > number; walked++) {
      if (walked % EXPECTED === 0n) await this.#expect(max(number, this.#low - EXPECTED), this.#low);
      const lowest = await this.#headerByHash(this.#hashes.get(this.#low) as string);
      this.#hashes.set(this.#low - 1n, lowest.parentHash);
      this.#low -= 1n;
    }
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
