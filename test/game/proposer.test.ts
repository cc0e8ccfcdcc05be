import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { ClaimEntry } from "../../shared/protocol/ledger.js";
import type { GameEntry } from "../../shared/protocol/gameBook.js";
import type { ForgedChain } from "../support/forgedChain.js";
import { LyingChallenger } from "../support/gameLiars.js";
import { GameBench, TOY_LENGTH } from "./gameBench.js";

const [PROPOSER, LIAR] = [1, 2];
const ETHER = 10n ** 18n;

/** Points, round by round, towards one position of each level. */
function towards(block: bigint, step: bigint): (game: GameEntry) => number {
  return (game) => Number(((game.block === undefined ? block : step) - game.from) / game.size);
}

describe("an honest proposer whose claim is challenged", () => {
  let bench: GameBench;
  let chain: ForgedChain;
  let claim: ClaimEntry;
  let snapshot: unknown;
  before(async () => {
    bench = await GameBench.start();
    await Promise.all([bench.stake(PROPOSER), bench.stake(LIAR)]);
    // A span of five blocks without a false one.
    chain = await bench.forge(5, 100);
    claim = await bench.claimTip(PROPOSER, chain);
  });
  after(() => bench.close());
  beforeEach(async () => {
    snapshot = await bench.test.destinationNode.rpc("evm_snapshot");
  });
  afterEach(async () => {
    await bench.test.destinationNode.rpc("evm_revert", [snapshot]);
  });

  async function defend(pick: (game: GameEntry) => number, games = 1): Promise<GameEntry[]> {
    const liar = new LyingChallenger(await bench.test.openReader(), bench.sender(LIAR), pick);
    const bot = await bench.proposer(PROPOSER, chain);
    await liar.open(
      claim,
      Array.from({ length: games }, (_, i) => BigInt(i)),
    );
    for (let round = 0; round < 10; round++) {
      await bot.settle();
      await liar.act();
    }
    bot.kill();
    await bench.audit();
    return [...(await bench.ledger()).games.values()];
  }

  async function requireDefended(games: readonly GameEntry[]): Promise<void> {
    for (const { outcome } of games) assert.equal(outcome, "Defended");
    const { claims } = await bench.ledger();
    assert.equal(claims.get(claim.id)?.status, "Pending");
    const { free, locked } = await bench.stakeOf(bench.wallet(PROPOSER).address);
    assert.equal(locked, ETHER);
    assert.equal(free, 49n * ETHER + (BigInt(games.length) * ETHER) / 4n);
  }

  for (const [what, block, step] of [
    ["the first step of the first block", 0n, 0n],
    ["the last step of the last block", 4n, TOY_LENGTH - 1n],
    ["the first step after the end", 2n, TOY_LENGTH],
    ["the last position of all", 4n, 2n ** 36n - 1n],
    ["a block behind the claimed one", 5n, 0n],
    ["the last position of the span", 4095n, 0n],
    ["some step", 3n, 654_321n],
  ] as const) {
    it(`wins when the challenger points at ${what}`, async () =>
      requireDefended(await defend(towards(block, step))));
  }
  it("wins when the challenger points anywhere", async () => {
    for (let i = 0; i < 3; i++) {
      const snapshot = await bench.test.destinationNode.rpc("evm_snapshot");
      await requireDefended(await defend(() => Math.floor(Math.random() * 64)));
      await bench.test.destinationNode.rpc("evm_revert", [snapshot]);
    }
  });
  it("wins twenty games at once", async () => requireDefended(await defend(towards(3n, 654_321n), 20)));
  it("collects from a challenger that walks away", async () => {
    const [game] = await defend((game) => (game.moves.length < 6 ? 0 : 64));
    assert.equal(game?.moves.length, 7);
    await bench.test.advance(4_000n);
    const bot = await bench.proposer(PROPOSER, chain);
    assert.deepEqual(await bot.settle(), ["timeoutGame"]);
    const [over] = [...(await bench.ledger()).games.values()];
    assert.equal(over?.outcome, "ChallengerTimedOut");
  });
  it("goes on in every round after it was killed and has forgotten everything", async () => {
    const liar = new LyingChallenger(await bench.test.openReader(), bench.sender(LIAR), towards(1n, 5n));
    await liar.open(claim, [0n]);
    for (let round = 0; round < 9; round++) {
      const bot = await bench.proposer(PROPOSER, chain);
      await bot.settle();
      bot.kill();
      await liar.act();
    }
    await requireDefended([...(await bench.ledger()).games.values()]);
  });
});
