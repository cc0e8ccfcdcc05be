import { createRequire } from "node:module";
import type * as Mcl from "mcl-wasm";
import { fromHex } from "./crypto.js";

/**
 * The two curves with pairings of Ethereum's precompiles, BN254 (EIP-196, EIP-197) and BLS12-381 (EIP-2537, EIP-4844), by mcl: WebAssembly,
 * about ten times as fast as curves written in JavaScript.
 *
 * Coordinates here are big-endian bytes, as the precompiles have them. A point at infinity is one with coordinates that are all zero.
 */
export type { Mcl };

/** The input is none of a point: a coordinate is not below the prime, or the point is not on the curve or not in the group. */
export class NotAPoint extends Error {}

/** What mcl's objects are made of: operations on places of its own memory. Used where copies in and out would cost too much. */
export interface MclOperations {
  _malloc(size: number): number;
  _free(place: number): void;
  _mclBnFp2_add(z: number, x: number, y: number): void;
  _mclBnFp2_sub(z: number, x: number, y: number): void;
  _mclBnFp2_mul(z: number, x: number, y: number): void;
  _mclBnFp2_sqr(z: number, x: number): void;
  _mclBnFp2_inv(z: number, x: number): void;
  _mclBnGT_mul(z: number, x: number, y: number): void;
  _mclBnGT_sqr(z: number, x: number): void;
  _mclBn_millerLoopVec(z: number, firsts: number, seconds: number, count: number): void;
}

/** A curve as mcl has it, with the reading and writing of coordinates. */
export class PairingCurve {
  readonly mcl: typeof Mcl;
  readonly operations: MclOperations;
  /** Bytes of a coordinate. */
  readonly size: number;
  readonly #prime: Uint8Array;
  readonly #one: Mcl.Fp;

  /** @param prime Of the field, hex. */
  constructor(mcl: typeof Mcl, prime: string) {
    this.mcl = mcl;
    this.operations = (mcl as unknown as { mod: MclOperations }).mod;
    this.#prime = fromHex(prime);
    this.size = this.#prime.length;
    // That a point is on the curve and that it is in the group are asked one by one.
    mcl.verifyOrderG1(false);
    mcl.verifyOrderG2(false);
    mcl.setMapToMode(mcl.IRTF);
    this.#one = new mcl.Fp();
    this.#one.setInt(1);
  }

  /** An element of the field. @throws NotAPoint */
  fp(bytes: Uint8Array): Mcl.Fp {
    if (Buffer.compare(bytes, this.#prime) >= 0) throw new NotAPoint("not in the field");
    const element = new this.mcl.Fp();
    element.deserialize(bytes.slice().reverse());
    return element;
  }

  fpBytes(element: Mcl.Fp): Uint8Array {
    return element.serialize().reverse();
  }

  /** real + imaginary · u. @throws NotAPoint */
  fp2(real: Uint8Array, imaginary: Uint8Array): Mcl.Fp2 {
    const element = new this.mcl.Fp2();
    element.set_a(this.fp(real));
    element.set_b(this.fp(imaginary));
    return element;
  }

  /** A scalar of 32 bytes, modulo the order. */
  scalar(bytes: Uint8Array): Mcl.Fr {
    const scalar = new this.mcl.Fr();
    scalar.setBigEndianMod(bytes);
    return scalar;
  }

  /** A point of the first curve, whatever its order. @throws NotAPoint */
  g1(x: Uint8Array, y: Uint8Array): Mcl.G1 {
    const point = new this.mcl.G1();
    const [px, py] = [this.fp(x), this.fp(y)];
    if (px.isZero() && py.isZero()) return point;
    point.setX(px);
    point.setY(py);
    point.setZ(this.#one);
    if (!point.isValid()) throw new NotAPoint("not on the curve");
    return point;
  }

  /** A point of the second curve, whatever its order. @throws NotAPoint */
  g2(x: Mcl.Fp2, y: Mcl.Fp2): Mcl.G2 {
    const point = new this.mcl.G2();
    if (x.isZero() && y.isZero()) return point;
    const one = new this.mcl.Fp2();
    one.setInt(1, 0);
    point.setX(x);
    point.setY(y);
    point.setZ(one);
    if (!point.isValid()) throw new NotAPoint("not on the curve");
    return point;
  }

  /** The point, if it is in the group that the pairing is of. @throws NotAPoint */
  inGroup<P extends Mcl.G1 | Mcl.G2>(point: P): P {
    if (!point.isZero() && !point.isValidOrder()) throw new NotAPoint("not in the group");
    return point;
  }

  /** Whether e(P₁, Q₁) · e(P₂, Q₂) · … is 1. Points must be in their groups; pairs with one at infinity do not count. */
  isProductOne(pairs: readonly (readonly [Mcl.G1, Mcl.G2])[]): boolean {
    const { mcl } = this;
    const finite = pairs.filter(([p, q]) => !p.isZero() && !q.isZero());
    let product: Mcl.GT | undefined;
    for (let at = 0; at < finite.length; at += TOGETHER) {
      const value = this.#millerLoops(finite.slice(at, at + TOGETHER));
      product = product === undefined ? value : mcl.mul(product, value);
    }
    return product === undefined || mcl.finalExp(product).isOne();
  }

  /** The product of the pairs' Miller values: mcl computes them together, which spares most of the squarings. */
  #millerLoops(pairs: readonly (readonly [Mcl.G1, Mcl.G2])[]): Mcl.GT {
    const { operations } = this;
    const size = GT_SIZE + pairs.length * (G1_SIZE + G2_SIZE);
    const at = operations._malloc(size);
    const [firsts, seconds] = [at + GT_SIZE, at + GT_SIZE + pairs.length * G1_SIZE];
    pairs.forEach(([p, q], index) => {
      p.copyToMem(firsts + G1_SIZE * index);
      q.copyToMem(seconds + G2_SIZE * index);
    });
    operations._mclBn_millerLoopVec(at, firsts, seconds, pairs.length);
    const value = new this.mcl.GT();
    value.copyFromMem(at);
    operations._free(at);
    return value;
  }
}

/** Pairs whose Miller loops are computed together. */
const TOGETHER = 32;

/** Bytes of points and of values of a pairing in mcl's memory, whatever the curve: it is built for primes of up to 384 bits. */
const FP_SIZE = 48;
const G1_SIZE = 3 * FP_SIZE;
const G2_SIZE = 6 * FP_SIZE;
const GT_SIZE = 12 * FP_SIZE;

const require = createRequire(import.meta.url);

/** An instance of the library knows one curve; so each curve has its own. */
async function load(curve: "BN_SNARK1" | "BLS12_381", prime: string): Promise<PairingCurve> {
  for (const path of Object.keys(require.cache))
    if (/[\\/]mcl-wasm[\\/]/.test(path)) Reflect.deleteProperty(require.cache, path);
  const mcl = require("mcl-wasm") as typeof Mcl;
  await mcl.init(mcl[curve]);
  return new PairingCurve(mcl, prime);
}

export const bn254Curve = await load(
  "BN_SNARK1",
  "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47",
);
export const blsCurve = await load(
  "BLS12_381",
  "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
);
