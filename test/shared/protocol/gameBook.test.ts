import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ARITY, BLOCKS, STEPS } from "../../../shared/protocol/game.js";
import { deadlineOf, moveDue, type GameEntry } from "../../../shared/protocol/gameBook.js";
import { hashOf } from "../../proposer/chainStory.js";
import { GameStory, times } from "../../support/gameStory.js";

const story = (): GameStory => new GameStory().claim("a", { number: 110n }).game("g", "a");
function gameOf(told: GameStory, id = "g"): GameEntry {
  return told.ledger().games.get(id) ?? assert.fail(`no game ${id}`);
}

describe("the book of games", () => {
  it("opens a game at the two ends of the span, the defender to move", () => {
    const game = gameOf(story());
    assert.deepEqual(game.values, [hashOf(100n), hashOf(110n)]);
    assert.deepEqual([game.from, game.size, game.block, moveDue(game)], [0n, BLOCKS, undefined, "Split"]);
    assert.equal(deadlineOf(game, times), game.openedAt + times.clockSeconds);
  });

  it("keeps games apart, in the order of their opening", () => {
    const told = story().game("h", "a").moves("h", 1);
    assert.deepEqual([...told.ledger().games.keys()], ["g", "h"]);
    assert.deepEqual([gameOf(told).moves.length, gameOf(told, "h").moves.length], [0, 1]);
  });

  it("puts the points of a split between the two ends", () => {
    const { values, size, from } = gameOf(story().moves("g", 1));
    assert.deepEqual([values.length, size, from], [ARITY + 1, BLOCKS / 64n, 0n]);
    assert.deepEqual([values[0], values[1], values.at(-1)], [hashOf(100n), hashOf(0n), hashOf(110n)]);
  });

  it("narrows to the part that is pointed at", () => {
    const told = story().moves("g", 1);
    const before = gameOf(told);
    const clock = { since: told.clock, defender: 50n, challenger: 40n };
    const after = gameOf(told.event("IntervalPointed", { game: "g", index: 63n, clock }));
    assert.deepEqual(after.values, before.values.slice(63, 65));
    assert.deepEqual([after.from, after.size], [63n * 64n, 64n]);
    assert.deepEqual(after.moves.at(-1), { ...after.moves.at(-1), move: "Point", index: 63 });
    assert.deepEqual(after.clock, { since: told.clock, defenderSeconds: 50n, challengerSeconds: 40n });
  });

  it("goes on with the steps of the block that is shown", () => {
    const { values, block, from, size } = gameOf(story().moves("g", 5));
    assert.deepEqual([values.length, block, from, size], [65, 101n, 0n, STEPS / 64n]);
    assert.deepEqual([values[0], values.at(-1)], [hashOf(1n), hashOf(2n)]);
  });

  it("ends at one step after sixteen moves", () => {
    const game = gameOf(story().moves("g", 16, 1n));
    assert.deepEqual([game.size, game.values.length, moveDue(game)], [1n, 2, "Prove"]);
    assert.equal(deadlineOf(game, times), game.clock.since + (times.clockSeconds - 8n));
    assert.deepEqual(game.moves.map(({ move }) => move[0]).join(""), "SPSPEPSPSPSPSPSP");
  });

  for (const [number, outcome] of ["Defended", "ChallengerTimedOut", "DefenderTimedOut", "Void"].entries()) {
    it(`takes no more moves once it is ${outcome}`, () => {
      const game = gameOf(
        story()
          .moves("g", 3)
          .settled("g", number as 0 | 1 | 2 | 3),
      );
      assert.deepEqual([game.outcome, moveDue(game)], [outcome, undefined]);
    });
  }

  it("knows nothing of moves in games of which it was not told", () => {
    const told = story();
    const clock = { since: told.clock, defender: 1n, challenger: 1n };
    for (const name of ["IntervalSplit", "IntervalPointed", "BlockEntered", "GameSettled"])
      told.event(name, { game: "unknown", clock, index: 0n, points: [], outcome: 0n });
    assert.deepEqual([...told.ledger().games.keys()], ["g"]);
  });
});
