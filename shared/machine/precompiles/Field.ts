import { fromHex, toHex } from "../../execution/crypto.js";
import type { Mcl, PairingCurve } from "../../execution/curves.js";

/**
 * Elements of the fields of the pairings' curves, as the machine commits to them. Twin of `contracts/machine/precompiles/Field.sol`,
 * whose arithmetic is mcl's here. Elements are always below the prime, so that equal ones look equal.
 */
export type Fp = bigint;

/** a + b·u with u² = −1. */
export interface Fp2 {
  readonly a: Fp;
  readonly b: Fp;
}

export const ZERO: Fp2 = { a: 0n, b: 0n };

export function isZero(x: Fp2): boolean {
  return x.a === 0n && x.b === 0n;
}

/** The element in mcl's form. */
export function toMcl({ a, b }: Fp2, curve: PairingCurve): Mcl.Fp2 {
  const bytes = (value: Fp): Uint8Array => fromHex(value.toString(16).padStart(2 * curve.size, "0"));
  return curve.fp2(bytes(a), bytes(b));
}

export function fromMcl(element: Mcl.Fp2, curve: PairingCurve): Fp2 {
  const integer = (part: Mcl.Fp): Fp => BigInt(`0x${toHex(curve.fpBytes(part))}`);
  return { a: integer(element.get_a()), b: integer(element.get_b()) };
}
