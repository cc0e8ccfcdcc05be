import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Wallet, type JsonRpcProvider } from "ethers";
import { startDestinationNode, type DestinationNode } from "../../devnet/destinationNode.js";
import { startCommand, type CommandProcess } from "../../devnet/process.js";
import { startSourceNode, type SourceNode } from "../../devnet/sourceNode.js";
import { deployToken } from "../../devnet/traffic.js";
import { proposerCommands } from "../../proposer/cli.js";
import { chainCommands } from "../../shared/chain/cli.js";
import { interfaces } from "../../shared/chain/contracts.js";
import { connectDestination } from "../../shared/chain/destination.js";
import { parseManifest, writeManifest, type Manifest } from "../../shared/chain/manifest.js";
import { openProtocol } from "../../shared/chain/protocolReader.js";
import { createRpc } from "../../shared/chain/rpc.js";
import { gameCommands } from "../../shared/game/cli.js";
import type { GameEntry } from "../../shared/protocol/gameBook.js";
import type { Ledger } from "../../shared/protocol/ledger.js";
import { runCli } from "../../shared/runtime/command.js";
import { silentLogger } from "../../shared/runtime/logger.js";
import { sleep } from "../../shared/runtime/shutdown.js";

const [DEPLOYER, PROPOSER, CHALLENGER, MEMBER] = [0, 1, 2, 3];
const PATIENCE_MS = 120_000;
/** No transaction may take more (EIP-7825). */
const MAX_TRANSACTION_GAS = 2n ** 24n;

/** Windows of days, so that no test ever loses a clock to a slow computer. */
const PRESET = "l2";

describe("a deployment with an execution court, made and used by the command line alone", () => {
  let a: SourceNode;
  let b: DestinationNode;
  let provider: JsonRpcProvider;
  let folder: string;
  let file: string;
  let manifest: Manifest;
  const running: CommandProcess[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "optisync-deploy-"));
    file = join(folder, "mine.json");
    a = await startSourceNode({ chainId: 31_337 });
    b = await startDestinationNode({ chainId: 31_338n, hardfork: "osaka" });
    provider = await connectDestination({ urls: [b.url] });
    await createRpc({ urls: [a.url] }).request("evm_mine", []);
  });
  after(async () => {
    await Promise.all(running.map((process) => process.stop("SIGKILL")));
    provider.destroy();
    await Promise.all([a.close(), b.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  const wallet = (index: number): Wallet => new Wallet(b.accounts[index]?.privateKey ?? "");
  const environment = (key: number): Record<string, string> => ({
    OPTISYNC_SOURCE_RPC: a.url,
    OPTISYNC_DESTINATION_RPC: b.url,
    OPTISYNC_DESTINATION_CONFIRMATIONS: "1",
    OPTISYNC_FINALITY_DEPTH: "0",
    OPTISYNC_POLL_INTERVAL: "100ms",
    OPTISYNC_PRIVATE_KEY: wallet(key).privateKey,
  });

  async function optisync(key: number, ...args: string[]) {
    let [text, errors] = ["", ""];
    // Commands read confirmed blocks.
    await b.mine(1);
    const exitCode = await runCli({
      args: [...args, "--json"],
      environment: { ...environment(key), OPTISYNC_LOG_LEVEL: "silent" },
      version: "0.0.0",
      commands: [...chainCommands, proposerCommands, gameCommands],
      epilogue: "",
      stdout: { write: (part: string) => (text += part) },
      stderr: { write: (part: string) => (errors += part) },
      isInputTerminal: false,
    });
    return { exitCode, output: (text || errors).trim().split("\n").at(-1) ?? "" };
  }

  async function requireDone(key: number, ...args: string[]): Promise<Record<string, unknown>> {
    const { exitCode, output } = await optisync(key, ...args, "--deployment", file);
    assert.equal(exitCode, 0, output);
    return JSON.parse(output) as Record<string, unknown>;
  }

  /** A bot with nothing but what the deployment's file says. */
  function start(name: string, key: number, args: string[], deployment?: string): CommandProcess {
    const given = deployment === undefined ? {} : { OPTISYNC_DEPLOYMENT: deployment };
    const process = startCommand(name, args, { folder, environment: { ...environment(key), ...given } });
    running.push(process);
    return process;
  }

  async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      assert.ok(Date.now() < end, `waited in vain until ${what}`);
      await b.mine(1);
      await sleep(100);
    }
  }

  async function ledger(): Promise<Ledger> {
    const { signal } = new AbortController();
    const options = { rpc: provider, manifest, confirmations: 0, chunkSize: 1_000n, signal };
    return (await (await openProtocol({ ...options, logger: silentLogger() })).sync()).ledger;
  }

  const deploy = ["deploy", "--preset", PRESET, "--name", "mine", "--source-fork", "prague"];
  const member = (): string[] => ["--committee", wallet(MEMBER).address];

  it("is refused with two machines, with no anchor, and before the machine's first fork", async () => {
    for (const [args, code] of [
      [[...deploy, ...member(), "--execution-court", "--stepper", wallet(9).address], "StepperAmbiguous"],
      [[...deploy, "--execution-court"], "AnchorAmbiguous"],
      [[...deploy, ...member(), "--stepper", wallet(9).address], "MachineForeign"],
      [
        ["deploy", "--preset", PRESET, "--source-fork", "shanghai", ...member(), "--execution-court"],
        "Machine",
      ],
    ] as const) {
      const { exitCode, output } = await optisync(DEPLOYER, ...args, "--out", file);
      assert.equal(exitCode, 1, output);
      assert.match(output, new RegExp(code));
    }
    await assert.rejects(readFile(file), { code: "ENOENT" });
    assert.equal(await provider.getTransactionCount(wallet(DEPLOYER).address), 0, "nothing was deployed");
  });

  it("is written to a file that names court and machine", async (t) => {
    const { exitCode, output } = await optisync(
      DEPLOYER,
      ...deploy,
      ...member(),
      "--execution-court",
      "--out",
      file,
    );
    assert.equal(exitCode, 0, output);
    manifest = parseManifest(await readFile(file, "utf8"), file);
    assert.deepEqual(JSON.parse(output), JSON.parse(writeManifest(manifest)));
    const { court, stepper } = manifest.execution ?? assert.fail("the file has no execution court");
    const data = interfaces.executionCourt.encodeFunctionData("STEPPER");
    assert.equal(BigInt(await provider.call({ to: court, data })), BigInt(stepper));
    let total = 0n;
    for (let number = 1; number <= (await provider.getBlockNumber()); number++) {
      for (const hash of (await provider.getBlock(number))?.transactions ?? []) {
        const gas = (await provider.getTransactionReceipt(hash))?.gasUsed ?? 0n;
        assert.ok(gas < MAX_TRANSACTION_GAS, `${hash} took ${gas} gas`);
        total += gas;
      }
    }
    t.diagnostic(`the whole deployment took ${total} gas`);
  });

  it("is played: the proposer claims, somebody disputes every step, and the proposer proves it", async () => {
    const token = await deployToken(createRpc({ urls: [a.url] }));
    await token.transfer(wallet(PROPOSER).address, 7n);
    await requireDone(PROPOSER, "proposer", "stake", "20ether");
    await requireDone(CHALLENGER, "proposer", "stake", "20ether");

    const { anchor } = manifest.contracts;
    const own = ["--anchor", anchor, "--member-dir", join(folder, "member"), "--port", "0"];
    const signer = start("member", MEMBER, ["committee", "run", ...own]);
    const { url } = (await Promise.race([signer.result, signer.failed])) as { url: string };
    const claiming = ["--committee-url", url, "--claim-interval", "1s", "--data-dir", join(folder, "p")];
    const proposer = start("proposer", PROPOSER, ["proposer", "run", ...claiming], file);
    const watching = ["--data-dir", join(folder, "c")];
    const challenger = start("challenger", CHALLENGER, ["challenger", "run", ...watching], file);
    const failed = Promise.race([proposer.failed, challenger.failed]);

    const claim = await Promise.race([
      failed,
      until("a claim is there", async () =>
        [...(await ledger()).claims.values()].find(({ status }) => status === "Pending"),
      ),
    ]);
    const genesis =
      (await ledger()).claims.get(claim.claim.parent)?.claim.number ?? assert.fail("no genesis");
    const opened = await requireDone(CHALLENGER, "game", "open", claim.id);
    const id = opened["game"] as string;
    const game = async (): Promise<GameEntry> => (await ledger()).games.get(id) ?? assert.fail("no game");
    // The second block of the span, and in it the step after so many.
    const step = 77n;
    const path = [0, 1, ...[5n, 4n, 3n, 2n, 1n, 0n].map((level) => Number((step >> (6n * level)) % 64n))];
    for (const index of path) {
      await Promise.race([
        failed,
        until("the proposer has moved", async () => ((await game()).values.length === 65 ? true : undefined)),
      ]);
      await requireDone(CHALLENGER, "game", "point", id, String(index));
    }
    await Promise.race([failed, until("the game is over", async () => (await game()).outcome)]);
    const over = await game();
    assert.equal(over.outcome, "Defended");
    assert.deepEqual([over.moves.length, over.block, over.from], [16, genesis + 2n, step]);
    await until("the challenger has judged the claim", async () =>
      (await readFile(challenger.logFile, "utf8")).includes("claim judged") ? true : undefined,
    );
    assert.equal((await ledger()).games.size, 1, "the watchtower disputes nothing that is true");
    for (const process of [proposer, challenger, signer]) await process.stop();
    assert.deepEqual([proposer.child.exitCode, challenger.child.exitCode], [0, 0]);
  });

  it("is left alone by bots if its machine, or the machine of its court, is another one", async () => {
    const { execution } = manifest;
    assert.ok(execution);
    const data = interfaces.stepper.encodeFunctionData("JOB_STAGE");
    const stage = `0x${(await provider.call({ to: execution.stepper, data })).slice(26)}`;
    // A second deployment about the same A shares the machine; its court says nothing here.
    const second = [
      ...deploy,
      ...member(),
      "--stepper",
      execution.stepper,
      "--out",
      join(folder, "second.json"),
    ];
    const { exitCode, output } = await optisync(DEPLOYER, ...second);
    assert.equal(exitCode, 0, output);
    const foreign = parseManifest(output, "second.json");
    assert.equal(foreign.execution?.stepper, execution.stepper);
    for (const [name, code, changed] of [
      ["other machine", "MachineForeign", { ...execution, stepper: stage }],
      ["other court", "DeploymentMissing", { ...execution, court: wallet(9).address }],
      [
        "court of another deployment",
        "CourtForeign",
        { ...execution, court: foreign.execution?.court ?? "" },
      ],
    ] as const) {
      const path = join(folder, `${name}.json`);
      await writeFile(path, writeManifest({ ...manifest, execution: changed }));
      const url = ["--committee-url", "http://127.0.0.1:9"];
      const bots = [
        start(
          `proposer ${name}`,
          PROPOSER,
          ["proposer", "run", ...url, "--data-dir", join(folder, "x")],
          path,
        ),
        start(`challenger ${name}`, CHALLENGER, ["challenger", "run", "--data-dir", join(folder, "y")], path),
      ];
      for (const bot of bots) {
        await assert.rejects(bot.failed, { code: "ProcessEnded" });
        assert.equal(bot.child.exitCode, 1);
        await until("the log is written", async () =>
          (await readFile(bot.logFile, "utf8")).includes(code) ? true : undefined,
        );
      }
    }
  });
});
