import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openBlock } from "../../../../shared/machine/openBlock.js";
import { FrameKind } from "../../../../shared/machine/State.js";
import { advance } from "../../../../shared/machine/Stepper.js";
import { testPrograms } from "../../../support/stepper.js";
import { precompileBlocks } from "../precompileBlocks.js";

/** So few steps at once are made by the interpreter. */
const INTERPRETED = 150;

describe("compiled programs", () => {
  it("leave the machine in the states of the interpreter", async () => {
    for await (const { name, input } of precompileBlocks(testPrograms())) {
      if (!/ripemd160|modexp/.test(name)) continue;
      const plain = openBlock(input).machine;
      const quick = openBlock(input).machine;
      let stride = 1_000;
      while (!quick.isFinal) {
        // Strides that end anywhere in the code.
        stride = (stride * 37 + 11) % 9_973;
        advance(quick, quick.steps + 300 + stride);
        while (plain.steps < quick.steps) advance(plain, Math.min(quick.steps, plain.steps + INTERPRETED));
        assert.equal(plain.steps, quick.steps);
        if (quick.frame.kind === FrameKind.PROGRAM || quick.isFinal)
          assert.deepEqual(quick.commit(), plain.commit(), `${name}, step ${quick.steps}`);
      }
    }
  });
});
