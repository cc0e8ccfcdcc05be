import { bls12_381 } from "@noble/curves/bls12-381.js";
import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak256, recoverPublicKey, toHex } from "../../execution/crypto.js";
import * as curves from "../../execution/curveCalls.js";
import { NotAPoint } from "../../execution/curves.js";
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

/** The answer to inputs that pass a check of their size. */
function sized(
  requirement: (input: Uint8Array, size: number) => void,
  size: number,
  answer: (input: Uint8Array) => Uint8Array,
): (input: Uint8Array) => Uint8Array {
  return (input) => {
    requirement(input, size);
    return answer(input);
  };
}

const ANSWERS: ReadonlyMap<number, (input: Uint8Array) => Uint8Array> = new Map([
  [Prices.ECRECOVER, ecrecover],
  [Prices.BN254_ADD, curves.bn254Add],
  [Prices.BN254_MULTIPLY, curves.bn254Multiply],
  [Prices.BN254_PAIRING, sized(requireWhole, 192, (input) => verdict(curves.bn254Pairing(input)))],
  [Prices.POINT_EVALUATION, pointEvaluation],
  [Prices.BLS_G1_ADD, curves.blsG1Add],
  [Prices.BLS_G1_MSM, sized(requireParts, 160, curves.blsG1Msm)],
  [Prices.BLS_G2_ADD, curves.blsG2Add],
  [Prices.BLS_G2_MSM, sized(requireParts, 288, curves.blsG2Msm)],
  [Prices.BLS_PAIRING, sized(requireParts, 384, (input) => verdict(curves.blsPairing(input)))],
  [Prices.BLS_MAP_FP_TO_G1, sized(requireSize, 64, curves.blsMapFp)],
  [Prices.BLS_MAP_FP2_TO_G2, sized(requireSize, 128, curves.blsMapFp2)],
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

// --- Pairs ------------------------------------------------------------------------------------------------------------

function readPair(precompile: number, pair: Uint8Array): curves.Pair {
  return precompile === Prices.BN254_PAIRING ? curves.bn254Pair(pair) : curves.blsPair(pair);
}

/** Whether the product of pairs is one that `pairKind` found good. */
export function isProductOne(precompile: number, pairs: Uint8Array): boolean {
  return precompile === Prices.BN254_PAIRING
    ? curves.bn254PairingOfGood(pairs)
    : curves.blsPairingOfGood(pairs);
}

/** EIP-2537: of nothing there is neither a sum nor a product. */
function requireParts(input: Uint8Array, size: number): void {
  if (input.length === 0) throw new Refused("nothing");
  requireWhole(input, size);
}

function requireWhole(input: Uint8Array, size: number): void {
  if (input.length % size !== 0) throw new Refused("not whole parts");
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
