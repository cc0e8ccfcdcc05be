import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Colluder, type FalseClaim } from "../../devnet/colluder.js";
import { balanceSlot, deployToken, type TokenOnA } from "../../devnet/traffic.js";
import { moveCall } from "../../shared/game/calls.js";
import { openRun } from "../../shared/game/sourceMachine.js";
import { readMachineArtifacts } from "../../shared/machine/artifacts.js";
import { advance } from "../../shared/machine/Stepper.js";
import { STEPS } from "../../shared/protocol/game.js";
import type { GameEntry } from "../../shared/protocol/gameBook.js";
import type { ClaimEntry } from "../../shared/protocol/ledger.js";
import { LyingChallenger } from "../support/gameLiars.js";
import { kindOfStep } from "../support/kindOfStep.js";
import { GameBench } from "./gameBench.js";

const [PROPOSER, CHALLENGER] = [1, 2];
/** What a whole dispute may cost, both sides together. */
const GAS_BUDGET = 5_000_000n;
const signal = new AbortController().signal;
const { programs } = readMachineArtifacts();

/** Blocks of transfers on A, the last of which gives a token to the proposer's account. */
async function startWithToken(): Promise<{ bench: GameBench; token: TokenOnA; number: bigint }> {
  const bench = await GameBench.startReal();
  await Promise.all([bench.stake(PROPOSER), bench.stake(CHALLENGER)]);
  const token = await deployToken(bench.test.sourceRpc);
  for (let index = 1; index <= 3; index++) await token.transfer(bench.wallet(index + 2).address, 7n);
  await token.transfer(bench.wallet(PROPOSER).address, 1n);
  await bench.test.mineSource(0);
  return { bench, token, number: (await bench.source.finalizedHead()).number };
}

describe("a minted balance that A's whole committee signed", () => {
  let bench: GameBench;
  let colluder: Colluder;
  let lie: FalseClaim;

  before(async () => {
    const { token, number, ...started } = await startWithToken();
    bench = started.bench;
    const wallet = bench.wallet(PROPOSER);
    colluder = new Colluder({
      chains: await bench.chains(),
      wallet,
      sender: bench.sender(PROPOSER),
      committee: bench.test.committee,
      programs,
      signal,
    });
    const slot = balanceSlot(wallet.address);
    lie = await colluder.claim(number, { token: token.address, slot, amount: 10n ** 24n });
  });
  after(() => bench.close());

  it("is a block of ordinary transactions with another root, and has its evidence", async () => {
    const entry = (await bench.ledger()).claims.get(lie.id);
    assert.equal(entry?.attested, true);
    assert.equal(entry.status, "Pending");
    assert.notEqual(lie.claim.stateRoot, lie.trueRoot);
  });

  it("dies by one step that the machine on B executes otherwise", async (t) => {
    for (let moved = 1; moved > 0; moved = await colluder.act()) {
      const challenger = await bench.challenger(CHALLENGER);
      await challenger.act();
      challenger.kill();
    }
    const [game] = [...(await bench.ledger()).games.values()] as [GameEntry];
    assert.equal(game.moves.length, 16);
    assert.deepEqual([game.block, game.from], [lie.claim.number, BigInt(lie.step)]);

    // The best that the liar has is the proof of the true step, and the contract computes where it leads.
    const { parentHeader } = await bench.pairAt(lie.claim.number);
    const trace = await bench.machineFor().open({ parentHeader, header: lie.header }, signal);
    const [before, next] = await trace.states([game.from, game.from + 1n], signal);
    assert.equal(game.values[0], before);
    const proof = await trace.prove(game.from, signal);
    const call = moveCall(bench.test.manifest, game, lie.claim, { kind: "prove", proof });
    const outcome = await bench.sender(PROPOSER).send({ ...call, label: "prove", key: "prove" });
    assert.ok(outcome.kind === "reverted");
    assert.equal(outcome.revert.name, "StepRefuted");
    assert.ok(Object.values(outcome.revert.args).includes(next));

    await bench.test.advance(4_000n);
    const challenger = await bench.challenger(CHALLENGER);
    await challenger.act();
    challenger.kill();
    assert.equal((await bench.ledger()).claims.get(lie.id)?.status, "Rejected");
    assert.equal((await bench.stakeOf(challenger.address)).locked, 0n);
    await bench.audit();
    const gas = await bench.gasOf(game.id);
    t.diagnostic(`the whole dispute took ${gas} gas`);
    assert.ok(gas < GAS_BUDGET, `${gas} gas`);
  });
});

describe("an honest proposer with the machine", () => {
  let bench: GameBench;
  let claim: ClaimEntry;
  let number: bigint;

  before(async () => {
    const started = await startWithToken();
    bench = started.bench;
    number = started.number;
    claim = await bench.propose(PROPOSER, (await bench.source.headerByNumber(number)).rlp);
  });
  after(() => bench.close());

  /** Steps of the disputed block to point at, by what is in them. */
  async function chooseSteps(): Promise<Map<string, bigint>> {
    const { trace: run } = await openRun(await bench.pairAt(number), bench.source, programs, signal);
    const steps = new Map<string, number[]>();
    for (const m = run.at(0); !m.isFinal; advance(m, m.steps + 1)) {
      const kind = kindOfStep(m);
      steps.set(kind, [...(steps.get(kind) ?? []), m.steps]);
    }
    const one = (kind: string): bigint => {
      const found = [...steps].filter(([name]) => name.startsWith(kind)).flatMap(([, at]) => at);
      assert.ok(found.length > 0, `the block has no step ${kind}`);
      return BigInt(found[Math.floor(Math.random() * found.length)] as number);
    };
    return new Map([
      ["the first step", 0n],
      ["the last step", BigInt(run.length - 1)],
      ["the first position behind the end", BigInt(run.length)],
      ["the last position of all", STEPS - 1n],
      ["a step inside a hash", one("job HASH")],
      ["the loading of a slot", one("job LOAD_SLOT")],
      ["a store", one("latched 55")],
      ["the writing of the trie", one("phase FLUSH")],
      ["some step", BigInt(Math.floor(Math.random() * run.length))],
    ]);
  }

  it("proves whatever is pointed at", async (t) => {
    const steps = await chooseSteps();
    const targets = [...steps.values()];
    const low = (await bench.ledger()).claims.get(claim.claim.parent)?.claim.number ?? 0n;
    const pick = (game: GameEntry): number => {
      const target = game.block === undefined ? number - low - 1n : (targets[Number(game.nonce)] as bigint);
      return Number((target - game.from) / game.size);
    };
    const liar = new LyingChallenger(await bench.test.openReader(), bench.sender(CHALLENGER), pick);
    await liar.open(
      claim,
      targets.map((_, index) => BigInt(index)),
    );
    for (let round = 0; round < 10; round++) {
      const bot = await bench.proposer(PROPOSER);
      await bot.settle();
      bot.kill();
      await liar.act();
    }
    const games = [...(await bench.ledger()).games.values()];
    for (const [what, step] of steps) {
      const game = games.find(({ nonce }) => targets[Number(nonce)] === step);
      assert.equal(game?.outcome, "Defended", `${what}: step ${step}`);
      assert.deepEqual([game.block, game.from], [number, step]);
      const gas = await bench.gasOf(game.id);
      t.diagnostic(`${what} (${step}): ${gas} gas`);
      assert.ok(gas < GAS_BUDGET, `${what}: ${gas} gas`);
    }
    assert.equal((await bench.ledger()).claims.get(claim.id)?.status, "Pending");
    await bench.audit();
  });
});
