import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ZeroHash } from "ethers";
import type { ClaimVerdict } from "../../challenger/judgeClaim.js";
import type { KeyProof, UpdateVerdict } from "../../challenger/judgeUpdate.js";
import { solve, type ChallengerView } from "../../challenger/solver.js";
import { parameterPresets } from "../../shared/protocol/parameters.js";
import { CHALLENGER, ETHER, OTHER, Story } from "../proposer/chainStory.js";

/** B's timestamps run this far ahead of the protocol's clock: a guardian has frozen it for so long. */
const FROZEN = 1_000n;
const { claims, demands, updates } = parameterPresets.devnet;

const foreign: ClaimVerdict = { kind: "foreign", canonicalHash: "0xaa" };
const invalid: ClaimVerdict = { kind: "invalid", number: 107n, detail: "gas used" };
const isTrue = { kind: "true" } as const;

interface Changes {
  freeStakeWei?: bigint;
  balanceWei?: bigint;
  unjudged?: ReadonlyMap<string, string>;
  bondReserve?: bigint;
  claims?: Record<string, ClaimVerdict>;
  updates?: Record<string, UpdateVerdict>;
}

/** What `CHALLENGER` sees `seconds` after the last event of the story. */
function viewOf(story: Story, seconds: bigint, changes: Changes): ChallengerView {
  const clock = story.clock + seconds;
  return {
    destination: {
      head: { number: 1n, hash: ZeroHash, timestamp: clock + FROZEN, gasLimit: 0n, baseFeePerGas: 0n },
      ledger: story.ledger(),
      events: [],
      clock,
    },
    parameters: parameterPresets.devnet,
    challenger: CHALLENGER,
    freeStakeWei: changes.freeStakeWei ?? ETHER,
    balanceWei: changes.balanceWei ?? 1_000n * ETHER,
    unjudged: changes.unjudged ?? new Map(),
    bondReserve: changes.bondReserve ?? 0n,
    claimVerdicts: new Map(Object.entries(changes.claims ?? {})),
    updateVerdicts: new Map(Object.entries(changes.updates ?? {})),
  };
}

/** Actions as `kind subject`, in order. */
function actionsOf(story: Story, seconds: bigint, changes: Changes = {}): string[] {
  return solve(viewOf(story, seconds, changes)).actions.map((action) => {
    if (action.kind === "deposit") return `deposit ${action.amountWei / 10n ** 15n}`;
    return `${action.kind} ${"claim" in action ? action.claim.id : action.update.id}`;
  });
}

function alertsOf(story: Story, seconds: bigint, changes: Changes = {}): string[] {
  return solve(viewOf(story, seconds, changes)).alerts.map(({ code, subject }) => `${code} ${subject}`);
}

const refunding = (story: Story): Story => story.event("RefundModeEntered", { by: OTHER });

describe("demanding evidence", () => {
  const story = (): Story => new Story().claim("lie", { number: 110n, fork: 1n });
  const judged = { claims: { lie: foreign } };

  it("demands it for a claim whose block A does not have", () => {
    assert.deepEqual(actionsOf(story(), 0n, judged), ["demand lie"]);
    assert.deepEqual(alertsOf(story(), 0n, judged), []);
  });

  it("demands it up to the last second of the window, and tells by when in B's time", () => {
    const [action] = solve(viewOf(story(), claims.windowSeconds, judged)).actions;
    assert.equal(action?.kind, "demand");
    const { clock } = story();
    assert.equal(action.kind === "demand" && action.deadline, clock + claims.windowSeconds + FROZEN);
  });

  it("tells the operator a second later that nothing stops the claim", () => {
    assert.deepEqual(actionsOf(story(), claims.windowSeconds + 1n, judged), []);
    assert.deepEqual(alertsOf(story(), claims.windowSeconds + 1n, judged), ["DemandTooLate lie"]);
  });

  it("is not too late while another's demand is open", () => {
    assert.deepEqual(alertsOf(story().demand("lie", OTHER), claims.windowSeconds + 1n, judged), []);
  });

  it("does not rely on another's demand", () => {
    assert.deepEqual(actionsOf(story().demand("lie", OTHER), 0n, judged), ["demand lie"]);
  });

  it("demands once", () => {
    assert.deepEqual(actionsOf(story().demand("lie"), 0n, judged), []);
  });

  it("leaves true claims alone, and those that could not be checked", () => {
    assert.deepEqual(actionsOf(story(), 0n, { claims: { lie: isTrue } }), []);
    assert.deepEqual(actionsOf(story(), 0n), []);
    assert.deepEqual(alertsOf(story(), claims.windowSeconds + 1n), []);
  });

  it("demands for every false claim, children of false ones included", () => {
    const pipeline = story().claim("child", { number: 120n, parent: "lie", fork: 1n });
    const both = { claims: { lie: foreign, child: foreign } };
    assert.deepEqual(actionsOf(pipeline, 0n, both), ["demand lie", "demand child"]);
  });

  it("demands nothing in refund mode", () => {
    assert.deepEqual(actionsOf(refunding(story()), 0n, judged), []);
    assert.deepEqual(alertsOf(refunding(story()), claims.windowSeconds + 1n, judged), []);
  });

  it("demands nothing of what was decided", () => {
    assert.deepEqual(actionsOf(story().reject("lie"), 0n, judged), []);
    assert.deepEqual(actionsOf(story().event("ClaimOrphaned", { id: "lie" }), 0n, judged), []);
    assert.deepEqual(actionsOf(refunding(story()).event("ClaimRefunded", { id: "lie" }), 0n, judged), []);
  });
});

describe("what no court of the challenger settles", () => {
  it("tells the operator that the anchor contradicts the own node, and demands no more", () => {
    const story = new Story().claim("lie", { number: 110n, fork: 1n }).attest("lie");
    assert.deepEqual(actionsOf(story, 0n, { claims: { lie: foreign } }), []);
    assert.deepEqual(alertsOf(story, 0n, { claims: { lie: foreign } }), ["AttestedClaimForeign lie"]);
  });

  it("tells the operator of a false final claim", () => {
    const story = new Story().claim("lie", { number: 110n, fork: 1n }).final("lie");
    assert.deepEqual(actionsOf(story, 0n, { claims: { lie: foreign } }), []);
    assert.deepEqual(alertsOf(story, 0n, { claims: { lie: foreign } }), ["FinalClaimFalse lie"]);
    assert.deepEqual(alertsOf(refunding(story), 0n, { claims: { lie: foreign } }), ["FinalClaimFalse lie"]);
  });

  it("names the block of a span that A's validators chose although it is invalid", () => {
    const story = new Story().claim("a", { number: 110n });
    const { actions, alerts } = solve(viewOf(story, 0n, { claims: { a: invalid } }));
    assert.deepEqual(actions, []);
    assert.deepEqual(alerts, [{ code: "InvalidBlockClaimed", subject: "a", detail: "block 107: gas used" }]);
  });
});

describe("collecting demands", () => {
  const story = (): Story => new Story().claim("lie", { number: 110n, fork: 1n }).demand("lie");

  it("waits for the answer until the last second", () => {
    assert.deepEqual(actionsOf(story(), demands.answerSeconds), []);
  });

  it("times the claim out a second later", () => {
    assert.deepEqual(actionsOf(story(), demands.answerSeconds + 1n), ["timeout lie"]);
  });

  it("times it out whatever it thinks of the claim by now", () => {
    const judged = { claims: { lie: isTrue } };
    assert.deepEqual(actionsOf(story(), demands.answerSeconds + 1n, judged), ["timeout lie"]);
  });

  it("counts its own deadline, not that of an earlier demand", () => {
    const later = new Story().claim("lie", { number: 110n, fork: 1n }).demand("lie", OTHER);
    later.clock += 5n;
    later.demand("lie");
    assert.deepEqual(actionsOf(later, demands.answerSeconds), []);
    assert.deepEqual(actionsOf(later, demands.answerSeconds + 1n), ["timeout lie"]);
  });

  it("settles at once when the claim was attested, also after its deadline", () => {
    assert.deepEqual(actionsOf(story().attest("lie"), 0n), ["settle lie"]);
    assert.deepEqual(actionsOf(story().attest("lie"), demands.answerSeconds + 1n), ["settle lie"]);
  });

  it("settles when somebody else or an ancestor killed the claim", () => {
    assert.deepEqual(actionsOf(story().reject("lie"), 0n), ["settle lie"]);
    assert.deepEqual(actionsOf(story().event("ClaimOrphaned", { id: "lie" }), 0n), ["settle lie"]);
  });

  it("settles in refund mode, whether or not the claim was refunded", () => {
    assert.deepEqual(actionsOf(refunding(story()), demands.answerSeconds + 1n), ["settle lie"]);
    const refunded = refunding(story()).event("ClaimRefunded", { id: "lie" });
    assert.deepEqual(actionsOf(refunded, 0n), ["settle lie"]);
  });

  it("does it once", () => {
    const settled = story().reject("lie").event("DemandSettled", { claim: "lie", challenger: CHALLENGER });
    assert.deepEqual(actionsOf(settled, demands.answerSeconds + 1n), []);
  });

  it("leaves others' demands to them", () => {
    const others = new Story().claim("lie", { number: 110n, fork: 1n }).demand("lie", OTHER);
    assert.deepEqual(actionsOf(others, demands.answerSeconds + 1n), []);
    assert.deepEqual(actionsOf(others.reject("lie"), 0n), []);
  });

  it("leaves demands alone whose claims it never saw", () => {
    assert.deepEqual(actionsOf(new Story().demand("unknown"), demands.answerSeconds + 1n), []);
  });
});

describe("depositing", () => {
  const lies = (count: number): { story: Story; judged: Record<string, ClaimVerdict> } => {
    const story = new Story();
    const judged: Record<string, ClaimVerdict> = {};
    for (let i = 1; i <= count; i++) {
      story.claim(`lie${i}`, { number: 110n, fork: BigInt(i) });
      judged[`lie${i}`] = foreign;
    }
    return { story, judged };
  };

  it("deposits nothing while the free stake covers the demands, to the wei", () => {
    const { story, judged } = lies(3);
    const actions = actionsOf(story, 0n, { claims: judged, freeStakeWei: 3n * demands.bondWei });
    assert.deepEqual(actions, ["demand lie1", "demand lie2", "demand lie3"]);
  });

  it("deposits what is missing before it demands", () => {
    const { story, judged } = lies(3);
    const [first, ...rest] = solve(
      viewOf(story, 0n, { claims: judged, freeStakeWei: 3n * demands.bondWei - 1n }),
    ).actions;
    assert.deepEqual(first, {
      kind: "deposit",
      amountWei: 1n,
      deadline: rest[0]?.kind === "demand" ? rest[0].deadline : undefined,
    });
    assert.equal(rest.length, 3);
  });

  it("deposits what the balance allows but for the gas, and makes the demands that this covers", () => {
    const { story, judged } = lies(3);
    const gas = 10n ** 16n;
    const view = { claims: judged, freeStakeWei: 0n, balanceWei: gas + 2n * demands.bondWei };
    const plan = solve(viewOf(story, 0n, view));
    assert.deepEqual(
      plan.actions.map(({ kind }) => kind),
      ["deposit", "demand", "demand"],
    );
    assert.equal(plan.actions[0]?.kind === "deposit" && plan.actions[0].amountWei, 2n * demands.bondWei);
    assert.deepEqual(
      plan.alerts.map(({ code }) => code),
      ["StakeTooSmall"],
    );
    const broke = { claims: judged, freeStakeWei: 0n, balanceWei: gas };
    assert.deepEqual(actionsOf(story, 0n, broke), []);
  });

  it("keeps the reserve while there is nothing to demand", () => {
    assert.deepEqual(actionsOf(new Story(), 0n, { freeStakeWei: 0n, bondReserve: 2n }), ["deposit 200"]);
    const enough = { freeStakeWei: 2n * demands.bondWei, bondReserve: 2n };
    assert.deepEqual(actionsOf(new Story(), 0n, enough), []);
  });

  it("takes the demands from the reserve", () => {
    const { story, judged } = lies(1);
    const view = { claims: judged, freeStakeWei: 2n * demands.bondWei, bondReserve: 2n };
    assert.deepEqual(actionsOf(story, 0n, view), ["demand lie1"]);
  });

  it("deposits for more demands than the reserve foresaw", () => {
    const { story, judged } = lies(3);
    const [first] = actionsOf(story, 0n, { claims: judged, freeStakeWei: 0n, bondReserve: 1n });
    assert.equal(first, "deposit 300");
  });

  it("deposits nothing for what needs no bond", () => {
    const story = new Story().claim("lie", { number: 110n, fork: 1n }).demand("lie");
    assert.deepEqual(actionsOf(story, demands.answerSeconds + 1n, { freeStakeWei: 0n }), ["timeout lie"]);
  });
});

describe("disproving updates", () => {
  const proof: KeyProof = {
    key: ZeroHash,
    oldProof: [],
    newProof: [],
    said: { digests: [], index: 0, previous: ZeroHash, chunk: "0x" },
  };
  const accountLie: UpdateVerdict = {
    kind: "accountLie",
    proof: ["0x01"],
    storageRoot: ZeroHash,
    codeHash: ZeroHash,
  };
  const keyLie: UpdateVerdict = { kind: "keyLie", lie: "omitted slot", proof };
  const story = (): Story => new Story().feed(1n).update("u");
  const judged = (u: UpdateVerdict): Changes => ({ updates: { u } });

  it("shows the account when its fields are wrong", () => {
    const [action] = solve(viewOf(story(), 0n, judged(accountLie))).actions;
    assert.equal(action?.kind, "disproveAccount");
    assert.deepEqual(action.kind === "disproveAccount" && action.proof, ["0x01"]);
  });

  it("shows the key that is wrong, and says how", () => {
    const [action] = solve(viewOf(story(), 0n, judged(keyLie))).actions;
    assert.equal(action?.kind, "disproveKey");
    assert.equal(action.kind === "disproveKey" && action.lie, "omitted slot");
    assert.equal(action.kind === "disproveKey" && action.proof, proof);
  });

  it("tells by when in B's time, so that the bid rises before the window ends", () => {
    const [action] = solve(viewOf(story(), 3n, judged(accountLie))).actions;
    const deadline = story().clock + updates.windowSeconds + FROZEN;
    assert.equal(action?.kind === "disproveAccount" && action.deadline, deadline);
  });

  it("disproves after the window, too, and while chunks are written", () => {
    assert.deepEqual(actionsOf(story(), updates.windowSeconds + 1n, judged(keyLie)), ["disproveKey u"]);
    const applying = story().event("ChunkApplied", { id: "u", feed: 1n, index: 0n, changed: 1n });
    assert.deepEqual(actionsOf(applying, 0n, judged(keyLie)), ["disproveKey u"]);
    assert.deepEqual(alertsOf(applying, 0n, judged(keyLie)), []);
  });

  it("disproves an applied update and tells the operator", () => {
    const applied = story().event("UpdateApplied", { id: "u", feed: 1n, number: 100n });
    assert.deepEqual(actionsOf(applied, 0n, judged(accountLie)), ["disproveAccount u"]);
    assert.deepEqual(alertsOf(applied, 0n, judged(accountLie)), ["FalseUpdateApplied u"]);
  });

  it("disproves in refund mode: what is applied can be read for ever", () => {
    assert.deepEqual(actionsOf(refunding(story()), 0n, judged(keyLie)), ["disproveKey u"]);
  });

  it("lets dead updates rest", () => {
    const rejected = story().event("UpdateRejected", { id: "u", feed: 1n, winner: OTHER });
    assert.deepEqual(actionsOf(rejected, 0n, judged(keyLie)), []);
    const released = story().event("UpdateReleased", { id: "u", feed: 1n });
    assert.deepEqual(actionsOf(released, 0n, judged(keyLie)), []);
  });

  it("leaves alone what is true, what could not be checked, and what dies with its parent", () => {
    assert.deepEqual(actionsOf(story(), 0n, judged(isTrue)), []);
    assert.deepEqual(actionsOf(story(), 0n), []);
    assert.deepEqual(actionsOf(story(), 0n, judged({ kind: "parentFalse" })), []);
    assert.deepEqual(alertsOf(story(), 0n, judged({ kind: "parentFalse" })), []);
  });

  it("tells the operator when the root itself is not that of the own node", () => {
    const contradicted: UpdateVerdict = { kind: "rootContradicted", stateRoot: ZeroHash };
    assert.deepEqual(actionsOf(story(), 0n, judged(contradicted)), []);
    assert.deepEqual(alertsOf(story(), 0n, judged(contradicted)), ["FinalRootContradicted u"]);
  });

  it("comes before demands, which have a whole answer time to follow", () => {
    const both = story().claim("lie", { number: 110n, fork: 1n });
    const changes = { updates: { u: keyLie }, claims: { lie: foreign } };
    assert.deepEqual(actionsOf(both, 0n, changes), ["disproveKey u", "demand lie"]);
  });
});

describe("contesting a block", () => {
  const due = claims.windowSeconds + 1n;
  /** Two claims about block 110; the first became final. */
  const story = (): Story =>
    new Story()
      .claim("a", { number: 110n })
      .claim("b", { number: 110n, proposer: OTHER, fork: 1n })
      .final("a");

  it("finalizes the second claim, so that the contract sees both hashes", () => {
    assert.deepEqual(actionsOf(story(), due), ["finalize b"]);
    assert.deepEqual(alertsOf(story(), due), ["BlockConflict b"]);
  });

  it("does so whichever of the two is false, and before anything was judged", () => {
    assert.deepEqual(actionsOf(story(), due, { claims: { a: foreign, b: isTrue } }), ["finalize b"]);
    assert.deepEqual(actionsOf(story(), due, { claims: { a: isTrue, b: foreign } }), ["finalize b"]);
  });

  it("waits for the last second of the window to pass", () => {
    assert.deepEqual(actionsOf(story(), claims.windowSeconds), []);
    assert.deepEqual(alertsOf(story(), claims.windowSeconds), []);
  });

  it("waits for open challenges, and for the grace period after them", () => {
    assert.deepEqual(actionsOf(story().demand("b", OTHER), due), []);
    const answered = story().demand("b", OTHER);
    answered.clock += due;
    answered.attest("b");
    assert.deepEqual(actionsOf(answered, claims.graceSeconds), []);
    assert.deepEqual(actionsOf(answered, claims.graceSeconds + 1n), ["finalize b"]);
  });

  it("waits for the parent", () => {
    const beside = new Story()
      .claim("a", { number: 110n })
      .claim("p", { number: 105n, proposer: OTHER })
      .claim("b", { number: 110n, parent: "p", proposer: OTHER, fork: 1n })
      .final("a");
    assert.deepEqual(actionsOf(beside, due), []);
    assert.deepEqual(actionsOf(beside.final("p"), due), ["finalize b"]);
  });

  it("finalizes one of several, and alerts of all", () => {
    const three = story();
    three.claim("c", { number: 110n, proposer: OTHER, fork: 2n });
    assert.deepEqual(actionsOf(three, due), ["finalize b"]);
    assert.deepEqual(alertsOf(three, due), ["BlockConflict b", "BlockConflict c"]);
  });

  it("leaves claims of one mind alone, and those nobody contradicts", () => {
    const same = new Story().claim("a", { number: 110n }).claim("b", { number: 110n, proposer: OTHER });
    assert.deepEqual(actionsOf(same.final("a"), due), []);
    const alone = new Story().claim("a", { number: 110n }).claim("b", { number: 120n }).final("a");
    assert.deepEqual(actionsOf(alone, due), []);
  });

  it("never finalizes a claim that would become final", () => {
    const pending = new Story().claim("a", { number: 110n }).claim("b", { number: 110n, fork: 1n });
    assert.deepEqual(actionsOf(pending, due, { claims: { a: isTrue, b: foreign } }), []);
  });

  it("is done once the protocol refunds", () => {
    assert.deepEqual(actionsOf(refunding(story()), due), []);
    assert.deepEqual(alertsOf(refunding(story()), due), []);
  });

  it("is done when the second claim died", () => {
    assert.deepEqual(actionsOf(story().reject("b"), due), []);
  });
});

describe("what could not be checked", () => {
  const { censorshipSeconds, reactionSeconds, skewSeconds } = parameterPresets.devnet.assumptions;
  const notice = censorshipSeconds + reactionSeconds + skewSeconds;
  const window = parameterPresets.devnet.claims.windowSeconds;

  it("is told the operator while there is time to act, and never challenged", () => {
    const story = new Story().claim("dark", { number: 110n });
    const [id] = [...viewOf(story, 0n, {}).destination.ledger.claims.keys()].slice(-1);
    assert.ok(id);
    const unjudged = new Map([[id, "SourceBehindClaim"]]);
    const codes = (clock: bigint): string[] =>
      solve(viewOf(story, clock, { unjudged })).alerts.map(({ code }) => code);
    assert.deepEqual(codes(window - notice - 1n), []);
    assert.deepEqual(codes(window - notice), ["UnjudgedNearDeadline"]);
    assert.deepEqual(solve(viewOf(story, window, { unjudged })).actions, []);
  });
});
