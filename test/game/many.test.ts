import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ClaimEntry } from "../../shared/protocol/ledger.js";
import { LyingDefender } from "../support/gameLiars.js";
import type { ForgedChain } from "../support/forgedChain.js";
import { createToyMachine } from "../support/toyMachine.js";
import { GameBench, TOY_LENGTH } from "./gameBench.js";

const [LIAR, FIRST, SECOND] = [1, 2, 3];
const CLAIMS = 20;
const ETHER = 10n ** 18n;

describe("twenty false claims at once", () => {
  let bench: GameBench;
  let chain: ForgedChain;
  const claims: ClaimEntry[] = [];
  before(async () => {
    bench = await GameBench.start();
    await bench.stake(LIAR);
    chain = await bench.forge(CLAIMS, 1);
    for (const header of [...chain.headers.values()].slice(1))
      claims.push(await bench.propose(LIAR, header.rlp));
  });
  after(() => bench.close());

  it("all die by the hands of two honest challengers, neither of which loses a bond", async (t) => {
    const opened: bigint[] = [];
    const machine = createToyMachine({
      length: TOY_LENGTH,
      trueRoot: chain.trueRoot,
      onOpen: (number) => opened.push(number),
    });
    const liar = new LyingDefender(await bench.test.openReader(), bench.sender(LIAR), {
      chain,
      machine: bench.machineFor(chain),
      blocks: "truth",
      lieFrom: 123_456n,
    });
    const one = await bench.challenger(FIRST, chain, { machine });
    const other = await bench.challenger(SECOND, chain);
    const started = performance.now();
    for (let moved = 1; moved > 0; moved = await liar.act()) {
      await one.act();
      // The other one is slow to start and finds games under way: it does not stand down for them.
      await other.act();
    }
    await bench.test.advance(4_000n);
    await one.act();
    await other.act();
    await one.act();
    await bench.audit();
    const ledger = await bench.ledger();
    t.diagnostic(`${ledger.games.size} games in ${Math.round((performance.now() - started) / 1000)} s`);
    assert.equal(ledger.games.size, 2 * CLAIMS);
    for (const { id } of claims) assert.equal(ledger.claims.get(id)?.status, "Rejected");
    const outcomes = [...ledger.games.values()].map(({ outcome }) => outcome);
    assert.equal(outcomes.filter((outcome) => outcome === "DefenderTimedOut").length, CLAIMS);
    assert.equal(outcomes.filter((outcome) => outcome === "Void").length, CLAIMS);
    // Every game is about the one false block, whose execution was computed once.
    assert.deepEqual(opened, [chain.falseBlock]);

    const stakes = [await bench.stakeOf(one.address), await bench.stakeOf(other.address)];
    for (const { locked } of stakes) assert.equal(locked, 0n);
    const deposited = 2n * (BigInt(CLAIMS) * (ETHER / 2n) + ETHER / 10n);
    const free = stakes.reduce((sum, { free }) => sum + free, 0n);
    assert.equal(free, deposited + (BigInt(CLAIMS) * ETHER) / 2n);
    const { locked, free: left } = await bench.stakeOf(bench.wallet(LIAR).address);
    assert.deepEqual([locked, left], [0n, 50n * ETHER - BigInt(CLAIMS) * ETHER]);
  });
});
