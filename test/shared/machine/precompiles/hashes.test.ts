import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { readWord, toBytes32 } from "../../../../shared/machine/State.js";
import * as Blake2f from "../../../../shared/machine/precompiles/Blake2f.js";
import * as Sha256 from "../../../../shared/machine/precompiles/Sha256.js";
import { ethereumjsPrecompiles } from "./ethereumjs.js";
import { blake2fInputs, bytesInputs } from "./inputs.js";

function sha256(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(message.length + 128);
  padded.set(message);
  const word = (offset: number): bigint => Sha256.pad(readWord(padded, offset), offset, message.length);
  let chaining = Sha256.INITIAL;
  for (let block = 0; block < Sha256.blocks(message.length); block += 1) {
    chaining = Sha256.compress(chaining, word(64 * block), word(64 * block + 32));
  }
  return toBytes32(chaining);
}

describe("Sha256", () => {
  for (const { name, input } of bytesInputs(2, "sha256")) {
    it(`agrees with node: ${name}`, () => {
      assert.deepEqual(sha256(input), Uint8Array.from(createHash("sha256").update(input).digest()));
    });
  }
});

describe("Blake2f", async () => {
  const cancun = await ethereumjsPrecompiles(0);
  for (const { name, precompile, input } of blake2fInputs()) {
    if (name.includes("4294967295")) continue;
    it(`agrees with EthereumJS: ${name}`, async () => {
      const { output } = await cancun.run(precompile, input);
      assert.equal(Blake2f.isValid(input), output !== undefined);
      if (output === undefined) return;
      const state = Blake2f.start(input);
      // In two parts, as the job of a snapshot goes on.
      const [half, all] = [Blake2f.roundCount(input) >> 1, Blake2f.roundCount(input)];
      Blake2f.rounds(state, 0, half);
      Blake2f.rounds(state, half, all);
      assert.deepEqual(Blake2f.finish(state), output);
    });
  }
});
