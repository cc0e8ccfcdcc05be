import { keccak256 } from "../execution/crypto.js";
import { readWord, writeWord } from "./State.js";

/**
 * A hash list: empty is 0, `cons(v, rest) = H(v ‖ rest)`. The stack of a frame and the walk of FLUSH are committed to in this
 * way, top first.
 */
const pair = new Uint8Array(64);

/** `H(v ‖ rest)` */
export function cons(value: bigint, rest: bigint): bigint {
  writeWord(pair, 0, value);
  writeWord(pair, 32, rest);
  return readWord(keccak256(pair), 0);
}

/**
 * Remembers the hashes of a list that is asked for again and again while its top changes: only what lies above the lowest
 * changed item is hashed. It compares by value, so it may serve several versions of a list.
 */
export class ListHashes {
  readonly #values: bigint[] = [];
  /** `#hashes[i]` commits to the items 0 … i. */
  readonly #hashes: bigint[] = [];

  /** The hash of the lowest `height` items of `items`, whose last item is the top. */
  hash(items: readonly bigint[], height: number = items.length): bigint {
    const values = this.#values;
    let same = 0;
    const known = Math.min(values.length, height);
    while (same < known && values[same] === items[same]) same += 1;
    if (same < height) values.length = this.#hashes.length = same;
    for (let index = same; index < height; index += 1) {
      const value = items[index] as bigint;
      values.push(value);
      this.#hashes.push(cons(value, index === 0 ? 0n : (this.#hashes[index - 1] as bigint)));
    }
    return height === 0 ? 0n : (this.#hashes[height - 1] as bigint);
  }
}
