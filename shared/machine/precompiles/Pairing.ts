import { toHex } from "../../execution/crypto.js";
import { blsCurve, bn254Curve, type PairingCurve } from "../../execution/curves.js";
import * as Field from "./Field.js";
import type { Fp, Fp2 } from "./Field.js";
import { Fp12 } from "./Fp12.js";
import { Miller, type LineShape } from "./Miller.js";
import * as Prices from "./Prices.js";

/**
 * The pairing checks of BN254 and BLS12-381, bit by bit (EIP-197, EIP-2537). Twin of
 * `contracts/machine/precompiles/Pairing.sol`, which says why this answers what the precompiles do.
 */

/** What one of the two pairings needs to know of its curve. */
export interface Curve {
  readonly precompile: number;
  /** Its arithmetic; Fp12 = Fp2[w]/(w⁶ − ξ) there, with ξ = 9 + u for BN254 and 1 + u for BLS12-381. */
  readonly library: PairingCurve;
  readonly miller: Miller;
  /** The count of the Miller loop. */
  readonly loop: bigint;
  readonly loopBits: number;
  /** (p¹² − 1)/r. */
  readonly exponent: bigint;
  readonly exponentBits: number;
}

/** What a pairing keeps between steps; nothing in it is changed in place. */
export interface PairingState {
  /** Of the Miller values of all finished pairs. */
  readonly product: Fp12;
  /** The Miller value of the pair in work; then the power of `product` so far. */
  readonly power: Fp12;
  /** The pair's point P of the first group. */
  readonly x: Fp;
  readonly y: Fp;
  /** Its point Q of the second. */
  readonly qx: Fp2;
  readonly qy: Fp2;
  /** The multiple T of Q that the loop has reached. */
  readonly tx: Fp2;
  readonly ty: Fp2;
}

function curveOf(
  precompile: number,
  prime: bigint,
  order: bigint,
  library: PairingCurve,
  line: LineShape,
  loop: bigint,
): Curve {
  const exponent = (prime ** 12n - 1n) / order;
  return {
    precompile,
    library,
    miller: new Miller(library, line),
    loop,
    loopBits: loop.toString(2).length,
    exponent,
    exponentBits: exponent.toString(2).length,
  };
}

/**
 * EIP-197, and for the plain ate pairing s = 6x², x = 4965661367192848881. Untwists by (x·w², y·w³), so that the line is
 * y_P − λ x_P w + (λ x_T − y_T) w³.
 */
const BN254 = curveOf(
  Prices.BN254_PAIRING,
  0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n,
  0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n,
  bn254Curve,
  { ofY: 0, ofX: 1, rest: 3 },
  6n * 4965661367192848881n ** 2n,
);

/**
 * EIP-2537, and s = |x|, x = −0xd201000000010000. Untwists by (x·w⁻², y·w⁻³); the line times w³, which the final exponent removes, is
 * y_P w³ − λ x_P w² + (λ x_T − y_T).
 */
const BLS = curveOf(
  Prices.BLS_PAIRING,
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn,
  0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n,
  blsCurve,
  { ofY: 3, ofX: 2, rest: 0 },
  0xd201000000010000n,
);

const NO_POINTS = { x: 0n, y: 0n, qx: Field.ZERO, qy: Field.ZERO, tx: Field.ZERO, ty: Field.ZERO };

/** The curve of a pairing precompile. */
export function curve(precompile: number): Curve {
  return precompile === Prices.BN254_PAIRING ? BN254 : BLS;
}

/** Bytes of a pair in the input. */
export function pairSize(precompile: number): number {
  return precompile === Prices.BN254_PAIRING ? 192 : 384;
}

/** The state before the first pair. */
export function start({ library }: Curve): PairingState {
  const nothing = new Fp12(library, { coefficients: [] });
  return { product: Fp12.one(library), power: nothing, ...NO_POINTS };
}

/**
 * Takes up a pair that `Native.pairKind` has found good. `infinite`: whether one of the points is at infinity. Such a pair contributes
 * 1 and needs no loop.
 */
export function load(
  state: PairingState,
  c: Curve,
  pair: Uint8Array,
): { infinite: boolean; state: PairingState } {
  const size = pair.length / 6;
  const v = Array.from({ length: 6 }, (_, index) =>
    BigInt(`0x${toHex(pair.subarray(size * index, size * (index + 1)))}`),
  ) as [bigint, bigint, bigint, bigint, bigint, bigint];
  const [x, y] = v;
  // EIP-197 puts the imaginary part first, EIP-2537 the real part.
  const isBn254 = c.precompile === Prices.BN254_PAIRING;
  const qx = isBn254 ? { a: v[3], b: v[2] } : { a: v[2], b: v[3] };
  const qy = isBn254 ? { a: v[5], b: v[4] } : { a: v[4], b: v[5] };
  const infinite = (x === 0n && y === 0n) || (Field.isZero(qx) && Field.isZero(qy));
  const loaded = { product: state.product, power: Fp12.one(c.library), x, y, qx, qy, tx: qx, ty: qy };
  return { infinite, state: loaded };
}

/**
 * Bits of Miller's loop: from bit `from − 1` of the count down to bit `to`, which begins with `loopBits − 2`. The last bit, 0, also
 * takes the pair's value into the product.
 */
export function millerBits(state: PairingState, c: Curve, from: number, to: number): PairingState {
  const s = { ...state, ...c.miller.loop(state, state, c.loop, from, to) };
  return to === 0 ? { ...s, product: s.product.multiply(s.power) } : s;
}

/** The state before the first bit of the exponent. */
export function startPower(state: PairingState, { library }: Curve): PairingState {
  return { product: state.product, power: Fp12.one(library), ...NO_POINTS };
}

/** Bits of the final exponentiation: from bit `from − 1` of the exponent, which begins with `exponentBits − 1`, down to bit `to`. */
export function exponentBits(state: PairingState, c: Curve, from: number, to: number): PairingState {
  return { ...state, power: c.miller.raise(state.power, state.product, c.exponent, from, to) };
}

/** The answer after the last bit: whether the power is 1. */
export function verdict({ power }: PairingState): boolean {
  return power.isOne();
}

/** The 68 words of `abi.encode(state)`: each element of the field takes two. */
export function stateWords(s: PairingState): bigint[] {
  const elements = [...s.product.coefficients(), ...s.power.coefficients()].flatMap(({ a, b }) => [a, b]);
  elements.push(s.x, s.y);
  for (const { a, b } of [s.qx, s.qy, s.tx, s.ty]) elements.push(a, b);
  return elements.flatMap((value) => [value >> 256n, BigInt.asUintN(256, value)]);
}
