/**
 * SHA-256, block by block (FIPS 180-4). Twin of `contracts/machine/precompiles/Sha256.sol`. The chaining value is one
 * word: H0 in the highest 32 bits, H7 in the lowest.
 */
export const BLOCK_SIZE = 64;
/** Section 5.3.3. */
export const INITIAL = 0x6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19n;

/** Section 4.2.2. */
const CONSTANTS = Uint32Array.from([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);

/** How many blocks a message of `size` bytes makes: one byte of 0x80 and eight of length are added. */
export function blocks(size: number): number {
  return Math.floor((size + 8) / BLOCK_SIZE) + 1;
}

/**
 * A word of the padded message (section 5.1.1).
 * @param word The message's 32 bytes at byte `offset`, zero beyond its end.
 */
export function pad(word: bigint, offset: number, size: number): bigint {
  let padded = word;
  if (offset <= size && size < offset + 32) padded |= 0x80n << BigInt(8 * (offset + 31 - size));
  if (offset + 32 === blocks(size) * BLOCK_SIZE) padded |= BigInt(8 * size);
  return padded;
}

/** One block (section 6.2.2), given as its two words. */
export function compress(chaining: bigint, first: bigint, second: bigint): bigint {
  const schedule = scheduleOf(first, second);
  const before = split(chaining);
  let [a, b, c, d, e, f, g, h] = before as [number, number, number, number, number, number, number, number];
  for (let t = 0; t < 64; t += 1) {
    const t1 = (h + sum1(e) + ((e & f) ^ (~e & g)) + (CONSTANTS[t] as number) + (schedule[t] as number)) | 0;
    const t2 = (sum0(a) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e] = [g, f, e, (d + t1) | 0];
    [d, c, b, a] = [c, b, a, (t1 + t2) | 0];
  }
  return [a, b, c, d, e, f, g, h].reduce(
    (next, value, index) => (next << 32n) | BigInt(((before[index] as number) + value) >>> 0),
    0n,
  );
}

function scheduleOf(first: bigint, second: bigint): Int32Array {
  const w = new Int32Array(64);
  w.set([...split(first), ...split(second)]);
  for (let t = 16; t < 64; t += 1) {
    const [x, y] = [w[t - 15] as number, w[t - 2] as number];
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[t] = s1 + (w[t - 7] as number) + s0 + (w[t - 16] as number);
  }
  return w;
}

/** The eight 32-bit numbers of a word. */
function split(word: bigint): number[] {
  return Array.from({ length: 8 }, (_, index) => Number(BigInt.asIntN(32, word >> BigInt(224 - 32 * index))));
}

function sum0(x: number): number {
  return rotate(x, 2) ^ rotate(x, 13) ^ rotate(x, 22);
}

function sum1(x: number): number {
  return rotate(x, 6) ^ rotate(x, 11) ^ rotate(x, 25);
}

/** To the right. */
function rotate(x: number, n: number): number {
  return (x >>> n) | (x << (32 - n));
}
