import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ZeroHash } from "ethers";
import type { GameSight } from "../../challenger/games.js";
import type { ClaimVerdict } from "../../challenger/judgeClaim.js";
import { solve, type ChallengerView } from "../../challenger/solver.js";
import type { PreparedMove } from "../../shared/game/moves.js";
import { parameterPresets } from "../../shared/protocol/parameters.js";
import { CHALLENGER, ETHER, ME, OTHER } from "../proposer/chainStory.js";
import { GameStory, times } from "../support/gameStory.js";

const { claims } = parameterPresets.devnet;
const invalid: ClaimVerdict = { kind: "invalid", number: 107n, detail: "root" };
const counterfeit: ClaimVerdict = {
  kind: "counterfeit",
  canonicalHash: "0xaa",
  number: 110n,
  detail: "root",
  tip: { rlp: "0x", parentHash: "0x", blockHash: "0x" },
};
const point: PreparedMove = { kind: "point", index: 3 };

interface Changes {
  games?: Partial<GameSight> | undefined;
  verdict?: ClaimVerdict;
  freeStakeWei?: bigint;
  balanceWei?: bigint;
}

function planOf(story: GameStory, seconds: bigint, changes: Changes = {}) {
  const clock = story.clock + seconds;
  const games = { bondWei: ETHER / 2n, moves: new Map(), failures: new Map(), ...changes.games };
  const view: ChallengerView = {
    destination: {
      head: { number: 1n, hash: ZeroHash, timestamp: clock, gasLimit: 0n, baseFeePerGas: 0n },
      ledger: story.ledger(),
      events: [],
      clock,
    },
    parameters: parameterPresets.devnet,
    challenger: CHALLENGER,
    freeStakeWei: changes.freeStakeWei ?? ETHER,
    balanceWei: changes.balanceWei ?? ETHER,
    unjudged: new Map(),
    bondReserve: 0n,
    claimVerdicts: new Map([["a", changes.verdict ?? invalid]]),
    updateVerdicts: new Map(),
    games: "games" in changes && changes.games === undefined ? undefined : games,
  };
  const { actions, alerts } = solve(view);
  return {
    actions: actions.map((action) => ("game" in action ? `${action.kind} ${action.game.id}` : action.kind)),
    alerts: alerts.map(({ code, subject }) => `${code} ${subject}`),
    deadlines: actions.map((action) => ("deadline" in action ? action.deadline : undefined)),
    clock,
  };
}

const nothing = { actions: [], alerts: [] };
function requirePlan(
  got: ReturnType<typeof planOf>,
  wanted: { actions?: string[]; alerts?: string[] },
): void {
  assert.deepEqual({ actions: got.actions, alerts: got.alerts }, { ...nothing, ...wanted });
}

describe("opening games", () => {
  const story = () => new GameStory().claim("a", { number: 110n });

  it("disputes a block that does not execute, up to the last second of the window", () => {
    requirePlan(planOf(story(), claims.windowSeconds), { actions: ["openGame"] });
    requirePlan(planOf(story(), claims.windowSeconds + 1n), { alerts: ["GameTooLate a"] });
  });
  it("does so although others have games on the claim, and although anchor evidence was shown", () => {
    requirePlan(planOf(story().game("g", "a", OTHER), 1n), { actions: ["openGame"] });
    requirePlan(planOf(story().attest("a"), 1n), { actions: ["openGame"] });
  });
  it("opens one game, and no second one after a loss", () => {
    requirePlan(planOf(story().game("g", "a"), 1n), {});
    requirePlan(planOf(story().game("g", "a").settled("g", 0), 1n), { alerts: ["GameLost a"] });
  });
  it("opens no more games for a window after a step was proven against it, but goes on after a missed turn", () => {
    const other = (outcome: 0 | 1) =>
      new GameStory()
        .claim("b", { number: 105n })
        .game("g", "b")
        .settled("g", outcome)
        .claim("a", { number: 110n });
    requirePlan(planOf(other(0), 1n), { alerts: ["MachineRefuted a"] });
    requirePlan(planOf(other(1), 1n), { actions: ["openGame"] });
    requirePlan(planOf(other(0), claims.windowSeconds), { actions: ["openGame"] });
  });
  it("leaves dead claims alone, and tells of final ones", () => {
    requirePlan(planOf(story().reject("a"), 1n), {});
    requirePlan(planOf(story().final("a"), 1n), { alerts: ["InvalidBlockClaimed a"] });
    requirePlan(planOf(story().event("RefundModeEntered", { by: ME }), 1n), {});
  });
  it("can only tell the operator without a court or a machine", () => {
    requirePlan(planOf(story(), 1n, { games: undefined }), { alerts: ["InvalidBlockClaimed a"] });
  });
  it("deposits what is missing, and says when it cannot", () => {
    requirePlan(planOf(story(), 1n, { freeStakeWei: 0n }), { actions: ["deposit", "openGame"] });
    requirePlan(planOf(story(), 1n, { freeStakeWei: 0n, balanceWei: 0n }), { alerts: ["StakeTooSmall a"] });
  });
  it("leaves a counterfeit to the anchor court, until evidence is shown or time runs short", () => {
    const verdict = counterfeit;
    requirePlan(planOf(story(), 1n, { verdict }), { actions: ["demand"] });
    requirePlan(planOf(story().attest("a"), 1n, { verdict }), { actions: ["openGame"] });
    const { actions } = planOf(story(), claims.windowSeconds - 6n, { verdict });
    assert.deepEqual(actions.sort(), ["demand", "openGame"]);
  });
});

describe("playing games", () => {
  const story = () => new GameStory().claim("a", { number: 110n }).game("g", "a").moves("g", 1);
  const ready = { games: { moves: new Map([["g", point]]) } };

  it("points as soon as it knows where, until the last second of its clock", () => {
    requirePlan(planOf(story(), 0n, ready), { actions: ["point g"] });
    requirePlan(planOf(story(), times.clockSeconds, ready), { actions: ["point g"] });
    requirePlan(planOf(story(), times.clockSeconds + 1n, ready), { alerts: ["MoveMissed g"] });
  });
  it("wants each move to be in by its share of the clock, so that fees rise in time", () => {
    const { deadlines, clock } = planOf(story(), 0n, ready);
    // Eight moves are left of sixty seconds; seven are more than the least time of five.
    assert.deepEqual(deadlines, [clock + 7n]);
  });
  it("tells why it cannot point, at once or when its share of the clock is over", () => {
    requirePlan(planOf(story(), 7n), {});
    requirePlan(planOf(story(), 8n), { alerts: ["MoveUnknown g"] });
    const failures = new Map([["g", "WitnessMissing"]]);
    requirePlan(planOf(story(), 0n, { games: { failures } }), { alerts: ["MoveUnknown g"] });
  });
  it("ends a game whose defender is late, and not a second before", () => {
    const waiting = story().moves("g", 1);
    requirePlan(planOf(waiting, times.clockSeconds), {});
    requirePlan(planOf(waiting, times.clockSeconds + 1n), { actions: ["timeoutGame g"] });
  });
  it("gives a defender whose clock is used up the least time of a move, and more for a proof", () => {
    const eaten = new GameStory()
      .claim("a", { number: 110n })
      .game("g", "a")
      .moves("g", 1, times.clockSeconds);
    const next = eaten.moves("g", 1);
    requirePlan(planOf(next, times.moveSeconds), {});
    requirePlan(planOf(next, times.moveSeconds + 1n), { actions: ["timeoutGame g"] });
    const last = next.moves("g", 14);
    requirePlan(planOf(last, times.proveSeconds), {});
    requirePlan(planOf(last, times.proveSeconds + 1n), { actions: ["timeoutGame g"] });
  });
  it("takes its bond back when the claim died elsewhere", () => {
    requirePlan(planOf(story().reject("a"), 0n), { actions: ["settleGame g"] });
    const refunding = story().event("RefundModeEntered", { by: ME });
    requirePlan(planOf(refunding, 0n), { actions: ["settleGame g"] });
    requirePlan(planOf(story().reject("a").settled("g", 3), 0n), {});
  });
  it("moves in nobody else's games", () => {
    const others = new GameStory().claim("a", { number: 110n }).game("g", "a").game("h", "a", OTHER);
    requirePlan(planOf(others.moves("h", 1), 0n, { games: { moves: new Map([["h", point]]) } }), {});
  });
});
