import { fromHex, toHex } from "../../execution/crypto.js";
import { blsCurve, bn254Curve, type PairingCurve } from "../../execution/curves.js";

/**
 * Arithmetic in the fields of the pairings' curves. Twin of `contracts/machine/precompiles/Field.sol`. Elements are
 * always below the prime, so that equal ones look equal.
 */
export type Fp = bigint;

/** a + b·u with u² = −1. */
export interface Fp2 {
  readonly a: Fp;
  readonly b: Fp;
}

export const ZERO: Fp2 = { a: 0n, b: 0n };
export const ONE: Fp2 = { a: 1n, b: 0n };

export function add(x: Fp2, y: Fp2, p: Fp): Fp2 {
  return { a: sum(x.a, y.a, p), b: sum(x.b, y.b, p) };
}

export function negate(x: Fp2, p: Fp): Fp2 {
  return { a: x.a === 0n ? 0n : p - x.a, b: x.b === 0n ? 0n : p - x.b };
}

export function subtract(x: Fp2, y: Fp2, p: Fp): Fp2 {
  return add(x, negate(y, p), p);
}

/** (a + bu)(c + du) = ac − bd + (ad + bc)u. */
export function multiply(x: Fp2, y: Fp2, p: Fp): Fp2 {
  return { a: reduce(x.a * y.a - x.b * y.b, p), b: (x.a * y.b + x.b * y.a) % p };
}

/** 1 / (a + bu) = (a − bu) / (a² + b²), and 0 for 0. */
export function invert(x: Fp2, p: Fp): Fp2 {
  const inverse = invertPrime((x.a * x.a + x.b * x.b) % p, p);
  return { a: (x.a * inverse) % p, b: x.b === 0n ? 0n : p - ((x.b * inverse) % p || p) };
}

export function isZero(x: Fp2): boolean {
  return x.a === 0n && x.b === 0n;
}

/** A number of any size and sign as an element. */
export function reduce(value: bigint, p: Fp): Fp {
  const rest = value % p;
  return rest < 0n ? rest + p : rest;
}

function sum(x: Fp, y: Fp, p: Fp): Fp {
  const total = x + y;
  return total < p ? total : total - p;
}

/** By mcl, whose inversion takes a tenth of the time of powers with integers of any size. */
function invertPrime(value: Fp, p: Fp): Fp {
  if (value === 0n) return 0n;
  const curve = curveOf(p);
  const bytes = fromHex(value.toString(16).padStart(2 * curve.size, "0"));
  return BigInt(`0x${toHex(curve.fpBytes(curve.mcl.inv(curve.fp(bytes))))}`);
}

function curveOf(p: Fp): PairingCurve {
  return p < 2n ** 256n ? bn254Curve : blsCurve;
}
