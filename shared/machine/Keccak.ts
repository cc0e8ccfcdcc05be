import { keccak256 } from "../execution/crypto.js";
import { toWord } from "./State.js";

/**
 * Keccak-256 from the inside, for proofs of HASH jobs: the permutation keccak-f[1600] (FIPS 202, section 3) and the sponge over it
 * with 136 bytes a block and Keccak's original padding. Whoever wants just a hash takes `keccak256`.
 */
export const RATE = 136;
const ROUNDS = 24;

/** Rotation of lane x + 5y (section 3.2.2). */
const ROTATIONS = [
  0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
].map(BigInt);

/** Section 3.2.5: the constants of ι, from a linear feedback shift register. */
const ROUND_CONSTANTS = roundConstants();

function roundConstants(): bigint[] {
  const constants: bigint[] = [];
  let register = 1;
  for (let round = 0; round < ROUNDS; round += 1) {
    let constant = 0n;
    for (let j = 0; j < 7; j += 1) {
      if ((register & 1) === 1) constant |= 1n << BigInt((1 << j) - 1);
      register = (register << 1) ^ ((register >> 7) * 0x171);
    }
    constants.push(constant);
  }
  return constants;
}

function rotate(lane: bigint, by: bigint): bigint {
  return BigInt.asUintN(64, (lane << by) | (lane >> (64n - by)));
}

/** keccak-f[1600] on 25 lanes, lane x + 5y at that index. */
export function permute(a: BigUint64Array): void {
  const at = (index: number): bigint => a[index] as bigint;
  for (const constant of ROUND_CONSTANTS) {
    const parity = [0, 1, 2, 3, 4].map((x) => at(x) ^ at(x + 5) ^ at(x + 10) ^ at(x + 15) ^ at(x + 20));
    const b = new BigUint64Array(25);
    for (let x = 0; x < 5; x += 1) {
      const theta = (parity[(x + 4) % 5] as bigint) ^ rotate(parity[(x + 1) % 5] as bigint, 1n);
      for (let y = 0; y < 5; y += 1)
        b[y + 5 * ((2 * x + 3 * y) % 5)] = rotate(at(x + 5 * y) ^ theta, ROTATIONS[x + 5 * y] as bigint);
    }
    for (let index = 0; index < 25; index += 1) {
      const [x, row] = [index % 5, index - (index % 5)];
      a[index] =
        (b[index] as bigint) ^ (~(b[row + ((x + 1) % 5)] as bigint) & (b[row + ((x + 2) % 5)] as bigint));
    }
    a[0] = at(0) ^ constant;
  }
}

/** Absorbs one block of 136 bytes. */
export function absorb(lanes: BigUint64Array, block: Uint8Array): void {
  const view = new DataView(block.buffer, block.byteOffset, RATE);
  for (let index = 0; index < RATE / 8; index += 1)
    lanes[index] = (lanes[index] as bigint) ^ view.getBigUint64(8 * index, true);
  permute(lanes);
}

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
