import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { OptisyncError } from "../shared/runtime/errors.js";

/** What a local destination chain should be like. Everything has a default fit for tests. */
export interface DestinationNodeOptions {
  chainId?: bigint;
  hardfork?: "london" | "cancun" | "prague" | "osaka";
  /** "instant" mines every transaction at once, "manual" mines only on request, a number is a block time in seconds. */
  mining?: "instant" | "manual" | number;
  baseFeeWei?: bigint;
  genesisTimestamp?: number;
  accounts?: number;
  port?: number;
  /** Blocks per epoch; "finalized" is two epochs behind the head. */
  slotsInEpoch?: number;
  extraArguments?: string[];
}

/** A running anvil on the loopback interface. Its keys are public: for tests and demonstrations only. */
export interface DestinationNode {
  readonly url: string;
  readonly chainId: bigint;
  readonly processId: number;
  /** Addresses of the funded development accounts, and how to get their keys. */
  readonly accounts: readonly { address: string; privateKey: string }[];
  rpc<T = unknown>(method: string, params?: unknown[]): Promise<T>;
  /** Mines blocks, the first of them `secondsAhead` after its parent if given. */
  mine(blocks?: number, secondsAhead?: number): Promise<void>;
  /** Ends the process and waits until it is gone. */
  close(): Promise<void>;
}

/** Starts anvil on a free loopback port and waits until it listens. */
export async function startDestinationNode(options: DestinationNodeOptions = {}): Promise<DestinationNode> {
  const chainId = options.chainId ?? 31337n;
  const child = spawn(anvilBinary(), anvilArguments(options, chainId), { stdio: ["ignore", "pipe", "pipe"] });
  const killAtExit = (): void => void child.kill("SIGKILL");
  process.once("exit", killAtExit);
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => {
      process.off("exit", killAtExit);
      resolve();
    });
  });
  const { url, accounts } = await readBanner(child);

  const rpc = async <T>(method: string, params: unknown[] = []): Promise<T> => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const answer = (await response.json()) as { result?: T; error?: { code: number; message: string } };
    if (answer.error !== undefined) {
      throw new OptisyncError("DevelopmentNodeRefused", `${method}: ${answer.error.message}`, {
        action: "halt",
        details: { method, rpcError: answer.error },
      });
    }
    return answer.result as T;
  };

  return {
    url,
    chainId,
    processId: child.pid ?? 0,
    accounts,
    rpc,
    async mine(blocks = 1, secondsAhead) {
      if (secondsAhead !== undefined) await rpc("evm_increaseTime", [secondsAhead]);
      for (let i = 0; i < blocks; i++) await rpc("evm_mine");
    },
    async close() {
      child.kill("SIGTERM");
      const hardKill = setTimeout(() => child.kill("SIGKILL"), 3_000);
      await gone;
      clearTimeout(hardKill);
    },
  };
}

function anvilArguments(options: DestinationNodeOptions, chainId: bigint): string[] {
  const args = ["--host", "127.0.0.1", "--port", String(options.port ?? 0), "--chain-id", String(chainId)];
  args.push("--hardfork", options.hardfork ?? "prague", "--accounts", String(options.accounts ?? 10));
  const mining = options.mining ?? "instant";
  if (mining === "manual") args.push("--no-mining");
  else if (typeof mining === "number") args.push("--block-time", String(mining));
  if (options.baseFeeWei !== undefined) args.push("--block-base-fee-per-gas", String(options.baseFeeWei));
  if (options.genesisTimestamp !== undefined) args.push("--timestamp", String(options.genesisTimestamp));
  if (options.slotsInEpoch !== undefined) args.push("--slots-in-an-epoch", String(options.slotsInEpoch));
  return [...args, ...(options.extraArguments ?? [])];
}

/** The native binary itself, so that killing the child ends the node and not only a wrapper around it. */
function anvilBinary(): string {
  const require = createRequire(import.meta.url);
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const suffix = process.platform === "win32" ? ".exe" : "";
  try {
    return require.resolve(`@foundry-rs/anvil-${process.platform}-${architecture}/bin/anvil${suffix}`);
  } catch (cause) {
    throw new OptisyncError("AnvilMissing", `no anvil for ${process.platform}-${architecture} is installed`, {
      action: "halt",
      cause,
    });
  }
}

/** Reads accounts and port from what anvil prints at start; later output is drained and dropped. */
async function readBanner(child: ChildProcess): Promise<Pick<DestinationNode, "url" | "accounts">> {
  const addresses: string[] = [];
  const keys: string[] = [];
  const complaints: string[] = [];
  if (child.stdout === null || child.stderr === null) throw new Error("anvil was started without pipes");
  const lines = createInterface({ input: child.stdout });
  child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk.toString()));
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      reject(
        new OptisyncError("DevelopmentNodeFailed", `anvil did not start: ${why}`, {
          action: "halt",
          details: { output: complaints.join("").slice(-2_000) },
        }),
      );
    };
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`exit code ${String(code)}`));
    lines.on("line", (line) => {
      const address = /^\(\d+\) (0x[0-9a-fA-F]{40}) /.exec(line)?.[1];
      const key = /^\(\d+\) (0x[0-9a-fA-F]{64})$/.exec(line)?.[1];
      const port = /^Listening on .*:(\d+)$/.exec(line)?.[1];
      if (address !== undefined) addresses.push(address);
      if (key !== undefined) keys.push(key);
      if (port === undefined) return;
      const accounts = addresses.map((address, index) => ({ address, privateKey: keys[index] ?? "" }));
      resolve({ url: `http://127.0.0.1:${port}`, accounts });
    });
  });
}
