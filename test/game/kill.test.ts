import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Liar } from "../../devnet/liar.js";
import { writeManifest } from "../../shared/chain/manifest.js";
import { sleep } from "../../shared/runtime/shutdown.js";
import { forgeChain } from "../support/forgedChain.js";
import { LyingChallenger, LyingDefender } from "../support/gameLiars.js";
import type { BotOptions } from "./botProcess.js";
import { GameBench } from "./gameBench.js";

const [LIAR, HONEST] = [1, 2];
const PATIENCE_MS = 60_000;
const BOT = fileURLToPath(new URL("botProcess.ts", import.meta.url));

describe("bots that are killed by SIGKILL in every round, their databases deleted", () => {
  let bench: GameBench;
  let folder: string;
  let running: ChildProcess | undefined;

  before(async () => {
    bench = await GameBench.start();
    folder = await mkdtemp(join(tmpdir(), "optisync-kill-"));
    await writeFile(join(folder, "deployment.json"), writeManifest(bench.test.manifest));
    await bench.stake(LIAR);
  });
  after(async () => {
    running?.kill("SIGKILL");
    await bench.close();
    await rm(folder, { recursive: true, force: true });
  });

  function start(role: BotOptions["role"]): void {
    const options: BotOptions = {
      role,
      sourceUrl: bench.test.sourceNode.url,
      destinationUrl: bench.test.destinationNode.url,
      deployment: join(folder, "deployment.json"),
      dataDir: join(folder, "data"),
      privateKey: bench.wallet(HONEST).privateKey,
    };
    running = spawn(process.execPath, ["--import", "tsx", BOT], {
      env: { ...process.env, BOT: JSON.stringify(options) },
      stdio: ["ignore", "ignore", "pipe"],
    });
    running.stderr?.pipe(createWriteStream(join(folder, "log"), { flags: "a" }));
  }

  async function kill(): Promise<void> {
    const gone = new Promise((resolve) => running?.once("exit", resolve));
    running?.kill("SIGKILL");
    await gone;
    await rm(join(folder, "data"), { recursive: true, force: true });
  }

  async function until(what: string, look: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    while (!(await look())) {
      assert.ok(Date.now() < end, `waited in vain until ${what}`);
      await sleep(50);
    }
  }

  const moves = async (): Promise<number> =>
    [...(await bench.ledger()).games.values()].at(-1)?.moves.length ?? -1;

  it("a challenger wins against a block that A's validators vouched for", async () => {
    await bench.test.sendToSource({ to: bench.wallet(5).address, value: "0x1234" });
    await bench.test.mineSource(1);
    const { id } = await new Liar(await bench.chains(), bench.sender(LIAR)).forgeHeader();
    const claim = (await bench.ledger()).claims.get(id);
    assert.ok(claim);
    const { number } = claim.claim;
    await bench.teach(bench.source, 2n, number);
    await bench.attest(claim);
    const chain = await forgeChain(bench.source, 2n, number, number);
    const liar = new LyingDefender(await bench.test.openReader(), bench.sender(LIAR), {
      chain,
      machine: bench.machineFor(chain),
      blocks: "truth",
      lieFrom: 314_159n,
    });
    for (let made = 0; made <= 16; made += 2) {
      start("challenger");
      await until(`${made} moves are made`, async () => (await moves()) === made);
      await kill();
      await liar.act();
    }
    assert.equal(await moves(), 16);
    await bench.test.advance(4_000n);
    start("challenger");
    await until(
      "the claim is dead",
      async () => (await bench.ledger()).claims.get(id)?.status === "Rejected",
    );
    await kill();
    assert.equal((await bench.stakeOf(bench.wallet(HONEST).address)).locked, 0n);
  });

  it("a proposer defends its claim", async () => {
    await bench.test.mineSource(1);
    const { rlp, number } = await bench.source.finalizedHead();
    await bench.teach(bench.source, 2n, number);
    await bench.stake(HONEST);
    const claim = await bench.propose(HONEST, rlp);
    const liar = new LyingChallenger(await bench.test.openReader(), bench.sender(LIAR), () => 0);
    await liar.open(claim, [0n]);
    for (let made = 1; made <= 15; made += 2) {
      start("proposer");
      await until(`${made} moves are made`, async () => (await moves()) === made);
      await kill();
      await liar.act();
    }
    start("proposer");
    await until("the step is proven", async () => {
      const game = [...(await bench.ledger()).games.values()].at(-1);
      return game?.outcome === "Defended";
    });
    await kill();
  });
});
