import { bls12_381 } from "@noble/curves/bls12-381.js";
import { fromHex } from "./crypto.js";
import { blsCurve, type Mcl } from "./curves.js";

/**
 * tau times the generator of G2: the second point of the G2 powers of Ethereum's KZG ceremony
 * (consensus-specs, presets/mainnet/trusted_setups, `g2_monomial[1]`). Opening a commitment needs no other point.
 */
const TAU_G2 =
  "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72" +
  "185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2";

/** The text by which EthereumJS recognises malformed input of the precompile. */
export const BAD_ARGUMENTS = "C_KZG_BADARGS";

/**
 * Does the polynomial committed to have value y at z? `verify_kzg_proof` of EIP-4844's consensus specification:
 * e(commitment - y G1, G2) = e(proof, tau G2 - z G2). Arguments are 0x hex; malformed ones throw.
 */
export function verifyPointEvaluation(commitment: string, z: string, y: string, proof: string): boolean {
  const { mcl } = blsCurve;
  const [at, value] = [scalarOf(z), scalarOf(y)];
  const [committed, quotient] = [g1Of(commitment), g1Of(proof)];
  // With z on the first curve: e(commitment - y G1 + z proof, -G2) e(proof, tau G2) = 1.
  const difference = mcl.add(mcl.sub(committed, mcl.mul(G1, value)), mcl.mul(quotient, at));
  return blsCurve.isProductOne([
    [difference, MINUS_G2],
    [quotient, TAU],
  ]);
}

const { Point } = bls12_381.G1;
const G1 = toG1(Point.BASE);
const MINUS_G2 = toG2(bls12_381.G2.Point.BASE.negate());
const TAU = toG2(bls12_381.G2.Point.fromBytes(fromHex(TAU_G2)));

function scalarOf(hex: string): Mcl.Fr {
  const value = BigInt(hex);
  if (value >= bls12_381.fields.Fr.ORDER) throw new Error(BAD_ARGUMENTS);
  return blsCurve.scalar(coordinate(value, 32));
}

/** A point as consensus writes it, compressed. */
function g1Of(hex: string): Mcl.G1 {
  // The point at infinity is a valid commitment and a valid proof (of a constant polynomial).
  if (isInfinity(hex)) return new blsCurve.mcl.G1();
  const point = decompress(fromHex(hex));
  if (point === undefined || !point.isValidOrder()) throw new Error(BAD_ARGUMENTS);
  return point;
}

/** The first three bits of x: compressed, at infinity, y the larger of the two. */
const COMPRESSED = 0x80;
const INFINITE = 0x40;
const LARGER = 0x20;

/** A point of the curve other than infinity from 48 bytes; undefined if they are none. */
function decompress(bytes: Uint8Array): Mcl.G1 | undefined {
  const flags = bytes[0] ?? 0;
  if (bytes.length !== 48 || (flags & (COMPRESSED | INFINITE)) !== COMPRESSED) return undefined;
  const xBytes = bytes.slice();
  xBytes[0] = flags & 0x1f;
  if (Buffer.compare(xBytes, PRIME) >= 0) return undefined;
  const { mcl } = blsCurve;
  const x = blsCurve.fp(xBytes);
  const [isSquare, root] = mcl.squareRoot(mcl.add(mcl.mul(mcl.sqr(x), x), FOUR));
  if (!isSquare || root === null) return undefined;
  const isLarger = Buffer.compare(blsCurve.fpBytes(root), HALF_PRIME) > 0;
  const y = isLarger === ((flags & LARGER) !== 0) ? root : mcl.neg(root);
  return blsCurve.g1(xBytes, blsCurve.fpBytes(y));
}

const { ORDER: P } = bls12_381.fields.Fp;
const PRIME = coordinate(P);
const HALF_PRIME = coordinate(P / 2n);
const FOUR = blsCurve.fp(coordinate(4n));

function toG1(point: typeof Point.BASE): Mcl.G1 {
  const { x, y } = point.toAffine();
  return blsCurve.g1(coordinate(x), coordinate(y));
}

function toG2(point: typeof bls12_381.G2.Point.BASE): Mcl.G2 {
  const { x, y } = point.toAffine();
  const element = ({ c0, c1 }: typeof x): Mcl.Fp2 => blsCurve.fp2(coordinate(c0), coordinate(c1));
  return blsCurve.g2(element(x), element(y));
}

function coordinate(value: bigint, size = 48): Uint8Array {
  return fromHex(value.toString(16).padStart(2 * size, "0"));
}

function isInfinity(hex: string): boolean {
  return /^(0x)?c0(00){47}$/.test(hex);
}
