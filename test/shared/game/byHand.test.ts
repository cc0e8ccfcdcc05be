import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readPoints, readProof, requireDue, requireGame } from "../../../shared/game/byHand.js";
import type { DestinationView } from "../../../shared/chain/protocolReader.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";
import { hashOf } from "../../proposer/chainStory.js";
import { GameStory } from "../../support/gameStory.js";

const POINTS = Array.from({ length: 63 }, (_, i) => hashOf(BigInt(i)));
const isError = (code: string, words: RegExp) => (error: unknown) =>
  isOptisyncError(error, code) && words.test(error.message);

describe("what a person gives instead of what would be computed", () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), "optisync-hand-"))));
  after(() => rm(folder, { recursive: true, force: true }));

  async function file(content: string): Promise<string> {
    const path = join(folder, "given");
    await writeFile(path, content);
    return path;
  }

  it("is a file of 63 hashes", async () => {
    assert.deepEqual(await readPoints(await file(JSON.stringify(POINTS))), POINTS);
  });

  for (const [what, content, words] of [
    ["a hash too few", JSON.stringify(POINTS.slice(1)), /given is malformed: .*63/],
    ["a hash too many", JSON.stringify([...POINTS, hashOf(1n)]), /given is malformed: .*63/],
    ["one that is none", JSON.stringify(POINTS.with(7, "0x12")), /7: not a hash/],
    ["something else than a list", "{}", /malformed/],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      await assert.rejects(readPoints(await file(content)), isError("FileMalformed", words));
    });
  }

  it("is unreadable if it is not there, or no JSON", async () => {
    await assert.rejects(
      readPoints(join(folder, "nowhere")),
      isError("FileUnreadable", /nowhere cannot be read/),
    );
    await assert.rejects(readPoints(await file("[")), isError("FileUnreadable", /cannot be read/));
  });

  it("is a file with a proof in hex, whatever white space surrounds it", async () => {
    const move = await readProof(await file("0xAb01\n"));
    assert.ok(move.kind === "prove");
    assert.deepEqual([move.proof.encode([]), move.proof.pages], ["0xAb01", []]);
    for (const content of ["ab01", "0xab0", "0xzz", ""])
      await assert.rejects(readProof(await file(content)), isError("FileMalformed", /not 0x hex/));
  });
});

describe("the game that a person means", () => {
  const view = (story: GameStory) => ({ ledger: story.ledger() }) as DestinationView;
  const story = (): GameStory => new GameStory().claim("a", { number: 110n }).game("g", "a");

  it("comes with both claims", () => {
    const { game, claim, parent } = requireGame(view(story()), "g");
    assert.deepEqual([game.id, claim.number, parent.number], ["g", 110n, 100n]);
  });

  it("is unknown by any other id", () => {
    assert.throws(() => requireGame(view(story()), "h"), isError("GameUnknown", /no game h/));
  });

  it("waits for one move, and says for which", () => {
    const { game } = requireGame(view(story().moves("g", 4)), "g");
    requireDue(game, "Enter");
    assert.throws(
      () => requireDue(game, "Split"),
      isError("MoveNotDue", /^the game waits for the defender's `game enter`, not for `game split`$/),
    );
    const { game: over } = requireGame(view(story().settled("g", 2)), "g");
    assert.throws(
      () => requireDue(over, "Split"),
      isError("MoveNotDue", /^the game is over: DefenderTimedOut$/),
    );
  });
});
