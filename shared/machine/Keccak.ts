import { keccak256 } from "../execution/crypto.js";
import { toWord } from "./State.js";

export { absorb, RATE } from "./keccakF.js";

/**
 * Keccak-256 from the inside, for HASH jobs: the sponge over `keccakF.ts` with 136 bytes a block. Whoever wants just a hash takes
 * `keccak256`.
 */

/** The 200 bytes of a state, lanes little-endian. */
export function stateBytes(lanes: BigUint64Array): Uint8Array {
  const bytes = new Uint8Array(200);
  const view = new DataView(bytes.buffer);
  lanes.forEach((lane, index) => view.setBigUint64(8 * index, lane, true));
  return bytes;
}

export function digestOf(bytes: Uint8Array): bigint {
  return toWord(keccak256(bytes));
}
