import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { claimId } from "../../../shared/protocol/claim.js";
import {
  ARITY,
  BLOCKS,
  MOVES,
  MOVES_BEFORE_ENTER,
  MOVES_BEFORE_PROVE,
  STEPS,
  dueAfter,
  gameId,
  paceDeadline,
  turnDeadline,
  vectorHash,
  type GameClock,
} from "../../../shared/protocol/game.js";

interface GameVector {
  parent: string;
  blockHash: string;
  stateRoot: string;
  number: string;
  timestamp: string;
  proposer: string;
  claimId: string;
  challenger: string;
  nonce: string;
  gameId: string;
}

const file = JSON.parse(readFileSync("test/vectors/games.json", "utf8")) as {
  games: GameVector[];
  vectors: { name: string; values: string[]; hash: string; parts: string[] }[];
  due: number[];
  times: Record<"clockSeconds" | "moveSeconds" | "proveSeconds", string>;
  since: string;
  turns: { moves: number; defender: string; challenger: string; deadline: string }[];
};
const times = {
  clockSeconds: BigInt(file.times.clockSeconds),
  moveSeconds: BigInt(file.times.moveSeconds),
  proveSeconds: BigInt(file.times.proveSeconds),
};

describe("games as both languages see them", () => {
  it("are named by claim, challenger and nonce", () => {
    for (const { number, timestamp, nonce, ...game } of file.games) {
      const id = claimId({ ...game, number: BigInt(number), timestamp: BigInt(timestamp) });
      assert.equal(id, game.claimId);
      assert.equal(gameId(id, game.challenger, BigInt(nonce)), game.gameId);
    }
    assert.equal(new Set(file.games.map((game) => game.gameId)).size, file.games.length, "ids differ");
  });

  for (const { name, values, hash, parts } of file.vectors) {
    it(`stand at a hash of ${name}`, () => {
      assert.equal(vectorHash(values), hash);
      for (const [index, part] of parts.entries())
        assert.equal(vectorHash(values.slice(index, index + 2)), part);
    });
  }

  it("have one order of moves, and as many as lead to one step", () => {
    for (const [moves, due] of file.due.entries()) assert.equal(dueAfter(moves), MOVES[due]);
    assert.deepEqual([file.due.length - 1, file.due.indexOf(3)], [MOVES_BEFORE_PROVE, MOVES_BEFORE_ENTER]);
    const pointed = (from: number, to: number): number =>
      file.due.slice(from, to).filter((due) => MOVES[due] === "Point").length;
    assert.equal(BigInt(ARITY) ** BigInt(pointed(0, MOVES_BEFORE_ENTER)), BLOCKS);
    assert.equal(BigInt(ARITY) ** BigInt(pointed(MOVES_BEFORE_ENTER, MOVES_BEFORE_PROVE)), STEPS);
  });

  for (const { moves, defender, challenger, deadline } of file.turns) {
    it(`give move ${moves} until ${deadline} with ${defender} and ${challenger} seconds left`, () => {
      const clock: GameClock = {
        since: BigInt(file.since),
        defenderSeconds: BigInt(defender),
        challengerSeconds: BigInt(challenger),
      };
      assert.equal(turnDeadline(clock, dueAfter(moves), times), BigInt(deadline));
      const pace = paceDeadline(clock, moves, times);
      assert.ok(pace > clock.since && pace <= BigInt(deadline), "the pace is within the turn");
    });
  }

  it("are paced by sharing what is left among the moves that are left", () => {
    const clock = { since: 0n, defenderSeconds: 1_000n, challengerSeconds: 800n };
    assert.equal(paceDeadline(clock, 0, times), 111n, "nine moves");
    assert.equal(paceDeadline(clock, 1, times), 100n, "eight moves");
    assert.equal(paceDeadline(clock, 15, times), 800n, "one move");
    assert.equal(paceDeadline({ ...clock, defenderSeconds: 9n }, 0, times), 60n, "the least time");
  });
});
