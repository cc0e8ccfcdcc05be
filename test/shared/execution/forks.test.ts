import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  forkAt,
  hardhatForks,
  mainnetForks,
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
    assert.equal(forkAt(forks, 100n), "cancun");
    assert.equal(forkAt(forks, 199n), "cancun");
    assert.equal(forkAt(forks, 200n), "prague");
    assert.equal(forkAt(forks, 299n), "prague");
  });

  it("is unknown before the first fork and from the sunset on", () => {
    assert.throws(() => forkAt(forks, 99n), isUnknown);
    assert.throws(() => forkAt(forks, 300n), isUnknown);
  });

  it("holds on without a sunset", () => {
    assert.equal(forkAt(singleFork(1n, "shanghai"), 10n ** 12n), "shanghai");
    assert.equal(forkAt(hardhatForks(31_337n), 0n), "prague");
  });

  it("knows mainnet's forks by time", () => {
    const mainnet = mainnetForks();
    assert.equal(forkAt(mainnet, 1_710_338_135n), "cancun");
    assert.equal(forkAt(mainnet, 1_710_338_134n), "shanghai");
    assert.equal(forkAt(mainnet, 1_746_612_311n), "prague");
    assert.throws(() => forkAt(mainnet, 1_600_000_000n), isUnknown);
  });
});
