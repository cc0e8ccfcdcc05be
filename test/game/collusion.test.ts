import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { Liar } from "../../devnet/liar.js";
import type { ClaimEntry } from "../../shared/protocol/ledger.js";
import { LyingDefender } from "../support/gameLiars.js";
import { forgeChain, type ForgedChain } from "../support/forgedChain.js";
import { GameBench } from "./gameBench.js";

const [LIAR, HONEST] = [1, 2];

describe("a block of A with a state root that only A's validators vouch for", () => {
  let bench: GameBench;
  let chain: ForgedChain;
  let claim: ClaimEntry;
  let snapshot: unknown;
  before(async () => {
    bench = await GameBench.start();
    await bench.stake(LIAR);
    await bench.test.sendToSource({ to: bench.wallet(5).address, value: "0x1234" });
    await bench.test.mineSource(1);
    const liar = new Liar(await bench.chains(), bench.sender(LIAR));
    const { id } = await liar.forgeHeader();
    const entry = (await bench.ledger()).claims.get(id);
    assert.ok(entry);
    claim = entry;
    const { number } = claim.claim;
    // The same forgery, as the liar knows it; the machine on B knows A's rules.
    chain = await forgeChain(bench.source, 2n, number, number);
    assert.equal(chain.headers.get(number)?.hash, claim.claim.blockHash);
    await bench.teach(bench.source, 2n, number);
  });
  after(() => bench.close());
  beforeEach(async () => {
    snapshot = await bench.test.destinationNode.rpc("evm_snapshot");
  });
  afterEach(async () => {
    await bench.test.destinationNode.rpc("evm_revert", [snapshot]);
  });

  it("dies by the game although anchor evidence was shown for it, and the challenger's node never had it", async () => {
    await bench.attest(claim);
    const liar = new LyingDefender(await bench.test.openReader(), bench.sender(LIAR), {
      chain,
      machine: bench.machineFor(chain),
      blocks: "truth",
      lieFrom: 700_000n,
    });
    // Its node follows A; it may be killed after every look.
    for (let moved = 1; moved > 0; moved = await liar.act()) {
      const challenger = await bench.challenger(HONEST);
      await challenger.act();
      challenger.kill();
    }
    await bench.test.advance(4_000n);
    const challenger = await bench.challenger(HONEST);
    await challenger.act();
    const { claims, games } = await bench.ledger();
    assert.equal(claims.get(claim.id)?.status, "Rejected");
    const [game] = [...games.values()];
    assert.equal(game?.block, claim.claim.number);
    assert.equal(game?.moves.length, 16);
    // The one step about which both sides disagree.
    assert.equal(game?.from, 700_000n);
    assert.equal((await bench.stakeOf(challenger.address)).locked, 0n);
    challenger.kill();
  });

  it("is left to the anchor court as long as nobody has shown evidence and there is time", async () => {
    const challenger = await bench.challenger(HONEST);
    await challenger.act();
    const { demands, games } = await bench.ledger();
    assert.equal(demands.size, 1);
    assert.equal(games.size, 0);
    challenger.kill();
  });

  it("is disputed without waiting for evidence when the window is about to close", async () => {
    const { clock } = await (await bench.test.openReader()).sync();
    // Five seconds of reaction and one of skew are what this deployment takes for granted.
    await bench.test.advance(claim.deadline - clock - 5n);
    const challenger = await bench.challenger(HONEST);
    await challenger.act();
    const { demands, games } = await bench.ledger();
    assert.deepEqual([demands.size, games.size], [1, 1]);
    challenger.kill();
  });
});
