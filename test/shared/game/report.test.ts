import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  describeGame,
  describeRound,
  describeTurn,
  reportGame,
  type GameReport,
} from "../../../shared/game/report.js";
import { CHALLENGER, ME } from "../../proposer/chainStory.js";
import { GameStory, times } from "../../support/gameStory.js";

const story = (): GameStory => new GameStory().claim("a", { number: 110n }).game("g", "a");
function reportOf(told: GameStory, later = 0n): GameReport {
  const ledger = told.ledger();
  const game = ledger.games.get("g") ?? assert.fail("no game");
  return reportGame(game, ledger, times, told.clock + later);
}
const point = (told: GameStory, index: number): GameStory => told.moves("g", 2, 0n, BigInt(index));

describe("a game as people read it", () => {
  it("says whose game it is and what is at stake", () => {
    const { game, claim, challenger, defender, bond, nonce } = reportOf(story());
    assert.deepEqual(
      [game, claim, challenger, defender, bond, nonce],
      ["g", "a", CHALLENGER, ME, "0.5 ETH", 0n],
    );
  });

  it("says who moves, what, and how long there is, down to the last second and beyond", () => {
    assert.equal(describeTurn(reportOf(story(), 59n)), "the defender has 1 s to cut the interval into 64");
    assert.equal(
      describeTurn(reportOf(story(), 63n)),
      "the defender is 3 s late to cut the interval into 64: `game timeout` ends it",
    );
    assert.equal(describeTurn(reportOf(story().moves("g", 1))), "the challenger has 60 s to point at a part");
    assert.equal(describeTurn(reportOf(story().moves("g", 4))), "the defender has 60 s to show the block");
    assert.equal(describeTurn(reportOf(story().moves("g", 16))), "the defender has 60 s to prove the step");
  });

  for (const [outcome, words] of [
    [0, /^defended: the step was proven$/],
    [1, /^the challenger ran out of time$/],
    [2, /^the defender ran out of time: claim rejected$/],
    [3, /^void: the claim was decided elsewhere$/],
  ] as const) {
    it(`says how it ended: ${outcome}`, () => {
      const report = reportOf(story().settled("g", outcome));
      assert.match(describeTurn(report), words);
      assert.deepEqual([report.due, report.player, report.secondsLeft], [undefined, undefined, undefined]);
    });
  }

  it("says what is left to do when the claim was decided elsewhere, and calls nobody late", () => {
    for (const told of [story().reject("a"), story().event("RefundModeEntered", { by: ME })]) {
      const report = reportOf(told, 500n);
      assert.equal(describeTurn(report), "the claim was decided elsewhere: `game settle` returns the bond");
      assert.deepEqual([report.isDecided, report.due], [true, undefined]);
    }
    assert.equal(reportOf(story().reject("a").settled("g", 3)).isDecided, false);
  });

  it("names blocks by their numbers, no further than the claimed one", () => {
    assert.equal(reportOf(story()).about, "blocks 101 to 110");
    assert.equal(reportOf(story().moves("g", 2)).about, "blocks 101 to 110");
    assert.equal(reportOf(point(point(story(), 0), 4)).about, "block 105");
    assert.equal(reportOf(point(point(story(), 0), 9)).about, "block 110");
    assert.equal(reportOf(point(point(story(), 0), 10)).about, "nothing: it lies behind block 110");
    assert.equal(reportOf(point(story(), 63)).about, "nothing: it lies behind block 110");
  });

  it("names steps from the first one on", () => {
    assert.equal(reportOf(story().moves("g", 5)).about, "steps 1 to 68719476736 of block 101");
    assert.equal(reportOf(story().moves("g", 6)).about, "steps 1 to 1073741824 of block 101");
    assert.equal(reportOf(story().moves("g", 15).moves("g", 1, 0n, 5n)).about, "step 6 of block 101");
  });

  it("tells every round: who, what, how long it took", () => {
    const { rounds } = reportOf(story().moves("g", 6, 7n));
    assert.deepEqual(
      rounds.map(({ by, did, took }) => [by, did, took]),
      [
        ["defender", "cut blocks 101 to 110", 7n],
        ["challenger", "pointed at part 0: blocks 101 to 110", 7n],
        ["defender", "cut blocks 101 to 110", 7n],
        ["challenger", "pointed at part 0: block 101", 7n],
        ["defender", "showed the block and cut steps 1 to 68719476736 of block 101", 7n],
        ["challenger", "pointed at part 0: steps 1 to 1073741824 of block 101", 7n],
      ],
    );
    const [first] = rounds;
    assert.ok(first);
    assert.equal(describeRound(first, 0), "   1  defender    cut blocks 101 to 110  (7 s, 0x00000000…)");
  });

  it("is one page with everything on it", () => {
    const page = describeGame(reportOf(story().moves("g", 2, 1n), 5n)).split("\n");
    assert.deepEqual(page.slice(0, 6), [
      "game g",
      "  on claim     a",
      `  defender     ${ME}`,
      `  challenger   ${CHALLENGER}, bond 0.5 ETH, nonce 0`,
      "  about        blocks 101 to 110",
      "  now          the defender has 54 s to cut the interval into 64",
    ]);
    assert.equal(page.length, 8);
  });
});
