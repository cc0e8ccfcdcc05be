import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mainnetBlobs, type ForkName, type ForkRules } from "../../../shared/execution/forks.js";
import {
  blobBaseFee,
  brokenHeaderRule,
  isPayableExcess,
  nextBaseFee,
  nextExcessBlobGas,
} from "../../../shared/execution/headerRules.js";
import type { HeaderFields } from "../../../shared/execution/rawBlock.js";

const BLOB = 131_072n;
const parent: HeaderFields = {
  hash: "aa".repeat(32),
  fieldCount: 21,
  parentHash: "bb".repeat(32),
  ommersHash: "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
  stateRoot: "00".repeat(32),
  transactionsRoot: "00".repeat(32),
  receiptsRoot: "00".repeat(32),
  logsBloom: "",
  difficulty: 0n,
  number: 100n,
  gasLimit: 30_000_000n,
  gasUsed: 15_000_000n,
  timestamp: 1_000n,
  extraDataBytes: 0,
  nonce: "00".repeat(8),
  baseFeePerGas: 1_000n,
  withdrawalsRoot: "00".repeat(32),
  blobGasUsed: 0n,
  excessBlobGas: 0n,
  requestsHash: "00".repeat(32),
};
const child: HeaderFields = { ...parent, parentHash: parent.hash, number: 101n, timestamp: 1_012n };

function rules(name: ForkName): ForkRules {
  return { name, blobs: mainnetBlobs(name) };
}

describe("brokenHeaderRule", () => {
  it("finds nothing wrong with a header that follows", () => {
    for (const name of ["paris", "shanghai", "cancun", "prague", "osaka", "bpo1", "bpo2"] as const) {
      assert.equal(brokenHeaderRule(child, parent, rules(name)), undefined);
    }
    const edge = { ...child, gasLimit: 30_000_000n + 29_295n, extraDataBytes: 32, gasUsed: child.gasLimit };
    assert.equal(brokenHeaderRule(edge, parent, rules("prague")), undefined);
  });

  for (const [what, change, message] of [
    ["another parent", { parentHash: "cc".repeat(32) }, /parent hash/],
    ["a number left out", { number: 102n }, /number 102 does not follow 100/],
    ["the parent's time", { timestamp: 1_000n }, /timestamp 1000 is not after/],
    ["a difficulty", { difficulty: 1n }, /difficulty 1/],
    ["a nonce", { nonce: `${"00".repeat(7)}01` }, /nonce/],
    ["ommers", { ommersHash: "00".repeat(32) }, /ommers/],
    ["33 bytes of extra data", { extraDataBytes: 33 }, /extra data of 33 bytes/],
    ["more gas than its limit", { gasUsed: 30_000_001n }, /gas used 30000001 exceeds/],
    ["a limit raised by 1/1024", { gasLimit: 30_000_000n + 29_296n }, /gas limit 30029296 differs/],
    ["a limit lowered by 1/1024", { gasLimit: 30_000_000n - 29_296n }, /gas limit 29970704 differs/],
    ["a gas limit below 5000", { gasLimit: 4_999n, gasUsed: 0n }, /not from 5000/],
    ["a gas limit of 2^63", { gasLimit: 2n ** 63n }, /not from 5000/],
    ["another base fee", { baseFeePerGas: 1_001n }, /base fee 1001, but 1000 follows/],
    ["no base fee", { baseFeePerGas: undefined }, /base fee undefined/],
    ["a broken blob", { blobGasUsed: 1n }, /not that of whole blobs/],
    ["a blob too many", { blobGasUsed: 10n * BLOB }, /blob gas used 1310720 exceeds 1179648/],
    ["another excess", { excessBlobGas: 1n }, /excess blob gas 1, but 0 follows/],
    ["no excess", { excessBlobGas: undefined }, /blob gas is not in the header/],
  ] as const) {
    it(`finds ${what}`, () => {
      assert.match(brokenHeaderRule({ ...child, ...change }, parent, rules("prague")) ?? "", message);
    });
  }
});

describe("nextBaseFee (EIP-1559)", () => {
  for (const [gasUsed, wanted] of [
    [15_000_000n, 1_000n],
    [30_000_000n, 1_125n],
    [0n, 875n],
    [15_000_001n, 1_001n],
    [14_999_999n, 1_000n],
  ] as const) {
    it(`is ${wanted} after ${gasUsed} gas`, () => {
      assert.equal(nextBaseFee({ ...parent, gasUsed }), wanted);
    });
  }

  it("begins with one gwei, and goes down to nothing", () => {
    assert.equal(nextBaseFee({ ...parent, baseFeePerGas: undefined }), 1_000_000_000n);
    assert.equal(nextBaseFee({ ...parent, baseFeePerGas: 7n, gasUsed: 0n }), 7n);
    assert.equal(nextBaseFee({ ...parent, baseFeePerGas: 8n, gasUsed: 0n }), 7n);
  });
});

describe("nextExcessBlobGas", () => {
  const next = (name: ForkName, change: Partial<HeaderFields>): bigint => {
    const blobs = mainnetBlobs(name);
    assert.ok(blobs);
    return nextExcessBlobGas({ ...parent, ...change }, rules(name), blobs);
  };

  it("is what is above the target (EIP-4844, EIP-7691)", () => {
    assert.equal(next("cancun", { blobGasUsed: 3n * BLOB }), 0n);
    assert.equal(next("cancun", { blobGasUsed: 4n * BLOB }), BLOB);
    assert.equal(next("cancun", { blobGasUsed: 2n * BLOB, excessBlobGas: 5n * BLOB }), 4n * BLOB);
    assert.equal(next("prague", { blobGasUsed: 6n * BLOB, excessBlobGas: BLOB }), BLOB);
    assert.equal(next("prague", { blobGasUsed: 5n * BLOB, excessBlobGas: 0n }), 0n);
    assert.equal(next("cancun", { blobGasUsed: undefined, excessBlobGas: undefined }), 0n);
  });

  it("does not fall while execution costs more than blobs (EIP-7918)", () => {
    // 8192 * base fee > 131072 * 1, from a base fee of 17 wei on
    const state = { blobGasUsed: 6n * BLOB, excessBlobGas: 3n * BLOB };
    assert.equal(next("osaka", { ...state, baseFeePerGas: 16n }), 3n * BLOB);
    assert.equal(next("osaka", { ...state, baseFeePerGas: 17n }), 3n * BLOB + (6n * BLOB * 3n) / 9n);
    assert.equal(next("prague", { ...state, baseFeePerGas: 17n }), 3n * BLOB);
    assert.equal(next("bpo1", { ...state, baseFeePerGas: 17n }), 0n);
    assert.equal(
      next("bpo2", { blobGasUsed: 21n * BLOB, excessBlobGas: 0n, baseFeePerGas: 10n ** 9n }),
      7n * BLOB,
    );
  });
});

describe("blobBaseFee", () => {
  const cancun = { target: 3, max: 6, updateFraction: 3_338_477 };

  it("is the example values of EIP-4844's exponential", () => {
    assert.equal(blobBaseFee(0n, cancun), 1n);
    assert.equal(blobBaseFee(2_314_057n, cancun), 1n);
    assert.equal(blobBaseFee(2_314_058n, cancun), 2n);
    assert.equal(blobBaseFee(10n * 1024n * 1024n, cancun), 23n);
  });

  it("has 256 bits at most where the excess is payable", () => {
    const most = 177n * 3_338_477n;
    assert.equal(isPayableExcess(most, cancun), true);
    assert.equal(isPayableExcess(most + 1n, cancun), false);
    assert.ok(blobBaseFee(most, cancun) < 2n ** 256n);
  });
});
