import { createRounds } from "./blake2fRounds.js";

/**
 * The compression function F of BLAKE2b, round by round (EIP-152, RFC 7693). Twin of
 * `contracts/machine/precompiles/Blake2f.sol`. All words here are 64-bit numbers; in the precompile's bytes they are
 * little-endian.
 */
export interface Blake2fState {
  readonly h: BigUint64Array;
  readonly m: BigUint64Array;
  readonly v: BigUint64Array;
}

/** EIP-152: rounds (4), h (64), m (128), t (16), final flag (1). */
export const INPUT_SIZE = 213;

const H_AT = 4;
const M_AT = 68;
const T_AT = 196;
const FLAG_AT = 212;

/** RFC 7693 section 2.6. */
const IV = BigUint64Array.from([
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
]);

/** Section 2.7: ten permutations of the message words, one hex digit each. */
const SIGMA = [
  "0123456789abcdef",
  "ea489fd61c02b753",
  "b8c052fdae367194",
  "7931dcbe265a40f8",
  "905724afe1bc683d",
  "2c6a0b834d75fe19",
  "c51fed4a0763928b",
  "db7ec13950f4862a",
  "6fe9b308c2d714a5",
  "a2847615fb9e3cd0",
].map((row) => Array.from(row, (digit) => parseInt(digit, 16)));

type Mix = readonly [number, number, number, number];

/** Columns, then diagonals: which words of `v` mix. */
const MIXES: readonly Mix[] = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
];

/** The number of rounds that an input of `INPUT_SIZE` bytes asks for. */
export function roundCount(input: Uint8Array): number {
  return viewOf(input).getUint32(0);
}

/** Whether an input is one at all (EIP-152: its size, and a flag of 0 or 1). */
export function isValid(input: Uint8Array): boolean {
  return input.length === INPUT_SIZE && (input[FLAG_AT] as number) <= 1;
}

/** The state before the first round (RFC 7693 section 3.2). */
export function start(input: Uint8Array): Blake2fState {
  const view = viewOf(input);
  const words = (offset: number, count: number): BigUint64Array =>
    BigUint64Array.from({ length: count }, (_, index) => view.getBigUint64(offset + 8 * index, true));
  const h = words(H_AT, 8);
  const v = BigUint64Array.from([...h, ...IV]);
  const [low, high] = words(T_AT, 2) as unknown as [bigint, bigint];
  v[12] = (v[12] as bigint) ^ low;
  v[13] = (v[13] as bigint) ^ high;
  if (input[FLAG_AT] !== 0) v[14] = ~(v[14] as bigint);
  return { h, m: words(M_AT, 16), v };
}

export function copy({ h, m, v }: Blake2fState): Blake2fState {
  return { h, m, v: v.slice() };
}

const runRounds = createRounds(SIGMA, MIXES);

/** The rounds number `from` to `to − 1`, from 0, in place: each mixes the columns, then the diagonals. */
export function rounds({ m, v }: Blake2fState, from: number, to: number): void {
  runRounds(v, m, from, to);
}

/** The output after the last round: 64 bytes. */
export function finish({ h, v }: Blake2fState): Uint8Array {
  const output = new Uint8Array(64);
  const view = viewOf(output);
  h.forEach((word, index) =>
    view.setBigUint64(8 * index, word ^ (v[index] as bigint) ^ (v[index + 8] as bigint), true),
  );
  return output;
}

/** The 40 words of `abi.encode(state)`. */
export function stateWords({ h, m, v }: Blake2fState): bigint[] {
  return [...h, ...m, ...v];
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
