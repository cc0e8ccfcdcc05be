/**
 * `npm run bench:machine`: how fast the machine executes blocks, how long one round of a game takes, how much memory its snapshots
 * take, and what proofs cost on B. Prints tables and keeps them in `machine.md`. Nothing passes or fails by it.
 *
 * `npm run bench:machine -- TSTORE pairings`: only the blocks with one of these words in their name, and only their speed; the file
 * stays as it is.
 */
import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { keccak256, toHex } from "../shared/execution/crypto.js";
import { Witness } from "../shared/execution/witness.js";
import { asGameTrace } from "../shared/game/sourceMachine.js";
import { readMachineArtifacts } from "../shared/machine/artifacts.js";
import { opcodeName } from "../shared/machine/opcodeNames.js";
import { finalDifference, openBlock } from "../shared/machine/openBlock.js";
import type { Machine } from "../shared/machine/Machine.js";
import { encodeProof, proveStep } from "../shared/machine/Proof.js";
import { FrameKind, JobKind, Phase } from "../shared/machine/State.js";
import { advance } from "../shared/machine/Stepper.js";
import { Trace } from "../shared/machine/Trace.js";
import { StepVerifier } from "../shared/machine/Verifier.js";
import { heavyBlocks } from "./heavyBlocks.js";
import { loopBlock, loops, type Loop } from "./loops.js";
import { median, table } from "./measure.js";
import { BenchChain, kinds, mainnetWorkload, type Workload } from "./workloads.js";

const ROUND_POINTS = 64;
/** A measurement that takes more processor time is given up, and the table says so. */
const PATIENCE_MS = 30_000;
/** Steps of a block that are proven, spread over it, besides the first of each class. */
const SAMPLE = 250;
const PROVEN = ["ERC-20 transfers", "mainnet 19807080"];

const SPEED_HEAD = ["block", "Mgas", "steps", "first run, ms", "Msteps/s", "Mgas/s", "round, ms", "RSS, MB"];

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const artifacts = readMachineArtifacts();
const load = loadavg();

interface Subject {
  name: string;
  open(): Machine | Promise<Machine>;
  /** For blocks whose header says how they end. */
  check?: (end: Machine) => string | undefined;
}

const words = process.argv.slice(2);
const isAsked = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word));
const subjects = await askedSubjects();
const rows: string[][] = [];
for (const subject of subjects) {
  rows.push(await measure(subject));
  print(rows.at(-1)?.join("  ") ?? "");
}
if (words.length > 0) {
  print(table(SPEED_HEAD, rows));
  process.exit();
}
const proofs = new Map<string, ProofSample[]>();
for (const subject of subjects.filter(({ name }) => PROVEN.includes(name))) {
  proofs.set(subject.name, await measureProofs(subject));
  print(`proved ${proofs.get(subject.name)?.length} steps of ${subject.name}`);
}
const text = report(rows, proofs);
await writeFile(new URL("machine.md", import.meta.url), text);
print(text);

async function askedSubjects(): Promise<Subject[]> {
  const asked: Subject[] = [];
  if (kinds.some(isAsked)) {
    const chain = await BenchChain.start();
    for (const kind of kinds.filter(isAsked)) asked.push(workloadSubject(await chain.workload(kind)));
    await chain.close();
  }
  const rest = [
    workloadSubject(await mainnetWorkload()),
    ...loops.map(loopSubject),
    ...heavyBlocks.map(({ name, open }) => ({ name, open: () => open(artifacts.programs) })),
  ];
  return [...asked, ...rest.filter(({ name }) => isAsked(name))];
}

function workloadSubject(workload: Workload): Subject {
  const codes = new Map(workload.codes.map((code) => [toHex(keccak256(code)), code]));
  const open = (): ReturnType<typeof openBlock> => {
    const witness = new Witness();
    for (const node of workload.nodes) witness.addNode(node);
    return openBlock({
      block: workload.raw,
      parentStateRoot: workload.parentStateRoot,
      parentHeaderRlp: workload.parentHeaderRlp,
      witness,
      codes: (hash) => codes.get(hash),
      ancestors: {
        hashes: new Map(Object.entries(workload.ancestors).map(([at, hash]) => [BigInt(at), hash])),
        headers: new Map(),
      },
      forks: workload.forks,
      programs: artifacts.programs,
    });
  };
  const { header } = open();
  return { name: workload.name, open: () => open().machine, check: (end) => finalDifference(end, header) };
}

function loopSubject(loop: Loop): Subject {
  return {
    name: `60M gas of ${loop.name}`,
    open: async () => openBlock(await loopBlock(loop, artifacts.programs)).machine,
  };
}

async function measure({ name, open, check }: Subject): Promise<string[]> {
  const trace = new Trace(await open());
  const first = await cost((signal) => trace.run(signal));
  if (first.isGivenUp) return [name, "", "", `> ${first.cpuMs.toFixed(0)}`, "", "", "", rss()];
  const { end, length } = trace;
  const problem = end.phase === Phase.DONE ? undefined : "invalid";
  const wrong = problem ?? check?.(end);
  if (wrong !== undefined) throw new Error(`${name}: ${wrong}`);
  const gas = BigInt(end.gasUsed);
  const stride = Math.ceil(length / ROUND_POINTS);
  const points = Array.from({ length: ROUND_POINTS - 1 }, (_, at) => BigInt(stride * (at + 1)));
  const round = await cost((signal) => asGameTrace(trace).states(points, signal));
  return [
    name,
    (Number(gas) / 1e6).toFixed(2),
    length.toString(),
    first.cpuMs.toFixed(0),
    (length / first.cpuMs / 1e3).toFixed(2),
    (Number(gas) / first.cpuMs / 1e3).toFixed(1),
    `${round.isGivenUp ? "> " : ""}${round.cpuMs.toFixed(0)}`,
    rss(),
  ];
}

/** Megabytes of this process. */
function rss(): string {
  return (process.memoryUsage().rss / 2 ** 20).toFixed(0);
}

/** Milliseconds of processor time of this process, garbage collection included. */
async function cost(
  run: (signal: AbortSignal) => Promise<unknown>,
): Promise<{ cpuMs: number; isGivenUp: boolean }> {
  const before = process.cpuUsage();
  const spentMs = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e3;
  };
  const patience = new AbortController();
  const watch = setInterval(() => {
    if (spentMs() > PATIENCE_MS) patience.abort();
  }, 250);
  try {
    await run(patience.signal);
  } catch (error) {
    if (!patience.signal.aborted) throw error;
  } finally {
    clearInterval(watch);
  }
  return { cpuMs: spentMs(), isGivenUp: patience.signal.aborted };
}

interface ProofSample {
  kind: string;
  gas: bigint;
  bytes: number;
}

/** Proves a sample of a block's steps and runs them through the Solidity stepper. */
async function measureProofs({ open }: Subject): Promise<ProofSample[]> {
  const m = await open();
  const length = steps(await open());
  const { chainId, makesSystemCalls } = m.chain;
  const verifier = await StepVerifier.create(
    {
      chainId,
      makesSystemCalls,
      forks: [{ from: 0n, rules: 0, blobTarget: 3, blobMax: 6, blobFraction: 3_338_477n }],
      horizon: 2n ** 64n - 1n,
    },
    artifacts,
  );
  const samples: ProofSample[] = [];
  const seen = new Set<string>();
  const every = Math.max(1, Math.floor(length / SAMPLE));
  while (!m.isFinal) {
    const kind = kindOf(m);
    if (m.steps % every !== 0 && seen.has(kind)) {
      advance(m, m.steps + 1);
      continue;
    }
    seen.add(kind);
    const proof = proveStep(m);
    const verdict = await verifier.verify(proof);
    if (!("next" in verdict) || verdict.next !== m.hash()) throw new Error(`a ${kind} step was refused`);
    samples.push({ kind, gas: verdict.gas, bytes: encodeProof(proof).length });
  }
  return samples;
}

function steps(m: Machine): number {
  advance(m, Number.MAX_SAFE_INTEGER);
  return m.steps;
}

function kindOf(m: Machine): string {
  if (m.job.kind !== JobKind.NONE) return `job ${JobKind[m.job.kind]}`;
  if (m.phase !== Phase.RUN) return `phase ${Phase[m.phase]}`;
  if (m.frame.kind === FrameKind.PRECOMPILE) return "precompile, begun";
  return m.op === 0 ? "fetch" : `latched ${opcodeName(m.op)}`;
}

function report(speeds: readonly string[][], proven: ReadonlyMap<string, ProofSample[]>): string {
  const [cpu] = cpus();
  return `# Speed of the machine

${new Date().toISOString().slice(0, 10)}; ${availableParallelism()} cores (${cpu?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB; Node ${process.version}. Load average before the first measurement: ${load.map((value) => value.toFixed(1)).join(", ")}.

## Executing

${table(SPEED_HEAD, speeds)}

Times are processor time of the whole process, so that other work on the machine does not count; a garbage collector on a second core
does. **First run**: from the first state to the last, with snapshots. **Round**: the hashes of ${ROUND_POINTS - 1} states at equal distances over the
whole block, which is the longest round of a game; every later one runs over a part of it. **RSS** is that of the process at that point, in
which all blocks above it were measured. **>**: given up after ${PATIENCE_MS / 1000} seconds.
The loops run until their transaction's gas is gone, so that everything they did is undone at the end (\`loops.ts\`); the blocks after them do one dear thing again and again and succeed, precompiles with inputs that never repeat (\`heavyBlocks.ts\`).

## Proving

Of each block the first step of each class and about ${SAMPLE} at equal distances, run through the Solidity stepper in this process. Gas is that of a
whole transaction, data included. The dearest steps of each class that are known are in \`snapshots/MachineSteps.json\`.
${[...proven].map(([name, samples]) => proofSection(name, samples)).join("")}`;
}

function proofSection(name: string, samples: readonly ProofSample[]): string {
  const classes = [...new Set(samples.map(({ kind }) => kind))].sort();
  const summary = (of: readonly ProofSample[]): string[] =>
    [of.map(({ gas }) => Number(gas)), of.map(({ bytes }) => bytes)].flatMap((values) => [
      median(values).toFixed(0),
      String(Math.max(...values)),
    ]);
  const rowOf = (title: string, of: readonly ProofSample[]): string[] => [
    title,
    String(of.length),
    ...summary(of),
  ];
  const proofHead = ["step", "proven", "gas, median", "worst", "bytes, median", "worst"];
  return `
### ${name}

${table(proofHead, [
  ...classes.map((kind) =>
    rowOf(
      kind,
      samples.filter((sample) => sample.kind === kind),
    ),
  ),
  rowOf("all", samples),
])}
`;
}
