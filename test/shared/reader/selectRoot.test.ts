import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { finality, type Finality } from "../../../shared/reader/finality.js";
import { selectRoot } from "../../../shared/reader/selectRoot.js";
import { progressOf } from "../../../shared/reader/waitForFinal.js";
import { parameterPresets } from "../../../shared/protocol/parameters.js";
import { CHALLENGER, OTHER, Story } from "../../proposer/chainStory.js";

const AGE = 100_000n;

function viewOf(story: Story) {
  const { ledger, clock, timestamp } = story.view();
  return { ledger, clock, events: [], head: { timestamp } as never };
}

/** Id of the claim chosen. */
function chosen(story: Story, of: Finality, changes: { block?: bigint } = {}): string {
  const request = { finality: of, maxAgeSeconds: AGE, ...changes };
  return selectRoot(viewOf(story), parameterPresets.devnet, request).entry.id;
}

describe("the root to read under", () => {
  it("is the newest that is sure enough", () => {
    const story = new Story()
      .claim("a", { number: 110n })
      .claim("b", { number: 120n, parent: "a" })
      .final("a");
    assert.equal(chosen(story, finality.final), "a");
    assert.equal(chosen(story, finality.attested), "a");
    assert.equal(chosen(story, finality.aged(0)), "b");
    assert.equal(chosen(story, finality.aged(1)), "a");
    story.clock += 1n;
    assert.equal(chosen(story, finality.aged(1)), "b");
    assert.equal(chosen(story.attest("b"), finality.attested), "b");
  });

  it("is no claim that is challenged or builds on one that is", () => {
    const story = new Story()
      .claim("a", { number: 110n })
      .claim("b", { number: 120n, parent: "a" })
      .demand("a", CHALLENGER);
    story.clock += 10n;
    assert.equal(chosen(story, finality.aged(1)), "genesis");
  });

  it("is no claim on a dead one, and none that can never be final", () => {
    const story = new Story()
      .claim("a", { number: 110n })
      .claim("b", { number: 120n, parent: "a" })
      .attest("b")
      .reject("a");
    assert.equal(chosen(story, finality.attested), "genesis");
    const ended = new Story().claim("a", { number: 110n }).attest("a").event("RefundModeEntered", {});
    assert.equal(chosen(ended, finality.attested), "genesis");
    assert.equal(chosen(ended, finality.aged(0)), "genesis");
  });

  it("is none that is contradicted, nor one that builds on one that is", () => {
    const story = new Story()
      .claim("a", { number: 110n })
      .claim("b", { number: 120n, parent: "a" })
      .claim("lie", { number: 110n, proposer: OTHER, fork: 1n });
    assert.throws(() => chosen(story, finality.aged(0)), { code: "ClaimsConflict" });
    assert.equal(chosen(story, finality.final), "genesis");
    assert.equal(chosen(story.reject("lie"), finality.aged(0)), "b");
  });

  it("is that of just one block where one is asked for", () => {
    const story = new Story().claim("a", { number: 110n }).claim("b", { number: 120n, parent: "a" });
    story.final("a").final("b");
    assert.equal(chosen(story, finality.final, { block: 110n }), "a");
    assert.throws(() => chosen(story, finality.final, { block: 111n }), { code: "BlockNotClaimed" });
  });
});

describe("the way to finality", () => {
  it("leads over the lowest claim that covers the block", () => {
    const story = new Story().claim("a", { number: 110n }).claim("b", { number: 120n, parent: "a" });
    const at = (block: bigint) => progressOf(viewOf(story), block);
    assert.deepEqual(at(121n), { stage: "unclaimed", block: 121n });
    const window = parameterPresets.devnet.claims.windowSeconds;
    assert.deepEqual(at(105n), {
      stage: "pending",
      block: 105n,
      claimId: "a",
      number: 110n,
      secondsLeft: window + 1n,
      openChallenges: 0n,
    });
    story.final("a");
    assert.deepEqual(at(105n), { stage: "final", block: 105n, claimId: "a", number: 110n });
    assert.equal(at(111n).stage, "pending");
    story.reject("b");
    assert.equal(at(111n).stage, "unclaimed");
  });
});
