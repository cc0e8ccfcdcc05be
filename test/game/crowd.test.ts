import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { playCrowd } from "../support/crowd.js";

/** `npm run bench:games` plays 300. */
const GAMES = Number(process.env["CROWD"] ?? 30);

describe("a challenger that opens dozens of games on a true claim at once", () => {
  it("loses all of them to one proposer, who executes each disputed block once", async (t) => {
    const { games, executions, rewardWei, lockedWei, ...measured } = await playCrowd(GAMES);
    assert.equal(games.length, GAMES);
    for (const { outcome } of games) assert.equal(outcome, "Defended");
    assert.equal(rewardWei, lockedWei / 2n);
    assert.equal(executions, 5);
    t.diagnostic(
      `${GAMES} games: ${JSON.stringify(measured, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v))}`,
    );
  });
});
