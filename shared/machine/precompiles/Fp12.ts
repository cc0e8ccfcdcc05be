import type { Mcl, PairingCurve } from "../../execution/curves.js";
import { ZERO, type Fp, type Fp2 } from "./Field.js";

/**
 * An element of Fp12 = Fp2[w]/(w⁶ − ξ): six coefficients, of w⁰ to w⁵. mcl multiplies it, as an element of its own tower of the same
 * field, Fp2[v]/(v³ − ξ) over which it is a + b·w with w² = v. An element has both forms, each made when it is asked for.
 */
export class Fp12 {
  readonly #curve: PairingCurve;
  #coefficients: readonly Fp2[] | undefined;
  #tower: Mcl.GT | undefined;

  /** From its coefficients, of which those that are left out at the end are zero, or from the tower. */
  constructor(curve: PairingCurve, form: { coefficients: readonly Fp2[] } | { tower: Mcl.GT }) {
    this.#curve = curve;
    if ("tower" in form) this.#tower = form.tower;
    else this.#coefficients = TOWER.map((_, power) => form.coefficients[power] ?? ZERO);
  }

  static one(curve: PairingCurve): Fp12 {
    const tower = new curve.mcl.GT();
    tower.setInt(1);
    return new Fp12(curve, { tower });
  }

  multiply(other: Fp12): Fp12 {
    return new Fp12(this.#curve, { tower: this.#curve.mcl.mul(this.tower(), other.tower()) });
  }

  isOne(): boolean {
    return this.tower().isOne();
  }

  /** The coefficients of w⁰ to w⁵. */
  coefficients(): readonly Fp2[] {
    return (this.#coefficients ??= this.#readTower());
  }

  /** As an element of mcl's tower, which nobody may change. */
  tower(): Mcl.GT {
    return (this.#tower ??= this.#writeTower());
  }

  #writeTower(): Mcl.GT {
    const { size, mcl } = this.#curve;
    const bytes = new Uint8Array(2 * size * TOWER.length);
    const view = new DataView(bytes.buffer);
    const write = (value: Fp, at: number): void => {
      let rest = value;
      for (let limb = 0; rest > 0n; limb += 8, rest >>= 64n)
        view.setBigUint64(at + limb, BigInt.asUintN(64, rest), true);
    };
    TOWER.forEach((power, index) => {
      const { a, b } = this.#coefficients?.[power] ?? ZERO;
      write(a, 2 * size * index);
      write(b, 2 * size * index + size);
    });
    const tower = new mcl.GT();
    tower.deserialize(bytes);
    return tower;
  }

  #readTower(): Fp2[] {
    const { size } = this.#curve;
    const bytes = this.tower().serialize();
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const read = (at: number): Fp => {
      let value = 0n;
      for (let limb = size - 8; limb >= 0; limb -= 8)
        value = (value << 64n) | view.getBigUint64(at + limb, true);
      return value;
    };
    const coefficients: Fp2[] = [];
    TOWER.forEach((power, index) => {
      coefficients[power] = { a: read(2 * size * index), b: read(2 * size * index + size) };
    });
    return coefficients;
  }
}

/** Which coefficient of the tower is that of w to this power. */
export function towerIndex(power: number): number {
  return TOWER.indexOf(power as (typeof TOWER)[number]);
}

/** The powers of w in the order of the tower's coefficients: a₀, a₁, a₂, then b₀, b₁, b₂. */
const TOWER = [0, 2, 4, 1, 3, 5] as const;
