import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { headerSchedule, sourceForksOf } from "../../../shared/chain/deploymentPlan.js";
import { executionForksOf, parseManifest, writeManifest } from "../../../shared/chain/manifest.js";
import { forkAt } from "../../../shared/execution/forks.js";
import { builtInSchedule } from "../../../shared/execution/schedules.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";

describe("sourceForksOf", () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "optisync-forks-"));
    file = join(folder, "forks.json");
    const blobs = { target: 1, max: 2, updateFraction: 1_000_000 };
    const forks = [{ name: "osaka", timestamp: 5, blobs }];
    await writeFile(file, JSON.stringify({ chainId: 77, forks, sunset: 900 }));
  });
  after(() => rm(folder, { recursive: true }));

  it("has mainnet, Sepolia and Hoodi built in", () => {
    for (const chainId of [1n, 11_155_111n, 560_048n]) {
      assert.equal(forkAt(sourceForksOf(chainId, {}), 1_790_000_000n).name, "bpo2");
    }
  });

  it("takes one fork for any chain, and the profile of its node", () => {
    const forks = sourceForksOf(31_337n, { fork: "prague" }, "hardhat");
    assert.equal(forkAt(forks, 0n).name, "prague");
    assert.equal(forks.profile, "hardhat");
  });

  it("takes a schedule from a file", () => {
    const forks = sourceForksOf(77n, { schedulePath: file });
    assert.equal(forkAt(forks, 5n).blobs?.max, 2);
    assert.equal(forks.sunset, 900n);
    assert.equal(forks.profile, "ethereum");
  });

  for (const [what, chainId, rules, code] of [
    ["nothing says which rules hold", 77n, () => ({}), "ForkUnknown"],
    ["the file is another chain's", 78n, () => ({ schedulePath: file }), "ScheduleForeign"],
    ["the file is absent", 77n, () => ({ schedulePath: `${file}.absent` }), "ScheduleUnreadable"],
    [
      "a fork and a file are given",
      77n,
      () => ({ fork: "osaka" as const, schedulePath: file }),
      "ForkAmbiguous",
    ],
  ] as const) {
    it(`refuses if ${what}`, () => {
      assert.throws(
        () => sourceForksOf(chainId, rules()),
        (error) => isOptisyncError(error, code) && error.action === "halt",
      );
    });
  }
});

describe("a deployment's file", () => {
  const at = `0x${"12".repeat(20)}`;
  const manifest = {
    name: "test",
    sourceChainId: "11155111",
    destinationChainId: "2",
    deployedInBlock: "0",
    contracts: {
      stake: at,
      stateSync: at,
      anchorCourt: at,
      feeds: at,
      deltaCourt: at,
      prover: at,
      replicas: at,
      slotFeeds: at,
      anchor: at,
    },
    anchorKind: "committee",
  };

  it("carries the whole schedule, and gives it back", () => {
    const forks = builtInSchedule(11_155_111n);
    assert.ok(forks);
    const blobs = { target: 20, max: 30, updateFraction: 17_000_000 };
    const sourceForks = [...forks.forks, { name: "bpo2" as const, timestamp: 1_800_000_000n, blobs }];
    const text = JSON.stringify(
      { ...manifest, sourceForks, sourceDepositContract: forks.depositContract },
      (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value),
    );
    const again = parseManifest(writeManifest(parseManifest(text, "a")), "b");
    const executed = executionForksOf(again, 1_900_000_000n);
    assert.deepEqual(executed.forks, sourceForks);
    assert.equal(executed.depositContract, forks.depositContract);
    assert.equal(executed.profile, "ethereum");
    assert.equal(forkAt(executed, 1_800_000_000n).blobs?.max, 30);
    assert.throws(
      () => forkAt(executed, 1_900_000_000n),
      (error) => isOptisyncError(error, "UnknownFork"),
    );
  });

  it("is refused with a schedule out of order", () => {
    const sourceForks = [
      { name: "prague", timestamp: "9" },
      { name: "cancun", timestamp: "10" },
    ];
    assert.throws(
      () => parseManifest(JSON.stringify({ ...manifest, sourceForks }), "a"),
      (error) => isOptisyncError(error, "ManifestMalformed"),
    );
  });
});

describe("headerSchedule", () => {
  it("keeps the forks that change the number of fields, from the genesis block's time on", () => {
    const forks = builtInSchedule(1n);
    assert.ok(forks);
    const { forks: kept, sunset } = headerSchedule({ ...forks, sunset: 1_900_000_000n }, 1_710_338_135n);
    assert.deepEqual(
      kept.map(({ fieldCount }) => fieldCount),
      [20, 21],
    );
    assert.equal(sunset, 1_900_000_000n);
  });
});
