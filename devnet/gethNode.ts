import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ExecutionForks, ForkName } from "../shared/execution/forks.js";
import { freePort, startNodeProcess } from "./nodeProcess.js";
import type { SourceNode } from "./sourceNode.js";
import { systemContracts } from "./systemContracts.js";

const FORKS = ["shanghai", "cancun", "prague", "osaka"] as const satisfies readonly ForkName[];
type GethFork = (typeof FORKS)[number];

export interface GethNodeOptions {
  chainId?: bigint;
  /** First block in which each fork holds; one left out holds with its predecessor, Shanghai from the first block on. */
  forkBlocks?: Partial<Record<GethFork, bigint>>;
  /** Addresses that hold 10^24 wei from the beginning. */
  funded?: readonly string[];
  startupMs?: number;
  signal?: AbortSignal;
}

/** A running geth that makes a block as soon as there is a transaction or a withdrawal for one. */
export interface GethNode extends SourceNode {
  /** The rules that the chain was started with. */
  readonly forks: ExecutionForks;
}

/** The newest version that could be built from modules alone; it has debug_executionWitness and Osaka's rules. */
export const GETH_VERSION = "v1.16.9";

/** Where `tools/geth.ts` puts the program. */
export const gethProgram = fileURLToPath(new URL(`../.cache/geth-${GETH_VERSION}/geth`, import.meta.url));

export function isGethInstalled(): boolean {
  return existsSync(gethProgram);
}

/**
 * Time of the first block, far ahead of the clock: geth then gives each block the time of its parent and one second,
 * and forks by time begin at known blocks.
 */
const GENESIS_SECONDS = 4_102_444_800n;
const GAS_LIMIT = "0x3938700";

/** Starts geth's development chain with its own genesis: loopback only, no peers, data in a folder that goes with it. */
export async function startGethNode(options: GethNodeOptions = {}): Promise<GethNode> {
  const chainId = options.chainId ?? 1337n;
  const folder = await mkdtemp(join(tmpdir(), "optisync-geth-"));
  const [port, enginePort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const forks = forksOf(chainId, options);
    const genesis = join(folder, "genesis.json");
    await writeFile(genesis, JSON.stringify(genesisOf(forks, options.funded ?? [])));
    const storage = ["--datadir", join(folder, "data"), "--state.scheme", "hash"];
    await promisify(execFile)(gethProgram, ["init", ...storage, genesis]);
    const node = await startNodeProcess({
      name: "geth",
      command: gethProgram,
      args: [
        ...[...storage, "--gcmode", "archive", "--dev", "--nodiscover", "--maxpeers", "0", "--ipcdisable"],
        ...["--http", "--http.addr", "127.0.0.1", "--http.port", String(port)],
        ...["--http.api", "eth,debug,dev,web3", "--port", "0"],
        ...["--authrpc.addr", "127.0.0.1", "--authrpc.port", String(enginePort)],
        ...["--txpool.accountqueue", "1000", "--txpool.accountslots", "1000"],
      ],
      url,
      startupMs: options.startupMs,
      signal: options.signal,
    });
    const close = async (): Promise<void> => {
      await node.close();
      await removeFolder();
    };
    return { url, chainId, forks, port, processId: node.processId, close };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

function forksOf(chainId: bigint, { forkBlocks = {} }: GethNodeOptions): ExecutionForks {
  let block = 0n;
  const forks = FORKS.map((name) => {
    block = forkBlocks[name] ?? block;
    return { name, timestamp: block === 0n ? 0n : GENESIS_SECONDS + block };
  });
  return { chainId, forks };
}

function genesisOf(forks: ExecutionForks, funded: readonly string[]): unknown {
  const start = "homestead eip150 eip155 eip158 byzantium constantinople petersburg istanbul berlin london";
  const times = forks.forks.map(({ name, timestamp }) => [`${name}Time`, Number(timestamp)] as const);
  return {
    config: {
      chainId: Number(forks.chainId),
      ...Object.fromEntries(start.split(" ").map((name) => [`${name}Block`, 0])),
      terminalTotalDifficulty: 0,
      ...Object.fromEntries(times),
      blobSchedule: {
        cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3_338_477 },
        prague: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
        osaka: { target: 6, max: 9, baseFeeUpdateFraction: 5_007_716 },
      },
    },
    timestamp: `0x${GENESIS_SECONDS.toString(16)}`,
    gasLimit: GAS_LIMIT,
    baseFeePerGas: "0x3b9aca00",
    difficulty: "0x0",
    alloc: {
      ...Object.fromEntries(
        systemContracts.map(({ address, code }) => [
          address.slice(2),
          { balance: "0x0", nonce: "0x1", code },
        ]),
      ),
      ...Object.fromEntries(
        funded.map((address) => [address.slice(2), { balance: `0x${(10n ** 24n).toString(16)}` }]),
      ),
    },
  };
}
