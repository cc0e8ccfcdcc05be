/**
 * Measures what a dispute with the machine itself costs, in whole transactions on a real node, and writes `bench/games.md`.
 * Needs built contracts. Run with `npm run bench:games`.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { Interface, toBeHex } from "ethers";
import { balanceSlot, deployToken } from "../devnet/traffic.js";
import { Colluder } from "../devnet/colluder.js";
import { interfaces } from "../shared/chain/contracts.js";
import { openRun } from "../shared/game/sourceMachine.js";
import { describeStep } from "../shared/machine/describeStep.js";
import { readMachineArtifacts } from "../shared/machine/artifacts.js";
import { advance } from "../shared/machine/Stepper.js";
import type { Trace } from "../shared/machine/Trace.js";
import type { GameEntry } from "../shared/protocol/gameBook.js";
import { GameBench } from "../test/game/gameBench.js";
import { playCrowd, type CrowdResult } from "../test/support/crowd.js";
import { LyingChallenger } from "../test/support/gameLiars.js";
import { kindOfStep } from "../test/support/kindOfStep.js";
import { table } from "./measure.js";

const [PROPOSER, CHALLENGER, HONEST, LIAR] = [1, 2, 3, 4];
/** Transfers of a token in the disputed block: about 7.5 million gas, a quarter of a full block of the node. */
const TRANSFERS = 150;
/** Kinds of steps that are played to the proof, the dearest and others spread over the rest. */
const PLAYED = 6;
/** OP Stack `FaultDisputeGame` 1.3.1-beta.5: 73 moves, one step, resolution; measured by executing the published contracts. */
const OP_STACK = "28.7 M";

const signal = new AbortController().signal;
const { programs } = readMachineArtifacts();

let token = "";

interface Measured {
  readonly what: string;
  readonly moves: number;
  readonly gas: bigint;
}

async function measure(): Promise<{ transactions: number; steps: number; disputes: Measured[] }> {
  const bench = await GameBench.startReal();
  try {
    await Promise.all([bench.stake(PROPOSER), bench.stake(CHALLENGER), bench.stake(LIAR)]);
    const number = await mineTransfers(bench);
    const { trace: run } = await openRun(await bench.pairAt(number), bench.source, programs, signal);
    const kinds = new Map<string, number>();
    for (const m = run.at(0); !m.isFinal; advance(m, m.steps + 1)) kinds.set(kindOfStep(m), m.steps);
    const won = await collude(bench, number);
    const defended = await defendAll(bench, number, await chooseKinds(bench, number, run, kinds));
    return { transactions: TRANSFERS + 1, steps: run.length, disputes: [won, ...defended] };
  } finally {
    await bench.close();
  }
}

/** A block of transfers to different accounts, the last of them to the liar. @returns its number */
async function mineTransfers(bench: GameBench): Promise<bigint> {
  const { sourceRpc } = bench.test;
  const { address } = await deployToken(sourceRpc);
  const [from] = (await sourceRpc.request("eth_accounts", [])) as string[];
  const abi = new Interface(["function transfer(address to, uint256 amount)"]);
  await sourceRpc.request("evm_setAutomine", [false]);
  for (let index = 0; index <= TRANSFERS; index++) {
    const to = index < TRANSFERS ? toBeHex(0xacc000 + 7919 * index, 20) : bench.wallet(LIAR).address;
    const data = abi.encodeFunctionData("transfer", [to, 1_000_000n + BigInt(index)]);
    await sourceRpc.request("eth_sendTransaction", [{ from, to: address, data, gas: "0x186a0" }]);
  }
  token = address;
  await bench.test.mineSource(1);
  return (await bench.source.finalizedHead()).number;
}

/** Steps to play, dearest first: the dearest kind of the block, and others spread over the rest. */
async function chooseKinds(
  bench: GameBench,
  number: bigint,
  run: Trace,
  kinds: ReadonlyMap<string, number>,
): Promise<[string, bigint][]> {
  const trace = await bench.machineFor().open(await bench.pairAt(number), signal);
  const stepper = bench.test.manifest.execution?.stepper;
  const priced: [string, bigint, bigint][] = [];
  for (const step of kinds.values()) {
    const { job, opcode, phase } = describeStep(run.at(step));
    const label = job.split(/[ ,]/)[0] || opcode || phase;
    const at = BigInt(step);
    const [current] = await trace.states([at], signal);
    const proof = (await trace.prove(at, signal)).encode([]);
    const data = interfaces.stepper.encodeFunctionData("step", [current, proof]);
    const gas = await bench.test.destination.send("eth_estimateGas", [{ to: stepper, data }]);
    priced.push([label, at, BigInt(gas as string)]);
  }
  priced.sort(([, , a], [, , b]) => (a > b ? -1 : 1));
  const stride = (priced.length - 1) / (PLAYED - 1);
  return Array.from(
    { length: PLAYED },
    (_, index) => priced[Math.round(index * stride)] as (typeof priced)[0],
  ).map(([kind, at]) => [kind, at]);
}

/** An honest proposer proves the steps it is pointed at. */
async function defendAll(
  bench: GameBench,
  number: bigint,
  kinds: readonly [string, bigint][],
): Promise<Measured[]> {
  const { claim, ...entry } = await bench.propose(PROPOSER, (await bench.pairAt(number)).header);
  const low = (await bench.ledger()).claims.get(claim.parent)?.claim.number ?? 0n;
  const pick = (game: GameEntry): number => {
    const target = game.block === undefined ? number - low - 1n : (kinds[Number(game.nonce)]?.[1] ?? 0n);
    return Number((target - game.from) / game.size);
  };
  const liar = new LyingChallenger(await bench.test.openReader(), bench.sender(CHALLENGER), pick);
  await liar.open(
    { claim, ...entry },
    kinds.map((_, index) => BigInt(index)),
  );
  const bot = await bench.proposer(PROPOSER);
  for (let round = 0; round < 10; round++) {
    await bot.settle();
    await liar.act();
  }
  bot.kill();
  const games = [...(await bench.ledger()).games.values()]
    .filter((game) => game.claim === entry.id)
    .sort((a, b) => Number(a.nonce - b.nonce));
  return Promise.all(
    games.map(async ({ id, nonce, outcome, moves }) => {
      assert.equal(outcome, "Defended");
      return {
        what: `defended, proof of a step of ${kinds[Number(nonce)]?.[0]}`,
        moves: moves.length + 1,
        gas: await bench.gasOf(id),
      };
    }),
  );
}

/** A committee signs a minted balance, and an honest challenger wins. */
async function collude(bench: GameBench, number: bigint): Promise<Measured> {
  const wallet = bench.wallet(LIAR);
  const colluder = new Colluder({
    chains: await bench.chains(),
    wallet,
    sender: bench.sender(LIAR),
    committee: bench.test.committee,
    programs,
    signal,
  });
  const lie = await colluder.claim(number, { token, slot: balanceSlot(wallet.address), amount: 10n ** 24n });
  const challenger = await bench.challenger(HONEST);
  for (let moved = 1; moved > 0; moved = await colluder.act()) await challenger.act();
  await bench.test.advance(4_000n);
  await challenger.act();
  challenger.kill();
  const { claims, games } = await bench.ledger();
  assert.equal(claims.get(lie.id)?.status, "Rejected");
  const game = [...games.values()].find(({ claim }) => claim === lie.id) as GameEntry;
  return { what: "won by the challenger", moves: game.moves.length, gas: await bench.gasOf(game.id) };
}

/** Games that a liar opens at once against one honest proposer. */
const CROWD = Number(process.env["CROWD"] ?? 300);

function crowdTable(count: number, crowd: CrowdResult): string {
  const each = (gas: bigint): string => `${(gas / BigInt(count)).toLocaleString("en")}`;
  const ether = (wei: bigint): string => `${Number(wei / 10n ** 15n) / 1000} ETH`;
  return table(
    [`${count} games at once`, ""],
    [
      ["defended", String(crowd.games.filter(({ outcome }) => outcome === "Defended").length)],
      ["seconds until all were, node and liar included", crowd.seconds.toFixed(0)],
      ["seconds of the slowest of nine rounds", crowd.slowestRoundSeconds.toFixed(1)],
      ["CPU seconds of proposer and liar together", crowd.cpuSeconds.toFixed(0)],
      ["executions of disputed blocks", String(crowd.executions)],
      ["the proposer's gas for each game", each(crowd.defenderGas)],
      ["the challenger's gas for each game", each(crowd.challengerGas)],
      ["locked by the challenger, and lost", ether(crowd.lockedWei)],
      ["of it to the proposer", ether(crowd.rewardWei)],
      ["locked by the proposer, and kept", "1 ETH"],
    ],
  );
}

const crowd = await playCrowd(CROWD);
assert.ok(crowd.games.every(({ outcome }) => outcome === "Defended"));
const { transactions, steps, disputes } = await measure();
const text = `# What a dispute costs

Gas of all transactions of a game together, both sides, calldata included, from the opening to the verdict, played with the machine itself on a real node under Osaka's rules. The disputed block, from a Hardhat node, has ${transactions} transfers of an ERC-20 token and takes ${steps.toLocaleString("en")} steps. A challenger wins by timeout, for the false step has no proof; a defender proves the step it is pointed at, from the dearest in the block to the cheapest by its own gas. Written by \`npm run bench:games\`.

${table(
  ["dispute", "moves", "gas"],
  disputes.map(({ what, moves, gas }) => [what, String(moves), gas.toLocaleString("en")]),
)}

## Many games at once

One account opens ${CROWD} games on one true claim of five blocks and plays each to another step; one honest proposer answers. With the toy machine, whose steps cost next to nothing to prove: this is what the bot, the court and the chain take. Both chains and both players ran on the same two cores, with whatever else ran there.

${crowdTable(CROWD, crowd)}

## Elsewhere

| elsewhere | gas |
| --- | --- |
| OP Stack FaultDisputeGame 1.3.1-beta.5: 73 moves, one step, resolution; the published contracts, executed | ${OP_STACK} |
| Cartesi Dave: refunded at most for one advance of a match, of up to 92, by its constants | 0.09 M each |
| Arbitrum BoLD | nothing published per move |
`;
writeFileSync(new URL("games.md", import.meta.url), text);
process.stdout.write(text);
