import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { capitalNeeded } from "../../proposer/capital.js";
import { parameterPresets } from "../../shared/protocol/parameters.js";
import { ETHER } from "./chainStory.js";

describe("capitalNeeded", () => {
  it("covers every claim and update that can be alive at once", () => {
    const capital = capitalNeeded(parameterPresets.devnet, { claimIntervalSeconds: 10n, feeds: 2 });
    // 30 s of window, 20 s to answer and 5 s of grace hold 5.5 intervals; the updates' window of 20 s holds 2.
    assert.equal(capital.claimsWei, 6n * ETHER);
    assert.equal(capital.updatesWei, 4n * (ETHER / 2n));
    assert.equal(capital.defenceWei, 6n * 300_000n * 10n ** 9n);
  });
  it("takes an interval of zero for a claim every second", () => {
    const capital = capitalNeeded(parameterPresets.devnet, { claimIntervalSeconds: 0n, feeds: 0 });
    assert.equal(capital.claimsWei, 55n * ETHER);
  });
});
