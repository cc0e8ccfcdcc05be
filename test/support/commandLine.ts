import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Wallet } from "ethers";
import { writeManifest } from "../../shared/chain/manifest.js";
import { runCli, type AnyCommand, type CommandGroup } from "../../shared/runtime/command.js";
import type { TestDeployment } from "./deployment.js";

/** Types commands as a person does, in this process, against the chains of a test. */
export interface CommandLine {
  /** The file with the deployment's addresses. */
  readonly deployment: string;
  /** The JSON result of a command that has to end well. */
  works(...args: string[]): Promise<Record<string, unknown>>;
  /** A command has to fail with this error, whose JSON has these words. */
  fails(code: string, words: RegExp, ...args: string[]): Promise<void>;
  close(): Promise<void>;
}

export interface CommandLineOptions {
  commands: readonly (AnyCommand | CommandGroup)[];
  /** The node of A that commands are told. */
  sourceUrl: string;
  wallet: Wallet;
  /** More of what commands are told by the environment. */
  environment?: Readonly<Record<string, string>>;
}

export async function openCommandLine(
  chains: TestDeployment,
  { commands, sourceUrl, wallet, environment = {} }: CommandLineOptions,
): Promise<CommandLine> {
  const folder = await mkdtemp(join(tmpdir(), "optisync-commands-"));
  const deployment = join(folder, "deployment.json");
  await writeFile(deployment, writeManifest(chains.manifest));

  async function run(args: readonly string[]): Promise<{ exitCode: number; data: Record<string, unknown> }> {
    // Confirmed events are a block old.
    await chains.advance(0);
    const [out, err]: [string[], string[]] = [[], []];
    const exitCode = await runCli({
      args: [...args, "--json"],
      environment: {
        OPTISYNC_DESTINATION_RPC: chains.destinationNode.url,
        OPTISYNC_DEPLOYMENT: deployment,
        OPTISYNC_DESTINATION_CONFIRMATIONS: "1",
        OPTISYNC_SOURCE_RPC: sourceUrl,
        OPTISYNC_PRIVATE_KEY: wallet.privateKey,
        OPTISYNC_LOG_LEVEL: "error",
        ...environment,
      },
      version: "0",
      commands,
      epilogue: "",
      stdout: { write: (text: string) => out.push(text) },
      stderr: { write: (text: string) => err.push(text) },
      isInputTerminal: false,
    });
    const lines = (exitCode === 0 ? out : err).join("").trim().split("\n");
    const data = JSON.parse(lines.at(-1) ?? "{}") as Record<string, unknown>;
    return { exitCode, data: (data["error"] as Record<string, unknown> | undefined) ?? data };
  }

  return {
    deployment,
    async works(...args) {
      const { exitCode, data } = await run(args);
      assert.equal(exitCode, 0, JSON.stringify(data));
      return data;
    },
    async fails(code, words, ...args) {
      const { exitCode, data } = await run(args);
      assert.notEqual(exitCode, 0);
      assert.equal(data["code"], code, JSON.stringify(data));
      assert.match(JSON.stringify(data), words);
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
