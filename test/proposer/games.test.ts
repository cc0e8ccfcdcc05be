import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { solve } from "../../proposer/solver.js";
import type { ProposerView } from "../../proposer/view.js";
import { OTHER } from "./chainStory.js";
import { GameStory, times } from "../support/gameStory.js";

const ready: Partial<ProposerView> = { moves: new Map([["g", { kind: "showTip" }]]) };
const story = () => new GameStory().claim("a", { number: 110n }).game("g", "a");

function requireDecision(view: ProposerView, actions: string[], alerts: string[] = []): void {
  const decision = solve(view);
  const games = decision.actions.flatMap((action) =>
    "game" in action ? [`${action.kind} ${action.game.id}`] : [],
  );
  const told = decision.alerts.filter(({ subject }) => subject === "g").map(({ code }) => code);
  assert.deepEqual([games, told], [actions, alerts]);
}

describe("defending claims in games", () => {
  it("moves as soon as the move is ready, until the last second of its clock", () => {
    requireDecision(story().view(0n, ready), ["move g"]);
    requireDecision(story().view(times.clockSeconds, ready), ["move g"]);
    requireDecision(story().view(times.clockSeconds + 1n, ready), [], ["MoveMissed"]);
  });
  it("tells when a move takes longer than its share of the clock", () => {
    // Nine moves are left of sixty seconds.
    requireDecision(story().view(6n), []);
    requireDecision(story().view(7n), [], ["MoveNotReady"]);
  });
  it("collects from a challenger that is late, and not a second before", () => {
    const waiting = story().moves("g", 1);
    requireDecision(waiting.view(times.clockSeconds), []);
    requireDecision(waiting.view(times.clockSeconds + 1n), ["timeoutGame g"]);
  });
  it("leaves games on others' claims, on dead claims, that are over and in refund mode alone", () => {
    const others = new GameStory().claim("a", { number: 110n, proposer: OTHER }).game("g", "a");
    requireDecision(others.view(0n, ready), []);
    requireDecision(story().reject("a").view(0n, ready), []);
    requireDecision(story().settled("g", 0).view(0n, ready), []);
    requireDecision(story().event("RefundModeEntered", { by: OTHER }).view(0n, ready), []);
  });
  it("plays all its games, those whose turns end first before the others", () => {
    const two = story().moves("g", 2, 1n).game("h", "a", OTHER);
    const moves = new Map([
      ["g", { kind: "showTip" as const }],
      ["h", { kind: "showTip" as const }],
    ]);
    const { actions } = solve(two.view(0n, { moves }));
    const ids = actions.flatMap((action) => ("game" in action ? [action.game.id] : []));
    // One second of the first game's clock is spent.
    assert.deepEqual(ids, ["g", "h"]);
  });
});
