import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as Native from "../../../../shared/machine/precompiles/Native.js";
import * as Prices from "../../../../shared/machine/precompiles/Prices.js";
import { ethereumjsPrecompiles } from "./ethereumjs.js";
import { msmInputs, nativeInputs, pairingInputs } from "./inputs.js";

/** The stage cuts or pads these inputs to their size before it asks. */
const FIXED_SIZES = new Map([
  [Prices.ECRECOVER, 128],
  [Prices.BN254_ADD, 128],
  [Prices.BN254_MULTIPLY, 96],
]);

/** The stage refuses other sizes itself. */
const EXACT_SIZES = new Map([
  [Prices.BLS_G1_ADD, 256],
  [Prices.BLS_G2_ADD, 512],
]);

function fitted(precompile: number, input: Uint8Array): Uint8Array {
  const size = FIXED_SIZES.get(precompile);
  if (size === undefined) return input;
  const fixed = new Uint8Array(size);
  fixed.set(input.subarray(0, size));
  return fixed;
}

describe("Native", async () => {
  const osaka = await ethereumjsPrecompiles(2);
  for (const { name, precompile, input } of [...nativeInputs(), ...msmInputs(), ...pairingInputs()]) {
    const exact = EXACT_SIZES.get(precompile);
    if (exact !== undefined && input.length !== exact) continue;
    it(`answers as EthereumJS: ${name}`, async () => {
      const { output } = await osaka.run(precompile, input);
      assert.deepEqual(Native.run(precompile, fitted(precompile, input)), output);
    });
  }

  it("refuses to stand in for a precompile that is not called natively", () => {
    assert.throws(() => Native.run(Prices.SHA256, new Uint8Array()), RangeError);
  });
});
