import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { finalDifference } from "../../../shared/machine/openBlock.js";
import { advance } from "../../../shared/machine/Stepper.js";
import { testPrograms } from "../../support/stepper.js";
import { ethereumjsSteps } from "./support/ethereumjsSteps.js";
import { fixtureBlocks, testBlocks } from "./support/inputs.js";
import { firstDifference, machineSteps } from "./support/opcodeSteps.js";

const vectors = join(import.meta.dirname, "../../vectors/execution/valid");
const conformance = join(import.meta.dirname, "../../conformance");

/** Its transactions' gas limits are beyond every chain's, and beyond what the machine counts. */
const BEYOND = /RefundOverflow/;
/** What is wrong with these blocks is no part of the machine's result. */
const NO_PART = /LOG_BLOOM|RECEIPTS_ROOT|REQUESTS/;

describe("the machine", () => {
  const programs = testPrograms();

  it("ends every fixture's block as its header says", async () => {
    let blocks = 0;
    for await (const { name, machine, header } of fixtureBlocks([vectors], programs)) {
      advance(machine, Number.MAX_SAFE_INTEGER);
      assert.equal(finalDifference(machine, header), undefined, name);
      blocks += 1;
    }
    assert.ok(blocks >= 16);
  });

  it("accepts the valid blocks of Ethereum's tests, opcode by opcode as EthereumJS, and no others", async () => {
    const counts = { valid: 0, refused: 0, opcodes: 0 };
    for await (const block of testBlocks([conformance], programs)) {
      const where = `${block.name} block ${block.index}`;
      if ("reason" in block) {
        assert.notEqual(block.expected, undefined, `${where} refused: ${String(block.reason)}`);
        counts.refused += 1;
        continue;
      }
      const { machine, header, input, expected } = block;
      const { rules } = machine.head;
      const own = machineSteps(machine);
      const difference = finalDifference(machine, header);
      if (expected !== undefined) {
        assert.ok(difference !== undefined || NO_PART.test(expected), `${where} accepted: ${expected}`);
        counts.refused += 1;
        continue;
      }
      if (BEYOND.test(block.name)) continue;
      assert.equal(difference, undefined, where);
      assert.equal(firstDifference(own, await ethereumjsSteps(input), rules), undefined, where);
      counts.valid += 1;
      counts.opcodes += own.length;
    }
    assert.ok(
      counts.valid >= 200 && counts.refused >= 20 && counts.opcodes >= 80_000,
      JSON.stringify(counts),
    );
  });
});
