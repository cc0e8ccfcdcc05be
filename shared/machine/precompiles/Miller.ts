import type { MclOperations, PairingCurve } from "../../execution/curves.js";
import { fromMcl, toMcl, type Fp, type Fp2 } from "./Field.js";
import { Fp12, towerIndex } from "./Fp12.js";

/** Bytes of an element of Fp2 in mcl's memory, whatever the curve: it is built for primes of up to 384 bits. */
const FP2_SIZE = 96;
const FP12_SIZE = 6 * FP2_SIZE;

/** The line through T of slope λ at P: where in Fp12 its three parts stand, as powers of w. */
export interface LineShape {
  /** y_P */
  readonly ofY: number;
  /** − λ x_P */
  readonly ofX: number;
  /** λ x_T − y_T */
  readonly rest: number;
}

/** The Miller value of a pair, and the multiple T of Q that its loop has reached. */
export interface MillerState {
  readonly power: Fp12;
  readonly tx: Fp2;
  readonly ty: Fp2;
}

/** The pair (P, Q): P = (x, y), Q = (qx, qy). */
export interface PairPoints {
  readonly x: Fp;
  readonly y: Fp;
  readonly qx: Fp2;
  readonly qy: Fp2;
}

/**
 * Miller's loop and powers on places of mcl's own memory, which spares the copies that mcl's objects make at each operation. Nothing
 * stays there from one call to the next.
 */
export class Miller {
  readonly #curve: PairingCurve;
  readonly #mcl: MclOperations;
  readonly #value: number;
  readonly #line: number;
  readonly #shape: LineShape;
  readonly #elements: readonly number[];

  constructor(curve: PairingCurve, shape: LineShape) {
    const mcl = curve.operations;
    const at = mcl._malloc(2 * FP12_SIZE + ELEMENTS * FP2_SIZE);
    this.#curve = curve;
    this.#mcl = mcl;
    this.#value = at;
    this.#line = at + FP12_SIZE;
    this.#shape = shape;
    this.#elements = Array.from({ length: ELEMENTS }, (_, index) => at + 2 * FP12_SIZE + FP2_SIZE * index);
  }

  /**
   * The bits of the loop's count from `from − 1` down to `to`. P and Q are points of their groups, Q not at infinity, so that T is
   * never its own inverse, nor Q or Q's inverse where Q is added: nothing here is divided by zero.
   */
  loop(
    { x, y, qx, qy }: PairPoints,
    state: MillerState,
    count: bigint,
    from: number,
    to: number,
  ): MillerState {
    const curve = this.#curve;
    const mcl = this.#mcl;
    const f = this.#value;
    const line = this.#line;
    const place = (power: number): number => line + FP2_SIZE * towerIndex(power);
    const [ofY, ofX, rest] = [this.#shape.ofY, this.#shape.ofX, this.#shape.rest].map(place) as Three;
    const [minusX, atQx, atQy, slope, u, v, ty, ...places] = this.#elements as Places;
    let [tx, next] = places;
    new Fp12(curve, { coefficients: [] }).tower().copyToMem(line);
    toMcl({ a: y, b: 0n }, curve).copyToMem(ofY);
    curve.mcl.neg(toMcl({ a: x, b: 0n }, curve)).copyToMem(minusX);
    toMcl(qx, curve).copyToMem(atQx);
    toMcl(qy, curve).copyToMem(atQy);
    toMcl(state.tx, curve).copyToMem(tx);
    toMcl(state.ty, curve).copyToMem(ty);
    state.power.tower().copyToMem(f);

    /** Multiplies the value by the line, and moves T along it: x' = λ² − x_T − x, y' = λ(x_T − x') − y_T. */
    const advance = (x2: number): void => {
      mcl._mclBnFp2_mul(ofX, slope, minusX);
      mcl._mclBnFp2_mul(u, slope, tx);
      mcl._mclBnFp2_sub(rest, u, ty);
      mcl._mclBnGT_mul(f, f, line);
      mcl._mclBnFp2_sqr(next, slope);
      mcl._mclBnFp2_sub(next, next, tx);
      mcl._mclBnFp2_sub(next, next, x2);
      mcl._mclBnFp2_sub(u, tx, next);
      mcl._mclBnFp2_mul(u, slope, u);
      mcl._mclBnFp2_sub(ty, u, ty);
      [tx, next] = [next, tx];
    };
    for (let bit = from - 1; bit >= to; bit -= 1) {
      mcl._mclBnGT_sqr(f, f);
      // Tangent: 3x²/2y.
      mcl._mclBnFp2_sqr(u, tx);
      mcl._mclBnFp2_add(v, u, u);
      mcl._mclBnFp2_add(u, v, u);
      mcl._mclBnFp2_add(v, ty, ty);
      mcl._mclBnFp2_inv(v, v);
      mcl._mclBnFp2_mul(slope, u, v);
      advance(tx);
      if (((count >> BigInt(bit)) & 1n) === 0n) continue;
      // Chord: (y_Q − y)/(x_Q − x).
      mcl._mclBnFp2_sub(u, atQx, tx);
      mcl._mclBnFp2_inv(u, u);
      mcl._mclBnFp2_sub(v, atQy, ty);
      mcl._mclBnFp2_mul(slope, v, u);
      advance(atQx);
    }
    return { power: this.#readValue(), tx: this.#read(tx), ty: this.#read(ty) };
  }

  /** A power of `base` further on: by the bits of the exponent from `from − 1` down to `to`. */
  raise(power: Fp12, base: Fp12, exponent: bigint, from: number, to: number): Fp12 {
    const mcl = this.#mcl;
    const [f, g] = [this.#value, this.#line];
    power.tower().copyToMem(f);
    base.tower().copyToMem(g);
    const bits = exponent.toString(2);
    for (let bit = from - 1; bit >= to; bit -= 1) {
      mcl._mclBnGT_sqr(f, f);
      if (bits[bits.length - 1 - bit] === "1") mcl._mclBnGT_mul(f, f, g);
    }
    return this.#readValue();
  }

  #readValue(): Fp12 {
    const tower = new this.#curve.mcl.GT();
    tower.copyFromMem(this.#value);
    return new Fp12(this.#curve, { tower });
  }

  #read(place: number): Fp2 {
    const element = new this.#curve.mcl.Fp2();
    element.copyFromMem(place);
    return fromMcl(element, this.#curve);
  }
}

const ELEMENTS = 9;
type Three = [number, number, number];
type Places = [number, number, number, number, number, number, number, number, number];
