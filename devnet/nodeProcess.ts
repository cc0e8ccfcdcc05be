import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

export interface NodeProcessOptions {
  /** What the node is called in errors. */
  name: string;
  command: string;
  args: readonly string[];
  /** Where it answers JSON-RPC once it is up. */
  url: string;
  cwd?: string;
  environment?: Record<string, string>;
  /** How long the node may take to answer for the first time. */
  startupMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** A node that runs as a process of its own and does not outlive this one. */
export interface NodeProcess {
  readonly processId: number;
  /** Ends the process and waits until it is gone. */
  close(): Promise<void>;
}

const POLL_MS = 50;
const STARTUP_MS = 60_000;

/** Starts a node and waits until it answers. Rejects if it ends or stays silent; the last of its output is in the error. */
export async function startNodeProcess(options: NodeProcessOptions): Promise<NodeProcess> {
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = keepTail(child);
  // The child must not outlive its parent, however that ends.
  const killOnExit = (): void => void child.kill("SIGKILL");
  process.once("exit", killOnExit);
  const close = async (): Promise<void> => {
    process.off("exit", killOnExit);
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  let failure: Error | undefined;
  child.once("error", (error) => {
    failure = error;
  });
  try {
    await answering(child, options, () => failure);
  } catch (cause) {
    await close();
    throw new Error(`${options.name} did not start: ${output()}`, { cause });
  }
  return { processId: child.pid ?? 0, close };
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

async function answering(
  child: ChildProcess,
  { url, startupMs = STARTUP_MS, signal }: NodeProcessOptions,
  failure: () => Error | undefined,
): Promise<void> {
  const deadline = Date.now() + startupMs;
  for (;;) {
    signal?.throwIfAborted();
    const error = failure();
    if (error !== undefined) throw error;
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
