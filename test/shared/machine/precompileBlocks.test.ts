import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openBlock } from "../../../shared/machine/openBlock.js";
import { programs } from "../../../shared/machine/precompiles/Programs.js";
import { advance } from "../../../shared/machine/Stepper.js";
import { Phase } from "../../../shared/machine/State.js";
import { precompileBlocks } from "./precompileBlocks.js";

describe("blocks that call precompiles", async () => {
  for await (const { name, input, oracle } of precompileBlocks(programs)) {
    it(`ends where EthereumJS ends: ${name}`, () => {
      assert.notEqual(oracle?.verdict.kind ?? "invalid", "invalid");
      const { machine, header } = openBlock(input);
      advance(machine, Number.MAX_SAFE_INTEGER);
      assert.equal(machine.phase, Phase.DONE);
      assert.equal(machine.gasUsed, Number(oracle?.gasUsed));
      assert.equal(machine.stateRoot.toString(16).padStart(64, "0"), header.stateRoot);
    });
  }
});
