import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Registry } from "prom-client";
import { createGameMetrics } from "../../../shared/game/metrics.js";
import { standingOf } from "../../../shared/game/standing.js";
import { createTracingMeter } from "../../../shared/game/tracing.js";
import { parameterPresets } from "../../../shared/protocol/parameters.js";
import { ME } from "../../proposer/chainStory.js";
import { GameStory } from "../../support/gameStory.js";

async function linesOf(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

describe("the metrics of games", () => {
  const standing = (story: GameStory, later = 0n) =>
    standingOf(ME, story.ledger(), parameterPresets.devnet, story.clock + later);

  it("say how many there are, whose turn it is, and how long the most urgent own turn lasts", async () => {
    const registry = new Registry();
    const count = createGameMetrics(registry, "proposer", createTracingMeter());
    const story = new GameStory()
      .claim("a", { number: 110n })
      .game("g", "a")
      .game("h", "a")
      .moves("h", 2, 5n);
    count(standing(story.game("i", "a").moves("i", 1).game("j", "a").settled("j", 2), 7n));
    const lines = await linesOf(registry);
    for (const line of [
      'optisync_proposer_games{side="defender",turn="own"} 2',
      'optisync_proposer_games{side="defender",turn="other"} 1',
      'optisync_proposer_games{side="challenger",turn="own"} 0',
      'optisync_proposer_games_over{side="defender",result="lost"} 1',
      'optisync_proposer_game_moves{move="Split"} 2',
      // Seventeen of the first game's sixty seconds are gone; the second's defender has used five, and seven of this turn.
      'optisync_proposer_game_turn_left_seconds{side="defender"} 43',
      'optisync_proposer_game_bonds_wei{side="defender"} 1000000000000000000',
    ])
      assert.ok(lines.includes(line), `${line} in\n${lines.join("\n")}`);
    count(standing(story.settled("g", 0).settled("h", 0)));
    const later = await linesOf(registry);
    assert.equal(
      later.some((line) => line.includes("turn_left")),
      false,
      "no own turn, no time left",
    );
    assert.ok(later.includes('optisync_proposer_games_over{side="defender",result="won"} 2'));
  });

  it("count tracing as it goes on", async () => {
    const registry = new Registry();
    const meter = createTracingMeter();
    const count = createGameMetrics(registry, "challenger", meter);
    for (const [requested, opened] of [
      [3, 1],
      [10, 2],
    ] as const) {
      Object.assign(meter, { requested, opened, milliseconds: requested * 500 });
      count(standing(new GameStory()));
    }
    const lines = await linesOf(registry);
    for (const line of ["traces_shared_total 8", "traces_opened_total 2", "tracing_seconds_total 5"])
      assert.ok(lines.includes(`optisync_challenger_${line}`), lines.join("\n"));
  });
});
