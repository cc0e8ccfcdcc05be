import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createBlock } from "@ethereumjs/block";
import { executionCrypto } from "../../../shared/execution/crypto.js";
import {
  forkAt,
  GAS_PER_BLOB,
  hardhatForks,
  rulesOf,
  singleFork,
  type ExecutionForks,
} from "../../../shared/execution/forks.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";

describe("forkAt", () => {
  const forks: ExecutionForks = {
    chainId: 7n,
    forks: [
      { name: "cancun", timestamp: 100n },
      { name: "prague", timestamp: 200n },
    ],
    sunset: 300n,
  };
  const isUnknown = (error: unknown): boolean =>
    isOptisyncError(error, "UnknownFork") && error.action === "halt";

  it("is the last fork that has begun", () => {
    assert.equal(forkAt(forks, 100n).name, "cancun");
    assert.equal(forkAt(forks, 199n).name, "cancun");
    assert.equal(forkAt(forks, 200n).name, "prague");
    assert.equal(forkAt(forks, 299n).name, "prague");
  });

  it("is unknown before the first fork and from the sunset on", () => {
    assert.throws(() => forkAt(forks, 99n), isUnknown);
    assert.throws(() => forkAt(forks, 300n), isUnknown);
  });

  it("holds on without a sunset", () => {
    assert.equal(forkAt(singleFork(1n, "shanghai"), 10n ** 12n).name, "shanghai");
    assert.equal(forkAt(hardhatForks(31_337n), 0n).name, "prague");
  });

  it("brings mainnet's blob parameters unless the schedule has its own", () => {
    const blobs = { target: 1, max: 2, updateFraction: 3 };
    const scheduled: ExecutionForks = {
      chainId: 7n,
      forks: [
        { name: "shanghai", timestamp: 0n },
        { name: "cancun", timestamp: 10n },
        { name: "osaka", timestamp: 20n },
        { name: "osaka", timestamp: 30n, blobs },
      ],
    };
    assert.equal(forkAt(scheduled, 9n).blobs, undefined);
    assert.deepEqual(forkAt(scheduled, 10n).blobs, { target: 3, max: 6, updateFraction: 3_338_477 });
    assert.deepEqual(forkAt(scheduled, 20n).blobs, { target: 6, max: 9, updateFraction: 5_007_716 });
    assert.deepEqual(forkAt(scheduled, 30n), { name: "osaka", blobs });
  });
});

describe("rulesOf", () => {
  const crypto = executionCrypto(() => false);
  for (const [name, gas] of [
    ["cancun", [3, 6, 3_338_477]],
    ["prague", [6, 9, 5_007_716]],
    ["osaka", [6, 9, 5_007_716]],
    ["bpo1", [10, 15, 8_346_193]],
    ["bpo2", [14, 21, 11_684_671]],
  ] as const) {
    it(`gives the library the blob parameters of ${name}, and keeps them when it sets its own`, () => {
      const rules = rulesOf(singleFork(1n, name), forkAt(singleFork(1n, name), 0n), crypto);
      createBlock({}, { common: rules });
      const schedule = rules.getBlobGasSchedule();
      const [target, max, updateFraction] = gas;
      assert.deepEqual(schedule, {
        targetBlobGasPerBlock: BigInt(target * GAS_PER_BLOB),
        maxBlobGasPerBlock: BigInt(max * GAS_PER_BLOB),
        blobGasPriceUpdateFraction: BigInt(updateFraction),
      });
      assert.equal(rules.isActivatedEIP(7918), name !== "cancun" && name !== "prague");
    });
  }

  it("takes other blob parameters for a fork that changes only these", () => {
    for (const name of ["osaka", "bpo1"] as const) {
      const rules = rulesOf(
        singleFork(1n, name),
        { name, blobs: { target: 1, max: 2, updateFraction: 5 } },
        crypto,
      );
      createBlock({}, { common: rules });
      assert.equal(rules.getBlobGasSchedule().maxBlobGasPerBlock, BigInt(2 * GAS_PER_BLOB));
      assert.equal(rules.getBlobGasSchedule().blobGasPriceUpdateFraction, 5n);
    }
  });
});
