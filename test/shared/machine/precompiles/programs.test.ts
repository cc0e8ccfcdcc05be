import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CodeBytes } from "../../../../shared/machine/Codes.js";
import { Frame } from "../../../../shared/machine/Machine.js";
import { openBlock } from "../../../../shared/machine/openBlock.js";
import { programs } from "../../../../shared/machine/precompiles/Programs.js";
import * as Prices from "../../../../shared/machine/precompiles/Prices.js";
import { FrameKind, Phase, PROGRAM_GAS } from "../../../../shared/machine/State.js";
import { advance } from "../../../../shared/machine/Stepper.js";
import { readView, viewOfBytes } from "../../../../shared/machine/Views.js";
import { modExpPrice } from "../precompileBlocks.js";
import { buildBlock, systemAccounts } from "../support/buildBlock.js";
import { ethereumjsPrecompiles } from "./ethereumjs.js";
import { bytesInputs, bytesOf, modExpInput, modExpInputs, toBytes } from "./inputs.js";

/** What a call costs besides the precompile's price, at least: the opcode itself, with its account warm. */
const CALL_GAS = 100n;
const MAX_STEPS_PER_GAS = [256, 256, 32];

const precompiles = await Promise.all([0, 1, 2].map((rules) => ethereumjsPrecompiles(rules)));
const { input: block } = await buildBlock(
  { fork: "osaka", pre: systemAccounts("osaka"), transactions: [] },
  programs,
);

/** Runs a program as the machine does, in a frame that another one waits for. */
function run(code: CodeBytes, input: Uint8Array): { output: Uint8Array; steps: number } {
  const { machine: m } = openBlock(block);
  m.phase = Phase.RUN;
  m.frame = new Frame();
  m.frame.kind = FrameKind.PROGRAM;
  m.frame.parent = new Frame();
  m.frame.depth = 1;
  m.frame.code = code;
  m.frame.input = viewOfBytes(input);
  m.frame.gas = PROGRAM_GAS;
  while (m.frame.kind === FrameKind.PROGRAM) advance(m, m.steps + 1);
  assert.deepEqual(m.frame.stack, [1n]);
  const { returned } = m.frame;
  return { output: readView(returned, 0, returned.size, undefined), steps: m.steps };
}

/** The program answers as EthereumJS, and its steps are few enough for what the caller pays. */
async function check(input: Uint8Array): Promise<void> {
  const wanted = await precompiles[1]?.run(Prices.MODEXP, input);
  const { output, steps: taken } = run(programs.modExp, input);
  assert.deepEqual(output, wanted?.output);
  for (const rules of [1, 2]) {
    const gas = Number(modExpPrice(input, rules) + CALL_GAS);
    const limit = (MAX_STEPS_PER_GAS[rules] as number) * gas;
    assert.ok(taken <= limit, `${taken} steps for ${gas} gas under rules ${rules}`);
  }
}

describe("the program ModExp", () => {
  for (const { name, input } of modExpInputs()) {
    if (name.includes("256 bits")) continue;
    it(`answers as EthereumJS: ${name}`, () => check(input));
  }

  for (const size of [0, 1, 32, 33, 40, 48, 96, 1024]) {
    for (const exponent of [0, 1, 2, 3, 32, 33]) {
      if (size > 512 && exponent > 0) continue;
      if (size > 48 && exponent > 3) continue;
      it(`keeps its bound: ${size} bytes to a power of ${exponent} bytes`, async () => {
        const ones = (count: number): Uint8Array => new Uint8Array(count).fill(255);
        const high = bytesOf("modulus", size);
        high[0] = 128;
        for (const modulus of [bytesOf("modulus", size), ones(size), high])
          await check(modExpInput(bytesOf("base", size), ones(exponent), modulus.slice(0, size)));
      });
    }
  }

  it("takes a base or a modulus of 4096 bytes", async () => {
    await check(modExpInput(bytesOf("base", 4096), Uint8Array.of(3), bytesOf("modulus", 64)));
    await check(modExpInput(bytesOf("base", 64), new Uint8Array(), bytesOf("modulus", 4096)));
  });

  it("takes an exponent of 4096 bytes", () =>
    check(modExpInput(bytesOf("base", 8), bytesOf("exponent", 4096), bytesOf("modulus", 8))));

  it("divides where the estimated digits are too large", async () => {
    // Moduli whose high limb is least and whose low limbs are greatest: Knuth's correction, twice.
    for (const limbs of [2, 3]) {
      const modulus = (1n << BigInt(256 * limbs - 1)) + (1n << BigInt(256 * (limbs - 1))) - 1n;
      for (const base of [modulus - 1n, modulus - 2n, modulus >> 1n, (1n << BigInt(256 * limbs)) - 1n])
        await check(modExpInput(toBytes(base, 32 * limbs), Uint8Array.of(7), toBytes(modulus, 32 * limbs)));
    }
  });

  it("answers as EthereumJS for many numbers", async () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const sizeOf = (part: string): number => (bytesOf(`${part} size ${seed}`, 1)[0] as number) % 130;
      const base = bytesOf(`base ${seed}`, sizeOf("base"));
      const modulus = bytesOf(`modulus ${seed}`, sizeOf("modulus"));
      if (seed % 3 === 0) modulus.fill(255, 0, seed);
      if (seed % 4 === 0) modulus.fill(0, 0, seed);
      if (seed % 5 === 0) modulus.fill(0, seed);
      await check(modExpInput(base, bytesOf(`exponent ${seed}`, seed % 3), modulus));
    }
  });
});

describe("the program Ripemd160", () => {
  const more = [1000, 1024, 4096].map((size) => ({
    name: `ripemd160: ${size} bytes`,
    input: bytesOf("ripemd160", size),
  }));
  for (const { name, input } of [...bytesInputs(Prices.RIPEMD160, "ripemd160"), ...more]) {
    it(`answers as EthereumJS: ${name}`, async () => {
      const wanted = await precompiles[0]?.run(Prices.RIPEMD160, input);
      const { output, steps: taken } = run(programs.ripemd160, input);
      assert.deepEqual(output, wanted?.output);
      const gas = Number(Prices.ofBytes(Prices.RIPEMD160, BigInt(input.length)));
      assert.ok(taken <= 32 * gas, `${taken} steps for ${gas} gas`);
    });
  }
});

describe("Programs", () => {
  it("read no storage, no gas and no other account", () => {
    const forbidden = [
      0x31, 0x3b, 0x3c, 0x3f, 0x47, 0x54, 0x55, 0x5a, 0x5c, 0x5d, 0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xfa, 0xff,
    ];
    for (const { bytes } of Object.values(programs) as CodeBytes[]) {
      for (let at = 0; at < bytes.length; at += 1) {
        const op = bytes[at] as number;
        assert.ok(!forbidden.includes(op), `opcode ${op.toString(16)} at ${at}`);
        if (op >= 0x60 && op <= 0x7f) at += op - 0x5f;
      }
    }
  });
});
