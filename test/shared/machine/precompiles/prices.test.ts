import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as Prices from "../../../../shared/machine/precompiles/Prices.js";
import { isPrecompile } from "../../../../shared/machine/State.js";
import { modExpPrice } from "../precompileBlocks.js";
import { ethereumjsPrecompiles } from "./ethereumjs.js";
import { bytesInputs, modExpInputs, nativeInputs, pairingInputs } from "./inputs.js";

describe("Prices", async () => {
  const rules = await Promise.all([0, 1, 2].map((rules) => ethereumjsPrecompiles(rules)));

  it("knows the precompiles of each fork", () => {
    for (const [index, { addresses }] of rules.entries()) {
      for (let address = 0n; address <= 0x110n; address += 1n)
        assert.equal(isPrecompile(address, index), addresses.includes(address), `${address} under ${index}`);
      assert.equal(isPrecompile(2n ** 64n + 1n, index), false);
    }
  });

  for (const { name, precompile, input } of nativeInputs()) {
    it(`asks what EthereumJS asks: ${name}`, async () => {
      const { output, gasUsed } = (await rules[2]?.run(precompile, input)) ?? {};
      if (output !== undefined) assert.equal(Prices.ofCall(precompile), gasUsed);
    });
  }

  for (const precompile of [Prices.SHA256, Prices.RIPEMD160, Prices.IDENTITY]) {
    for (const { name, input } of bytesInputs(precompile, `precompile ${precompile}`)) {
      it(`asks what EthereumJS asks: ${name}`, async () => {
        const { gasUsed } = (await rules[0]?.run(precompile, input)) ?? {};
        assert.equal(Prices.ofBytes(precompile, BigInt(input.length)), gasUsed);
      });
    }
  }

  for (const { name, precompile, input } of pairingInputs()) {
    it(`asks what EthereumJS asks: ${name}`, async () => {
      const { output, gasUsed } = (await rules[1]?.run(precompile, input)) ?? {};
      const size = precompile === Prices.BN254_PAIRING ? 192 : 384;
      if (output !== undefined)
        assert.equal(Prices.ofPairs(precompile, BigInt(input.length / size)), gasUsed);
    });
  }

  it("asks for sums what EthereumJS asks, for any number of pairs", async () => {
    for (const [precompile, size] of [
      [Prices.BLS_G1_MSM, 160],
      [Prices.BLS_G2_MSM, 288],
    ] as const) {
      for (let pairs = 1; pairs <= 131; pairs += 1) {
        const { gasUsed } = (await rules[1]?.run(precompile, new Uint8Array(size * pairs))) ?? {};
        assert.equal(Prices.ofPairs(precompile, BigInt(pairs)), gasUsed, `${pairs} pairs`);
      }
    }
  });

  for (const { name, precompile, input } of modExpInputs()) {
    if (name.includes("256 bits")) continue;
    it(`asks what EthereumJS asks: ${name}`, async () => {
      for (const index of [0, 1, 2]) {
        const { output, gasUsed } = (await rules[index]?.run(precompile, input)) ?? {};
        if (output !== undefined) assert.equal(modExpPrice(input, index), gasUsed, `rules ${index}`);
      }
    });
  }

  it("asks more than anybody has for lengths beyond all sizes", () => {
    const huge = 2n ** 256n - 1n;
    for (const index of [0, 2]) {
      assert.equal(Prices.ofModExp(huge, 1n, 1n, 0n, index), Prices.UNPAYABLE);
      assert.equal(Prices.ofModExp(1n, 1n, huge, 0n, index), Prices.UNPAYABLE);
      assert.equal(Prices.ofModExp(1n, huge, 1n, 0n, index), Prices.UNPAYABLE);
    }
    assert.equal(Prices.ofModExp(0n, huge, 0n, 0n, 0), 200n);
  });
});
