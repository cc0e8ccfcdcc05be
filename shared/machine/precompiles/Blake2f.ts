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
export function rounds(input: Uint8Array): number {
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

/** Round number `number`, from 0, in place: mixes the columns, then the diagonals. */
export function round({ m, v }: Blake2fState, number: number): void {
  const row = SIGMA[number % 10] as number[];
  const [halves, words] = [new Int32Array(v.buffer), new Int32Array(m.buffer)];
  for (let index = 0; index < 8; index += 1)
    mix(halves, MIXES[index] as Mix, words, row[2 * index] as number, row[2 * index + 1] as number);
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

/** Which half of a 64-bit number of a typed array comes first on this machine. */
const LOW = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

/** What does not fit the low half of a sum of unsigned halves. */
function carry(sum: number): number {
  return Math.floor(sum / 2 ** 32);
}

/** Section 3.1, with numbers in halves of 32 bits: whole ones would be integers of any size, ten times as slow. */
function mix(v: Int32Array, [a, b, c, d]: Mix, m: Int32Array, x: number, y: number): void {
  let [al, ah] = [v[2 * a + LOW] as number, v[2 * a + HIGH] as number];
  let [bl, bh] = [v[2 * b + LOW] as number, v[2 * b + HIGH] as number];
  let [cl, ch] = [v[2 * c + LOW] as number, v[2 * c + HIGH] as number];
  let [dl, dh] = [v[2 * d + LOW] as number, v[2 * d + HIGH] as number];

  let low = (al >>> 0) + (bl >>> 0) + ((m[2 * x + LOW] as number) >>> 0);
  ah = (ah + bh + (m[2 * x + HIGH] as number) + carry(low)) | 0;
  al = low | 0;
  // d = (d ^ a), 32 to the right
  [dl, dh] = [dh ^ ah, dl ^ al];
  low = (cl >>> 0) + (dl >>> 0);
  ch = (ch + dh + carry(low)) | 0;
  cl = low | 0;
  // b = (b ^ c), 24 to the right
  [bl, bh] = [bl ^ cl, bh ^ ch];
  [bl, bh] = [(bl >>> 24) | (bh << 8), (bh >>> 24) | (bl << 8)];
  low = (al >>> 0) + (bl >>> 0) + ((m[2 * y + LOW] as number) >>> 0);
  ah = (ah + bh + (m[2 * y + HIGH] as number) + carry(low)) | 0;
  al = low | 0;
  // d = (d ^ a), 16 to the right
  [dl, dh] = [dl ^ al, dh ^ ah];
  [dl, dh] = [(dl >>> 16) | (dh << 16), (dh >>> 16) | (dl << 16)];
  low = (cl >>> 0) + (dl >>> 0);
  ch = (ch + dh + carry(low)) | 0;
  cl = low | 0;
  // b = (b ^ c), 63 to the right
  [bl, bh] = [bl ^ cl, bh ^ ch];
  [bl, bh] = [(bl << 1) | (bh >>> 31), (bh << 1) | (bl >>> 31)];

  [v[2 * a + LOW], v[2 * a + HIGH], v[2 * b + LOW], v[2 * b + HIGH]] = [al, ah, bl, bh];
  [v[2 * c + LOW], v[2 * c + HIGH], v[2 * d + LOW], v[2 * d + HIGH]] = [cl, ch, dl, dh];
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
