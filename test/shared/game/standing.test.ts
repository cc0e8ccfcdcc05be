import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parameterPresets } from "../../../shared/protocol/parameters.js";
import { describeStanding, standingOf, type GameStanding } from "../../../shared/game/standing.js";
import { CHALLENGER, ETHER, ME, OTHER } from "../../proposer/chainStory.js";
import { GameStory, times } from "../../support/gameStory.js";

const parameters = parameterPresets.devnet;
const claims = (): GameStory =>
  new GameStory().claim("a", { number: 110n }).claim("b", { number: 110n, proposer: OTHER });
const standing = (story: GameStory, account: string, later = 0n): GameStanding =>
  standingOf(account, story.ledger(), parameters, story.clock + later);
const turns = ({ open }: GameStanding) =>
  open.map(({ side, isOwnTurn, report }) => [report.game, side, isOwnTurn, report.secondsLeft]);

describe("what an account has at stake in games", () => {
  it("is nothing before there is a game", () => {
    const { open, lockedWei } = standing(claims(), ME);
    assert.deepEqual([open, lockedWei], [[], { challenger: 0n, defender: 0n }]);
    assert.deepEqual(describeStanding("games ", standing(claims(), ME)), ["games 0 open"]);
  });

  it("is on the side that the account plays, and nobody else's", () => {
    const story = claims().game("g", "a").game("h", "b");
    const left = times.clockSeconds;
    assert.deepEqual(turns(standing(story, ME)), [["g", "defender", true, left]]);
    assert.deepEqual(turns(standing(story, CHALLENGER)), [
      ["g", "challenger", false, left],
      ["h", "challenger", false, left],
    ]);
    assert.deepEqual(turns(standing(story.moves("h", 1), CHALLENGER))[1], ["h", "challenger", true, left]);
    assert.deepEqual(turns(standing(story, "0x4444444444444444444444444444444444444444")), []);
  });

  it("lists those first whose turns end first, over or not", () => {
    const story = claims().game("g", "a").moves("g", 1, 50n).game("h", "a").moves("g", 1).moves("h", 1, 1n);
    assert.deepEqual(turns(standing(story, ME, 20n)), [
      ["g", "defender", true, -11n],
      ["h", "defender", false, 40n],
    ]);
  });

  it("counts a disputed claim's bond once, and each game's bond", () => {
    const story = claims().game("g", "a").game("h", "a", CHALLENGER, 1n);
    assert.equal(standing(story, ME).lockedWei.defender, parameters.claims.bondWei);
    assert.equal(standing(story, CHALLENGER).lockedWei.challenger, ETHER);
  });

  it("counts both sides of who disputes its own claim", () => {
    const story = claims().game("g", "a", ME);
    assert.deepEqual(
      turns(standing(story, ME)).map(([, side, isOwn]) => [side, isOwn]),
      [
        ["defender", true],
        ["challenger", false],
      ],
    );
  });

  it("keeps the bond of a game whose claim was decided elsewhere until it is settled, and nobody has to move", () => {
    const story = claims().game("g", "a").reject("a");
    assert.deepEqual(turns(standing(story, CHALLENGER)), [["g", "challenger", false, undefined]]);
    assert.equal(standing(story, CHALLENGER).lockedWei.challenger, ETHER / 2n);
    assert.equal(standing(story, ME).lockedWei.defender, 0n);
    assert.match(
      describeStanding("", standing(story, CHALLENGER))[1] ?? "",
      /decided elsewhere: `game settle`/,
    );
  });

  for (const [outcome, mine, theirs] of [
    [0, "won", "lost"],
    [1, "won", "lost"],
    [2, "lost", "won"],
    [3, "void", "void"],
  ] as const) {
    it(`tells outcome ${outcome} as ${mine} by the defender and ${theirs} by the challenger`, () => {
      const story = claims().game("g", "a").settled("g", outcome);
      assert.equal(standing(story, ME).over.defender[mine], 1);
      assert.equal(standing(story, CHALLENGER).over.challenger[theirs], 1);
      assert.deepEqual(standing(story, ME).open, []);
      assert.deepEqual(describeStanding("", standing(story, ME)), [`0 open; 1 ${mine}`]);
    });
  }

  it("counts the moves that were made by the account's side", () => {
    const story = claims().game("g", "a").moves("g", 8);
    assert.deepEqual(standing(story, ME).moves, { Split: 3, Point: 0, Enter: 1, Prove: 0 });
    assert.deepEqual(standing(story, CHALLENGER).moves, { Split: 0, Point: 4, Enter: 0, Prove: 0 });
  });

  it("reads as who moves, how long there is, and what is at stake", () => {
    const story = claims().game("g", "a");
    assert.deepEqual(describeStanding("games ", standing(story, ME, 10n)), [
      "games 1 open, 1.0 ETH at stake in them",
      "  to move as defender: the defender has 50 s to cut the interval into 64; about blocks 101 to 110  game g",
    ]);
  });
});
