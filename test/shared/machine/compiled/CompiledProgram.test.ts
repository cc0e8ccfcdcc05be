import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compute } from "../../../../shared/machine/Arithmetic.js";
import { CompiledProgram } from "../../../../shared/machine/compiled/CompiledProgram.js";
import { Frame } from "../../../../shared/machine/Frame.js";
import { openBlock } from "../../../../shared/machine/openBlock.js";
import { FrameKind } from "../../../../shared/machine/State.js";
import { advance } from "../../../../shared/machine/Stepper.js";
import { viewOfBytes } from "../../../../shared/machine/Views.js";
import { testPrograms } from "../../../support/stepper.js";
import { precompileBlocks } from "../precompileBlocks.js";
import { integerOf, join, toBytes, toInteger } from "../precompiles/inputs.js";

/** So few steps at once are made by the interpreter. */
const INTERPRETED = 150;

const MAX = 2n ** 256n - 1n;
/** Numbers at the edges of limbs and of what the short ways take, and some without order. */
const EDGES = [
  0n,
  1n,
  2n,
  31n,
  32n,
  64n,
  200n,
  255n,
  256n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 63n,
  2n ** 64n - 1n,
  2n ** 64n,
  2n ** 128n - 1n,
  2n ** 128n + 1n,
  2n ** 255n,
  // Divisors for which the first guess of a digit is two too large, or one after its correction.
  2n ** 255n - 2n ** 96n + 3n,
  (2n ** 31n + 1n) << 224n,
  (2n ** 63n + 2n ** 32n - 1n) << 64n,
  MAX - 1n,
  MAX,
  ...[16, 33, 64, 65, 100, 200, 256, 256].map((bits, index) => integerOf(`word ${index}`, bits)),
];

/** Opcodes with two and with three operands, as the programs use them. */
const BINARY = [0x01, 0x02, 0x03, 0x04, 0x06, 0x10, 0x11, 0x14, 0x16, 0x17, 0x18, 0x1b, 0x1c];
const TERNARY = [0x08, 0x09];

/** The opcodes on operands from the input, the results to memory one after the other; STOP follows. */
function programOf(ops: readonly number[], operands: number): Uint8Array {
  const hex = (value: number, bytes: number): string => value.toString(16).padStart(2 * bytes, "0");
  const code = ops.map((op, index) => {
    const loads = Array.from({ length: operands }, (_, at) => `60${hex(32 * (operands - 1 - at), 1)}35`);
    return `${loads.join("")}${hex(op, 1)}61${hex(32 * index, 2)}52`;
  });
  return Uint8Array.from(Buffer.from(code.join(""), "hex"));
}

function check(program: CompiledProgram, ops: readonly number[], operands: readonly bigint[]): void {
  const frame = new Frame();
  frame.gas = 100_000;
  frame.input = viewOfBytes(join(...operands.map((operand) => toBytes(operand, 32))));
  assert.ok(program.run(frame, 10_000) > 0);
  ops.forEach((op, index) => {
    const stack = [...operands].reverse();
    compute(op, stack);
    const got = toInteger(frame.memory.bytes(32 * index, 32));
    assert.equal(got, stack[0], `opcode ${op.toString(16)} of ${operands.join(", ")}`);
  });
}

describe("CompiledProgram", () => {
  it("computes what the interpreter computes", () => {
    const program = new CompiledProgram(programOf(BINARY, 2));
    for (const a of EDGES) for (const b of EDGES) check(program, BINARY, [a, b]);
  });

  it("computes modulo what the interpreter computes", () => {
    const program = new CompiledProgram(programOf(TERNARY, 3));
    for (const a of EDGES) for (const b of EDGES) for (const c of EDGES) check(program, TERNARY, [a, b, c]);
  });

  it("takes no step that the limit does not allow, and none before what it does not compile", () => {
    // PUSH0 PUSH0 ADD JUMPDEST CALLER
    const program = new CompiledProgram(Uint8Array.from([0x5f, 0x5f, 0x01, 0x5b, 0x33]));
    const frame = new Frame();
    frame.gas = 100;
    assert.equal(program.run(frame, 2), 0);
    assert.equal(program.run(frame, 3), 3);
    assert.deepEqual([frame.pc, frame.gas, frame.stack], [3, 93, [0n]]);
    assert.equal(program.run(frame, 100), 1);
    assert.deepEqual([frame.pc, frame.gas], [4, 92]);
    assert.equal(program.run(frame, 100), 0);
  });

  it("leaves to the interpreter what fails a frame", () => {
    const ofCode = (code: number[], gas = 1_000_000): [number, number, number] => {
      const frame = new Frame();
      frame.gas = gas;
      return [new CompiledProgram(Uint8Array.from(code)).run(frame, 1_000), frame.pc, frame.gas];
    };
    // A stack that is too low, a jump to no destination, memory that is too far, more gas than there is.
    assert.deepEqual(ofCode([0x01]), [0, 0, 1_000_000]);
    assert.deepEqual(ofCode([0x60, 0x00, 0x56]), [0, 0, 1_000_000]);
    assert.deepEqual(ofCode([0x5f, 0x35, 0x56]), [0, 0, 1_000_000]);
    assert.deepEqual(ofCode([0x65, 1, 0, 0, 0, 0, 0, 0x51]), [0, 0, 1_000_000]);
    assert.deepEqual(ofCode([0x5f, 0x5f], 3), [0, 0, 3]);
  });

  it("leaves the machine in the states of the interpreter", async () => {
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
