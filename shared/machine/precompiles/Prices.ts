/**
 * What the precompiles are and what they cost. Twin of `contracts/machine/precompiles/Prices.sol`.
 * Sources: Yellow Paper appendix E; EIP-152, 196, 197, 1108 (BN254, BLAKE2F), 198, 2565, 7823, 7883 (MODEXP),
 * 2537 (BLS12-381), 4844 (point evaluation), 7951 (P-256). `rules`: 0 Cancun, 1 Prague, 2 Osaka.
 */
const OSAKA = 2;

export const ECRECOVER = 0x01;
export const SHA256 = 0x02;
export const RIPEMD160 = 0x03;
export const IDENTITY = 0x04;
export const MODEXP = 0x05;
export const BN254_ADD = 0x06;
export const BN254_MULTIPLY = 0x07;
export const BN254_PAIRING = 0x08;
export const BLAKE2F = 0x09;
export const POINT_EVALUATION = 0x0a;
export const BLS_G1_ADD = 0x0b;
export const BLS_G1_MSM = 0x0c;
export const BLS_G2_ADD = 0x0d;
export const BLS_G2_MSM = 0x0e;
export const BLS_PAIRING = 0x0f;
export const BLS_MAP_FP_TO_G1 = 0x10;
export const BLS_MAP_FP2_TO_G2 = 0x11;
export const P256_VERIFY = 0x100;

/** More than any frame's gas. */
export const UNPAYABLE = 2n ** 256n - 1n;
/** EIP-7823: no length of MODEXP is larger, from Osaka on. */
export const MODEXP_MAX_SIZE = 1024n;

/** EIP-2537, per mille for 1 to 128 pairs. */
const DISCOUNT_G1 = [
  1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677, 673, 669, 665, 661, 658,
  654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627, 625, 623, 621, 619, 617, 615, 613, 611, 609, 608,
  606, 604, 603, 601, 599, 598, 596, 595, 593, 592, 591, 589, 588, 586, 585, 584, 582, 581, 580, 579, 577,
  576, 575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563, 562, 561, 560, 559, 558, 557, 556, 555,
  554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545, 544, 543, 542, 541, 540, 540, 539, 538, 537, 536,
  536, 535, 534, 533, 532, 532, 531, 530, 529, 528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520,
  520, 519,
];
const DISCOUNT_G2 = [
  1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717, 711, 704, 699, 693, 688,
  683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646, 643, 640, 637, 634, 632, 629, 627, 624, 622, 620,
  618, 615, 613, 611, 609, 607, 606, 604, 602, 600, 598, 597, 595, 593, 592, 590, 589, 587, 586, 584, 583,
  582, 580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567, 566, 565, 563, 562, 561, 560, 559, 558,
  557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548, 547, 546, 545, 545, 544, 543, 542, 541, 541, 540,
  539, 538, 537, 537, 536, 535, 535, 534, 533, 532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525,
  524, 524,
];

const FIXED: ReadonlyMap<number, bigint> = new Map([
  [ECRECOVER, 3000n],
  [BN254_ADD, 150n],
  [BN254_MULTIPLY, 6000n],
  [POINT_EVALUATION, 50_000n],
  [BLS_G1_ADD, 375n],
  [BLS_G2_ADD, 600n],
  [BLS_MAP_FP_TO_G1, 5500n],
  [BLS_MAP_FP2_TO_G2, 23_800n],
  [P256_VERIFY, 6900n],
]);

/** The price of the precompiles that cost the same for every input. BLAKE2F costs one per round instead. */
export function ofCall(precompile: number): bigint {
  const price = FIXED.get(precompile);
  if (price === undefined) throw new RangeError(`precompile ${precompile} has no fixed price`);
  return price;
}

/** The price of SHA256, RIPEMD160 and IDENTITY by the size of their input in bytes. */
export function ofBytes(precompile: number, size: bigint): bigint {
  const words = (size + 31n) / 32n;
  if (precompile === SHA256) return 60n + 12n * words;
  if (precompile === RIPEMD160) return 600n + 120n * words;
  if (precompile === IDENTITY) return 15n + 3n * words;
  throw new RangeError(`precompile ${precompile} has no price by bytes`);
}

/** The price of the pairings and of the multi-scalar multiplications by their number of pairs. */
export function ofPairs(precompile: number, pairs: bigint): bigint {
  if (precompile === BN254_PAIRING) return 45_000n + 34_000n * pairs;
  if (precompile === BLS_PAIRING) return 37_700n + 32_600n * pairs;
  if (precompile === BLS_G1_MSM) return (12_000n * pairs * discount(DISCOUNT_G1, pairs)) / 1000n;
  if (precompile === BLS_G2_MSM) return (22_500n * pairs * discount(DISCOUNT_G2, pairs)) / 1000n;
  throw new RangeError(`precompile ${precompile} has no price by pairs`);
}

/**
 * The price of MODEXP. Lengths are what the input states, any 256-bit numbers.
 * @param head The number that the first 32 bytes of the exponent make, or all of them if it is shorter.
 */
export function ofModExp(
  baseSize: bigint,
  exponentSize: bigint,
  modulusSize: bigint,
  head: bigint,
  rules: number,
): bigint {
  const osaka = rules >= OSAKA;
  const floor = osaka ? 500n : 200n;
  const size = baseSize > modulusSize ? baseSize : modulusSize;
  // Before Osaka nothing is charged for an exponent if there is nothing to raise.
  if (size === 0n && !osaka) return floor;
  // Either alone is beyond every gas limit.
  if (size >= 2n ** 32n || exponentSize >= 2n ** 64n) return UNPAYABLE;

  const beyond = exponentSize > 32n ? (osaka ? 16n : 8n) * (exponentSize - 32n) : 0n;
  const iterations = beyond + log2(head) || 1n;
  const words = (size + 7n) / 8n;
  const price = osaka
    ? iterations * (size > 32n ? 2n * words * words : 16n)
    : (iterations * words * words) / 3n;
  return price > floor ? price : floor;
}

function discount(table: readonly number[], pairs: bigint): bigint {
  const permille = table[Math.min(Number(pairs), table.length) - 1];
  if (permille === undefined) throw new RangeError("no price for no pairs");
  return BigInt(permille);
}

/** Rounded down; zero for zero. */
function log2(value: bigint): bigint {
  return value === 0n ? 0n : BigInt(value.toString(2).length - 1);
}
