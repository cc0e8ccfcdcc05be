import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Hoodi, Mainnet, Sepolia } from "@ethereumjs/common";
import { forkAt } from "../../../shared/execution/forks.js";
import { builtInSchedule, builtInSchedules, parseSchedule } from "../../../shared/execution/schedules.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";

describe("the built-in schedules", () => {
  for (const [config, index] of [
    [Mainnet, 0],
    [Sepolia, 1],
    [Hoodi, 2],
  ] as const) {
    const schedule = builtInSchedules[index];
    it(`has the times that a second source gives for ${config.name}`, () => {
      assert.equal(schedule?.chainId, BigInt(config.chainId));
      for (const { name, timestamp } of schedule?.forks ?? []) {
        const other = config.hardforks.find((fork) => fork.name === name)?.timestamp;
        assert.equal(timestamp, BigInt(other ?? -1), name);
      }
      const contract = schedule?.depositContract ?? Mainnet.depositContractAddress;
      assert.equal(contract?.toLowerCase(), config.depositContractAddress?.toLowerCase());
    });
  }

  it("changes rules just at the second", () => {
    const mainnet = builtInSchedule(1n);
    assert.ok(mainnet);
    assert.equal(forkAt(mainnet, 1_710_338_134n).name, "shanghai");
    assert.equal(forkAt(mainnet, 1_710_338_135n).name, "cancun");
    assert.deepEqual(forkAt(mainnet, 1_765_290_070n).blobs?.max, 9);
    assert.deepEqual(forkAt(mainnet, 1_765_290_071n).blobs?.max, 15);
    assert.throws(
      () => forkAt(mainnet, 1_600_000_000n),
      (error) => isOptisyncError(error, "UnknownFork") && error.action === "halt",
    );
  });

  it("knows no other chain", () => assert.equal(builtInSchedule(17_000n), undefined));
});

describe("a schedule in a file", () => {
  const valid = {
    chainId: 7,
    forks: [
      { name: "prague", timestamp: 0 },
      { name: "osaka", timestamp: "100" },
      { name: "osaka", timestamp: 200, blobs: { target: 9, max: 12, updateFraction: 6_676_954 } },
    ],
    sunset: 300,
    depositContract: `0x${"42".repeat(20)}`,
    profile: "ethereum",
  };

  it("is read with blob parameters and sunset", () => {
    const schedule = parseSchedule(JSON.stringify(valid), "forks.json");
    assert.equal(forkAt(schedule, 150n).blobs?.max, 9);
    assert.equal(forkAt(schedule, 200n).blobs?.max, 12);
    assert.throws(
      () => forkAt(schedule, 300n),
      (error) => isOptisyncError(error, "UnknownFork"),
    );
  });

  const [first, second] = valid.forks;
  for (const [what, change] of [
    ["an unknown fork", { forks: [{ name: "amsterdam", timestamp: 0 }] }],
    ["no forks", { forks: [] }],
    ["times that do not ascend", { forks: [first, { ...second, timestamp: 0 }] }],
    ["forks out of order", { forks: [second, { name: "cancun", timestamp: 150 }] }],
    [
      "a target above the maximum",
      { forks: [{ ...first, blobs: { target: 3, max: 2, updateFraction: 1 } }] },
    ],
    [
      "an update fraction of zero",
      { forks: [{ ...first, blobs: { target: 1, max: 2, updateFraction: 0 } }] },
    ],
    ["a field nobody knows", { sunsets: 1 }],
    ["a negative time", { sunset: -1 }],
    ["a profile nobody knows", { profile: "anvil" }],
  ] as const) {
    it(`is refused with ${what}`, () => {
      assert.throws(
        () => parseSchedule(JSON.stringify({ ...valid, ...change }), "forks.json"),
        (error) => isOptisyncError(error, "ScheduleMalformed") && error.message.includes("forks.json"),
      );
    });
  }

  it("is refused if it is not JSON", () => {
    assert.throws(
      () => parseSchedule("{", "forks.json"),
      (error) => isOptisyncError(error, "ScheduleMalformed"),
    );
  });
});
