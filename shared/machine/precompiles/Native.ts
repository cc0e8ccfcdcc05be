import { bls12_381 } from "@noble/curves/bls12-381.js";
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak256, recoverPublicKey, toHex } from "../../execution/crypto.js";
import { blsCurve, bn254Curve, NotAPoint, type Mcl, type PairingCurve } from "../../execution/curves.js";
import { BAD_ARGUMENTS, verifyPointEvaluation } from "../../execution/pointEvaluation.js";
import * as Prices from "./Prices.js";

/**
 * The precompiles that B answers itself when the machine's steps are proven (`contracts/machine/precompiles/Native.sol`).
 * Here libraries answer; the tests hold both, and EthereumJS, to the same inputs.
 */

/** What a precompile says to `input`: its output, or undefined if it refuses the input. */
export function run(precompile: number, input: Uint8Array): Uint8Array | undefined {
  if (input.length > REMEMBERED_SIZE) return ask(precompile, input);
  const key = `${precompile} ${Buffer.from(input).toString("latin1")}`;
  if (!remembered.has(key)) {
    const [oldest] = remembered.size < REMEMBERED ? [] : remembered.keys();
    if (oldest !== undefined) remembered.delete(oldest);
    remembered.set(key, ask(precompile, input));
  }
  return remembered.get(key)?.slice();
}

/** Answers to short inputs, the latest: rounds of a game run over the same calls again and again. */
const remembered = new Map<string, Uint8Array | undefined>();
const REMEMBERED = 2 ** 14;
const REMEMBERED_SIZE = 512;

function ask(precompile: number, input: Uint8Array): Uint8Array | undefined {
  const answer = ANSWERS.get(precompile);
  if (answer === undefined) throw new RangeError(`precompile ${precompile} is not called natively`);
  try {
    return answer(input);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** What a pair of a pairing is: one of its points at infinity, none, or not a pair of points of the groups. */
export function pairKind(precompile: number, pair: Uint8Array): "infinite" | "finite" | "bad" {
  try {
    return readPair(precompile, pair).some((point) => point.isZero()) ? "infinite" : "finite";
  } catch (error) {
    if (isRefusal(error)) return "bad";
    throw error;
  }
}

/** The input is none that the precompile takes. */
class Refused extends Error {}

function isRefusal(error: unknown): boolean {
  if (error instanceof Refused || error instanceof NotAPoint) return true;
  return error instanceof Error && error.message === BAD_ARGUMENTS;
}

const ANSWERS: ReadonlyMap<number, (input: Uint8Array) => Uint8Array> = new Map([
  [Prices.ECRECOVER, ecrecover],
  [Prices.BN254_ADD, bn254Add],
  [Prices.BN254_MULTIPLY, bn254Multiply],
  [Prices.BN254_PAIRING, (input) => pairing(Prices.BN254_PAIRING, input)],
  [Prices.POINT_EVALUATION, pointEvaluation],
  [
    Prices.BLS_G1_ADD,
    (input) => writeG1(blsCurve, blsCurve.mcl.add(readG1(input, 0), readG1(input, 128)), 64),
  ],
  [Prices.BLS_G1_MSM, blsG1Msm],
  [Prices.BLS_G2_ADD, (input) => writeG2(blsCurve.mcl.add(readG2(input, 0), readG2(input, 256)))],
  [Prices.BLS_G2_MSM, blsG2Msm],
  [Prices.BLS_PAIRING, (input) => pairing(Prices.BLS_PAIRING, input)],
  [Prices.BLS_MAP_FP_TO_G1, blsMapFp],
  [Prices.BLS_MAP_FP2_TO_G2, blsMapFp2],
  [Prices.P256_VERIFY, p256Verify],
]);

const NOTHING = new Uint8Array();

function requireSize(input: Uint8Array, size: number): void {
  if (input.length !== size) throw new Refused(`${input.length} bytes instead of ${size}`);
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

function readBnG1(input: Uint8Array, offset: number): Mcl.G1 {
  return bn254Curve.g1(input.subarray(offset, offset + 32), input.subarray(offset + 32, offset + 64));
}

/** The imaginary part of a coordinate comes first. */
function readBnG2(input: Uint8Array, offset: number): Mcl.G2 {
  const fp2 = (at: number): Mcl.Fp2 =>
    bn254Curve.fp2(input.subarray(at + 32, at + 64), input.subarray(at, at + 32));
  return bn254Curve.inGroup(bn254Curve.g2(fp2(offset), fp2(offset + 64)));
}

function bn254Add(input: Uint8Array): Uint8Array {
  return writeG1(bn254Curve, bn254Curve.mcl.add(readBnG1(input, 0), readBnG1(input, 64)), 32);
}

function bn254Multiply(input: Uint8Array): Uint8Array {
  const product = bn254Curve.mcl.mul(readBnG1(input, 0), bn254Curve.scalar(input.subarray(64, 96)));
  return writeG1(bn254Curve, product, 32);
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
  if (!verifyPointEvaluation(hex(96, 144), hex(32, 64), hex(64, 96), hex(144, 192)))
    throw new Refused("the proof does not hold");
  return integers(32, [FIELD_ELEMENTS_PER_BLOB, bls12_381.fields.Fr.ORDER]);
}

// --- BLS12-381: EIP-2537 --------------------------------------------------------------------------------------------

/** 64 bytes, of which the first 16 are zero because the number is below the prime. */
function blsCoordinate(input: Uint8Array, offset: number): Uint8Array {
  if (input.subarray(offset, offset + 16).some((byte) => byte !== 0)) throw new NotAPoint("not in the field");
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

function blsG1Msm(input: Uint8Array): Uint8Array {
  const { mcl } = blsCurve;
  let sum = new mcl.G1();
  for (const pair of partsOf(input, 160)) {
    const point = blsCurve.inGroup(readG1(pair, 0));
    sum = mcl.add(sum, mcl.mul(point, blsCurve.scalar(pair.subarray(128))));
  }
  return writeG1(blsCurve, sum, 64);
}

function blsG2Msm(input: Uint8Array): Uint8Array {
  const { mcl } = blsCurve;
  let sum = new mcl.G2();
  for (const pair of partsOf(input, 288)) {
    const point = blsCurve.inGroup(readG2(pair, 0));
    sum = mcl.add(sum, mcl.mul(point, blsCurve.scalar(pair.subarray(256))));
  }
  return writeG2(sum);
}

/** EIP-2537: of nothing there is neither a sum nor a product. */
function partsOf(input: Uint8Array, size: number): Uint8Array[] {
  if (input.length === 0 || input.length % size !== 0) throw new Refused("not pairs");
  return Array.from({ length: input.length / size }, (_, index) =>
    input.subarray(size * index, size * (index + 1)),
  );
}

function blsMapFp(input: Uint8Array): Uint8Array {
  requireSize(input, 64);
  return writeG1(blsCurve, blsCurve.fp(blsCoordinate(input, 0)).mapToG1(), 64);
}

function blsMapFp2(input: Uint8Array): Uint8Array {
  requireSize(input, 128);
  return writeG2(readFp2(input, 0).mapToG2());
}

// --- Pairings ---------------------------------------------------------------------------------------------------------

type Pair = readonly [Mcl.G1, Mcl.G2];

function readPair(precompile: number, pair: Uint8Array): Pair {
  return precompile === Prices.BN254_PAIRING
    ? [readBnG1(pair, 0), readBnG2(pair, 64)]
    : [blsCurve.inGroup(readG1(pair, 0)), blsCurve.inGroup(readG2(pair, 128))];
}

function pairing(precompile: number, input: Uint8Array): Uint8Array {
  const isBn254 = precompile === Prices.BN254_PAIRING;
  // EIP-197: the product of nothing is 1.
  const parts = isBn254 && input.length === 0 ? [] : partsOf(input, isBn254 ? 192 : 384);
  const curve = isBn254 ? bn254Curve : blsCurve;
  return verdict(curve.isProductOne(parts.map((part) => readPair(precompile, part))));
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
