import { digestWords } from "./keccakF.js";
import { readWord } from "./State.js";

/** A hash is kept as eight numbers of 32 bits, which are copied faster than as many bytes. */
export const HASH_WORDS = 8;

/** Hashes that share an array: one array for each would take several times the memory of its hash. */
const HASHES_PER_ARRAY = 1024;
let free = new Int32Array(0);
let used = 0;

/** What has a hash, which is computed when somebody asks and then kept. */
export abstract class Hashed {
  #words: Int32Array | undefined;
  #at = 0;
  #isKnown = false;

  /** Leaves the hash in `digestWords`. */
  protected abstract compute(): void;

  /** The hash has to be computed again. */
  forget(): void {
    this.#isKnown = false;
  }

  /** Sees to it that the hash is known. */
  settle(): void {
    if (this.#isKnown) return;
    this.compute();
    const words = (this.#words ??= this.#place());
    for (let index = 0; index < HASH_WORDS; index += 1)
      words[this.#at + index] = digestWords[index] as number;
    this.#isKnown = true;
  }

  /** Copies the hash, which is known, to the words of a message. */
  copyHash(target: Int32Array, to: number): void {
    const words = this.#words as Int32Array;
    for (let index = 0; index < HASH_WORDS; index += 1)
      target[to + index] = words[this.#at + index] as number;
  }

  hashWord(): bigint {
    this.settle();
    this.copyHash(askedWords, 0);
    return readWord(askedBytes, 0);
  }

  #place(): Int32Array {
    if (used === free.length) {
      free = new Int32Array(HASH_WORDS * HASHES_PER_ARRAY);
      used = 0;
    }
    this.#at = used;
    used += HASH_WORDS;
    return free;
  }
}

const askedWords = new Int32Array(HASH_WORDS);
const askedBytes = new Uint8Array(askedWords.buffer);
