import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { writeManifest } from "../../shared/chain/manifest.js";
import { gameCommands } from "../../shared/game/cli.js";
import { inner, splitPositions } from "../../shared/game/positions.js";
import type { ClaimEntry } from "../../shared/protocol/ledger.js";
import { STEPS } from "../../shared/protocol/game.js";
import { runCli } from "../../shared/runtime/command.js";
import { GameBench } from "./gameBench.js";

const [PROPOSER, CHALLENGER] = [1, 2];
const signal = new AbortController().signal;

describe("the game's command line", () => {
  let bench: GameBench;
  let folder: string;
  let claim: ClaimEntry;
  let game = "";

  before(async () => {
    bench = await GameBench.start();
    folder = await mkdtemp(join(tmpdir(), "optisync-game-"));
    await writeFile(join(folder, "deployment.json"), writeManifest(bench.test.manifest));
    await Promise.all([bench.stake(PROPOSER), bench.stake(CHALLENGER)]);
    await bench.test.mineSource(3);
    const { rlp, number } = await bench.source.finalizedHead();
    await bench.teach(bench.source, 2n, number);
    claim = await bench.propose(PROPOSER, rlp);
    await bench.test.advance(1);
  });
  after(async () => {
    await bench.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function optisync(wallet: number, ...args: string[]) {
    let [text, errors] = ["", ""];
    const isJson = !args.includes("--text");
    const exitCode = await runCli({
      args: [...args.filter((arg) => arg !== "--text"), ...(isJson ? ["--json"] : [])],
      environment: {
        OPTISYNC_SOURCE_RPC: bench.test.sourceNode.url,
        OPTISYNC_DESTINATION_RPC: bench.test.destinationNode.url,
        OPTISYNC_DEPLOYMENT: join(folder, "deployment.json"),
        OPTISYNC_DESTINATION_CONFIRMATIONS: "1",
        OPTISYNC_FINALITY_DEPTH: "0",
        OPTISYNC_PRIVATE_KEY: bench.wallet(wallet).privateKey,
        OPTISYNC_LOG_LEVEL: "silent",
      },
      version: "0.0.0",
      commands: [gameCommands],
      epilogue: "",
      stdout: { write: (part: string) => (text += part) },
      stderr: { write: (part: string) => (errors += part) },
      isInputTerminal: false,
    });
    await bench.test.advance(1);
    if (!isJson) return { exitCode, text, data: {} };
    const lines = (text || errors).trim().split("\n");
    return { exitCode, text, data: JSON.parse(lines.at(-1) ?? "{}") as Record<string, unknown> };
  }

  async function requireDone(wallet: number, ...args: string[]): Promise<Record<string, unknown>> {
    const { exitCode, data } = await optisync(wallet, "game", ...args);
    assert.equal(exitCode, 0, JSON.stringify(data));
    return data;
  }

  /** A file with what the machine says about the 63 positions of the next split of the disputed block. */
  async function writeStates(): Promise<string> {
    const entry = await bench.game(game);
    const positions =
      entry.block === undefined ? splitPositions({ from: 0n, size: STEPS }) : splitPositions(entry);
    const number = entry.block ?? 2n + entry.from;
    const [parent, block] = [
      await bench.source.headerByNumber(number - 1n),
      await bench.source.headerByNumber(number),
    ];
    const trace = await bench.machineFor().open({ parentHeader: parent.rlp, header: block.rlp }, signal);
    const path = join(folder, "points.json");
    await writeFile(path, JSON.stringify(await trace.states(inner(positions), signal)));
    await writeFile(join(folder, "proof"), (await trace.prove(entry.from, signal)).encode([]));
    return path;
  }

  it("opens a game, and only shows it in a dry run", async () => {
    const withheld = await requireDone(CHALLENGER, "open", claim.id, "--dry-run");
    assert.equal(withheld["isDryRun"], true);
    assert.equal((await bench.ledger()).games.size, 0);
    game = (await requireDone(CHALLENGER, "open", claim.id))["game"] as string;
    assert.equal((await bench.game(game)).claim, claim.id);
  });

  it("says what is due instead of a move that is not, and what it does not know", async () => {
    const early = await optisync(CHALLENGER, "game", "point", game, "3");
    assert.equal(early.exitCode, 1);
    assert.match(JSON.stringify(early.data), /waits for the defender's `game split`, not for `game point`/);
    const late = await optisync(CHALLENGER, "game", "timeout", game);
    assert.match(JSON.stringify(late.data), /MoveInTime/);
    const unknown = await optisync(CHALLENGER, "game", "show", claim.id);
    assert.match(JSON.stringify(unknown.data), /GameUnknown/);
    const foreign = await optisync(CHALLENGER, "game", "split", game);
    assert.match(JSON.stringify(foreign.data), /NotStaker/);
  });

  it("plays all seventeen moves by hand, states and proofs from files", async () => {
    for (const index of ["0", "1"]) {
      await requireDone(PROPOSER, "split", game);
      await requireDone(CHALLENGER, "point", game, index);
    }
    const missing = await optisync(PROPOSER, "game", "enter", game);
    // The toy on B is not the machine that this program has.
    assert.match(JSON.stringify(missing.data), /MachineForeign/);
    await requireDone(PROPOSER, "enter", game, "--points", await writeStates());
    await requireDone(CHALLENGER, "point", game, "0");
    for (let round = 0; round < 5; round++) {
      await requireDone(PROPOSER, "split", game, "--points", await writeStates());
      await requireDone(CHALLENGER, "point", game, "1");
    }
    await writeStates();
    await requireDone(PROPOSER, "prove", game, "--proof", join(folder, "proof"));
    assert.equal((await bench.game(game)).outcome, "Defended");
  });

  it("refuses files that hold something else", async () => {
    const path = join(folder, "bad.json");
    await requireDone(CHALLENGER, "open", claim.id, "--nonce", "1");
    const [, other] = [...(await bench.ledger()).games.keys()];
    for (const [content, code] of [
      ["[]", "FileMalformed"],
      ["nonsense", "FileUnreadable"],
    ] as const) {
      await writeFile(path, content);
      const { data } = await optisync(PROPOSER, "game", "split", other ?? "", "--points", path);
      assert.match(JSON.stringify(data), new RegExp(code));
    }
  });

  it("lists and shows games as people read them", async () => {
    const listed = await optisync(PROPOSER, "game", "list", "--text");
    assert.match(listed.text, /defended: the step was proven/);
    assert.match(listed.text, /the defender has \d+ s to cut the interval into 64/);
    const open = await optisync(PROPOSER, "game", "list", "--open", "--text");
    assert.doesNotMatch(open.text, /defended/);
    const shown = await optisync(PROPOSER, "game", "show", game, "--text");
    assert.match(shown.text, /challenger {2}pointed at part 1: block 3 /);
    assert.match(shown.text, /pointed at part 1: step 17043522 of block 3 /);
  });

  it("watches a game until it is over, and ends one whose defender has gone", async () => {
    const watched = await optisync(PROPOSER, "game", "watch", game, "--text");
    assert.match(watched.text, /16 {2}challenger/);
    const [, other] = [...(await bench.ledger()).games.keys()];
    await bench.test.advance(3_601n);
    await requireDone(PROPOSER, "timeout", other ?? "");
    assert.equal((await bench.game(other ?? "")).outcome, "DefenderTimedOut");
    for (const how of ["timeout", "settle"]) {
      const { data } = await optisync(PROPOSER, "game", how, other ?? "");
      assert.match(JSON.stringify(data), /MoveNotDue.*the game is over: DefenderTimedOut/);
    }
  });
});
