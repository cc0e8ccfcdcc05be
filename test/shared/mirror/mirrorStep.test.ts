import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextStep, type MirrorDraft, type MirrorView } from "../../../shared/mirror/mirrorStep.js";
import { environmentMask } from "../../../shared/mirror/environment.js";
import { finalHead, livingChild } from "../../../shared/protocol/ledger.js";
import { parameterPresets } from "../../../shared/protocol/parameters.js";
import { genesisUpdate, updateId } from "../../../shared/protocol/update.js";
import { chunksOf, ETHER, hashOf, ME, Story, OTHER } from "../../proposer/chainStory.js";

const POLICY = { proves: false, wantsLogic: true };
const GENESIS = updateId(genesisUpdate(1n));

function view(story: Story, changes: Partial<MirrorView> = {}): MirrorView {
  const { ledger, clock, timestamp } = story.view();
  const feed = ledger.feeds.get(1n);
  return {
    ledger,
    clock,
    timestamp,
    parameters: parameterPresets.devnet,
    sender: ME,
    freeWei: ETHER,
    feed,
    hasLogic: false,
    deadline: feed && livingChild(ledger, feed.head)?.deadline,
    proven: 0,
    ...changes,
  };
}

function draft(story: Story, slots: number): MirrorDraft {
  const root = finalHead(story.ledger());
  if (root === undefined) throw new Error("the story has no final claim");
  return { root, storageRoot: hashOf(1n), codeHash: hashOf(2n), chunks: chunksOf(slots) };
}

describe("the next step of a mirror", () => {
  const begun = () => new Story().feed(1n);

  it("is to create the feed, then to list the account's slots", () => {
    assert.equal(nextStep(view(new Story()), undefined, POLICY).kind, "create");
    assert.equal(nextStep(view(begun()), undefined, POLICY).kind, "list");
  });

  it("is to wait for a root that is young enough to be posted", () => {
    const timestamp = view(begun()).timestamp + parameterPresets.devnet.updates.maxRootAgeSeconds;
    assert.equal(nextStep(view(begun(), { timestamp }), undefined, POLICY).kind, "awaitRoot");
    assert.equal(nextStep(view(begun(), { timestamp }), draft(begun(), 1), POLICY).kind, "awaitRoot");
  });

  it("is to post a small update, with the stake that it needs", () => {
    assert.equal(nextStep(view(begun()), draft(begun(), 3), POLICY).kind, "post");
    const poor = nextStep(view(begun(), { freeWei: 1n }), draft(begun(), 3), POLICY);
    assert.deepEqual(poor, { kind: "deposit", amountWei: parameterPresets.devnet.updates.bondWei - 1n });
  });

  it("is to stage full chunks first, and to go on where the stage ends", () => {
    const large = draft(begun(), 1_500);
    const first = nextStep(view(begun()), large, POLICY);
    assert.ok(first.kind === "stage" && first.index === 0);
    const staged = begun().event("Staged", { by: ME, feed: 1n, index: 0n, deltas: large.chunks[0] });
    const second = nextStep(view(staged), large, POLICY);
    assert.ok(second.kind === "stage" && second.index === 1 && second.total === 3);
    const foreign = begun().event("Staged", { by: ME, feed: 1n, index: 0n, deltas: chunksOf(480)[0] });
    assert.equal(nextStep(view(foreign), large, POLICY).kind, "dropStage");
  });

  it("is to prove where there is no patience", () => {
    const proves = { ...POLICY, proves: true };
    assert.equal(nextStep(view(begun()), draft(begun(), 3), proves).kind, "sync");
    assert.equal(nextStep(view(begun()), draft(begun(), 1_500), proves).kind, "stage");
    const posted = begun().update("u", { parent: GENESIS, chunks: chunksOf(3) });
    const step = nextStep(view(posted, { proven: 2 }), undefined, proves);
    assert.ok(step.kind === "prove" && step.from === 2);
    assert.equal(nextStep(view(posted, { deadline: 0n }), undefined, proves).kind, "apply");
  });

  it("is to wait for the window and to apply, whoever has posted", () => {
    const posted = begun().update("u", { parent: GENESIS, proposer: OTHER, chunks: chunksOf(3) });
    assert.equal(nextStep(view(posted), undefined, POLICY).kind, "awaitWindow");
    posted.clock += parameterPresets.devnet.updates.windowSeconds + 1n;
    const step = nextStep(view(posted), undefined, POLICY);
    assert.ok(step.kind === "apply" && step.index === 0 && step.count === 1);
    const empty = begun().update("u", { parent: GENESIS });
    empty.clock += parameterPresets.devnet.updates.windowSeconds + 1n;
    const completing = nextStep(view(empty), undefined, POLICY);
    assert.ok(completing.kind === "apply" && completing.count === 0);
  });

  it("is to register the logic if it is wanted, and to check in the end", () => {
    const applied = begun()
      .update("u", { parent: GENESIS, chunks: chunksOf(3) })
      .event("UpdateApplied", { id: "u", feed: 1n });
    assert.equal(nextStep(view(applied), undefined, POLICY).kind, "register");
    assert.equal(nextStep(view(applied, { hasLogic: true }), undefined, POLICY).kind, "check");
    assert.equal(nextStep(view(applied), undefined, { ...POLICY, wantsLogic: false }).kind, "check");
  });

  it("is none where nothing can come of it", () => {
    const frozen = begun().event("FeedWasFrozen", { feed: 1n });
    assert.throws(() => nextStep(view(frozen), undefined, POLICY), { code: "FeedFrozen" });
    const ended = begun().event("RefundModeEntered", {});
    assert.throws(() => nextStep(view(ended), undefined, POLICY), { code: "RefundModeActive" });
  });
});

describe("opcodes that a mirror accepts", () => {
  it("are given by name", () => {
    assert.equal(environmentMask.parse("timestamp, CHAINID"), (1 << 0x12) | (1 << 0x16));
    assert.equal(environmentMask.safeParse("CALL").success, false);
  });
});
