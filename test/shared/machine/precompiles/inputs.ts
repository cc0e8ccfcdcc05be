/**
 * Inputs of every precompile, made by hand and by a seeded generator: ordinary ones, those at the edges, and those that
 * must be refused. Deterministic.
 */
import { createHash } from "node:crypto";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bn254 } from "@noble/curves/bn254.js";
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import * as Prices from "../../../../shared/machine/precompiles/Prices.js";

export interface PrecompileInput {
  readonly name: string;
  readonly precompile: number;
  readonly input: Uint8Array;
}

/** Bytes that look random, the same for the same label. */
export function bytesOf(label: string, size: number): Uint8Array {
  const parts: Buffer[] = [];
  for (let index = 0; 32 * index < size; index += 1) {
    parts.push(createHash("sha256").update(`${label} ${index}`).digest());
  }
  return Uint8Array.from(Buffer.concat(parts).subarray(0, size));
}

export function integerOf(label: string, bits = 256): bigint {
  return BigInt.asUintN(bits, toInteger(bytesOf(label, Math.ceil(bits / 8))));
}

export function toInteger(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

export function toBytes(value: bigint, size: number): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(2 * size, "0"), "hex"));
}

export function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

const words = (...values: bigint[]): Uint8Array => join(...values.map((value) => toBytes(value, 32)));
const wide = (...values: bigint[]): Uint8Array => join(...values.map((value) => toBytes(value, 64)));

// --- Points ----------------------------------------------------------------------------------------------------------

export const BN_PRIME = bn254.fields.Fp.ORDER;
export const BLS_PRIME = bls12_381.fields.Fp.ORDER;

export function bnG1(scalar: bigint): Uint8Array {
  const point = bn254.G1.Point.BASE.multiplyUnsafe(scalar % bn254.fields.Fr.ORDER);
  if (point.is0()) return new Uint8Array(64);
  const { x, y } = point.toAffine();
  return words(x, y);
}

export function bnG2(scalar: bigint): Uint8Array {
  const point = bn254.G2.Point.BASE.multiplyUnsafe(scalar % bn254.fields.Fr.ORDER);
  if (point.is0()) return new Uint8Array(128);
  const { x, y } = point.toAffine();
  return words(x.c1, x.c0, y.c1, y.c0);
}

export function blsG1(scalar: bigint): Uint8Array {
  const point = bls12_381.G1.Point.BASE.multiplyUnsafe(scalar % bls12_381.fields.Fr.ORDER);
  if (point.is0()) return new Uint8Array(128);
  const { x, y } = point.toAffine();
  return wide(x, y);
}

export function blsG2(scalar: bigint): Uint8Array {
  const point = bls12_381.G2.Point.BASE.multiplyUnsafe(scalar % bls12_381.fields.Fr.ORDER);
  if (point.is0()) return new Uint8Array(256);
  const { x, y } = point.toAffine();
  return wide(x.c0, x.c1, y.c0, y.c1);
}

/** On the curve of the second group of BN254, of another order. */
export function bnG2OutsideGroup(): Uint8Array {
  const { Fp2 } = bn254.fields;
  const b = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]));
  for (let start = 1n; ; start += 1n) {
    const x = Fp2.fromBigTuple([start, 1n]);
    const y = root(() => Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), b)));
    if (y !== undefined) return words(x.c1, x.c0, y.c1, y.c0);
  }
}

/** On the first curve of BLS12-381, of another order. */
export function blsG1OutsideGroup(): Uint8Array {
  const { Fp } = bls12_381.fields;
  for (let x = 1n; ; x += 1n) {
    const y = root(() => Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(x), x), 4n)));
    if (y !== undefined) return wide(x, y);
  }
}

export function blsG2OutsideGroup(): Uint8Array {
  const { Fp2 } = bls12_381.fields;
  const b = Fp2.fromBigTuple([4n, 4n]);
  for (let start = 1n; ; start += 1n) {
    const x = Fp2.fromBigTuple([start, 1n]);
    const y = root(() => Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), b)));
    if (y !== undefined) return wide(x.c0, x.c1, y.c0, y.c1);
  }
}

function root<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}

// --- Pairings --------------------------------------------------------------------------------------------------------

/** e(aP, bQ) · e(cP, dQ) … with the given pairs of scalars; the product is 1 exactly if Σ ab = 0 mod r. */
export function bnPairs(...scalars: (readonly [bigint, bigint])[]): Uint8Array {
  return join(...scalars.flatMap(([a, b]) => [bnG1(a), bnG2(b)]));
}

export function blsPairs(...scalars: (readonly [bigint, bigint])[]): Uint8Array {
  return join(...scalars.flatMap(([a, b]) => [blsG1(a), blsG2(b)]));
}

const BN_ORDER = bn254.fields.Fr.ORDER;
const BLS_ORDER = bls12_381.fields.Fr.ORDER;

function pairingInputs(): PrecompileInput[] {
  const inputs: PrecompileInput[] = [];
  for (const [precompile, pairs, order, label] of [
    [Prices.BN254_PAIRING, bnPairs, BN_ORDER, "bn254"],
    [Prices.BLS_PAIRING, blsPairs, BLS_ORDER, "bls"],
  ] as const) {
    const [a, b] = [integerOf(`${label} a`) % order, integerOf(`${label} b`) % order];
    const add = (name: string, input: Uint8Array): void => {
      inputs.push({ name: `${label} pairing: ${name}`, precompile, input });
    };
    add("no pairs", new Uint8Array());
    add("one pair", pairs([a, b]));
    add("generators", pairs([1n, 1n]));
    add("two pairs, product 1", pairs([a, b], [order - ((a * b) % order), 1n]));
    add("two pairs, product not 1", pairs([a, b], [a, b]));
    add("two pairs that cancel", pairs([a, b], [order - a, b]));
    add("first point at infinity", pairs([0n, b]));
    add("second point at infinity", pairs([a, 0n]));
    add("both at infinity", pairs([0n, 0n]));
    const rest = order - ((a * b + 6n) % order);
    add("five pairs with infinities, product 1", pairs([a, b], [0n, b], [2n, 3n], [a, 0n], [rest, 1n]));
    add("size not whole pairs", pairs([a, b]).slice(0, -1));
  }
  inputs.push(
    { name: "bn254 pairing: first point off the curve", precompile: 8, input: join(words(1n, 3n), bnG2(1n)) },
    {
      name: "bn254 pairing: coordinate not reduced",
      precompile: 8,
      input: join(words(1n + BN_PRIME, 2n), bnG2(1n)),
    },
    { name: "bn254 pairing: zero not reduced", precompile: 8, input: join(words(BN_PRIME, 0n), bnG2(1n)) },
    { name: "bn254 pairing: outside the group", precompile: 8, input: join(bnG1(1n), bnG2OutsideGroup()) },
    {
      name: "bn254 pairing: infinity and outside the group",
      precompile: 8,
      input: join(bnG1(0n), bnG2OutsideGroup()),
    },
    {
      name: "bn254 pairing: second point off the curve",
      precompile: 8,
      input: join(bnG1(1n), words(1n, 2n, 3n, 4n)),
    },
    {
      name: "bn254 pairing: the third pair is bad",
      precompile: 8,
      input: join(bnPairs([1n, 2n], [0n, 1n]), words(1n, 3n), bnG2(1n)),
    },
    { name: "bls pairing: first point off the curve", precompile: 15, input: join(wide(1n, 3n), blsG2(1n)) },
    {
      name: "bls pairing: first point outside the group",
      precompile: 15,
      input: join(blsG1OutsideGroup(), blsG2(1n)),
    },
    {
      name: "bls pairing: second point outside the group",
      precompile: 15,
      input: join(blsG1(1n), blsG2OutsideGroup()),
    },
    {
      name: "bls pairing: infinity and outside the group",
      precompile: 15,
      input: join(blsG1(0n), blsG2OutsideGroup()),
    },
    { name: "bls pairing: zero not reduced", precompile: 15, input: join(wide(BLS_PRIME, 0n), blsG2(1n)) },
    { name: "bls pairing: padding not zero", precompile: 15, input: withByte(blsPairs([1n, 1n]), 0, 1) },
    {
      name: "bls pairing: the second pair is bad",
      precompile: 15,
      input: join(blsPairs([1n, 2n]), blsG1(1n), blsG2OutsideGroup()),
    },
  );
  return inputs;
}

function withByte(bytes: Uint8Array, index: number, value: number): Uint8Array {
  const changed = bytes.slice();
  changed[index] = value;
  return changed;
}

// --- Multi-scalar multiplications --------------------------------------------------------------------------------------

function msmInputs(): PrecompileInput[] {
  const g1 = (point: Uint8Array, scalar: bigint): Uint8Array => join(point, words(scalar));
  const [a, b] = [integerOf("msm a"), integerOf("msm b")];
  const MAX = 2n ** 256n - 1n;
  const inputs: PrecompileInput[] = [];
  for (const [precompile, point, outside, off, size] of [
    [Prices.BLS_G1_MSM, blsG1, blsG1OutsideGroup, wide(1n, 3n), 128],
    [Prices.BLS_G2_MSM, blsG2, blsG2OutsideGroup, wide(1n, 2n, 3n, 4n), 256],
  ] as const) {
    const label = precompile === Prices.BLS_G1_MSM ? "g1 msm" : "g2 msm";
    const add = (name: string, input: Uint8Array): void => {
      inputs.push({ name: `${label}: ${name}`, precompile, input });
    };
    add("no pairs", new Uint8Array());
    add("one pair", g1(point(3n), a));
    add("scalar 0", g1(point(3n), 0n));
    add("scalar above the order", g1(point(3n), MAX));
    add("scalar equal to the order", g1(point(3n), BLS_ORDER));
    add("infinity", g1(new Uint8Array(size), a));
    add(
      "two pairs that cancel",
      join(g1(point(5n), a % BLS_ORDER), g1(point(5n), BLS_ORDER - (a % BLS_ORDER))),
    );
    add("the same pair twice", join(g1(point(7n), b), g1(point(7n), b)));
    add("five pairs", join(...[1n, 2n, 3n, 4n, 5n].map((n) => g1(point(n * a), n * 7n))));
    add("outside the group", g1(outside(), a));
    add("outside the group, scalar 0", g1(outside(), 0n));
    add("off the curve", g1(off, a));
    add("the third pair is bad", join(g1(point(1n), a), g1(point(2n), b), g1(outside(), a)));
    add("not reduced", g1(wide(...Array.from({ length: size / 64 }, () => BLS_PRIME)), a));
    add("size not whole pairs", g1(point(3n), a).slice(1));
  }
  return inputs;
}

// --- Native ------------------------------------------------------------------------------------------------------------

function ecrecoverInputs(): PrecompileInput[] {
  const key = bytesOf("key", 32);
  const hash = bytesOf("message", 32);
  const signature = secp256k1.sign(hash, key, { prehash: false, format: "recovered" });
  const [r, s] = [toInteger(signature.slice(1, 33)), toInteger(signature.slice(33))];
  const v = 27n + BigInt(signature[0] as number);
  const order = secp256k1.Point.Fn.ORDER;
  const add = (name: string, ...values: bigint[]): PrecompileInput => ({
    name: `ecrecover: ${name}`,
    precompile: Prices.ECRECOVER,
    input: words(toInteger(hash), ...values),
  });
  return [
    add("good", v, r, s),
    add("the other parity", 55n - v, r, s),
    add("high s", 55n - v, r, order - s),
    add("v = 0", 0n, r, s),
    add("v = 29", 29n, r, s),
    add("v with high bytes", v + 2n ** 64n, r, s),
    add("r = 0", v, 0n, s),
    add("s = 0", v, r, 0n),
    add("r = order", v, order, s),
    add("s = order", v, r, order),
    add("r is no x coordinate", v, 5n, s),
    { name: "ecrecover: empty", precompile: 1, input: new Uint8Array() },
    {
      name: "ecrecover: more than 128 bytes",
      precompile: 1,
      input: join(words(toInteger(hash), v, r, s), bytesOf("x", 37)),
    },
    { name: "ecrecover: 127 bytes", precompile: 1, input: words(toInteger(hash), v, r, s).slice(0, 127) },
  ];
}

function bn254Inputs(): PrecompileInput[] {
  const a = integerOf("scalar");
  const add = (name: string, input: Uint8Array): PrecompileInput => ({
    name: `bn254 add: ${name}`,
    precompile: Prices.BN254_ADD,
    input,
  });
  const multiply = (name: string, input: Uint8Array): PrecompileInput => ({
    name: `bn254 multiply: ${name}`,
    precompile: Prices.BN254_MULTIPLY,
    input,
  });
  const good = join(bnG1(2n), bnG1(3n));
  return [
    add("good", good),
    add("doubling", join(bnG1(2n), bnG1(2n))),
    add("inverse", join(bnG1(2n), bnG1(BN_ORDER - 2n))),
    add("infinity", join(bnG1(0n), bnG1(2n))),
    add("empty", new Uint8Array()),
    add("short, zero padded", bnG1(2n)),
    add("cut inside a coordinate", good.slice(0, 120)),
    add("long", join(good, bytesOf("more", 200))),
    add("off the curve", join(words(1n, 3n), bnG1(1n))),
    add("not reduced", join(words(1n + BN_PRIME, 2n), bnG1(1n))),
    multiply("good", join(bnG1(2n), words(a))),
    multiply("scalar 0", join(bnG1(2n), words(0n))),
    multiply("scalar above the order", join(bnG1(2n), words(2n ** 256n - 1n))),
    multiply("scalar is the order", join(bnG1(2n), words(BN_ORDER))),
    multiply("infinity", join(bnG1(0n), words(a))),
    multiply("empty", new Uint8Array()),
    multiply("short", join(bnG1(2n), toBytes(5n, 7))),
    multiply("long", join(bnG1(2n), words(a, a, a))),
    multiply("off the curve", words(1n, 3n, 1n)),
    multiply("off the curve, scalar 0", words(1n, 3n, 0n)),
  ];
}

/** A commitment to a constant polynomial c is cG, its proof is infinity, its value c everywhere. */
function pointEvaluationInputs(): PrecompileInput[] {
  const constant = 77n;
  const commitment = bls12_381.G1.Point.BASE.multiply(constant).toBytes();
  const infinity = join(Uint8Array.of(0xc0), new Uint8Array(47));
  const versioned = (of: Uint8Array): Uint8Array =>
    join(Uint8Array.of(1), Uint8Array.from(createHash("sha256").update(of).digest()).slice(1));
  const make = (y: bigint, z = 5n, proof = infinity, of: Uint8Array = commitment): Uint8Array =>
    join(versioned(of), words(z, y), of, proof);
  const add = (name: string, input: Uint8Array): PrecompileInput => ({
    name: `point evaluation: ${name}`,
    precompile: Prices.POINT_EVALUATION,
    input,
  });
  return [
    add("good", make(constant)),
    add("at zero", make(constant, 0n)),
    add("commitment at infinity", make(0n, 9n, infinity, infinity)),
    add("another value", make(constant + 1n)),
    add("z not reduced", make(constant, BLS_ORDER)),
    add("y not reduced", make(constant + BLS_ORDER)),
    add("bad proof point", make(constant, 5n, bytesOf("junk", 48))),
    add("another versioned hash", withByte(make(constant), 5, 1)),
    add("another version", withByte(make(constant), 0, 2)),
    add("short", make(constant).slice(0, 191)),
    add("long", join(make(constant), Uint8Array.of(0))),
    add("empty", new Uint8Array()),
  ];
}

function blsInputs(): PrecompileInput[] {
  const item =
    (label: string, precompile: number) =>
    (name: string, input: Uint8Array): PrecompileInput => ({ name: `${label}: ${name}`, precompile, input });
  const g1 = item("g1 add", Prices.BLS_G1_ADD);
  const g2 = item("g2 add", Prices.BLS_G2_ADD);
  const map1 = item("map to g1", Prices.BLS_MAP_FP_TO_G1);
  const map2 = item("map to g2", Prices.BLS_MAP_FP2_TO_G2);
  return [
    g1("good", join(blsG1(2n), blsG1(3n))),
    g1("doubling", join(blsG1(2n), blsG1(2n))),
    g1("inverse", join(blsG1(2n), blsG1(BLS_ORDER - 2n))),
    g1("infinity", join(blsG1(0n), blsG1(2n))),
    g1("outside the group", join(blsG1OutsideGroup(), blsG1(2n))),
    g1("off the curve", join(wide(1n, 3n), blsG1(2n))),
    g1("not reduced", join(wide(BLS_PRIME, 0n), blsG1(2n))),
    g1("padding not zero", withByte(join(blsG1(2n), blsG1(3n)), 64, 1)),
    g1("short", blsG1(2n)),
    g1("long", join(blsG1(2n), blsG1(3n), Uint8Array.of(0))),
    g1("empty", new Uint8Array()),
    g2("good", join(blsG2(2n), blsG2(3n))),
    g2("doubling", join(blsG2(2n), blsG2(2n))),
    g2("inverse", join(blsG2(2n), blsG2(BLS_ORDER - 2n))),
    g2("infinity", join(blsG2(0n), blsG2(0n))),
    g2("outside the group", join(blsG2OutsideGroup(), blsG2(2n))),
    g2("off the curve", join(wide(1n, 2n, 3n, 4n), blsG2(2n))),
    g2("short", blsG2(2n)),
    map1("good", wide(integerOf("fp", 380))),
    map1("zero", wide(0n)),
    map1("largest", wide(BLS_PRIME - 1n)),
    map1("not reduced", wide(BLS_PRIME)),
    map1("short", wide(1n).slice(1)),
    map2("good", wide(integerOf("fp2 a", 380), integerOf("fp2 b", 380))),
    map2("zero", wide(0n, 0n)),
    map2("not reduced", wide(0n, BLS_PRIME)),
    map2("long", wide(1n, 1n, 1n)),
  ];
}

function p256Inputs(): PrecompileInput[] {
  const key = bytesOf("p256 key", 32);
  const hash = bytesOf("p256 message", 32);
  const signature = p256.sign(hash, key, { prehash: false, lowS: false });
  const { x, y } = p256.Point.fromBytes(p256.getPublicKey(key)).toAffine();
  const [r, s] = [toInteger(signature.slice(0, 32)), toInteger(signature.slice(32))];
  const order = p256.Point.Fn.ORDER;
  const h = toInteger(hash);
  const add = (name: string, input: Uint8Array): PrecompileInput => ({
    name: `p256: ${name}`,
    precompile: Prices.P256_VERIFY,
    input,
  });
  const { BASE, Fn } = p256.Point;
  // A point whose x is three above the order, and the key whose signature (3, 7) of 5 it belongs to.
  const above = p256.Point.fromHex(`02${(order + 3n).toString(16)}`);
  const ofAbove = above.multiply(7n).subtract(BASE.multiply(5n)).multiply(Fn.inv(3n)).toAffine();
  return [
    add("good", words(h, r, s, x, y)),
    add("x of the point above the order", words(5n, 3n, 7n, ofAbove.x, ofAbove.y)),
    add("r above the order", words(5n, order + 3n, 7n, ofAbove.x, ofAbove.y)),
    // The key is the generator: −5 · G + 5 · G.
    add("point at infinity", words(order - 5n, 5n, 1n, BASE.x, BASE.y)),
    add("message zero", words(0n, BASE.x % order, BASE.x % order, BASE.x, BASE.y)),
    add("the other s", words(h, r, order - s, x, y)),
    add("another message", words(h + 1n, r, s, x, y)),
    add("r = 0", words(h, 0n, s, x, y)),
    add("s = order", words(h, r, order, x, y)),
    add("key off the curve", words(h, r, s, x, y + 1n)),
    add("key at infinity", words(h, r, s, 0n, 0n)),
    add("key not reduced", words(h, r, s, x + p256.Point.Fp.ORDER > 2n ** 256n ? p256.Point.Fp.ORDER : x, y)),
    add("short", words(h, r, s, x, y).slice(0, 159)),
    add("long", join(words(h, r, s, x, y), Uint8Array.of(0))),
    add("empty", new Uint8Array()),
  ];
}

/** Inputs of the precompiles that B answers natively, each in one step. */
export function nativeInputs(): PrecompileInput[] {
  return [
    ...ecrecoverInputs(),
    ...bn254Inputs(),
    ...pointEvaluationInputs(),
    ...blsInputs(),
    ...p256Inputs(),
  ];
}

export { msmInputs, pairingInputs };

// --- Hashes ------------------------------------------------------------------------------------------------------------

/** Inputs of SHA256, RIPEMD160 and IDENTITY: around every boundary of words and blocks. */
export function bytesInputs(precompile: number, label: string): PrecompileInput[] {
  return [0, 1, 3, 31, 32, 33, 54, 55, 56, 57, 63, 64, 65, 96, 119, 120, 127, 128, 129, 500].map((size) => ({
    name: `${label}: ${size} bytes`,
    precompile,
    input: bytesOf(label, size),
  }));
}

export function blake2fInputs(): PrecompileInput[] {
  const make = (rounds: number, flag: number, label: string): Uint8Array =>
    join(toBytes(BigInt(rounds), 4), bytesOf(label, 208), Uint8Array.of(flag));
  const add = (name: string, input: Uint8Array): PrecompileInput => ({
    name: `blake2f: ${name}`,
    precompile: Prices.BLAKE2F,
    input,
  });
  return [
    add("no rounds", make(0, 1, "a")),
    add("one round", make(1, 0, "b")),
    add("ten rounds", make(10, 0, "c")),
    add("twelve rounds, final", make(12, 1, "d")),
    add("thirty-three rounds", make(33, 1, "e")),
    add("flag 2", make(12, 2, "f")),
    add("short", make(12, 1, "g").slice(0, 212)),
    add("long", join(make(12, 1, "h"), Uint8Array.of(0))),
    add("empty", new Uint8Array()),
    add("4294967295 rounds", make(0xffffffff, 1, "i")),
  ];
}

// --- MODEXP ------------------------------------------------------------------------------------------------------------

export function modExpInput(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Uint8Array {
  const lengths = [base, exponent, modulus].map(({ length }) => toBytes(BigInt(length), 32));
  return join(...lengths, base, exponent, modulus);
}

/** Numbers of the sizes where limbs, words and the rules' cases begin and end. */
export function modExpInputs(): PrecompileInput[] {
  const add = (name: string, input: Uint8Array): PrecompileInput => ({
    name: `modexp: ${name}`,
    precompile: Prices.MODEXP,
    input,
  });
  const sized = (base: number, exponent: number, modulus: number): PrecompileInput =>
    add(
      `${base}, ${exponent}, ${modulus} bytes`,
      modExpInput(bytesOf("base", base), bytesOf("exponent", exponent), bytesOf("modulus", modulus)),
    );
  const [b, e, m] = [bytesOf("base", 40), bytesOf("exponent", 2), bytesOf("modulus", 40)];
  const ones = (size: number): Uint8Array => new Uint8Array(size).fill(255);
  const good = modExpInput(b, e, m);
  const huge = 2n ** 256n - 1n;
  return [
    sized(0, 0, 0),
    sized(0, 0, 1),
    sized(1, 1, 1),
    sized(1, 0, 32),
    sized(0, 1, 32),
    sized(32, 32, 32),
    sized(31, 33, 32),
    sized(33, 2, 33),
    sized(40, 2, 40),
    sized(64, 3, 64),
    sized(65, 1, 63),
    sized(100, 1, 7),
    sized(7, 2, 100),
    sized(8, 200, 8),
    sized(3, 1, 0),
    add("modulus 0", modExpInput(b, e, new Uint8Array(40))),
    add("modulus 1", modExpInput(b, e, toBytes(1n, 40))),
    add("modulus of one limb in forty bytes", modExpInput(b, e, toBytes(1234567n, 40))),
    add("even modulus", modExpInput(b, e, withByte(m, 39, 0))),
    add("modulus a power of two", modExpInput(b, e, toBytes(2n ** 300n, 40))),
    add("base 0", modExpInput(new Uint8Array(40), e, m)),
    add("exponent 0", modExpInput(b, new Uint8Array(40), m)),
    add("all bits", modExpInput(ones(40), ones(2), ones(40))),
    add("empty", new Uint8Array()),
    add("lengths only", words(5n, 5n, 5n)),
    add("cut in the modulus", good.slice(0, -9)),
    add("cut in the exponent", good.slice(0, 96 + 41)),
    add("more than it says", join(good, bytesOf("more", 50))),
    add("length 1025", modExpInput(ones(1025), Uint8Array.of(1), Uint8Array.of(7))),
    add("base length of 256 bits", words(huge, 1n, 1n)),
    add("exponent length of 256 bits", words(1n, huge, 1n)),
    add("exponent length of 256 bits, nothing to raise", words(0n, huge, 0n)),
    add("modulus length of 256 bits", words(1n, 1n, huge)),
  ];
}
