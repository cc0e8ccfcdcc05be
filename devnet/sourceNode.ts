import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface SourceNodeOptions {
  chainId?: bigint | number;
  hardfork?: "cancun" | "prague";
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

const POLL_MS = 100;

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
  const child = spawn(
    process.execPath,
    [hardhatCli(), "--config", config, "node", "--hostname", "127.0.0.1", "--port", String(port)],
    {
      // Hardhat refuses to run from a folder in which it is not installed.
      cwd: projectRoot(),
      env: { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: "true", NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const output = keepTail(child);
  // The child must not outlive its parent, however that ends.
  const killOnExit = (): void => void child.kill("SIGKILL");
  process.once("exit", killOnExit);
  const close = async (): Promise<void> => {
    process.off("exit", killOnExit);
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    }
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await answering(url, child, options);
  } catch (cause) {
    await close();
    throw new Error(`the source node did not start: ${output()}`, { cause });
  }
  return { url, chainId, port, processId: child.pid ?? 0, close };
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

function keepTail(child: ChildProcess): () => string {
  let tail = "";
  const append = (chunk: Buffer): void => {
    tail = (tail + chunk.toString("utf8")).slice(-2000);
  };
  child.stdout?.on("data", append);
  child.stderr?.on("data", append);
  return () => tail.trim();
}

async function answering(url: string, child: ChildProcess, options: SourceNodeOptions): Promise<void> {
  const deadline = Date.now() + (options.startupMs ?? 60_000);
  for (;;) {
    options.signal?.throwIfAborted();
    if (child.exitCode !== null || child.signalCode !== null) throw new Error("its process ended");
    if (await isAnswering(url)) return;
    if (Date.now() > deadline) throw new Error("it did not answer in time");
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function isAnswering(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
      signal: AbortSignal.timeout(2000),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** A port of the loopback address that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}
