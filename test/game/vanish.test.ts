/** Players who are never heard of again, from any move on. The other side wins by time, and takes its bond back. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ClaimEntry } from "../../shared/protocol/ledger.js";
import type { ForgedChain } from "../support/forgedChain.js";
import { LyingChallenger, LyingDefender } from "../support/gameLiars.js";
import { GameBench } from "./gameBench.js";

const [LIAR, HONEST] = [1, 2];
const ETHER = 10n ** 18n;
/** Longer than any turn. */
const TURN = 4_000n;
/** How many moves are made before each defender is gone, and each challenger. */
const DEFENDERS = [0, 2, 4, 6, 8, 10, 12, 14, 16];
const CHALLENGERS = [1, 3, 5, 7, 9, 11, 13, 15];

describe("games whose other player vanishes", () => {
  let bench: GameBench;
  let forged: ForgedChain;
  let honest: ForgedChain;
  before(async () => {
    bench = await GameBench.start();
    await Promise.all([bench.stake(LIAR), bench.stake(HONEST)]);
    forged = await bench.forge(DEFENDERS.length, 1);
  });
  after(() => bench.close());

  it("are won by a challenger after every move of the defender's", async () => {
    const claims: ClaimEntry[] = [];
    for (const header of [...forged.headers.values()].slice(1))
      claims.push(await bench.propose(LIAR, header.rlp));
    assert.equal(claims.length, DEFENDERS.length);
    const liar = new LyingDefender(await bench.test.openReader(), bench.sender(LIAR), {
      chain: forged,
      machine: bench.machineFor(forged),
      blocks: "truth",
      lieFrom: 4_711n,
      vanishesAfter: ({ claim }) => DEFENDERS[claims.findIndex(({ id }) => id === claim)] as number,
    });
    const start = await bench.stakeOf(bench.wallet(HONEST).address);
    const challenger = await bench.challenger(HONEST, forged);
    for (let moved = 1; moved > 0; moved = await liar.act()) await challenger.act();
    await bench.test.advance(TURN);
    await challenger.act();
    challenger.kill();
    await bench.audit();
    const ledger = await bench.ledger();
    for (const [index, { id }] of claims.entries()) {
      assert.equal(ledger.claims.get(id)?.status, "Rejected");
      const game = [...ledger.games.values()].find(({ claim }) => claim === id);
      assert.deepEqual([game?.outcome, game?.moves.length], ["DefenderTimedOut", DEFENDERS[index]]);
    }
    const { free, locked } = await bench.stakeOf(challenger.address);
    assert.equal(locked, 0n);
    assert.equal(free - start.free, (BigInt(claims.length) * ETHER) / 2n);
  });

  it("are won by a proposer after every move of the challenger's", async () => {
    honest = await bench.forge(3, 100);
    const claim = await bench.claimTip(HONEST, honest);
    const before = await bench.stakeOf(bench.wallet(HONEST).address);
    const liar = new LyingChallenger(
      await bench.test.openReader(),
      bench.sender(LIAR),
      () => 0,
      ({ nonce }) => CHALLENGERS[Number(nonce)] as number,
    );
    await liar.open(
      claim,
      CHALLENGERS.map((_, nonce) => BigInt(nonce)),
    );
    const bot = await bench.proposer(HONEST, honest);
    for (let round = 0; round < 9; round++) {
      await bot.settle();
      await liar.act();
    }
    await bench.test.advance(TURN);
    await bot.settle();
    bot.kill();
    await bench.audit();
    const ledger = await bench.ledger();
    const games = [...ledger.games.values()].filter((game) => game.claim === claim.id);
    assert.equal(games.length, CHALLENGERS.length);
    for (const { outcome, moves, nonce } of games)
      assert.deepEqual([outcome, moves.length], ["ChallengerTimedOut", CHALLENGERS[Number(nonce)]]);
    assert.notEqual(ledger.claims.get(claim.id)?.status, "Rejected");
    const { free, locked } = await bench.stakeOf(bench.wallet(HONEST).address);
    const reward = (BigInt(CHALLENGERS.length) * ETHER) / 4n;
    assert.equal(free + locked - before.free - before.locked, reward);
  });
});
