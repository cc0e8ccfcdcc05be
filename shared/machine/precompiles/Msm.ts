import * as Native from "./Native.js";
import * as Prices from "./Prices.js";

/**
 * The multi-scalar multiplications of BLS12-381, pair by pair (EIP-2537). Twin of
 * `contracts/machine/precompiles/Msm.sol`: each pair goes through the precompile for one pair, and its product is added
 * to an accumulator by the precompile for addition.
 */

/** Bytes of a pair in the input: a point and a scalar of 32 bytes. */
export function pairSize(precompile: number): number {
  return precompile === Prices.BLS_G1_MSM ? 160 : 288;
}

/** The point at infinity: what an accumulator starts with. */
export function zero(precompile: number): Uint8Array {
  return new Uint8Array(pairSize(precompile) - 32);
}

/** Adds the product of one pair; undefined if the pair's point is not one of the group: the whole call fails then. */
export function add(precompile: number, accumulator: Uint8Array, pair: Uint8Array): Uint8Array | undefined {
  const product = Native.run(precompile, pair);
  if (product === undefined) return undefined;
  const addition = precompile === Prices.BLS_G1_MSM ? Prices.BLS_G1_ADD : Prices.BLS_G2_ADD;
  const sum = Native.run(addition, Uint8Array.of(...accumulator, ...product));
  if (sum === undefined) throw new Error("a point that a precompile returned was refused by another");
  return sum;
}
