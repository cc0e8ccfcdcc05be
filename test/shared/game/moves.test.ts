import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defend, point, type GameTools } from "../../../shared/game/moves.js";
import { inner, positionsOf, splitPositions } from "../../../shared/game/positions.js";
import type { Span } from "../../../shared/game/span.js";
import type { TraceProvider } from "../../../shared/game/trace.js";
import { STEPS } from "../../../shared/protocol/game.js";
import type { GameEntry } from "../../../shared/protocol/gameBook.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";
import { hashOf } from "../../proposer/chainStory.js";
import { GameStory } from "../../support/gameStory.js";

/** States are named by their positions. */
const stateAt = (position: bigint): string => hashOf(position, 9n);
const opened: string[] = [];
const machine: TraceProvider = {
  requireDefensible: async () => undefined,
  async open({ parentHeader, header }) {
    opened.push(`${parentHeader} ${header}`);
    return {
      states: async (positions) => positions.map(stateAt),
      prove: async (position) => ({ pages: [], encode: () => `0x${position}` }),
    };
  },
};
const span: Span = {
  low: 100n,
  high: 110n,
  isLinked: true,
  hashAt: (position) => hashOf(position > 10n ? 110n : 100n + position),
  numberOf: (hash) => {
    const number = (BigInt(hash) - 1n) / 16n;
    return number >= 100n && number <= 110n && hashOf(number) === hash ? number : undefined;
  },
  header: async (number) => `header ${number}`,
};
const tools: GameTools = { span, machine, signal: new AbortController().signal };

/** A game after so many moves, at other values or another place if told. */
function game(moves: number, changes: Partial<GameEntry> = {}): GameEntry {
  const story = new GameStory().claim("a", { number: 110n }).game("g", "a").moves("g", moves);
  return { ...(story.ledger().games.get("g") ?? assert.fail("no game")), ...changes };
}

describe("the positions of a game", () => {
  it("are 65 in a split, evenly spaced from end to end", () => {
    const positions = splitPositions({ from: 128n, size: 64n });
    assert.deepEqual([positions.length, positions[0], positions[1], positions[64]], [65, 128n, 129n, 192n]);
    assert.deepEqual(inner(positions), positions.slice(1, 64));
  });

  it("are those of the values that a game is at", () => {
    assert.deepEqual(positionsOf({ from: 10n, size: 5n, values: ["", "", ""] }), [10n, 15n, 20n]);
  });
});

describe("the defender's moves", () => {
  it("say the hashes of the span, the claimed block's behind its end", async () => {
    const move = await defend(game(2, { from: 0n, size: 64n }), tools);
    assert.ok(move.kind === "split");
    assert.deepEqual(
      [move.points[0], move.points[9], move.points[62]],
      [hashOf(101n), hashOf(110n), hashOf(110n)],
    );
  });

  it("show the block between the two ends, and its first states", async () => {
    const move = await defend(game(4, { from: 4n, size: 1n }), tools);
    assert.ok(move.kind === "enter");
    assert.deepEqual([move.parentHeader, move.header], ["header 104", "header 105"]);
    assert.deepEqual([move.points.length, move.points[0]], [63, stateAt(STEPS / 64n)]);
  });

  it("show the tip behind the claimed block, for which no machine is needed", async () => {
    opened.length = 0;
    for (const from of [10n, 4_095n])
      assert.deepEqual(await defend(game(4, { from, size: 1n }), tools), { kind: "showTip" });
    const last = await defend(game(4, { from: 9n, size: 1n }), tools);
    assert.equal(last.kind, "enter");
    assert.deepEqual(opened, ["header 109 header 110"]);
  });

  it("say states of the block that was shown", async () => {
    const move = await defend(game(6, { from: 640n, size: 64n, block: 103n }), tools);
    assert.ok(move.kind === "split");
    assert.deepEqual(
      move.points,
      Array.from({ length: 63 }, (_, i) => stateAt(641n + BigInt(i))),
    );
    assert.equal(opened.at(-1), "header 102 header 103");
  });

  it("prove the step that is left", async () => {
    const move = await defend(game(16, { from: 777n, block: 103n }), tools);
    assert.ok(move.kind === "prove");
    assert.equal(move.proof.encode([]), "0x777");
  });

  it("are none when it is not the defender's turn", async () => {
    for (const moves of [1, 5, 15])
      await assert.rejects(defend(game(moves), tools), (error) => isOptisyncError(error, "MoveNotDue"));
    await assert.rejects(defend(game(2, { outcome: "Void" }), tools), /not to move/);
  });
});

describe("the challenger's moves", () => {
  it("point at the part over the false block", async () => {
    const values = splitPositions({ from: 0n, size: 64n }).map((at) => span.hashAt(at));
    const move = await point(game(3, { values, size: 1n }), 104n, tools);
    assert.deepEqual(move, { kind: "point", index: 3 });
  });

  for (const first of [1, 17, 64]) {
    it(`point before the first state that is not the machine's: ${first}`, async () => {
      const positions = positionsOf({ from: 640n, size: 2n, values: Array<string>(65).fill("") });
      const values = positions.map((at, i) => (i < first ? stateAt(at) : hashOf(1n)));
      const move = await point(game(7, { values, from: 640n, size: 2n, block: 104n }), 104n, tools);
      assert.deepEqual(move, { kind: "point", index: first - 1 });
    });
  }

  it("are none against what is true: then the own machine is not the contract's", async () => {
    const values = positionsOf({ from: 0n, size: 1n, values: Array<string>(65).fill("") }).map(stateAt);
    const error = await point(game(7, { values, from: 0n, size: 1n, block: 104n }), 104n, tools).catch(
      (e: unknown) => e,
    );
    assert.ok(isOptisyncError(error, "NothingToPointAt"));
    assert.deepEqual([error.details["block"], error.details["from"]], [104n, 0n]);
    const hashes = splitPositions({ from: 0n, size: 64n }).map((at) => span.hashAt(at));
    await assert.rejects(
      point(game(3, { values: hashes, size: 1n }), undefined, tools),
      /everything .* is true/,
    );
  });

  it("are none when it is not the challenger's turn", () =>
    assert.rejects(point(game(4), 104n, tools), (error) => isOptisyncError(error, "MoveNotDue")));
});
