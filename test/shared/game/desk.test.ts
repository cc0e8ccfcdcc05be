import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Source } from "../../../shared/chain/source.js";
import { createGameDesk, type GameDesk } from "../../../shared/game/desk.js";
import type { BlockPair, Trace, TraceProvider } from "../../../shared/game/trace.js";
import { createTracingMeter } from "../../../shared/game/tracing.js";
import { dueAfter } from "../../../shared/protocol/game.js";
import type { GameEntry } from "../../../shared/protocol/gameBook.js";
import type { Claim } from "../../../shared/protocol/claim.js";
import { describeError } from "../../../shared/runtime/errors.js";
import { ME, hashOf, headerAt } from "../../proposer/chainStory.js";
import { GameStory } from "../../support/gameStory.js";

const claimOf = (number: bigint): Claim =>
  ({ number, blockHash: hashOf(number), proposer: ME, parent: "p" }) as Claim;
const disputed = { parent: claimOf(100n), claim: claimOf(110n) };

/** A chain of headers that counts what it is asked, and a machine that can be made to wait or to fail. */
class Ground {
  readonly stop = new AbortController();
  readonly opened: string[] = [];
  readonly proven: bigint[] = [];
  readonly meter = createTracingMeter();
  headers = 0;
  failure: Error | undefined;
  waiting: Promise<void> = Promise.resolve();

  readonly source = {
    headerByNumber: async (number: bigint) => {
      this.headers += 1;
      return { ...headerAt(number), rlp: `0x${number.toString(16).padStart(4, "0")}` };
    },
    headerByHash: async (hash: string) => {
      const number = (BigInt(hash) - 1n) / 16n;
      return { ...headerAt(number), rlp: `0x${number.toString(16).padStart(4, "0")}` };
    },
  } as unknown as Source;

  readonly machine: TraceProvider = {
    requireDefensible: async () => undefined,
    open: async ({ header }: BlockPair): Promise<Trace> => {
      this.opened.push(header);
      await this.waiting;
      if (this.failure !== undefined) throw this.failure;
      return {
        states: async (positions) => positions.map((at) => hashOf(at)),
        prove: async (at) => {
          this.proven.push(at);
          return { pages: [], encode: () => "0xproof" };
        },
      };
    },
  };

  desk(retryMs = 0): GameDesk {
    const { source, machine, meter: tracing } = this;
    return createGameDesk({ source, machine, retryMs, tracing, signal: this.stop.signal });
  }
}

function gameAfter(moves: number, id = "g"): GameEntry {
  const story = new GameStory().claim("a", { number: 110n }).game(id, "a").moves(id, moves);
  return story.ledger().games.get(id) ?? assert.fail("no game");
}

describe("the desk where moves are computed", () => {
  it("answers nothing at first and the move later, computed once", async () => {
    const ground = new Ground();
    const desk = ground.desk();
    const game = gameAfter(0);
    assert.equal(desk.defence(game, disputed, 1n), undefined);
    await desk.idle();
    const move = desk.defence(game, disputed, 1n);
    assert.ok(move?.kind === "split");
    assert.deepEqual([move.points.length, move.points[0]], [63, hashOf(110n)]);
    assert.equal(desk.defence(game, disputed, 1n), move);
    assert.deepEqual([...desk.endLook()], []);
  });

  it("computes each kind of move, and no other side's", async () => {
    const ground = new Ground();
    const desk = ground.desk();
    for (const moves of [0, 2, 4, 6, 16]) {
      const game = gameAfter(moves, `g${moves}`);
      desk.defence(game, disputed, 1n);
      await desk.idle();
      assert.equal(desk.defence(game, disputed, 1n)?.kind, dueAfter(moves).toLowerCase());
    }
    const pointing = gameAfter(5, "p");
    desk.pointing(pointing, disputed, { falseBlock: 101n }, 1n);
    desk.defence(gameAfter(5, "q"), disputed, 1n);
    await desk.idle();
    assert.deepEqual(desk.pointing(pointing, disputed, { falseBlock: 101n }, 1n), {
      kind: "point",
      index: 0,
    });
    desk.defence(gameAfter(5, "q"), disputed, 1n);
    assert.equal(describeError(desk.endLook().get("q")).code, "MoveNotDue");
  });

  it("computes anew when the game has moved on, and not what nobody waits for", async () => {
    const ground = new Ground();
    const desk = ground.desk();
    desk.defence(gameAfter(4), disputed, 1n);
    await desk.idle();
    assert.equal(desk.defence(gameAfter(4), disputed, 1n)?.kind, "enter");
    assert.equal(desk.defence(gameAfter(6), disputed, 1n), undefined);
    await desk.idle();
    assert.equal(desk.defence(gameAfter(6), disputed, 1n)?.kind, "split");
    desk.endLook();
    // A look in which nobody asks for the game clears it away.
    desk.endLook();
    assert.equal(desk.defence(gameAfter(6), disputed, 1n), undefined);
  });

  it("shares span and trace among the games on a claim, and counts that", async () => {
    const ground = new Ground();
    const desk = ground.desk();
    const games = [1, 2, 3].map((n) => gameAfter(6, `g${n}`));
    for (const game of games) desk.defence(game, disputed, 1n);
    await desk.idle();
    assert.equal(ground.opened.length, 1);
    assert.deepEqual(
      [ground.meter.requested, ground.meter.opened],
      [3, 0],
      "the machine counts its own openings",
    );
    const { headers } = ground;
    desk.defence(gameAfter(6, "g4"), disputed, 1n);
    await desk.idle();
    assert.equal(ground.headers, headers);
  });

  it("computes those first whose turns end first", async () => {
    const ground = new Ground();
    const desk = ground.desk();
    let begin = (): void => undefined;
    ground.waiting = new Promise((resolve) => (begin = resolve));
    // As many as are computed at a time; the others wait.
    for (let n = 0; n < 4; n++) desk.defence(gameAfter(6, `busy${n}`), disputed, 0n);
    for (const deadline of [300n, 100n, 200n])
      desk.defence({ ...gameAfter(16, `g${deadline}`), from: deadline }, disputed, deadline);
    begin();
    await desk.idle();
    assert.deepEqual(ground.proven, [100n, 200n, 300n]);
  });

  it("says why a move cannot be had, tries again after the pause, and forgets the reason when it can", async () => {
    const ground = new Ground();
    const desk = ground.desk();
    const game = gameAfter(6);
    ground.failure = new Error("no witness");
    for (let round = 0; round < 3; round++) {
      assert.equal(desk.defence(game, disputed, 1n), undefined);
      await desk.idle();
      assert.match(String(desk.endLook().get("g")), /no witness/);
    }
    ground.failure = undefined;
    desk.defence(game, disputed, 1n);
    assert.match(String(desk.endLook().get("g")), /no witness/, "while it is tried again the reason stands");
    await desk.idle();
    assert.equal(desk.defence(game, disputed, 1n)?.kind, "split");
    assert.equal(desk.endLook().size, 0);
    assert.equal(ground.opened.length, 4);
  });

  it("does not try again before the pause is over", async () => {
    const ground = new Ground();
    const desk = ground.desk(60_000);
    ground.failure = new Error("no witness");
    for (let round = 0; round < 3; round++) {
      desk.defence(gameAfter(6), disputed, 1n);
      await desk.idle();
    }
    assert.equal(ground.opened.length, 1);
  });

  it("executes a claim's false block ahead, once, and again after it failed", async () => {
    const ground = new Ground();
    const desk = ground.desk();
    ground.failure = new Error("no witness");
    desk.prepare("a", disputed, { falseBlock: 105n });
    await desk.idle();
    ground.failure = undefined;
    for (let round = 0; round < 3; round++) {
      desk.prepare("a", disputed, { falseBlock: 105n });
      await desk.idle();
    }
    assert.deepEqual(ground.opened, ["0x0069", "0x0069"]);
    assert.equal(desk.endLook().size, 0, "a preparation that failed is nobody's failure yet");
  });

  it("computes nothing any more once the process ends", async () => {
    const ground = new Ground();
    const desk = ground.desk();
    ground.stop.abort(new DOMException("stopped", "AbortError"));
    desk.defence(gameAfter(6), disputed, 1n);
    await desk.idle();
    assert.deepEqual([ground.opened, desk.endLook().size], [[], 0]);
  });
});
