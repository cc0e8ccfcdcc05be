/**
 * `npm run bench:execution`: how fast blocks are executed, beside EthereumJS as it comes and EDR, and how soon a new
 * block has a verdict. Prints a table and keeps it in `execution.md`. Nothing passes or fails by it.
 */
import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { createWorkers } from "../shared/chain/workers.js";
import { prepareBare, runInWorkers, runOptisync } from "./engines.js";
import { measureLatency, POLL_MS } from "./latency.js";
import { median, medianMs, sinceMs, speed, table } from "./measure.js";
import { coreScaling } from "./scaling.js";
import { BenchChain, kinds, mainnetWorkload, type Workload } from "./workloads.js";

const RUNS = 7;
const BARE_RUNS = 3;
const WORKER_RUNS = 5;
/** Blocks per measurement with workers, so that both have some to do from beginning to end: the more the smaller. */
const BLOCKS = 8;
const SMALL_BLOCKS = 48;
const SMALL_GAS = 5_000_000n;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const load = loadavg();
const chain = await BenchChain.start();
const workloads: Workload[] = [];
for (const kind of kinds) {
  workloads.push(await chain.workload(kind));
  print(`made: ${kind}`);
}
const latencies = await measureLatency(chain);
await chain.close();
workloads.push(await mainnetWorkload());

const rows: string[][] = [];
for (const workload of workloads) {
  rows.push(await measure(workload));
  print(rows.at(-1)?.join("  ") ?? "");
}
const head = [
  "block",
  "gas",
  "transactions",
  "bare EthereumJS",
  "optisync",
  "ratio",
  "1 worker",
  "2 workers",
  "ratio",
  "unrelated threads",
  "EDR, mining",
];
const text = await report(table(head, rows));
print(text);
await writeFile(new URL("execution.md", import.meta.url), text);

async function measure(workload: Workload): Promise<string[]> {
  const { name, gas, transactions, edrMs } = workload;
  const bare = await bareMs(workload);
  const own = await medianMs(RUNS, () => runOptisync(workload));
  const [one, two] = await workersMs(workload);
  const scaling = await coreScaling();
  return [
    name,
    gas.toString(),
    transactions.toString(),
    speed(gas, bare),
    speed(gas, own),
    `${(bare / own).toFixed(1)}x`,
    speed(gas, one),
    speed(gas, two),
    `${(one / two).toFixed(2)}x`,
    `${scaling.toFixed(2)}x`,
    edrMs === undefined ? "not measurable" : speed(gas, edrMs),
  ];
}

async function bareMs(workload: Workload): Promise<number> {
  const times: number[] = [];
  for (let index = -1; index < BARE_RUNS; index++) {
    const bare = await prepareBare(workload);
    const started = performance.now();
    await bare.run();
    if (index >= 0) times.push(sinceMs(started));
  }
  return median(times);
}

/** Milliseconds per block with one worker and with two, measured in turns: the machine is never the same for long. */
async function workersMs(workload: Workload): Promise<[one: number, two: number]> {
  const count = workload.gas < SMALL_GAS ? SMALL_BLOCKS : BLOCKS;
  const pools = [createWorkers({ size: 1 }), createWorkers({ size: 2 })] as const;
  const times: [number[], number[]] = [[], []];
  for (let run = -1; run < WORKER_RUNS; run++) {
    for (const [index, pool] of pools.entries()) {
      const started = performance.now();
      await Promise.all(Array.from({ length: count }, () => runInWorkers(workload, pool)));
      if (run >= 0) times[index]?.push(sinceMs(started) / count);
    }
  }
  await Promise.all(pools.map((pool) => pool.close()));
  return [median(times[0]), median(times[1])];
}

async function report(speeds: string): Promise<string> {
  const versions = await Promise.all(
    ["@ethereumjs/vm", "@nomicfoundation/edr", "hardhat"].map(async (name) => {
      const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
      return `${name} ${(JSON.parse(await readFile(file, "utf8")) as { version: string }).version}`;
    }),
  );
  const [cpu] = cpus();
  return `# Speed of execution

${new Date().toISOString().slice(0, 10)}; ${availableParallelism()} cores (${cpu?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB; Node ${process.version}, ${versions.join(", ")}. Load average before the first measurement: ${load.map((value) => value.toFixed(1)).join(", ")}: other work on the machine takes from every number, ratios are of the same run.

## Million gas per second

${speeds}

Medians, of ${RUNS} runs of optisync, ${BARE_RUNS} of bare EthereumJS and ${WORKER_RUNS} of ${BLOCKS} blocks (${SMALL_BLOCKS} of a small one) with workers. What is measured:

- **bare EthereumJS**: decoding the block and \`runBlock\` with default settings: MerkleStateManager over a trie in memory, no caches, its own cryptography. Its database holds the nodes of the witness, unchecked; filling it is not measured.
- **optisync**: from block and witness as bytes to the verdict, on one thread: hashing every node of the witness, checking the transactions' root, recovering senders, executing, writing the tries, comparing.
- **workers**: the same block many times through the pool that the challenger uses, with one worker and with two in turns; the first ratio is of bare to optisync, the second of one worker to two. The main thread hands each worker the witness as bytes, and the worker hashes them. **Unrelated threads** is how much more two threads of this machine do than one when they share nothing, measured right after each line's workers: virtual cores are often two halves of a real one, and this is the most that a second worker could bring. The garbage collector of a single worker already uses some of the second core, which lowers the ratio further; a ratio above it is the noise of a shared machine.
- **EDR, mining** (revm): how long \`evm_mine\` takes Hardhat's node with the same transactions in its pool; one run, the one that made the block. Senders were recovered before, when the transactions arrived; choosing transactions, receipts and state root are within, and so is what the node records while it executes. It is not re-execution: EDR has no call that imports a block with a witness, which is why nothing can be said about a real block.

## From a new block to its verdict

${table(
  ["block", "gas", "milliseconds"],
  latencies.map(({ name, gas, milliseconds }) => [name, gas.toString(), milliseconds.toFixed(0)]),
)}

One run each. From the node's answer to \`evm_mine\` until the challenger's look ahead has recorded the verdict, all over JSON-RPC with Hardhat's node, which has no execution witness: the state comes as proofs, account by account. The look ahead asks for the head every ${POLL_MS} ms here.
`;
}
