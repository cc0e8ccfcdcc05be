import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { curvePrecompiles, watchedCurves } from "../../../shared/execution/curvePrecompiles.js";
import { blsCurve } from "../../../shared/execution/curves.js";
import { BAD_ARGUMENTS } from "../../../shared/execution/pointEvaluation.js";
import * as Prices from "../../../shared/machine/precompiles/Prices.js";
import { programs } from "../../../shared/machine/precompiles/Programs.js";
import { ethereumjsPrecompiles } from "../machine/precompiles/ethereumjs.js";
import {
  blsG1,
  blsG1OutsideGroup,
  blsG2,
  blsPairs,
  bnPairs,
  bytesOf,
  integerOf,
  join,
  msmInputs,
  nativeInputs,
  pairingInputs,
  toBytes,
  type PrecompileInput,
} from "../machine/precompiles/inputs.js";
import {
  addressOf,
  buildBlock,
  keys,
  signTransaction,
  systemAccounts,
} from "../machine/support/buildBlock.js";

const CURVE_CALLS: ReadonlySet<number> = new Set([6, 7, 8, 11, 12, 13, 14, 15, 16, 17]);

/** Of more parts than mcl is given at once, with points at infinity and zeros among them. */
function longInputs(): PrecompileInput[] {
  const indices = Array.from({ length: 70 }, (_, index) => BigInt(index));
  const scalar = (index: bigint): Uint8Array =>
    toBytes(index % 5n === 0n ? 0n : integerOf(`scalar ${index}`), 32);
  const g1 = indices.map((index) => join(blsG1(index % 11n), scalar(index)));
  const g2 = indices.map((index) => join(blsG2(index % 11n), scalar(index)));
  // 1·i − 1·i for each i, and pairs with infinities between them.
  const scalars = indices.slice(1, 18).flatMap((index): [bigint, bigint][] => [
    [index, 3n],
    [-index, 3n],
    [0n, index],
  ]);
  const positive = (order: bigint): [bigint, bigint][] => scalars.map(([a, b]) => [(a + order) % order, b]);
  const bnGood = bnPairs(...positive(BN_ORDER));
  const blsGood = blsPairs(...positive(BLS_ORDER));
  return [
    { name: "g1 msm: 70 terms", precompile: Prices.BLS_G1_MSM, input: join(...g1) },
    {
      name: "g1 msm: the last of 71 terms is bad",
      precompile: Prices.BLS_G1_MSM,
      input: join(...g1, blsG1OutsideGroup(), scalar(1n)),
    },
    { name: "g2 msm: 70 terms", precompile: Prices.BLS_G2_MSM, input: join(...g2) },
    { name: "bn254 pairing: 51 pairs, product 1", precompile: Prices.BN254_PAIRING, input: bnGood },
    {
      name: "bn254 pairing: 52 pairs, product not 1",
      precompile: Prices.BN254_PAIRING,
      input: join(bnGood, bnPairs([1n, 1n])),
    },
    { name: "bls pairing: 51 pairs, product 1", precompile: Prices.BLS_PAIRING, input: blsGood },
    {
      name: "bls pairing: 52 pairs, product not 1",
      precompile: Prices.BLS_PAIRING,
      input: join(blsGood, blsPairs([1n, 1n])),
    },
  ];
}

const BN_ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
const BLS_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;

/** The input, and what it becomes by a changed bit, by a byte less or more, and by its parts in another place. */
function variants({ name, precompile, input }: PrecompileInput): PrecompileInput[] {
  const vary = (how: string, changed: Uint8Array): PrecompileInput => ({
    name: `${name}, ${how}`,
    precompile,
    input: changed,
  });
  const flips = [0, 1, 2, 3].map((index) => {
    const at = integerOf(`flip ${name} ${index}`, 32) % BigInt(8 * Math.max(1, input.length));
    const flipped = input.slice();
    const byte = Number(at / 8n);
    flipped[byte] = (flipped[byte] ?? 0) ^ (1 << Number(at % 8n));
    return vary(`bit ${at} changed`, flipped);
  });
  return [
    { name, precompile, input },
    ...flips,
    vary("a byte less", input.slice(0, -1)),
    vary("a byte more", join(input, Uint8Array.of(0))),
    vary("turned by 32 bytes", join(input.slice(32), input.slice(0, 32))),
    vary("ones", new Uint8Array(input.length).fill(255)),
    vary("chance", bytesOf(name, input.length)),
  ];
}

/** The same, but counting how often they are asked. */
function counted<T extends object>(functions: T, asked: Map<string, number>): T {
  return new Proxy(functions, {
    get: (target, name: string) => {
      asked.set(name, (asked.get(name) ?? 0) + 1);
      return Reflect.get(target, name) as unknown;
    },
  });
}

describe("the precompiles of curves by mcl", async () => {
  const asked = new Map<string, number>();
  const own = await ethereumjsPrecompiles(2, {
    bn254: counted(curvePrecompiles.bn254, asked),
    bls: counted(curvePrecompiles.bls, asked),
  });
  const noble = await ethereumjsPrecompiles(2);
  const inputs = [...nativeInputs(), ...msmInputs(), ...pairingInputs()];
  for (const precompile of CURVE_CALLS) {
    it(`answer as EthereumJS's own: ${precompile.toString(16)}`, async () => {
      const ofIt = inputs.filter((input) => input.precompile === precompile).flatMap(variants);
      const all = [...ofIt, ...longInputs().filter((input) => input.precompile === precompile)];
      let good = 0;
      for (const { name, input } of all) {
        const [answer, wanted] = [await own.run(precompile, input), await noble.run(precompile, input)];
        assert.deepEqual(answer, wanted, name);
        if (answer.output !== undefined) good += 1;
      }
      assert.ok(good > 3 && good < all.length, `${good} of ${all.length} are good`);
    });
  }

  it("are all asked by EthereumJS", () => {
    for (const name of [...Object.keys(curvePrecompiles.bn254), ...Object.keys(curvePrecompiles.bls)])
      assert.ok((asked.get(name) ?? 0) > 10, `${name}: ${asked.get(name)}`);
  });

  /** A block whose transactions call precompiles, and what EthereumJS makes of it. */
  async function execute(calls: readonly (readonly [precompile: number, input: Uint8Array])[]) {
    const key = keys[0] as Uint8Array;
    const { oracle } = await buildBlock(
      {
        fork: "prague",
        pre: {
          ...systemAccounts("prague"),
          [addressOf(key)]: { balance: "0xde0b6b3a7640000000", nonce: "0x0", code: "0x", storage: {} },
        },
        transactions: calls.map(([precompile, input], nonce) =>
          signTransaction(
            0,
            [BigInt(nonce), 1_000n, 100_000n, toBytes(BigInt(precompile), 20), 0n, input],
            key,
          ),
        ),
      },
      programs,
    );
    return oracle;
  }

  it("are those that blocks are executed with", async (t) => {
    const add = t.mock.method(curvePrecompiles.bn254, "add");
    const addG1 = t.mock.method(curvePrecompiles.bls, "addG1");
    const oracle = await execute([
      [Prices.BN254_ADD, new Uint8Array(128)],
      [Prices.BLS_G1_ADD, new Uint8Array(256)],
    ]);
    assert.equal(oracle?.verdict.kind, "mismatch", "the header is not filled in");
    assert.deepEqual([add.mock.callCount(), addG1.mock.callCount()], [1, 1]);
  });

  it("leave a block without a verdict if they fail themselves, but not if they refuse an input", async (t) => {
    const bad = toBytes(2n ** 256n - 1n, 32);
    assert.equal((await execute([[Prices.BN254_ADD, bad]]))?.verdict.kind, "mismatch");
    t.mock.method(curvePrecompiles.bn254, "add", () => {
      throw new Error("memory access out of bounds");
    });
    await assert.rejects(execute([[Prices.BN254_ADD, new Uint8Array(128)]]), {
      code: "CurvesFailed",
      action: "halt",
    });
  });

  it("refuse evaluations of points as such, and are told apart from failures", (t) => {
    const failures: unknown[] = [];
    const watched = watchedCurves((error) => failures.push(error));
    const ask = (commitment: string) => () =>
      watched.verifyPointEvaluation(commitment, "0x00", "0x00", `0xc0${"00".repeat(47)}`);
    assert.throws(ask(`0x${"00".repeat(48)}`), { message: BAD_ARGUMENTS });
    assert.deepEqual(failures, []);
    const error = new Error("unreachable");
    t.mock.method(blsCurve, "isProductOne", () => {
      throw error;
    });
    assert.throws(ask(`0xc0${"00".repeat(47)}`), error);
    assert.deepEqual(failures, [error]);
  });
});
