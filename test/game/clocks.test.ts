import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { deadlineOf } from "../../shared/protocol/gameBook.js";
import type { GameParameters } from "../../shared/protocol/parameters.js";
import type { ClaimEntry } from "../../shared/protocol/ledger.js";
import type { ForgedChain } from "../support/forgedChain.js";
import { LyingChallenger, LyingDefender } from "../support/gameLiars.js";
import { GAME_PARAMETERS, GameBench } from "./gameBench.js";

const [PROPOSER, LIAR, HONEST] = [1, 2, 3];
const { claims } = GAME_PARAMETERS;
const games = GAME_PARAMETERS.games as GameParameters;
/** Both clocks, and the least time of each of 17 moves. */
const LONGEST_GAME = 2n * games.clockSeconds + 16n * games.moveSeconds + games.proveSeconds;

describe("games against the clock", () => {
  let bench: GameBench;
  let honest: ForgedChain;
  let forged: ForgedChain;
  let snapshot: unknown;
  before(async () => {
    bench = await GameBench.start();
    await Promise.all([bench.stake(PROPOSER), bench.stake(LIAR)]);
    forged = await bench.forge(5, 4);
    honest = await bench.forge(0, 100);
  });
  after(() => bench.close());
  beforeEach(async () => {
    snapshot = await bench.test.destinationNode.rpc("evm_snapshot");
  });
  afterEach(async () => {
    await bench.test.destinationNode.rpc("evm_revert", [snapshot]);
  });

  /** Lets nearly all time of the turns that run pass. */
  async function stall(): Promise<void> {
    const { ledger, clock } = await (await bench.test.openReader()).sync();
    const open = [...ledger.games.values()].filter(({ outcome }) => outcome === undefined);
    const left = open.map((game) => deadlineOf(game, games) - clock);
    if (left.length === 0) return;
    const least = left.reduce((a, b) => (a < b ? a : b));
    // The blocks in which the moves are mined take some seconds of B's time, too.
    if (least > 60n) await bench.test.advance(least - 60n);
  }

  async function lyingDefender(claim: ClaimEntry): Promise<LyingDefender> {
    assert.equal(claim.claim.proposer, bench.wallet(LIAR).address);
    return new LyingDefender(await bench.test.openReader(), bench.sender(LIAR), {
      chain: forged,
      machine: bench.machineFor(forged),
      blocks: "truth",
      lieFrom: 99n,
    });
  }

  it("a challenger wins, within the bound, against somebody who uses up every second", async () => {
    const claim = await bench.claimTip(LIAR, forged);
    const liar = await lyingDefender(claim);
    const challenger = await bench.challenger(HONEST, forged);
    for (let moved = 1; moved > 0; moved = await liar.act()) {
      await challenger.act();
      await stall();
    }
    await bench.test.advance(games.clockSeconds);
    await challenger.act();
    const { ledger, clock } = await (await bench.test.openReader()).sync();
    assert.equal(ledger.claims.get(claim.id)?.status, "Rejected");
    const [game] = [...ledger.games.values()];
    assert.ok(clock - (game?.openedAt ?? 0n) <= LONGEST_GAME);
    assert.equal(game?.clock.defenderSeconds, 0n);
    challenger.kill();
  });

  it("a proposer wins against somebody who uses up every second, and its claim is final within the bound", async () => {
    const claim = await bench.claimTip(PROPOSER, honest);
    const liar = new LyingChallenger(await bench.test.openReader(), bench.sender(LIAR), () => 0);
    const bot = await bench.proposer(PROPOSER, honest);
    await liar.open(claim, [0n]);
    for (let round = 0; round < 9; round++) {
      await bot.settle();
      await stall();
      await liar.act();
    }
    // The window closed long ago.
    await bench.test.advance(claims.graceSeconds + 1n);
    await bot.settle();
    const { ledger, clock } = await (await bench.test.openReader()).sync();
    assert.equal([...ledger.games.values()][0]?.outcome, "Defended");
    assert.equal(ledger.claims.get(claim.id)?.status, "Final");
    const age = clock - (claim.deadline - claims.windowSeconds);
    assert.ok(age <= claims.windowSeconds + LONGEST_GAME + claims.graceSeconds);
    bot.kill();
  });

  it("a sham game that a liar wins against itself does not save its claim", async () => {
    const claim = await bench.claimTip(LIAR, forged);
    const liar = await lyingDefender(claim);
    const sham = new LyingChallenger(await bench.test.openReader(), bench.sender(LIAR), () => 0);
    // Towards the true beginning, for which there is a proof.
    await sham.open(claim, [7n]);
    for (let round = 0; round < 9; round++) {
      await liar.act();
      await sham.act();
    }
    assert.equal([...(await bench.ledger()).games.values()][0]?.outcome, "Defended");
    assert.equal((await bench.ledger()).claims.get(claim.id)?.status, "Pending");
    const challenger = await bench.challenger(HONEST, forged);
    for (let moved = 1; moved > 0; moved = await liar.act()) await challenger.act();
    await bench.test.advance(games.clockSeconds + 1n);
    await challenger.act();
    await bench.audit();
    assert.equal((await bench.ledger()).claims.get(claim.id)?.status, "Rejected");
    challenger.kill();
  });

  it("a challenger points anew after a reorganisation has put another move in the place of the one it answered", async () => {
    const claim = await bench.claimTip(LIAR, forged);
    const reader = await bench.test.openReader();
    const defender = (blocks: "truth" | "unknown") =>
      new LyingDefender(reader, bench.sender(LIAR), {
        chain: forged,
        machine: bench.machineFor(forged),
        blocks,
        lieFrom: 99n,
      });
    const challenger = await bench.challenger(HONEST, forged);
    await challenger.act();
    const fork = await bench.test.destinationNode.rpc("evm_snapshot");
    await defender("truth").act();
    await challenger.act();
    const [before] = [...(await bench.ledger()).games.values()];
    await bench.test.destinationNode.rpc("evm_revert", [fork]);
    // Another branch, so that no block has the hash it had.
    await bench.test.advance(7n);
    await defender("unknown").act();
    await challenger.act();
    const [after] = [...(await bench.ledger()).games.values()];
    assert.deepEqual([before?.moves.length, after?.moves.length], [2, 2]);
    // From the truth the first part, which holds the false block; from unknown hashes the last one, which ends in a known.
    assert.deepEqual([before?.moves[1]?.index, after?.moves[1]?.index], [0, 63]);
    await bench.audit();
    challenger.kill();
    assert.equal((await bench.ledger()).claims.get(claim.id)?.status, "Pending");
  });
});

describe("a span of 150 blocks, more than one split of level 1 tells apart", () => {
  let bench: GameBench;
  before(async () => {
    bench = await GameBench.start();
    await Promise.all([bench.stake(PROPOSER), bench.stake(LIAR)]);
    await bench.test.mineSource(150);
  });
  after(() => bench.close());

  it("is defended at its first and its last block", async () => {
    const { rlp, number } = await bench.source.finalizedHead();
    await bench.teach(bench.source, 2n, 2n);
    await bench.teach(bench.source, number, number);
    const claim = await bench.propose(PROPOSER, rlp);
    const span = claim.claim.number - 1n;
    // One game goes to the first block's first step, the other to the last block's last position.
    const liar = new LyingChallenger(await bench.test.openReader(), bench.sender(LIAR), (game) => {
      if (game.nonce === 0n) return 0;
      return game.block === undefined ? Number((span - 1n - game.from) / game.size) : 63;
    });
    const bot = await bench.proposer(PROPOSER);
    await liar.open(claim, [0n, 1n]);
    for (let round = 0; round < 9; round++) {
      await bot.settle();
      await liar.act();
    }
    bot.kill();
    const games = [...(await bench.ledger()).games.values()].sort((a, b) => Number(a.nonce - b.nonce));
    assert.deepEqual(
      games.map(({ outcome, block }) => [outcome, block]),
      [
        ["Defended", 2n],
        ["Defended", number],
      ],
    );
  });
});
