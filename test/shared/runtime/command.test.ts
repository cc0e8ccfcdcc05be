import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import {
  defineCommand,
  runCli,
  type AnyCommand,
  type CommandGroup,
} from "../../../shared/runtime/command.js";
import { OptisyncError } from "../../../shared/runtime/errors.js";
import { amountWei, bytes32, yesOrNo } from "../../../shared/runtime/quantities.js";

const show = defineCommand({
  command: "show <claim-id>",
  describe: "show a claim",
  options: {
    claimId: { describe: "the id", schema: bytes32 },
    bond: { describe: "the bond", schema: amountWei.default(1n) },
    dryRun: { describe: "do nothing", schema: yesOrNo.default(false), isSwitch: true },
  },
  examples: [["optisync claims show 0x12", "shows it"]],
  handler(context, { claimId, bond, dryRun }) {
    context.logger.info({ claimId }, "claim shown");
    context.output({ claimId, bond, dryRun, url: "http://u:p@h/" }, `bond ${bond} ${String(dryRun)}`);
    return Promise.resolve();
  },
});
const fail = defineCommand({
  command: "fail",
  describe: "fail",
  options: { how: { describe: "how", schema: z.enum(["retry", "halt", "bug"]) } },
  handler(_context, { how }) {
    if (how === "bug") throw new TypeError("unexpected");
    throw new OptisyncError("Broken", "it broke", { action: how, details: { amount: 7n } });
  },
});
const commands: (AnyCommand | CommandGroup)[] = [
  { command: "claims", describe: "about claims", commands: [show] },
  fail,
];
const id = `0x${"ab".repeat(32)}`;

async function cli(args: string[], environment: Record<string, string> = {}) {
  const written = { out: "", err: "" };
  const exitCode = await runCli({
    args,
    environment,
    version: "1.2.3",
    commands,
    epilogue: "the end",
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
    isInputTerminal: false,
  });
  return { exitCode, ...written };
}

describe("runCli", () => {
  it("runs a command with its options and prints text", async () => {
    const { exitCode, out, err } = await cli(["claims", "show", id, "--bond", "2gwei", "--dry-run"]);
    assert.deepEqual([exitCode, out], [0, "bond 2000000000 true\n"]);
    const line = JSON.parse(err) as Record<string, unknown>;
    assert.deepEqual([line["level"], line["msg"], line["claimId"]], ["info", "claim shown", id]);
  });

  it("prints one line of JSON for scripts", async () => {
    const { out } = await cli(["claims", "show", id, "--json", "--log-level", "silent"]);
    assert.deepEqual(JSON.parse(out), { claimId: id, bond: "1", dryRun: false, url: "http://h" });
  });

  it("takes options from the environment and the configuration file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "optisync-config-"));
    const path = join(folder, "c.json");
    await writeFile(path, JSON.stringify({ bond: "3wei", logLevel: "silent" }));
    assert.equal((await cli(["claims", "show", id, "--config", path])).out, "bond 3 false\n");
    assert.equal((await cli(["claims", "show", id], { OPTISYNC_CONFIG: path })).out, "bond 3 false\n");
    const environment = { OPTISYNC_BOND: "4wei", OPTISYNC_CONFIG: path };
    assert.equal((await cli(["claims", "show", id], environment)).out, "bond 4 false\n");
    await rm(folder, { recursive: true });
  });

  const refused: [string, string[], RegExp][] = [
    ["no command", [], /no command given/],
    ["an unknown command, with a suggestion", ["clams"], /Unknown argument: clams, did you mean claims\?/],
    ["an unknown flag, with a suggestion", ["claims", "show", id, "--bnod", "1wei"], /did you mean bond\?/],
    ["a wrong value", ["claims", "show", id, "--bond", "1"], /--bond must be an amount with its unit/],
    ["a missing argument", ["claims", "show"], /Not enough/],
    ["a wrong argument", ["claims", "show", "0x12"], /<claim-id> must be 32 bytes/],
    ["a flag twice", ["claims", "show", id, "--bond", "1wei", "--bond", "2wei"], /more than once/],
    ["a missing file", ["claims", "show", id, "--config", "/nowhere.json"], /cannot be read/],
    ["a secret", ["claims", "show", "ab".repeat(32)], /SecretInArguments/],
  ];
  for (const [name, args, message] of refused) {
    it(`refuses ${name} with exit code 1`, async () => {
      const { exitCode, out, err } = await cli(args);
      assert.deepEqual([exitCode, out], [1, ""]);
      assert.match(err, message);
    });
  }

  it("never repeats a stray key", async () => {
    const { err } = await cli(["fail", "--how", "retry", `0x${"1f".repeat(32)}`]);
    assert.ok(!err.includes("1f1f"), err);
  });

  it("maps errors to exit codes and prints them, as JSON if asked", async () => {
    assert.equal((await cli(["fail", "--how", "halt"])).exitCode, 1);
    assert.equal((await cli(["fail", "--how", "bug"])).exitCode, 75);
    const { exitCode, err } = await cli(["fail", "--how", "retry", "--json"]);
    assert.equal(exitCode, 75);
    assert.deepEqual(JSON.parse(err), {
      error: { code: "Broken", message: "it broke", action: "retry", details: { amount: "7" } },
    });
  });
});
