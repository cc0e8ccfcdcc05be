import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ecrecover } from "@ethereumjs/util";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import fc from "fast-check";
import { keccak256 as keccakOfEthers } from "ethers";
import { fromHex, keccak256, recoverPublicKey, toHex } from "../../../shared/execution/crypto.js";

const ORDER = secp256k1.Point.Fn.ORDER;
const word = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(64, "0"));
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

function outcome(run: () => Uint8Array): string {
  try {
    return toHex(run());
  } catch {
    return "refused";
  }
}

describe("recoverPublicKey", () => {
  it("agrees with the library on signatures, low s and high s", () => {
    fc.assert(
      fc.property(bytes32, bytes32, (hash, seed) => {
        const key = keccak256(seed);
        const signature = secp256k1.sign(hash, key, { prehash: false, format: "recovered", lowS: true });
        const [parity, r, s] = [BigInt(signature[0] ?? 0), signature.slice(1, 33), signature.slice(33)];
        const high = word(ORDER - BigInt(`0x${toHex(s)}`));
        for (const args of [
          [hash, parity, r, s],
          [hash, parity + 27n, r, s],
          [hash, 1n - parity, r, high],
          [hash, parity + 37n, r, s, 1n],
        ] as [Uint8Array, bigint, Uint8Array, Uint8Array, bigint?][]) {
          assert.equal(toHex(recoverPublicKey(...args)), toHex(secp256k1.getPublicKey(key, false).slice(1)));
          assert.equal(toHex(recoverPublicKey(...args)), toHex(ecrecover(...args)));
        }
      }),
      { numRuns: 25 },
    );
  });

  it("agrees with the library on arbitrary numbers, refusals included", () => {
    const edge = fc.oneof(
      bytes32,
      fc.constantFrom(0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 256n - 1n).map(word),
      fc.uint8Array({ minLength: 0, maxLength: 31 }),
    );
    fc.assert(
      fc.property(bytes32, fc.bigInt({ min: 0n, max: 40n }), edge, edge, (hash, v, r, s) => {
        assert.equal(
          outcome(() => recoverPublicKey(hash, v, r, s)),
          outcome(() => ecrecover(hash, v, r, s)),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe("keccak256", () => {
  it("agrees with another implementation at every length around its block size", () => {
    for (let length = 0; length < 300; length += 1) {
      const input = new Uint8Array(length).fill(length);
      assert.equal(`0x${toHex(keccak256(input))}`, keccakOfEthers(input));
    }
  });
});

describe("hex", () => {
  it("goes both ways, and takes a prefix and an odd digit", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(fromHex(toHex(bytes)), bytes)));
    assert.deepEqual(fromHex("0x123"), Uint8Array.of(1, 0x23));
  });
});
