import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { toHex } from "../../../shared/execution/crypto.js";
import { verifyPointEvaluation } from "../../../shared/execution/pointEvaluation.js";

const INFINITY = `0xc0${"00".repeat(47)}`;
const word = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;

describe("verifyPointEvaluation", () => {
  // The constant polynomial 5: its commitment is 5 G1, and the quotient of every opening is zero.
  const five = `0x${toHex(bls12_381.G1.Point.BASE.multiply(5n).toBytes())}`;

  it("accepts a constant polynomial at any point, zero included", () => {
    for (const z of [0n, 1n, 77n])
      assert.equal(verifyPointEvaluation(five, word(z), word(5n), INFINITY), true);
    assert.equal(verifyPointEvaluation(INFINITY, word(3n), word(0n), INFINITY), true);
  });

  it("refuses another value, commitment or proof", () => {
    assert.equal(verifyPointEvaluation(five, word(1n), word(6n), INFINITY), false);
    assert.equal(verifyPointEvaluation(INFINITY, word(1n), word(5n), INFINITY), false);
    assert.equal(verifyPointEvaluation(five, word(1n), word(5n), five), false);
  });

  // tau G1, the second point of the G1 powers of the ceremony, commits to the polynomial x: at z it has value z, and
  // the quotient is 1. Whether this holds decides whether both powers belong to the same ceremony.
  it("opens the polynomial x, committed to with the ceremony's own power of G1", () => {
    const tau =
      "0xad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81";
    const one = `0x${toHex(bls12_381.G1.Point.BASE.toBytes())}`;
    assert.equal(verifyPointEvaluation(tau, word(9n), word(9n), one), true);
    assert.equal(verifyPointEvaluation(tau, word(9n), word(8n), one), false);
  });

  const malformed: [string, [string, string, string, string]][] = [
    ["a scalar of the field's size", [five, word(bls12_381.fields.Fr.ORDER), word(5n), INFINITY]],
    ["a point off the curve", [`0x${"ab".repeat(48)}`, word(1n), word(5n), INFINITY]],
    ["a proof that is no point", [five, word(1n), word(5n), `0x${"00".repeat(48)}`]],
  ];
  for (const [what, args] of malformed) {
    it(`throws for ${what}`, () => {
      assert.throws(() => verifyPointEvaluation(...args), /C_KZG_BADARGS/);
    });
  }
});
