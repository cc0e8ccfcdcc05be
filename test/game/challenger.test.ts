import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { BLOCK_LIES, LyingDefender, type BlockLie } from "../support/gameLiars.js";
import type { ForgedChain } from "../support/forgedChain.js";
import { GameBench, TOY_LENGTH } from "./gameBench.js";

const NEVER = 2n ** 40n;
const [LIAR, HONEST] = [1, 2];

describe("a challenger against a proposer whose span has a false block", () => {
  let bench: GameBench;
  let chain: ForgedChain;
  let snapshot: unknown;
  before(async () => {
    bench = await GameBench.start();
    await bench.stake(LIAR);
    chain = await bench.forge(5, 3);
  });
  after(() => bench.close());

  /** Plays until the claim is dead, and takes the bond back. */
  async function play(blocks: BlockLie, lieFrom: bigint, isInconsistent = false): Promise<void> {
    const claim = await bench.claimTip(LIAR, chain);
    const liar = new LyingDefender(await bench.test.openReader(), bench.sender(LIAR), {
      chain,
      machine: bench.machineFor(chain),
      blocks,
      lieFrom,
      isInconsistent,
    });
    const honest = await bench.challenger(HONEST, chain);
    let moved = 1;
    while (moved > 0) {
      await honest.act();
      moved = await liar.act();
      await bench.audit();
    }
    await bench.test.advance(4_000n);
    await honest.act();
    await bench.audit();
    const { claims, games } = await bench.ledger();
    assert.equal(claims.get(claim.id)?.status, "Rejected");
    assert.deepEqual(
      [...games.values()].map(({ outcome }) => outcome),
      ["DefenderTimedOut"],
    );
    const { free, locked } = await bench.stakeOf(honest.address);
    assert.equal(locked, 0n);
    // Half of the claim's bond on top of what was deposited: a game's bond and the reserve for a demand.
    assert.equal(free, (5n + 5n + 1n) * 10n ** 17n);
    honest.kill();
  }

  beforeEach(async () => {
    snapshot = await bench.test.destinationNode.rpc("evm_snapshot");
  });
  afterEach(async () => {
    await bench.test.destinationNode.rpc("evm_revert", [snapshot]);
  });

  for (const blocks of BLOCK_LIES) {
    it(`wins when the hashes of the span are told like this: ${blocks}`, () => play(blocks, 500_000n));
  }
  for (const [what, lieFrom] of [
    ["the first step", 0n],
    ["the last step", TOY_LENGTH - 1n],
    ["the end", TOY_LENGTH],
    ["long after the end", 2n ** 36n - 1n],
    ["nowhere but in the end", NEVER],
    ["some step", 777_777n],
  ] as const) {
    it(`wins when the states are false from ${what} on`, () => play("truth", lieFrom));
  }
  it("wins against somebody who changes the lie in every round", () => play("truth", 500_000n, true));
});
