import { bls12_381 } from "@noble/curves/bls12-381.js";
import { fromHex } from "./crypto.js";

/**
 * tau times the generator of G2: the second point of the G2 powers of Ethereum's KZG ceremony
 * (consensus-specs, presets/mainnet/trusted_setups, `g2_monomial[1]`). Opening a commitment needs no other point.
 */
const TAU_G2 =
  "b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72" +
  "185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2";

/** The text by which EthereumJS recognises malformed input of the precompile. */
const BAD_ARGUMENTS = "C_KZG_BADARGS";

/**
 * Does the polynomial committed to have value y at z? `verify_kzg_proof` of EIP-4844's consensus specification:
 * e(commitment - y G1, G2) = e(proof, tau G2 - z G2). Arguments are 0x hex; malformed ones throw.
 */
export function verifyPointEvaluation(commitment: string, z: string, y: string, proof: string): boolean {
  const { G1, G2, fields } = bls12_381;
  const scalar = (hex: string): bigint => {
    const value = BigInt(hex);
    if (value >= fields.Fr.ORDER) throw new Error(BAD_ARGUMENTS);
    return value;
  };
  const point = (hex: string) => {
    try {
      const parsed = G1.Point.fromBytes(fromHex(hex));
      parsed.assertValidity();
      return parsed;
    } catch (cause) {
      // The point at infinity is a valid commitment and a valid proof (of a constant polynomial).
      if (isInfinity(hex)) return G1.Point.ZERO;
      throw new Error(BAD_ARGUMENTS, { cause });
    }
  };
  const [at, value] = [scalar(z), scalar(y)];
  const difference = point(commitment).subtract(value === 0n ? G1.Point.ZERO : G1.Point.BASE.multiply(value));
  const shifted = G2.Point.fromBytes(fromHex(TAU_G2)).subtract(
    at === 0n ? G2.Point.ZERO : G2.Point.BASE.multiply(at),
  );
  const pairs = [
    { g1: difference, g2: G2.Point.BASE.negate() },
    { g1: point(proof), g2: shifted },
  ].filter(({ g1, g2 }) => !g1.is0() && !g2.is0());
  return fields.Fp12.eql(bls12_381.pairingBatch(pairs), fields.Fp12.ONE);
}

function isInfinity(hex: string): boolean {
  return /^(0x)?c0(00){47}$/.test(hex);
}
