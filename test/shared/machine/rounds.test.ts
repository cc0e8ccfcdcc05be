import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { fromHex } from "../../../shared/execution/crypto.js";
import { asGameTrace } from "../../../shared/game/sourceMachine.js";
import type { Machine } from "../../../shared/machine/Machine.js";
import { openBlock, type BlockInput } from "../../../shared/machine/openBlock.js";
import { hexOf } from "../../../shared/machine/PreState.js";
import { programs } from "../../../shared/machine/precompiles/Programs.js";
import { JobKind, Phase } from "../../../shared/machine/State.js";
import { advance } from "../../../shared/machine/Stepper.js";
import { Trace } from "../../../shared/machine/Trace.js";
import { blsPairs, bnPairs, bytesOf, join, toBytes } from "./precompiles/inputs.js";
import { addressOf, buildBlock, keys, signTransaction, systemAccounts } from "./support/buildBlock.js";

const CONTRACT = "0x00000000000000000000000000000000000a0001";
const SENDER = keys[0] as Uint8Array;
const GAS = 16_000_000n;

const push = (value: number): string => `62${value.toString(16).padStart(6, "0")}`;

/** Calls a precompile with memory [at, at + size). */
const call = (precompile: number, at: number, size: number): string =>
  `${push(0)}${push(0)}${push(size)}${push(at)}${push(precompile)}5afa50`;

/**
 * Writes transient storage in a loop, and then runs every kind of job that has a state of its own: with pairs whose points are at
 * infinity at the beginning, in the middle and at the end, and hashes of many blocks.
 */
async function blockOfJobs(): Promise<BlockInput> {
  const bn = bnPairs([0n, 1n], [3n, 5n], [2n, 0n], [7n, 11n]);
  const bls = blsPairs([3n, 5n], [0n, 1n], [2n, 7n], [2n, 0n]);
  const blake = join(toBytes(900n, 4), bytesOf("blake", 208), Uint8Array.of(1));
  const data = join(bn, bls, blake);
  const loop = "5f5b60010180805d80610600116100015750";
  const code = [
    loop,
    `365f5f37`,
    call(8, 0, bn.length),
    call(15, bn.length, bls.length),
    call(9, bn.length + bls.length, blake.length),
    call(2, 0, 20_000),
    `${push(136 * 700 + 5)}5f2050`,
    "00",
  ].join("");
  const { input } = await buildBlock(
    {
      fork: "prague",
      pre: {
        ...systemAccounts("prague"),
        [CONTRACT]: { balance: "0x0", nonce: "0x1", code: `0x${code}`, storage: {} },
        [addressOf(SENDER)]: { balance: "0xde0b6b3a7640000000", nonce: "0x0", code: "0x", storage: {} },
      },
      transactions: [signTransaction(0, [0n, 1_000n, GAS, fromHex(CONTRACT), 0n, data], SENDER)],
      gasLimit: GAS,
    },
    programs,
  );
  return input;
}

/** Steps between the states that are compared. */
const EVERY = 7;

describe("a round over jobs", () => {
  let input: BlockInput;
  const hashes: string[] = [];
  const kinds = new Set<JobKind>();
  const open = (): Machine => openBlock(input).machine;

  before(async () => {
    input = await blockOfJobs();
    const m = open();
    for (;;) {
      if (m.steps % EVERY === 0 || m.isFinal) hashes.push(`0x${hexOf(m.hash())}`);
      kinds.add(m.job.kind);
      if (m.isFinal) break;
      advance(m, m.steps + 1);
    }
    assert.equal(m.phase, Phase.DONE);
    for (const kind of [JobKind.HASH, JobKind.SHA256, JobKind.BLAKE2F, JobKind.PAIRING])
      assert.ok(kinds.has(kind), JobKind[kind]);
  });

  /** The states number `from`, `from + stride`, …, 63 of them, in units of `EVERY`. */
  async function compare(trace: Trace, from: number, stride: number): Promise<void> {
    const points = Array.from({ length: 63 }, (_, index) => from + stride * index);
    const wanted = points.map((point) => hashes[Math.min(point, hashes.length - 1)]);
    const found = await asGameTrace(trace).states(
      points.map((point) => BigInt(EVERY * point)),
      new AbortController().signal,
    );
    assert.deepEqual(found, wanted, `from ${from} by ${stride}`);
  }

  for (const snapshotSteps of [300, 2 ** 20]) {
    it(`has the states of single steps, with snapshots every ${snapshotSteps} steps`, async () => {
      const trace = new Trace(open(), { snapshotSteps });
      await trace.run();
      const whole = Math.ceil(hashes.length / 64);
      await compare(trace, whole, whole);
      for (let part = 0; part < 64; part += 9) await compare(trace, whole * part, Math.ceil(whole / 64));
      // Back, and from one round into another, as two games about the block do.
      for (const [from, stride] of [
        [hashes.length - 70, 1],
        [1, whole],
        [Math.floor(hashes.length / 2), 3],
        [0, 17],
        [hashes.length - 3, 1],
      ] as const)
        await compare(trace, from, stride);
    });
  }

  it("begins anywhere without a round before", async () => {
    for (const part of [0.35, 0.55, 0.8, 0.95]) {
      const trace = new Trace(open());
      await trace.run();
      await compare(trace, Math.floor(hashes.length * part), 1);
    }
  });
});
