import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as Native from "../../../../shared/machine/precompiles/Native.js";
import * as Pairing from "../../../../shared/machine/precompiles/Pairing.js";
import { pairingInputs, toInteger } from "./inputs.js";

/** Every step of a pairing, as the jobs of the machine run them; undefined: a bad pair. */
function pairing(precompile: number, input: Uint8Array): boolean | undefined {
  const curve = Pairing.curve(precompile);
  const size = Pairing.pairSize(precompile);
  let state = Pairing.start(curve);
  for (let at = 0; at < input.length; at += size) {
    const pair = input.subarray(at, at + size);
    if (Native.pairKind(precompile, pair) === "bad") return undefined;
    const loaded = Pairing.load(state, curve, pair);
    if (loaded.infinite) continue;
    state = loaded.state;
    for (let left = curve.loopBits - 1; left > 0; left -= 1)
      state = Pairing.millerBits(state, curve, left, left - 1);
  }
  state = Pairing.startPower(state, curve);
  for (let left = curve.exponentBits; left > 0; left -= 1)
    state = Pairing.exponentBits(state, curve, left, left - 1);
  return Pairing.verdict(state);
}

describe("Pairing", () => {
  for (const { name, precompile, input } of pairingInputs()) {
    if (input.length % Pairing.pairSize(precompile) !== 0) continue;
    it(`answers as the precompile: ${name}`, () => {
      const wanted = input.length === 0 ? Uint8Array.of(1) : Native.run(precompile, input);
      const verdict = pairing(precompile, input);
      assert.equal(verdict, wanted === undefined ? undefined : toInteger(wanted) === 1n);
    });
  }

  it("has the bits that the specification counts", () => {
    const bits = [8, 15].map((precompile) => {
      const { loopBits, exponentBits } = Pairing.curve(precompile);
      return [loopBits, exponentBits];
    });
    assert.deepEqual(bits, [
      [127, 2790],
      [64, 4314],
    ]);
  });
});
