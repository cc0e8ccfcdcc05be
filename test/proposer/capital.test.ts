import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { capitalNeeded } from "../../proposer/capital.js";
import { parameterPresets } from "../../shared/protocol/parameters.js";
import { ETHER } from "./chainStory.js";

const withoutGames = { ...parameterPresets.devnet, games: undefined };

describe("capitalNeeded", () => {
  it("covers every claim and update that can be alive at once", () => {
    const capital = capitalNeeded(withoutGames, { claimIntervalSeconds: 10n, feeds: 2 });
    // 30 s of window, 20 s to answer and 5 s of grace hold 5.5 intervals; the updates' window of 20 s holds 2.
    assert.equal(capital.claimsWei, 6n * ETHER);
    assert.equal(capital.updatesWei, 4n * (ETHER / 2n));
    assert.equal(capital.defenceWei, 6n * 300_000n * 10n ** 9n);
  });
  it("takes an interval of zero for a claim every second", () => {
    const capital = capitalNeeded(withoutGames, { claimIntervalSeconds: 0n, feeds: 0 });
    assert.equal(capital.claimsWei, 55n * ETHER);
  });
  it("reckons with the longest game where there is an execution court", () => {
    const capital = capitalNeeded(parameterPresets.devnet, { claimIntervalSeconds: 10n, feeds: 0 });
    // 30 s of window, two clocks of 60 s and 17 moves of 10 s, and 5 s of grace hold 32.5 intervals.
    assert.equal(capital.claimsWei, 33n * ETHER);
  });
});
