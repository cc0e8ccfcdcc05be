import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { toHex } from "../../../shared/execution/crypto.js";
import { verifyPointEvaluation } from "../../../shared/execution/pointEvaluation.js";

const INFINITY = `0xc0${"00".repeat(47)}`;
const PRIME = bls12_381.fields.Fp.ORDER;
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

  it("reads points as they are written, with the smaller and the larger y", () => {
    const { Point } = bls12_381.G1;
    const { ORDER } = bls12_381.fields.Fr;
    const signs = new Set<number>();
    for (let value = 1n; value < 12n; value += 1n) {
      for (const scalar of [value, ORDER - value]) {
        const bytes = Point.BASE.multiply(scalar).toBytes();
        const hex = `0x${toHex(bytes)}`;
        signs.add((bytes[0] as number) & 0x20);
        assert.equal(verifyPointEvaluation(hex, word(3n), word(scalar), INFINITY), true);
        assert.equal(verifyPointEvaluation(hex, word(3n), word(ORDER - scalar), INFINITY), false);
      }
    }
    assert.equal(signs.size, 2);
  });

  it("takes for points what noble takes for them", () => {
    const { Point } = bls12_381.G1;
    const isPoint = (read: () => unknown): boolean => {
      try {
        read();
        return true;
      } catch {
        return false;
      }
    };
    const good = Point.BASE.multiply(7n).toBytes();
    const damaged = Array.from({ length: 48 }, (_, at) =>
      good.map((byte, index) => (index === at ? byte ^ 4 : byte)),
    );
    const flags = Array.from({ length: 8 }, (_, bits) =>
      good.map((byte, index) => (index === 0 ? (byte & 0x1f) | (bits << 5) : byte)),
    );
    const infinities = [0xc0, 0xe0, 0x80, 0xa0, 0x40].map((first) =>
      Uint8Array.of(first, ...new Uint8Array(47)),
    );
    // The prime, and numbers at the ends below it: the point over 0 has order 3.
    const edges = [PRIME, PRIME - 1n, 0n, 2n].map((x) => {
      const bytes = Uint8Array.from(Buffer.from(x.toString(16).padStart(96, "0"), "hex"));
      bytes[0] = (bytes[0] as number) | 0x80;
      return bytes;
    });
    let points = 0;
    for (const bytes of [good, ...damaged, ...flags, ...infinities, ...edges]) {
      const hex = `0x${toHex(bytes)}`;
      const wanted = isPoint(() => Point.fromBytes(bytes).assertValidity()) || hex === INFINITY;
      assert.equal(
        isPoint(() => verifyPointEvaluation(hex, word(1n), word(5n), INFINITY)),
        wanted,
        hex,
      );
      if (wanted) points += 1;
    }
    assert.ok(points >= 3, `${points} are points`);
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
