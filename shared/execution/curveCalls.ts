/**
 * The precompiles of the curves with pairings by mcl: 06 to 08 (EIP-196, EIP-197) and 0b to 11 (EIP-2537). Each takes an input of the
 * size that its caller has seen to, and throws `NotAPoint` where the precompile refuses it.
 */
import { blsCurve, bn254Curve, NotAPoint, type Mcl, type PairingCurve } from "./curves.js";

export type Pair = readonly [Mcl.G1, Mcl.G2];

// --- BN254 ----------------------------------------------------------------------------------------------------------

const BN254_PAIR = 192;

function readBnG1(input: Uint8Array, offset: number): Mcl.G1 {
  return bn254Curve.g1(input.subarray(offset, offset + 32), input.subarray(offset + 32, offset + 64));
}

/** The imaginary part of a coordinate comes first. */
function readBnG2(input: Uint8Array, offset: number): Mcl.G2 {
  const fp2 = (at: number): Mcl.Fp2 =>
    bn254Curve.fp2(input.subarray(at + 32, at + 64), input.subarray(at, at + 32));
  return bn254Curve.g2(fp2(offset), fp2(offset + 64));
}

/** Of 128 bytes. */
export function bn254Add(input: Uint8Array): Uint8Array {
  return writeG1(bn254Curve, bn254Curve.mcl.add(readBnG1(input, 0), readBnG1(input, 64)), 32);
}

/** Of 96 bytes, and possibly more. */
export function bn254Multiply(input: Uint8Array): Uint8Array {
  const product = bn254Curve.mcl.mul(readBnG1(input, 0), bn254Curve.scalar(input.subarray(64, 96)));
  return writeG1(bn254Curve, product, 32);
}

/** A pair of points of their curves. */
function readBn254Pair(pair: Uint8Array): Pair {
  return [readBnG1(pair, 0), readBnG2(pair, 64)];
}

/** A pair of points of their groups; all points of the first curve are in its. */
export function bn254Pair(pair: Uint8Array): Pair {
  const [p, q] = readBn254Pair(pair);
  return [p, bn254Curve.inGroup(q)];
}

/** Of whole pairs, possibly none. */
export function bn254Pairing(input: Uint8Array): boolean {
  return bn254Curve.isProductOne(partsOf(input, BN254_PAIR).map(bn254Pair));
}

/** The same of pairs that `bn254Pair` has taken before. */
export function bn254PairingOfGood(input: Uint8Array): boolean {
  return bn254Curve.isProductOne(partsOf(input, BN254_PAIR).map(readBn254Pair));
}

// --- BLS12-381 ------------------------------------------------------------------------------------------------------

const BLS_PAIR = 384;
const G1_TERM = 160;
const G2_TERM = 288;

/** 64 bytes, of which the first 16 are zero because the number is below the prime. */
function blsCoordinate(input: Uint8Array, offset: number): Uint8Array {
  for (let index = offset; index < offset + 16; index += 1)
    if (input[index] !== 0) throw new NotAPoint("not in the field");
  return input.subarray(offset + 16, offset + 64);
}

/** A point of the curve, whatever its order. */
function readG1(input: Uint8Array, offset: number): Mcl.G1 {
  return blsCurve.g1(blsCoordinate(input, offset), blsCoordinate(input, offset + 64));
}

function readFp2(input: Uint8Array, offset: number): Mcl.Fp2 {
  return blsCurve.fp2(blsCoordinate(input, offset), blsCoordinate(input, offset + 64));
}

function readG2(input: Uint8Array, offset: number): Mcl.G2 {
  return blsCurve.g2(readFp2(input, offset), readFp2(input, offset + 128));
}

/** Of 256 bytes. */
export function blsG1Add(input: Uint8Array): Uint8Array {
  return writeG1(blsCurve, blsCurve.mcl.add(readG1(input, 0), readG1(input, 128)), 64);
}

/** Of 512 bytes. */
export function blsG2Add(input: Uint8Array): Uint8Array {
  return writeG2(blsCurve.mcl.add(readG2(input, 0), readG2(input, 256)));
}

/** Of whole terms, each a point and a scalar. */
export function blsG1Msm(input: Uint8Array): Uint8Array {
  const sum = sumOfProducts(new blsCurve.mcl.G1(), partsOf(input, G1_TERM), (term) => readG1(term, 0));
  return writeG1(blsCurve, sum, 64);
}

/** Of whole terms, each a point and a scalar. */
export function blsG2Msm(input: Uint8Array): Uint8Array {
  return writeG2(sumOfProducts(new blsCurve.mcl.G2(), partsOf(input, G2_TERM), (term) => readG2(term, 0)));
}

/** Terms whose products mcl adds together. */
const TOGETHER = 64;

function sumOfProducts<P extends Mcl.G1 | Mcl.G2>(
  zero: P,
  terms: readonly Uint8Array[],
  read: (term: Uint8Array) => P,
): P {
  let sum = zero;
  for (let at = 0; at < terms.length; at += TOGETHER) {
    const some = terms.slice(at, at + TOGETHER);
    const points = some.map((term) => blsCurve.inGroup(read(term)));
    const scalars = some.map((term) => blsCurve.scalar(term.subarray(-32)));
    sum = blsCurve.mcl.add(sum, blsCurve.mcl.mulVec(points, scalars));
  }
  return sum;
}

/** Of 64 bytes. */
export function blsMapFp(input: Uint8Array): Uint8Array {
  return writeG1(blsCurve, blsCurve.fp(blsCoordinate(input, 0)).mapToG1(), 64);
}

/** Of 128 bytes. */
export function blsMapFp2(input: Uint8Array): Uint8Array {
  return writeG2(readFp2(input, 0).mapToG2());
}

function readBlsPair(pair: Uint8Array): Pair {
  return [readG1(pair, 0), readG2(pair, 128)];
}

/** A pair of points of their groups. */
export function blsPair(pair: Uint8Array): Pair {
  const [p, q] = readBlsPair(pair);
  return [blsCurve.inGroup(p), blsCurve.inGroup(q)];
}

/** Of whole pairs. */
export function blsPairing(input: Uint8Array): boolean {
  return blsCurve.isProductOne(partsOf(input, BLS_PAIR).map(blsPair));
}

/** The same of pairs that `blsPair` has taken before. */
export function blsPairingOfGood(input: Uint8Array): boolean {
  return blsCurve.isProductOne(partsOf(input, BLS_PAIR).map(readBlsPair));
}

// --- Both -----------------------------------------------------------------------------------------------------------

function partsOf(input: Uint8Array, size: number): Uint8Array[] {
  if (input.length % size !== 0) throw new RangeError(`${input.length} bytes are no parts of ${size}`);
  return Array.from({ length: input.length / size }, (_, index) =>
    input.subarray(size * index, size * (index + 1)),
  );
}

/** Elements of a field as a precompile writes them: of `size` bytes each. */
function writeElements(curve: PairingCurve, elements: readonly Mcl.Fp[], size: number): Uint8Array {
  const output = new Uint8Array(size * elements.length);
  elements.forEach((element, index) => output.set(curve.fpBytes(element), size * (index + 1) - curve.size));
  return output;
}

function writeG1(curve: PairingCurve, point: Mcl.G1, size: number): Uint8Array {
  if (point.isZero()) return new Uint8Array(2 * size);
  const affine = curve.mcl.normalize(point);
  return writeElements(curve, [affine.getX(), affine.getY()], size);
}

function writeG2(point: Mcl.G2): Uint8Array {
  if (point.isZero()) return new Uint8Array(256);
  const affine = blsCurve.mcl.normalize(point);
  const [x, y] = [affine.getX(), affine.getY()];
  return writeElements(blsCurve, [x.get_a(), x.get_b(), y.get_a(), y.get_b()], 64);
}
