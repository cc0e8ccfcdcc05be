import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Challenger } from "../../challenger/challenger.js";
import { startMember } from "../../committee/run.js";
import { Colluder } from "../../devnet/colluder.js";
import { startCommand, type CommandProcess } from "../../devnet/process.js";
import { balanceSlot, deployToken, type TokenOnA } from "../../devnet/traffic.js";
import { writeManifest } from "../../shared/chain/manifest.js";
import { openChains } from "../../shared/chain/openChains.js";
import { createRpc } from "../../shared/chain/rpc.js";
import { openMachine } from "../../shared/game/machine.js";
import { readMachineArtifacts } from "../../shared/machine/artifacts.js";
import type { GameEntry } from "../../shared/protocol/gameBook.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { sleep } from "../../shared/runtime/shutdown.js";
import { LyingChallenger } from "../support/gameLiars.js";
import { startPrunedNode, type PrunedNode } from "../support/prunedNode.js";
import { GameBench } from "./gameBench.js";

const [PROPOSER, LIAR, CHALLENGER] = [1, 2, 3];
const PATIENCE_MS = 120_000;
/** Blocks of which the node keeps the state. */
const REMEMBERED = 2n;

describe("games about blocks whose states A's node has forgotten", () => {
  let bench: GameBench;
  let node: PrunedNode;
  let token: TokenOnA;
  let folder: string;
  let committee: string;
  const running: CommandProcess[] = [];
  const closers: (() => unknown)[] = [];

  before(async () => {
    bench = await GameBench.startReal();
    node = await startPrunedNode(bench.test.sourceNode.url);
    folder = await mkdtemp(join(tmpdir(), "optisync-pruned-"));
    await writeFile(join(folder, "deployment.json"), writeManifest(bench.test.manifest));
    await Promise.all([PROPOSER, LIAR, CHALLENGER].map((index) => bench.stake(index)));
    token = await deployToken(bench.test.sourceRpc);
    committee = (await startCommittee()).join(",");
  });
  after(async () => {
    await Promise.all(running.map((process) => process.stop("SIGKILL")));
    for (const close of closers.reverse()) await close();
    await node.close();
    await bench.close();
    await rm(folder, { recursive: true, force: true });
  });

  function startCommittee(): Promise<string[]> {
    const { anchor } = bench.test.manifest.contracts;
    const members = bench.test.committee.map(async (wallet, index) => {
      const own = { anchor, dataDir: join(folder, `member-${index}`), host: "127.0.0.1", port: 0 };
      const destinationRpc = createRpc({ urls: [bench.test.destinationNode.url] });
      const onClose = (_: string, close: () => unknown) => {
        closers.push(close);
        return () => undefined;
      };
      const tools = {
        sourceRpc: bench.test.sourceRpc,
        destinationRpc,
        wallet,
        logger: silentLogger(),
        onClose,
      };
      return (await startMember({ ...own, finalityDepth: 0n }, tools)).url;
    });
    return Promise.all(members);
  }

  function startProposer(): CommandProcess {
    const args = [
      "proposer",
      "run",
      "--committee-url",
      committee,
      "--claim-interval",
      "1s",
      "--max-pending",
      "1",
    ];
    const environment = {
      OPTISYNC_SOURCE_RPC: node.url,
      OPTISYNC_DESTINATION_RPC: bench.test.destinationNode.url,
      OPTISYNC_DEPLOYMENT: join(folder, "deployment.json"),
      OPTISYNC_DATA_DIR: join(folder, "data"),
      OPTISYNC_FINALITY_DEPTH: "0",
      OPTISYNC_DESTINATION_CONFIRMATIONS: "1",
      OPTISYNC_POLL_INTERVAL: "100ms",
      OPTISYNC_PRIVATE_KEY: bench.wallet(PROPOSER).privateKey,
    };
    const process = startCommand("proposer", args, { folder, environment });
    running.push(process);
    return process;
  }

  async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      assert.ok(Date.now() < end, `waited in vain until ${what}`);
      // Confirmed events are a block old, and B only mines when asked.
      await bench.test.destinationNode.mine(1);
      await sleep(100);
    }
  }

  /** A goes on, and its node forgets. */
  async function forget(): Promise<void> {
    await bench.test.mineSource(Number(REMEMBERED) + 1);
    node.oldest = (await bench.source.finalizedHead()).number - REMEMBERED;
    node.refusals = 0;
  }

  it("are won by a proposer that was killed, and one that lost its database says what it needs", async () => {
    await token.transfer(bench.wallet(LIAR).address, 7n);
    let proposer = startProposer();
    const claim = await until("a block is claimed", async () =>
      [...(await bench.ledger()).claims.values()].find(({ status }) => status === "Pending"),
    );
    await proposer.stop("SIGKILL");
    await forget();

    // The claimed block has a transaction; the tenth of its steps is disputed, twice.
    const low = (await bench.ledger()).claims.get(claim.claim.parent)?.claim.number ?? 0n;
    const block = claim.claim.number;
    const liar = new LyingChallenger(await bench.test.openReader(), bench.sender(LIAR), (game) =>
      game.block === undefined
        ? Number((block - low - 1n - game.from) / game.size)
        : game.size === 1n
          ? 9
          : 0,
    );
    for (const isDatabaseLost of [false, true]) {
      await liar.open(claim, [isDatabaseLost ? 1n : 0n]);
      const id = [...(await bench.ledger()).games.keys()].at(-1) ?? "";
      if (isDatabaseLost) await rm(join(folder, "data"), { recursive: true });
      proposer = startProposer();
      if (isDatabaseLost) {
        // Block hashes need no state.
        for (const moves of [1, 3]) {
          await until("the hashes are said", async () =>
            (await bench.game(id)).moves.length === moves ? true : undefined,
          );
          await liar.act();
        }
        await until("the operator is told what is missing", async () =>
          (await readFile(proposer.logFile, "utf8")).includes("SourceStateMissing") ? true : undefined,
        );
        assert.equal((await bench.game(id)).moves.length, 4);
        assert.ok(node.refusals > 0);
        // The operator finds a node that remembers.
        node.oldest = 0n;
        await proposer.stop("SIGKILL");
        proposer = startProposer();
      }
      await until("the step is proven", async () => {
        await liar.act();
        return (await bench.game(id)).outcome;
      });
      assert.equal((await bench.game(id)).outcome, "Defended");
      if (!isDatabaseLost) assert.equal(node.refusals, 0);
      await proposer.stop("SIGKILL");
    }
  });

  it("are won by a challenger against a root that A's validators signed", async () => {
    const stop = new AbortController();
    const openAll = () =>
      openChains(
        {
          sourceRpc: [node.url],
          destinationRpc: [bench.test.destinationNode.url],
          deployment: join(folder, "deployment.json"),
          finality: { kind: "depth", blocks: 0n },
          confirmations: 0,
          dataDir: join(folder, "challenger"),
          witnessBytes: 1_000_000_000,
        },
        {
          logger: silentLogger(),
          signal: stop.signal,
          onClose: (_: string, close: () => unknown) => void ends.push(close),
        },
      );
    const ends: (() => unknown)[] = [];
    async function play(rounds: number): Promise<void> {
      const chains = await openAll();
      const machine = await openMachine(chains);
      const sender = bench.sender(CHALLENGER);
      const settings = { challenger: sender.address, bondReserve: 1n, pollMs: 50 };
      const modules = { chains, sender, machine, logger: silentLogger(), signal: stop.signal };
      const challenger = new Challenger(settings, modules);
      for (let round = 0; round < rounds; round++) {
        await challenger.tick();
        await challenger.computed();
        await challenger.settled();
      }
      for (const end of ends.splice(0).reverse()) await end();
    }

    node.oldest = 0n;
    const number = await token.transfer(bench.wallet(LIAR).address, 1n);
    await bench.test.mineSource(0);
    const colluder = new Colluder({
      chains: await bench.chains(),
      wallet: bench.wallet(LIAR),
      sender: bench.sender(LIAR),
      committee: bench.test.committee,
      programs: readMachineArtifacts().programs,
      signal: stop.signal,
    });
    const slot = balanceSlot(bench.wallet(LIAR).address);
    const lie = await colluder.claim(number, { token: token.address, slot, amount: 10n ** 24n });
    await play(4);
    const game = async (): Promise<GameEntry | undefined> =>
      [...(await bench.ledger()).games.values()].find(({ claim }) => claim === lie.id);
    assert.equal((await game())?.moves.length, 0, "a game is open, and no move was made yet");

    await forget();
    while ((await colluder.act()) > 0) await play(4);
    const { moves, from } = (await game()) ?? assert.fail("no game");
    assert.deepEqual([moves.length, from, colluder.refusal?.name], [16, BigInt(lie.step), "StepRefuted"]);
    assert.equal(node.refusals, 0);
    await bench.test.advance(4_000n);
    await play(3);
    assert.equal((await bench.ledger()).claims.get(lie.id)?.status, "Rejected");
    stop.abort();
  });
});
