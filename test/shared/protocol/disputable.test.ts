import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { undisputedUpTo } from "../../../shared/protocol/disputable.js";
import { ME, OTHER, Story } from "../../proposer/chainStory.js";

describe("the last block that nobody can dispute", () => {
  it("is that of the claim before the final head, on which a claim may be under way", () => {
    const story = new Story();
    assert.equal(undisputedUpTo(story.ledger()), 100n);
    story.claim("a", { number: 110n, parent: "genesis" }).claim("b", { number: 120n, parent: "a" });
    assert.equal(undisputedUpTo(story.ledger()), 100n);
    assert.equal(undisputedUpTo(story.final("a").ledger()), 100n);
    assert.equal(undisputedUpTo(story.final("b").claim("c", { number: 130n, parent: "b" }).ledger()), 110n);
  });

  it("is the parent's of a pending claim that others have overtaken", () => {
    const story = new Story().claim("a", { number: 105n, parent: "genesis" });
    story.claim("b", { number: 110n, parent: "genesis", proposer: OTHER }).final("b");
    story.claim("c", { number: 120n, parent: "b", proposer: OTHER }).final("c");
    assert.equal(undisputedUpTo(story.ledger()), 100n);
    assert.equal(
      undisputedUpTo(story.ledger(), ({ claim }) => claim.proposer === OTHER),
      110n,
    );
    assert.equal(
      undisputedUpTo(story.ledger(), ({ claim }) => claim.proposer === ME),
      100n,
    );
    assert.equal(undisputedUpTo(story.reject("a").ledger()), 110n);
  });
});
