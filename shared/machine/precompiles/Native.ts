import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bn254 } from "@noble/curves/bn254.js";
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak256, recoverPublicKey, toHex } from "../../execution/crypto.js";
import { verifyPointEvaluation } from "../../execution/pointEvaluation.js";
import * as Prices from "./Prices.js";

/**
 * The precompiles that B answers itself when the machine's steps are proven (`contracts/machine/precompiles/Native.sol`).
 * Here noble answers; the tests hold both, and EthereumJS, to the same inputs.
 */

/** What a precompile says to `input`: its output, or undefined if it refuses the input. */
export function run(precompile: number, input: Uint8Array): Uint8Array | undefined {
  const answer = ANSWERS.get(precompile);
  if (answer === undefined) throw new RangeError(`precompile ${precompile} is not called natively`);
  try {
    return answer(input);
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

/** What a pair of a pairing is: one of its points at infinity, none, or not a pair of points of the groups. */
export function pairKind(precompile: number, pair: Uint8Array): "infinite" | "finite" | "bad" {
  try {
    const { g1, g2 } = precompile === Prices.BN254_PAIRING ? readBnPair(pair, 0) : readBlsPair(pair, 0);
    return g1.is0() || g2.is0() ? "infinite" : "finite";
  } catch (error) {
    if (error instanceof Refused) return "bad";
    throw error;
  }
}

/** The input is none that the precompile takes. */
class Refused extends Error {}

const ANSWERS: ReadonlyMap<number, (input: Uint8Array) => Uint8Array> = new Map([
  [Prices.ECRECOVER, ecrecover],
  [Prices.BN254_ADD, bn254Add],
  [Prices.BN254_MULTIPLY, bn254Multiply],
  [Prices.BN254_PAIRING, bn254Pairing],
  [Prices.POINT_EVALUATION, pointEvaluation],
  [Prices.BLS_G1_ADD, (input) => writeG1(readG1(input, 0).add(readG1(input, 128)))],
  [Prices.BLS_G1_MSM, blsG1Msm],
  [Prices.BLS_G2_ADD, (input) => writeG2(readG2(input, 0).add(readG2(input, 256)))],
  [Prices.BLS_G2_MSM, blsG2Msm],
  [Prices.BLS_PAIRING, blsPairing],
  [Prices.BLS_MAP_FP_TO_G1, blsMapFp],
  [Prices.BLS_MAP_FP2_TO_G2, blsMapFp2],
  [Prices.P256_VERIFY, p256Verify],
]);

const NOTHING = new Uint8Array();

function requireSize(input: Uint8Array, size: number): void {
  if (input.length !== size) throw new Refused(`${input.length} bytes instead of ${size}`);
}

/** Runs what noble refuses by throwing. */
function orRefuse<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new Refused("refused", { cause });
  }
}

function integer(input: Uint8Array, offset: number, size: number): bigint {
  return BigInt(`0x${toHex(input.subarray(offset, offset + size))}`);
}

function integers(size: number, values: readonly bigint[]): Uint8Array {
  return Uint8Array.from(
    Buffer.from(values.map((value) => value.toString(16).padStart(2 * size, "0")).join(""), "hex"),
  );
}

const verdict = (yes: boolean): Uint8Array => integers(32, [yes ? 1n : 0n]);

/** Yellow Paper appendix E.1: a signature that recovers nothing has an empty answer. */
function ecrecover(input: Uint8Array): Uint8Array {
  const v = integer(input, 32, 32);
  if (v !== 27n && v !== 28n) return NOTHING;
  let key: Uint8Array;
  try {
    key = recoverPublicKey(input.subarray(0, 32), v, input.subarray(64, 96), input.subarray(96, 128));
  } catch {
    return NOTHING;
  }
  const address = keccak256(key);
  address.fill(0, 0, 12);
  return address;
}

// --- BN254: EIP-196, EIP-197 ----------------------------------------------------------------------------------------

type BnG1 = typeof bn254.G1.Point.ZERO;
type BnG2 = typeof bn254.G2.Point.ZERO;

const BN254_PRIME = bn254.fields.Fp.ORDER;

function bnCoordinate(input: Uint8Array, offset: number): bigint {
  const value = integer(input, offset, 32);
  if (value >= BN254_PRIME) throw new Refused("not in the field");
  return value;
}

function readBnG1(input: Uint8Array, offset: number): BnG1 {
  const [x, y] = [bnCoordinate(input, offset), bnCoordinate(input, offset + 32)];
  if (x === 0n && y === 0n) return bn254.G1.Point.ZERO;
  return orRefuse(() => {
    const point = bn254.G1.Point.fromAffine({ x, y });
    point.assertValidity();
    return point;
  });
}

/** The imaginary part of a coordinate comes first. */
function readBnG2(input: Uint8Array, offset: number): BnG2 {
  const [xb, xa, yb, ya] = [0, 32, 64, 96].map((at) => bnCoordinate(input, offset + at)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  if (xa === 0n && xb === 0n && ya === 0n && yb === 0n) return bn254.G2.Point.ZERO;
  return orRefuse(() => {
    const point = bn254.G2.Point.fromAffine({ x: { c0: xa, c1: xb }, y: { c0: ya, c1: yb } });
    point.assertValidity();
    return point;
  });
}

function writeBnG1(point: BnG1): Uint8Array {
  const { x, y } = point.toAffine();
  return point.is0() ? new Uint8Array(64) : integers(32, [x, y]);
}

function bn254Add(input: Uint8Array): Uint8Array {
  return writeBnG1(readBnG1(input, 0).add(readBnG1(input, 64)));
}

function bn254Multiply(input: Uint8Array): Uint8Array {
  const point = readBnG1(input, 0);
  return writeBnG1(point.multiplyUnsafe(integer(input, 64, 32) % bn254.fields.Fr.ORDER));
}

function readBnPair(input: Uint8Array, offset: number): { g1: BnG1; g2: BnG2 } {
  return { g1: readBnG1(input, offset), g2: readBnG2(input, offset + 64) };
}

function bn254Pairing(input: Uint8Array): Uint8Array {
  if (input.length % 192 !== 0) throw new Refused("not pairs");
  const pairs = [];
  for (let at = 0; at < input.length; at += 192) {
    const pair = readBnPair(input, at);
    if (!pair.g1.is0() && !pair.g2.is0()) pairs.push(pair);
  }
  const { Fp12 } = bn254.fields;
  return verdict(pairs.length === 0 || Fp12.eql(bn254.pairingBatch(pairs), Fp12.ONE));
}

// --- Point evaluation: EIP-4844 -------------------------------------------------------------------------------------

const FIELD_ELEMENTS_PER_BLOB = 4096n;
const VERSIONED_HASH_VERSION = 1;

function pointEvaluation(input: Uint8Array): Uint8Array {
  requireSize(input, 192);
  const hex = (from: number, to: number): string => `0x${toHex(input.subarray(from, to))}`;
  const commitment = input.subarray(96, 144);
  const versioned = sha256(commitment);
  versioned[0] = VERSIONED_HASH_VERSION;
  if (toHex(versioned) !== toHex(input.subarray(0, 32))) throw new Refused("another commitment");
  const holds = orRefuse(() => verifyPointEvaluation(hex(96, 144), hex(32, 64), hex(64, 96), hex(144, 192)));
  if (!holds) throw new Refused("the proof does not hold");
  return integers(32, [FIELD_ELEMENTS_PER_BLOB, bls12_381.fields.Fr.ORDER]);
}

// --- BLS12-381: EIP-2537 --------------------------------------------------------------------------------------------

type BlsG1 = typeof bls12_381.G1.Point.ZERO;
type BlsG2 = typeof bls12_381.G2.Point.ZERO;

const BLS_PRIME = bls12_381.fields.Fp.ORDER;

/** 64 bytes, of which the first 16 are zero because the number is below the prime. */
function blsCoordinate(input: Uint8Array, offset: number): bigint {
  const value = integer(input, offset, 64);
  if (value >= BLS_PRIME) throw new Refused("not in the field");
  return value;
}

/** A point of the curve, whatever its order. */
function readG1(input: Uint8Array, offset: number): BlsG1 {
  const [x, y] = [blsCoordinate(input, offset), blsCoordinate(input, offset + 64)];
  if (x === 0n && y === 0n) return bls12_381.G1.Point.ZERO;
  const { Fp } = bls12_381.fields;
  if (!Fp.eql(Fp.sqr(y), Fp.add(Fp.mul(Fp.sqr(x), x), 4n))) throw new Refused("not on the curve");
  return bls12_381.G1.Point.fromAffine({ x, y });
}

function readG2(input: Uint8Array, offset: number): BlsG2 {
  const { Fp2 } = bls12_381.fields;
  const [xa, xb, ya, yb] = [0, 64, 128, 192].map((at) => blsCoordinate(input, offset + at)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  if (xa === 0n && xb === 0n && ya === 0n && yb === 0n) return bls12_381.G2.Point.ZERO;
  const [x, y] = [Fp2.fromBigTuple([xa, xb]), Fp2.fromBigTuple([ya, yb])];
  const right = Fp2.add(Fp2.mul(Fp2.sqr(x), x), Fp2.fromBigTuple([4n, 4n]));
  if (!Fp2.eql(Fp2.sqr(y), right)) throw new Refused("not on the curve");
  return bls12_381.G2.Point.fromAffine({ x, y });
}

function inSubgroup<P extends { is0(): boolean; isTorsionFree(): boolean }>(point: P): P {
  if (!point.is0() && !point.isTorsionFree()) throw new Refused("not in the subgroup");
  return point;
}

function writeG1(point: BlsG1): Uint8Array {
  if (point.is0()) return new Uint8Array(128);
  const { x, y } = point.toAffine();
  return integers(64, [x, y]);
}

function writeG2(point: BlsG2): Uint8Array {
  if (point.is0()) return new Uint8Array(256);
  const { x, y } = point.toAffine();
  return integers(64, [x.c0, x.c1, y.c0, y.c1]);
}

function blsG1Msm(input: Uint8Array): Uint8Array {
  if (input.length === 0 || input.length % 160 !== 0) throw new Refused("not pairs");
  let sum = bls12_381.G1.Point.ZERO;
  for (let at = 0; at < input.length; at += 160) {
    const scalar = integer(input, at + 128, 32) % bls12_381.fields.Fr.ORDER;
    sum = sum.add(inSubgroup(readG1(input, at)).multiplyUnsafe(scalar));
  }
  return writeG1(sum);
}

function blsG2Msm(input: Uint8Array): Uint8Array {
  if (input.length === 0 || input.length % 288 !== 0) throw new Refused("not pairs");
  let sum = bls12_381.G2.Point.ZERO;
  for (let at = 0; at < input.length; at += 288) {
    const scalar = integer(input, at + 256, 32) % bls12_381.fields.Fr.ORDER;
    sum = sum.add(inSubgroup(readG2(input, at)).multiplyUnsafe(scalar));
  }
  return writeG2(sum);
}

function readBlsPair(input: Uint8Array, offset: number): { g1: BlsG1; g2: BlsG2 } {
  return { g1: inSubgroup(readG1(input, offset)), g2: inSubgroup(readG2(input, offset + 128)) };
}

function blsPairing(input: Uint8Array): Uint8Array {
  if (input.length === 0 || input.length % 384 !== 0) throw new Refused("not pairs");
  const pairs = [];
  for (let at = 0; at < input.length; at += 384) {
    const pair = readBlsPair(input, at);
    if (!pair.g1.is0() && !pair.g2.is0()) pairs.push(pair);
  }
  const { Fp12 } = bls12_381.fields;
  return verdict(pairs.length === 0 || Fp12.eql(bls12_381.pairingBatch(pairs), Fp12.ONE));
}

function blsMapFp(input: Uint8Array): Uint8Array {
  requireSize(input, 64);
  // The library declares an array of coordinates, but takes the only one of this field as it is.
  const mapToCurve = bls12_381.G1.mapToCurve as unknown as (u: bigint) => { x: bigint; y: bigint };
  const { x, y } = mapToCurve(blsCoordinate(input, 0));
  return writeG1(bls12_381.G1.Point.fromAffine({ x, y }));
}

function blsMapFp2(input: Uint8Array): Uint8Array {
  requireSize(input, 128);
  const { x, y } = bls12_381.G2.mapToCurve([blsCoordinate(input, 0), blsCoordinate(input, 64)]);
  return writeG2(bls12_381.G2.Point.fromAffine({ x, y }));
}

// --- P-256: EIP-7951 ------------------------------------------------------------------------------------------------

function p256Verify(input: Uint8Array): Uint8Array {
  if (input.length !== 160) return NOTHING;
  let valid: boolean;
  try {
    const key = p256.Point.fromAffine({ x: integer(input, 96, 32), y: integer(input, 128, 32) });
    key.assertValidity();
    valid = p256.verify(input.slice(32, 96), input.subarray(0, 32), key.toBytes(false), {
      lowS: false,
      prehash: false,
    });
  } catch {
    return NOTHING;
  }
  return valid ? verdict(true) : NOTHING;
}
