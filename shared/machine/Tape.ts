/**
 * What a proof shows to the stepper besides the machine: words and blobs, read strictly in order and consumed exactly.
 *
 * While a step is recorded, the accessors of the live objects (`Machine.pop`, `Memory.read`, `World.find` …) append to the tape just
 * what the Solidity twin's readers will read at that point. Outside of recording there is no tape.
 */
export class Tape {
  readonly words: bigint[] = [];
  readonly blobs: Uint8Array[] = [];

  word(...words: bigint[]): void {
    this.words.push(...words);
  }

  /** The content behind a hash, one blob. */
  blob(bytes: Uint8Array): void {
    this.blobs.push(bytes);
  }
}
