/** One honest proposer against hundreds of games at once: played by `test/game/crowd.test.ts` and measured by `bench/games.ts`. */
import assert from "node:assert/strict";
import { createRpc } from "../../shared/chain/rpc.js";
import type { GameEntry } from "../../shared/protocol/gameBook.js";
import { GameBench, TOY_LENGTH } from "../game/gameBench.js";
import { startBot } from "../proposer/bot.js";
import { CrowdChallenger } from "./gameLiars.js";
import { createToyMachine } from "./toyMachine.js";

export interface CrowdResult {
  readonly games: readonly GameEntry[];
  /** Of the whole dispute, from the openings to the last proof. */
  readonly seconds: number;
  /** The longest that the proposer took for one of its moves in all games. */
  readonly slowestRoundSeconds: number;
  /** Of this process, which is the proposer and the liar, but not the node. */
  readonly cpuSeconds: number;
  /** How often the disputed blocks were executed. */
  readonly executions: number;
  readonly defenderGas: bigint;
  readonly challengerGas: bigint;
  /** What the challenger had to lock, and what of it the proposer got, wei. */
  readonly lockedWei: bigint;
  readonly rewardWei: bigint;
}

const [PROPOSER, LIAR] = [1, 2];
const ROUNDS = 9;

/** Every game goes to another place, so that no two proofs are the same. */
function somewhere(blocks: number): (game: GameEntry) => number {
  return ({ nonce, block, from, size }) => {
    const target = block === undefined ? nonce % BigInt(blocks) : (nonce * 7_919n) % TOY_LENGTH;
    return Number((target - from) / size);
  };
}

/**
 * Plays that many games to the end, all with the toy machine. The caller looks at how they ended.
 * @param blocks of the claim's span, about which the games are in turn
 */
export async function playCrowd(count: number, blocks = 5): Promise<CrowdResult> {
  const bench = await GameBench.start();
  try {
    const bondWei = bench.test.parameters.games?.bondWei ?? 0n;
    await bench.stake(PROPOSER);
    await bench.stake(LIAR, BigInt(count) * bondWei);
    const chain = await bench.forge(blocks, 100 + blocks);
    const claim = await bench.claimTip(PROPOSER, chain);
    const rpc = createRpc({ urls: [bench.test.destinationNode.url], timeoutMs: 120_000 });
    const liar = new CrowdChallenger(
      await bench.test.openReader(),
      rpc,
      bench.wallet(LIAR).address,
      somewhere(blocks),
    );
    let executions = 0;
    const machine = createToyMachine({
      length: TOY_LENGTH,
      trueRoot: chain.trueRoot,
      onOpen: () => (executions += 1),
    });
    const bot = await startBot(bench.test, bench.wallet(PROPOSER), {
      machine,
      source: chain.source,
      policy: { maxPendingClaims: 0, feeds: [] },
    });
    const before = await bench.stakeOf(bench.wallet(PROPOSER).address);
    const [started, cpu] = [performance.now(), process.cpuUsage()];
    await liar.open(claim, count);
    const rounds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const from = performance.now();
      await bot.settle();
      rounds.push(performance.now() - from);
      await liar.act();
    }
    const used = process.cpuUsage(cpu);
    const seconds = (performance.now() - started) / 1000;
    bot.kill();
    await bench.audit();
    const after = await bench.stakeOf(bench.wallet(PROPOSER).address);
    assert.equal(after.locked, before.locked);
    const ledger = await bench.ledger();
    assert.equal(ledger.claims.get(claim.id)?.status, "Pending");
    const gas = await gasBySide(bench);
    return {
      games: [...ledger.games.values()],
      seconds,
      slowestRoundSeconds: Math.max(...rounds) / 1000,
      cpuSeconds: (used.user + used.system) / 1e6,
      executions,
      ...gas,
      lockedWei: BigInt(count) * bondWei,
      rewardWei: after.free - before.free,
    };
  } finally {
    await bench.close();
  }
}

async function gasBySide(bench: GameBench): Promise<Pick<CrowdResult, "defenderGas" | "challengerGas">> {
  const { events } = await (await bench.test.openReader()).sync();
  const rpc = createRpc({ urls: [bench.test.destinationNode.url], timeoutMs: 120_000 });
  const blocks = new Set(
    events.filter(({ contract }) => contract === "executionCourt").map(({ blockNumber }) => blockNumber),
  );
  const answers = await rpc.batch(
    [...blocks].map((number) => ({ method: "eth_getBlockReceipts", params: [`0x${number.toString(16)}`] })),
  );
  const spent = new Map<string, bigint>();
  for (const { from, gasUsed } of answers.flat() as { from: string; gasUsed: string }[])
    spent.set(from.toLowerCase(), (spent.get(from.toLowerCase()) ?? 0n) + BigInt(gasUsed));
  const gasOf = (index: number): bigint => spent.get(bench.wallet(index).address.toLowerCase()) ?? 0n;
  return { defenderGas: gasOf(PROPOSER), challengerGas: gasOf(LIAR) };
}
