import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { solve } from "../../proposer/solver.js";
import type { FeedView, ProposerView } from "../../proposer/view.js";
import { CHUNK } from "../../shared/protocol/deltas.js";
import { EMPTY_ROOT, genesisUpdate, updateId } from "../../shared/protocol/update.js";
import {
  CHALLENGER,
  chunksOf,
  draftOf,
  ETHER,
  hashOf,
  headerAt,
  ME,
  OTHER,
  START,
  Story,
  timeOf,
} from "./chainStory.js";

/** Actions as `kind subject`, in order. */
function actionsOf(view: ProposerView): string[] {
  return solve(view).actions.map((action) => {
    switch (action.kind) {
      case "answer":
      case "settle":
      case "refund":
      case "orphan":
      case "finalize":
        return `${action.kind} ${action.claim.id}`;
      case "release":
        return `release ${action.update.id}`;
      case "apply":
        return `apply ${action.update.id} ${action.index}+${action.count}`;
      case "stage":
        return `stage ${action.feed} ${action.index}+${action.chunks.length}`;
      case "dropStage":
        return `dropStage ${action.feed}`;
      case "post":
        return `post ${action.draft.root}`;
      case "sync":
        return `sync ${action.draft.root} ${action.feeWei}`;
      case "prove":
        return `prove ${action.update.id} ${action.piece.from}`;
      case "propose":
        return `propose ${action.candidate.header.number}`;
      default:
        return action.kind;
    }
  });
}

const alertsOf = (view: ProposerView): string[] =>
  solve(view).alerts.map(({ code, subject }) => `${code} ${subject}`);
const feedsOf = (feed: Partial<FeedView>): ReadonlyMap<bigint, FeedView> =>
  new Map([[1n, { fundsWei: 0n, isTrue: new Map(), draft: undefined, ...feed }]]);

describe("answering demands", () => {
  const story = () => new Story().claim("a", { number: 100n }).demand("a");

  it("answers until the last second of the deadline", () => {
    assert.deepEqual(actionsOf(story().view(20n)), ["answer a"]);
  });
  it("names the deadline and the challenger of the first demand", () => {
    const [action] = solve(story().demand("a", OTHER).view()).actions;
    assert.equal(action?.kind === "answer" && action.challenger, CHALLENGER);
    assert.equal(action?.kind === "answer" && action.deadline, START + 20n);
  });
  it("answers once however many demand", () => {
    assert.deepEqual(actionsOf(story().demand("a", OTHER).view()), ["answer a"]);
  });
  it("tells the operator a second later that the bond is lost", () => {
    assert.deepEqual(actionsOf(story().view(21n)), []);
    assert.deepEqual(alertsOf(story().view(21n)), ["DemandMissed a"]);
  });
  it("leaves others' claims to their proposers", () => {
    assert.deepEqual(
      actionsOf(new Story().claim("a", { number: 100n, proposer: OTHER }).demand("a").view()),
      [],
    );
  });
  it("answers while A cannot be read", () => {
    assert.deepEqual(actionsOf(story().view(0n, { sourceHead: undefined, hashAt: new Map() })), ["answer a"]);
  });
  it("comes before everything else", () => {
    const both = new Story().claim("b", { number: 101n }).claim("a", { number: 102n, parent: "b" });
    both.clock += 25n;
    both.demand("a");
    assert.deepEqual(actionsOf(both.view(10n, { at: 102n })), ["answer a", "finalize b"]);
  });
  it("stops when there is nothing to defend any more", () => {
    assert.deepEqual(actionsOf(story().reject("a").view()), []);
    assert.deepEqual(actionsOf(story().event("RefundModeEntered", {}).view()), ["refund a"]);
  });
});

describe("settling demands", () => {
  it("collects what an answer has won, from every challenger", () => {
    const story = new Story().claim("a", { number: 100n }).demand("a").demand("a", OTHER).attest("a");
    assert.deepEqual(actionsOf(story.view()), ["settle a", "settle a"]);
  });
  it("collects once", () => {
    const story = new Story().claim("a", { number: 100n }).demand("a").attest("a");
    story.event("DemandSettled", { claim: "a", challenger: CHALLENGER });
    assert.deepEqual(actionsOf(story.view()), []);
  });
});

describe("taking lost bonds back", () => {
  it("orphans own claims under a rejected one, parents first", () => {
    const story = new Story().claim("a", { number: 101n }).claim("b", { number: 102n, parent: "a" });
    story.claim("c", { number: 103n, parent: "b" }).reject("a");
    assert.deepEqual(actionsOf(story.view(0n, { at: 103n })), ["orphan b", "orphan c"]);
  });
  it("refunds every own claim in refund mode, and does nothing new", () => {
    const story = new Story().claim("a", { number: 101n }).claim("b", { number: 102n, proposer: OTHER });
    story.event("RefundModeEntered", {});
    const candidate = { parent: "a", header: headerAt(110n) };
    assert.deepEqual(actionsOf(story.view(100n, { at: 110n, candidate })), ["refund a"]);
  });
  it("releases own updates of a frozen feed, whether begun or not", () => {
    const story = new Story()
      .feed(1n)
      .update("u", { chunks: chunksOf(600) })
      .update("v", { parent: "u" });
    story.event("ChunkApplied", { id: "u", index: 0n }).event("FeedWasFrozen", { feed: 1n });
    assert.deepEqual(actionsOf(story.view()), ["release u", "release v"]);
  });
  it("releases own updates on a rejected one", () => {
    const story = new Story().feed(1n).update("u", { proposer: OTHER }).update("v", { parent: "u" });
    story.event("UpdateRejected", { id: "u" });
    assert.deepEqual(actionsOf(story.view()), ["release v"]);
  });
  it("completes in refund mode what is written in part, and releases what is not", () => {
    const story = new Story()
      .feed(1n)
      .update("u", { chunks: chunksOf(600) })
      .update("v", { parent: "u" });
    story.event("ChunkApplied", { id: "u", index: 0n }).event("RefundModeEntered", {});
    assert.deepEqual(actionsOf(story.view()), ["release v", "apply u 1+1"]);
  });
});

describe("finalizing", () => {
  const story = () => new Story().claim("a", { number: 101n }).claim("b", { number: 102n, parent: "a" });

  it("waits until the window is over", () => {
    assert.deepEqual(actionsOf(story().view(30n, { at: 102n })), []);
  });
  it("finalizes a second later, parents first", () => {
    assert.deepEqual(actionsOf(story().view(31n, { at: 102n })), ["finalize a", "finalize b"]);
  });
  it("waits for open challenges and the grace period after them", () => {
    const demanded = story();
    demanded.clock += 30n;
    demanded.demand("a").attest("a").event("DemandSettled", { claim: "a", challenger: CHALLENGER });
    assert.deepEqual(actionsOf(demanded.view(5n, { at: 102n })), []);
    assert.deepEqual(actionsOf(demanded.view(6n, { at: 102n })), ["finalize a", "finalize b"]);
  });
  it("waits until its node has passed the block", () => {
    assert.deepEqual(actionsOf(story().view(31n, { at: 101n })), ["finalize a"]);
  });
  it("does not help a claim that its node contradicts, and says so if it is its own", () => {
    const wrong = new Story().claim("a", { number: 101n, fork: 1n });
    assert.deepEqual(actionsOf(wrong.view(31n, { at: 102n })), []);
    assert.deepEqual(alertsOf(wrong.view(31n, { at: 102n })), ["OwnClaimContradicted a"]);
  });
  it("leaves others' claims alone unless told otherwise", () => {
    const other = new Story().claim("a", { number: 101n, proposer: OTHER });
    assert.deepEqual(actionsOf(other.view(31n, { at: 102n })), []);
    assert.deepEqual(actionsOf(other.view(31n, { at: 102n, policy: { finalizesOthers: true } })), [
      "finalize a",
    ]);
  });
});

describe("proposing", () => {
  const on = (parent: string, number: bigint) => ({
    candidate: { parent, header: headerAt(number) },
    at: number,
  });

  it("claims the final head of A on the final head of B when the interval is over", () => {
    assert.deepEqual(actionsOf(new Story().view(0n, on("genesis", 105n))), ["propose 105"]);
    assert.deepEqual(actionsOf(new Story().view(0n, on("genesis", 104n))), []);
  });
  it("builds on its newest claim", () => {
    const story = new Story().claim("a", { number: 105n });
    assert.deepEqual(actionsOf(story.view(0n, on("a", 110n))), ["propose 110"]);
    assert.deepEqual(actionsOf(story.view(0n, on("genesis", 110n))), []);
  });
  it("never builds on somebody else's pending claim", () => {
    const story = new Story().claim("a", { number: 105n, proposer: OTHER });
    assert.deepEqual(actionsOf(story.view(0n, on("a", 110n))), []);
    assert.deepEqual(actionsOf(story.view(0n, on("genesis", 110n))), ["propose 110"]);
  });
  it("passes over its claim while that is disputed, and over one that its node contradicts", () => {
    const disputed = new Story().claim("a", { number: 105n }).demand("a");
    assert.deepEqual(actionsOf(disputed.view(0n, on("genesis", 110n))), ["answer a", "propose 110"]);
    const wrong = new Story().claim("a", { number: 105n, fork: 1n });
    assert.deepEqual(actionsOf(wrong.view(0n, on("genesis", 110n))), ["propose 110"]);
  });
  it("builds on a disputed claim once evidence was shown", () => {
    const story = new Story().claim("a", { number: 105n }).demand("a").attest("a");
    assert.deepEqual(actionsOf(story.view(0n, on("a", 110n))), ["settle a", "propose 110"]);
  });
  it("does not build on the children of a dead claim", () => {
    const story = new Story()
      .claim("a", { number: 105n })
      .claim("b", { number: 106n, parent: "a" })
      .reject("a");
    assert.deepEqual(actionsOf(story.view(0n, on("b", 120n))), ["orphan b"]);
  });
  it("goes at most the largest span at once, and then does not wait for the interval", () => {
    const far = { at: 100n + 5_000n, timestamp: timeOf(5_200n) };
    const candidate = { parent: "genesis", header: headerAt(100n + 4_096n) };
    assert.deepEqual(actionsOf(new Story().view(0n, { ...far, candidate })), ["propose 4196"]);
  });
  it("keeps to the most claims pending, and to its stake", () => {
    const story = new Story().claim("a", { number: 105n });
    const ground = on("a", 110n);
    assert.deepEqual(actionsOf(story.view(0n, { ...ground, policy: { maxPendingClaims: 1 } })), []);
    assert.deepEqual(actionsOf(story.view(0n, { ...ground, freeWei: ETHER - 1n })), []);
    assert.deepEqual(alertsOf(story.view(0n, { ...ground, freeWei: ETHER - 1n })), [`StakeTooSmall ${ME}`]);
    assert.deepEqual(actionsOf(story.view(0n, { ...ground, freeWei: ETHER })), ["propose 110"]);
  });
  it("waits for B's time to reach the block's", () => {
    const early = new Story().view(0n, { ...on("genesis", 105n), timestamp: timeOf(105n) - 1n });
    assert.deepEqual(actionsOf(early), []);
  });
  it("does not repeat a claim, even one that is dead", () => {
    const story = new Story().claim("a", { number: 105n }).reject("a");
    assert.deepEqual(actionsOf(story.view(0n, on("genesis", 105n))), []);
  });
  it("halts when its node contradicts what is final on B", () => {
    const story = new Story().claim("a", { number: 105n, proposer: OTHER, fork: 1n }).final("a");
    const view = story.view(0n, on("a", 120n));
    assert.deepEqual(actionsOf(view), []);
    assert.deepEqual(alertsOf(view), ["FinalClaimContradicted a"]);
  });
  it("waits until its node has passed what is final on B", () => {
    const story = new Story().claim("a", { number: 105n, proposer: OTHER }).final("a");
    assert.deepEqual(alertsOf(story.view(0n, { at: 104n })), []);
    assert.deepEqual(actionsOf(story.view(0n, { at: 104n })), []);
  });
  it("starts nothing while unwinding", () => {
    assert.deepEqual(
      actionsOf(new Story().view(0n, { ...on("genesis", 105n), policy: { isUnwinding: true } })),
      [],
    );
  });
  it("passes obstacles on to the operator", () => {
    const obstacles = [{ code: "HeaderUnknown", subject: "claim", details: {} }];
    assert.deepEqual(alertsOf(new Story().view(0n, { obstacles })), ["HeaderUnknown claim"]);
  });
});

describe("posting updates", () => {
  const story = () => new Story().feed(1n);
  const with_ = (draft = draftOf(), changes = {}) => ({ feeds: feedsOf({ draft }), ...changes });

  it("posts the first update of an account that exists, even without slots", () => {
    assert.deepEqual(actionsOf(story().view(0n, with_())), ["post genesis"]);
    assert.deepEqual(
      actionsOf(story().view(0n, with_(draftOf({ codeHash: genesisUpdate(1n).codeHash })))),
      [],
    );
  });
  it("stages full chunks first and posts the rest", () => {
    const draft = draftOf({ chunks: chunksOf(1_100) });
    assert.deepEqual(actionsOf(story().view(0n, with_(draft))), ["stage 1 0+2"]);
    const half = story().event("Staged", { by: ME, feed: 1n, deltas: draft.chunks[0] });
    assert.deepEqual(actionsOf(half.view(0n, with_(draft))), ["stage 1 1+1"]);
    const whole = half.event("Staged", { by: ME, feed: 1n, deltas: draft.chunks[1] });
    assert.deepEqual(actionsOf(whole.view(0n, with_(draft))), ["post genesis"]);
  });
  it("stages as many chunks at once as a transaction takes", () => {
    const draft = draftOf({ chunks: chunksOf(5 * CHUNK) });
    assert.deepEqual(actionsOf(story().view(0n, with_(draft))), ["stage 1 0+3", "stage 1 3+1"]);
  });
  it("drops a stage that holds anything else", () => {
    const draft = draftOf({ chunks: chunksOf(1_100) });
    const foreign = story().event("Staged", { by: ME, feed: 1n, deltas: draft.chunks[1] });
    assert.deepEqual(actionsOf(foreign.view(0n, with_(draft))), ["dropStage 1"]);
    const tooLong = story().event("Staged", { by: ME, feed: 1n, deltas: chunksOf(CHUNK)[0] });
    assert.deepEqual(actionsOf(tooLong.view(0n, with_(draftOf({ chunks: chunksOf(CHUNK) })))), [
      "dropStage 1",
    ]);
  });
  it("looks at the stage of the key that sends", () => {
    const draft = draftOf({ chunks: chunksOf(600) });
    const staged = story().event("Staged", { by: OTHER, feed: 1n, deltas: draft.chunks[0] });
    assert.deepEqual(actionsOf(staged.view(0n, with_(draft, { sender: OTHER }))), ["post genesis"]);
    assert.deepEqual(actionsOf(staged.view(0n, with_(draft))), ["stage 1 0+1"]);
  });

  const later = () => {
    const told = story().update("u").claim("a", { number: 110n }).final("a");
    return told;
  };
  const onU = (changes = {}) => draftOf({ parent: "u", root: "a", ...changes });

  it("posts a change at once, and freshness alone when the feed gets too old", () => {
    const at = { at: 110n };
    assert.deepEqual(actionsOf(later().view(0n, with_(onU({ chunks: chunksOf(1) }), at))), ["post a"]);
    assert.deepEqual(actionsOf(later().view(0n, with_(onU({ codeHash: hashOf(9n) }), at))), ["post a"]);
    assert.deepEqual(actionsOf(later().view(0n, with_(onU(), at))), []);
    assert.deepEqual(
      actionsOf(later().view(0n, with_(onU(), { ...at, policy: { maxFeedAgeSeconds: 11n } }))),
      [],
    );
    assert.deepEqual(
      actionsOf(later().view(0n, with_(onU(), { ...at, policy: { maxFeedAgeSeconds: 10n } }))),
      ["post a"],
    );
  });
  it("does not post on a root that is too old, not newer, or contradicted by its node", () => {
    const draft = onU({ chunks: chunksOf(1) });
    const at = { at: 110n, policy: { isUnwinding: false } };
    const age = timeOf(110n) + 600n - START;
    const applied = () => later().event("UpdateApplied", { id: "u", feed: 1n });
    assert.deepEqual(actionsOf(applied().view(age, with_(draft, at))), ["post a"]);
    assert.deepEqual(actionsOf(applied().view(age + 1n, with_(draft, at))), []);
    const sameRoot = with_(onU({ root: "genesis", chunks: chunksOf(1) }), at);
    assert.deepEqual(actionsOf(applied().view(0n, sameRoot)), []);
    const hashAt = new Map([[110n, hashOf(110n, 1n)]]);
    assert.deepEqual(actionsOf(applied().view(0n, with_(draft, { ...at, hashAt }))), []);
  });
  it("builds on another's update only once that turned out true", () => {
    const told = story().update("u", { proposer: OTHER }).claim("a", { number: 110n }).final("a");
    const draft = onU({ chunks: chunksOf(1) });
    const seen = (isTrue: ReadonlyMap<string, boolean>) =>
      told.view(0n, { at: 110n, feeds: feedsOf({ draft, isTrue }) });
    assert.deepEqual(actionsOf(seen(new Map())), []);
    assert.deepEqual(actionsOf(seen(new Map([["u", true]]))), ["post a"]);
    assert.deepEqual(actionsOf(seen(new Map([["u", false]]))), []);
    assert.deepEqual(alertsOf(seen(new Map([["u", false]]))), ["UpdateFalse u"]);
  });
  it("keeps to the configured feeds and to its stake", () => {
    assert.deepEqual(actionsOf(story().view(0n, with_(draftOf(), { policy: { feeds: [2n] } }))), []);
    assert.deepEqual(actionsOf(story().view(0n, with_(draftOf(), { freeWei: ETHER / 2n - 1n }))), []);
    assert.deepEqual(actionsOf(story().view(0n, with_(draftOf(), { freeWei: ETHER / 2n }))), [
      "post genesis",
    ]);
  });
  it("gives a claim's bond precedence over an update's", () => {
    const candidate = { parent: "genesis", header: headerAt(105n) };
    const view = { candidate, at: 105n, freeWei: ETHER + ETHER / 2n };
    assert.deepEqual(actionsOf(story().view(0n, with_(draftOf(), view))), ["post genesis", "propose 105"]);
    assert.deepEqual(actionsOf(story().view(0n, with_(draftOf(), { ...view, freeWei: ETHER }))), [
      "propose 105",
    ]);
  });
  it("posts for the least fee it was told to want, as far as the feed's funds go", () => {
    const GWEI = 10n ** 9n;
    const paying = () => new Story().feed(1n, 3n, 7n);
    const seen = (draft = draftOf({ chunks: chunksOf(2) }), fundsWei = ETHER, minUpdateFeeWei = 14n * GWEI) =>
      paying().view(0n, { feeds: feedsOf({ draft, fundsWei }), policy: { minUpdateFeeWei } });
    assert.deepEqual(actionsOf(seen()), ["post genesis"]);
    assert.deepEqual(actionsOf(seen(draftOf({ chunks: chunksOf(1) }))), []);
    assert.deepEqual(actionsOf(seen(draftOf({ chunks: chunksOf(2) }), 14n * GWEI - 1n)), []);
    const told = paying().update("u").claim("a", { number: 110n }).final("a");
    const covering = (minUpdateFeeWei: bigint) =>
      told.view(0n, {
        at: 110n,
        feeds: feedsOf({ draft: onU({ chunks: chunksOf(1) }), fundsWei: ETHER }),
        policy: { minUpdateFeeWei },
      });
    assert.deepEqual(actionsOf(covering(37n * GWEI)), ["post a"]);
    assert.deepEqual(actionsOf(covering(37n * GWEI + 1n)), []);
  });
  it("counts on the fee that the feed can pay", () => {
    const GWEI = 10n ** 9n;
    const feeWei = (fundsWei: bigint) => {
      const feeds = feedsOf({ draft: draftOf({ chunks: chunksOf(2) }), fundsWei });
      const [action] = solve(new Story().feed(1n, 3n, 7n).view(0n, { feeds })).actions;
      return action?.kind === "post" ? action.feeWei : undefined;
    };
    assert.equal(feeWei(ETHER), 14n * GWEI);
    assert.equal(feeWei(14n * GWEI - 1n), 14n * GWEI - 1n);
    assert.equal(feeWei(0n), 0n);
  });
  it("ignores a draft for a tail that is gone", () => {
    assert.deepEqual(actionsOf(story().view(0n, with_(draftOf({ parent: "u" })))), []);
    assert.equal(draftOf().storageRoot, EMPTY_ROOT);
  });
});

describe("proving updates", () => {
  const story = () => new Story().feed(1n, 0n, 7n);
  const proof = {
    parent: draftOf().parent,
    root: "genesis",
    accountPath: "0x",
    accountProof: [],
    before: "0x",
    nodes: "0x",
  };
  const draft = draftOf({ chunks: chunksOf(3) });
  const seen = (provesUpToSlots: number | undefined, feed: Partial<FeedView> = {}, told = story()) =>
    told.view(0n, {
      feeds: feedsOf({ draft, draftProof: proof, fundsWei: ETHER, ...feed }),
      policy: { provesUpToSlots },
    });

  it("proves what changes few enough slots, for the fee that it counts on", () => {
    assert.deepEqual(actionsOf(seen(undefined)), ["post genesis"]);
    assert.deepEqual(actionsOf(seen(2)), ["post genesis"]);
    assert.deepEqual(actionsOf(seen(3)), ["sync genesis 21000000000"]);
    assert.deepEqual(actionsOf(seen(Infinity)), ["sync genesis 21000000000"]);
    assert.deepEqual(actionsOf(seen(0, { draft: draftOf() })), ["sync genesis 0"]);
  });
  it("needs no stake for that", () => {
    const poor = story().view(0n, {
      feeds: feedsOf({ draft, draftProof: proof }),
      policy: { provesUpToSlots: 3 },
      freeWei: 0n,
    });
    assert.deepEqual(actionsOf(poor), ["sync genesis 0"]);
  });
  it("waits for the proof, and posts what cannot be proven at once", () => {
    assert.deepEqual(actionsOf(seen(3, { draftProof: undefined })), []);
    assert.deepEqual(actionsOf(seen(3, { draftProof: { ...proof, root: "other" } })), []);
    assert.deepEqual(actionsOf(seen(3, { draftProof: "impossible" })), ["post genesis"]);
    const large = draftOf({ chunks: chunksOf(600) });
    assert.deepEqual(actionsOf(seen(Infinity, { draft: large, draftProof: undefined })), ["stage 1 0+1"]);
  });
  it("is held to the least fee and to what is worth an update as postings are", () => {
    const view = story().view(0n, {
      feeds: feedsOf({ draft, draftProof: proof }),
      policy: { provesUpToSlots: 3, minUpdateFeeWei: 1n },
    });
    assert.deepEqual(actionsOf(view), []);
    const nothing = draftOf({ codeHash: genesisUpdate(1n).codeHash });
    assert.deepEqual(actionsOf(seen(3, { draft: nothing })), []);
  });
  it("posts behind an update that waits", () => {
    const told = story().update("u").claim("a", { number: 110n }).final("a");
    const behind = draftOf({ parent: "u", root: "a", chunks: chunksOf(1) });
    const view = told.view(0n, {
      at: 110n,
      feeds: feedsOf({ draft: behind, draftProof: { ...proof, parent: "u", root: "a" } }),
      policy: { provesUpToSlots: Infinity },
    });
    assert.deepEqual(actionsOf(view), ["post a"]);
  });

  const piece = (from: number) => ({
    digests: [],
    index: 0,
    previous: "0x",
    chunk: "0x",
    from,
    to: from + 160,
    before: "0x",
    nodes: "0x",
  });
  const posted = (proposer = ME) =>
    new Story().feed(1n).update("u", { chunks: chunksOf(600), count: 600n, proposer });
  const left = { update: "u", accountPath: "0x", accountProof: [], left: [piece(0), piece(160)] };
  const proving = (told: Story, provesUpToSlots: number | undefined, seconds = 0n) =>
    told.view(seconds, { feeds: feedsOf({ updateProof: left }), policy: { provesUpToSlots } });

  it("proves its own posted update piece by piece while its window is open", () => {
    assert.deepEqual(actionsOf(proving(posted(), 600)), ["prove u 0", "prove u 160"]);
    assert.deepEqual(actionsOf(proving(posted(), 599)), []);
    assert.deepEqual(actionsOf(proving(posted(), undefined)), []);
    assert.deepEqual(actionsOf(proving(posted(OTHER), 600)), []);
    assert.deepEqual(actionsOf(proving(posted(), 600, 21n)), ["apply u 0+2"]);
    const confirmed = posted().event("UpdateConfirmed", { id: "u", feed: 1n });
    assert.deepEqual(actionsOf(proving(confirmed, 600)), ["apply u 0+2"]);
  });
  it("proves nothing of a feed that is frozen or in refund mode, nor behind what waits", () => {
    assert.deepEqual(actionsOf(proving(posted().event("FeedWasFrozen", { feed: 1n }), 600)), ["release u"]);
    assert.deepEqual(actionsOf(proving(posted().event("RefundModeEntered", {}), 600)), ["release u"]);
    const behind = new Story().feed(1n).update("t", { proposer: OTHER });
    behind.update("u", { parent: "t", chunks: chunksOf(600), count: 600n });
    assert.deepEqual(actionsOf(proving(behind, 600)), []);
  });
});

describe("applying updates", () => {
  const story = () => new Story().feed(1n).update("u", { chunks: chunksOf(600) });

  it("waits until the window is over", () => {
    assert.deepEqual(actionsOf(story().view(20n)), []);
    assert.deepEqual(actionsOf(story().view(21n)), ["apply u 0+2"]);
  });
  it("goes on where it was interrupted, whatever the clock says", () => {
    const begun = story().event("ChunkApplied", { id: "u", index: 0n });
    assert.deepEqual(actionsOf(begun.view(0n)), ["apply u 1+1"]);
  });
  it("writes as many chunks at once as a transaction takes, beside the digests of all", () => {
    const long = new Story().feed(1n).update("u", { chunks: chunksOf(5 * CHUNK) });
    assert.deepEqual(actionsOf(long.view(21n)), ["apply u 0+3", "apply u 3+2"]);
  });
  it("completes an update without deltas by one call", () => {
    assert.deepEqual(actionsOf(new Story().feed(1n).update("u").view(21n)), ["apply u 0+0"]);
  });
  it("applies strictly at the head of the queue", () => {
    const two = story().update("v", { parent: "u" });
    assert.deepEqual(actionsOf(two.view(21n)), ["apply u 0+2"]);
  });
  it("applies another's update only if it is true", () => {
    const other = () => new Story().feed(1n).update("u", { proposer: OTHER });
    assert.deepEqual(actionsOf(other().view(21n)), []);
    assert.deepEqual(actionsOf(other().view(21n, { feeds: feedsOf({ isTrue: new Map([["u", true]]) }) })), [
      "apply u 0+0",
    ]);
    assert.deepEqual(
      actionsOf(other().view(21n, { feeds: feedsOf({ isTrue: new Map([["u", false]]) }) })),
      [],
    );
  });
  it("goes on while unwinding, so that the bond comes back", () => {
    assert.deepEqual(actionsOf(story().view(21n, { policy: { isUnwinding: true } })), ["apply u 0+2"]);
  });
  it("leaves a frozen feed alone", () => {
    const frozen = new Story().feed(1n).update("u", { proposer: OTHER }).event("FeedWasFrozen", { feed: 1n });
    assert.deepEqual(actionsOf(frozen.view(21n, { feeds: feedsOf({ isTrue: new Map([["u", true]]) }) })), []);
  });
});

describe("withdrawing earnings", () => {
  const policy = { withdrawEarningsAtWei: 100n };
  it("waits for the threshold", () => {
    assert.deepEqual(actionsOf(new Story().view(0n, { earningsWei: 99n, policy })), []);
    assert.deepEqual(actionsOf(new Story().view(0n, { earningsWei: 100n, policy })), ["withdrawEarnings"]);
  });
  it("leaves them without a threshold, or to the staker if an operator's key sends", () => {
    assert.deepEqual(actionsOf(new Story().view(0n, { earningsWei: 100n })), []);
    assert.deepEqual(actionsOf(new Story().view(0n, { earningsWei: 100n, policy, sender: OTHER })), []);
  });
  it("takes all while unwinding", () => {
    const unwinding = { earningsWei: 1n, policy: { isUnwinding: true } };
    assert.deepEqual(actionsOf(new Story().view(0n, unwinding)), ["withdrawEarnings"]);
  });
});

describe("the solver", () => {
  it("decides the same from the same chains", () => {
    const view = new Story().claim("a", { number: 101n }).demand("a").view(0n, { at: 120n });
    assert.deepEqual(solve(view), solve(view));
    assert.equal(updateId(genesisUpdate(1n)), draftOf().parent);
  });
});
