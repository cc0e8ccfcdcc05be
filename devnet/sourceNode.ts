import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, startNodeProcess } from "./nodeProcess.js";

export interface SourceNodeOptions {
  chainId?: bigint | number;
  hardfork?: "shanghai" | "cancun" | "prague" | "osaka";
  /** "instant" mines every transaction at once, "manual" mines only on request, a number is a block time in seconds. */
  mining?: "instant" | "manual" | number;
  /** Default: a free one. */
  port?: number;
  /** How long the node may take to answer for the first time. */
  startupMs?: number;
  signal?: AbortSignal;
}

/** A running source chain. The accounts are Hardhat's well-known development accounts, unlocked. */
export interface SourceNode {
  readonly url: string;
  readonly chainId: bigint;
  readonly port: number;
  readonly processId: number;
  /** Ends the process and waits until it is gone. */
  close(): Promise<void>;
}

/**
 * Starts Hardhat's node, whose state roots are Ethereum's, as the source chain: a separate process on the loopback
 * address. Rejects if it ends or does not answer in time; the last of its output is in the error.
 */
export async function startSourceNode(options: SourceNodeOptions = {}): Promise<SourceNode> {
  const chainId = BigInt(options.chainId ?? 31_337n);
  const port = options.port ?? (await freePort());
  const folder = await mkdtemp(join(tmpdir(), "optisync-source-"));
  const config = join(folder, "hardhat.config.cjs");
  await writeFile(config, configOf(chainId, options));
  const url = `http://127.0.0.1:${port}`;
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const node = await startNodeProcess({
      name: "the source node",
      command: process.execPath,
      args: [hardhatCli(), "--config", config, "node", "--hostname", "127.0.0.1", "--port", String(port)],
      url,
      // Hardhat refuses to run from a folder in which it is not installed.
      cwd: projectRoot(),
      environment: { HARDHAT_DISABLE_TELEMETRY_PROMPT: "true", NO_COLOR: "1" },
      startupMs: options.startupMs,
      signal: options.signal,
    });
    const close = async (): Promise<void> => {
      await node.close();
      await removeFolder();
    };
    return { url, chainId, port, processId: node.processId, close };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

function configOf(chainId: bigint, options: SourceNodeOptions): string {
  const { hardfork = "prague", mining = "instant" } = options;
  const network = {
    chainId: Number(chainId),
    hardfork,
    mining: { auto: mining === "instant", interval: typeof mining === "number" ? mining * 1000 : 0 },
  };
  return `module.exports = ${JSON.stringify({ solidity: "0.8.28", networks: { hardhat: network } })};\n`;
}

function hardhatCli(): string {
  return createRequire(import.meta.url).resolve("hardhat/internal/cli/bootstrap.js");
}

function projectRoot(): string {
  return dirname(dirname(fileURLToPath(import.meta.url)));
}
