/**
 * `npm run bench:machine`: how fast the machine executes blocks, how long one round of a game takes, how much memory its snapshots
 * take, and what proofs cost on B. Prints tables and keeps them in `machine.md`. Nothing passes or fails by it.
 */
import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { fromHex, keccak256, toHex } from "../shared/execution/crypto.js";
import { Witness } from "../shared/execution/witness.js";
import { readMachineArtifacts } from "../shared/machine/artifacts.js";
import { opcodeName } from "../shared/machine/opcodeNames.js";
import { finalDifference, openBlock } from "../shared/machine/openBlock.js";
import type { Machine } from "../shared/machine/Machine.js";
import { encodeProof, proveStep } from "../shared/machine/Proof.js";
import { FrameKind, JobKind, Phase } from "../shared/machine/State.js";
import { advance } from "../shared/machine/Stepper.js";
import { Trace } from "../shared/machine/Trace.js";
import { StepVerifier } from "../shared/machine/Verifier.js";
import {
  addressOf,
  buildBlock,
  keys,
  signTransaction,
  systemAccounts,
} from "../test/shared/machine/support/buildBlock.js";
import { median, table } from "./measure.js";
import { BenchChain, kinds, mainnetWorkload, type Workload } from "./workloads.js";

const ROUND_POINTS = 64;
const BLOCK_GAS = 60_000_000n;
const CONTRACT = "0x00000000000000000000000000000000000a0001";
/** Steps that are proven, spread over the mainnet block, besides the first of each class. */
const SAMPLE = 500;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const artifacts = readMachineArtifacts();
const load = loadavg();

/** Endless loops that a transaction runs until its gas is gone: code and what it is heavy on. */
const LOOPS: Readonly<Record<string, string>> = {
  "60M gas of arithmetic": "5f5b6001018060030260071650600156",
  "60M gas of memory": "5f5b60200180620ffff016518152600156",
  "60M gas of KECCAK256 of 1 KB": "5f5b6001016104005f2050600156",
  "60M gas of cold SLOAD": "5f5b600101805450600156",
  "60M gas of SSTORE": "5f5b600101808055600156",
  "60M gas of TSTORE": "5f5b60010180805d600156",
  "60M gas of MCOPY of 4 KB": "5f5b6001016110005f5f5e600156",
};

interface Subject {
  name: string;
  open(): Machine;
  /** For blocks whose header says how they end. */
  check?: (end: Machine) => string | undefined;
}

const subjects: Subject[] = [];
const chain = await BenchChain.start();
for (const kind of kinds) subjects.push(workloadSubject(await chain.workload(kind)));
await chain.close();
subjects.push(workloadSubject(await mainnetWorkload()));
for (const [name, code] of Object.entries(LOOPS)) subjects.push(await loopSubject(name, code));

const rows: string[][] = [];
for (const subject of subjects) {
  rows.push(await measure(subject));
  print(rows.at(-1)?.join("  ") ?? "");
}
const proofs = await measureProofs(subjects.find(({ name }) => name.startsWith("mainnet")) as Subject);
const text = report(rows, proofs);
print(text);
await writeFile(new URL("machine.md", import.meta.url), text);

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

async function loopSubject(name: string, code: string): Promise<Subject> {
  const sender = keys[0] as Uint8Array;
  const account = { balance: "0x0", nonce: "0x1", code: `0x${code}`, storage: {} };
  const raw = signTransaction(0, [0n, 10n, BLOCK_GAS, fromHex(CONTRACT), 0n, new Uint8Array()], sender);
  const { input } = await buildBlock(
    {
      fork: "prague",
      pre: {
        ...systemAccounts("prague"),
        [CONTRACT]: account,
        [addressOf(sender)]: { balance: "0xde0b6b3a7640000000", nonce: "0x0", code: "0x", storage: {} },
      },
      transactions: [raw],
      gasLimit: BLOCK_GAS,
      results: { stateRoot: "00".repeat(32), gasUsed: 0n },
    },
    artifacts.programs,
  );
  return { name, open: () => openBlock(input).machine };
}

async function measure({ name, open, check }: Subject): Promise<string[]> {
  const trace = new Trace(open());
  const first = await cost(() => trace.run());
  const { end, length } = trace;
  const problem = end.phase === Phase.DONE ? undefined : "invalid";
  const wrong = problem ?? check?.(end);
  if (wrong !== undefined) throw new Error(`${name}: ${wrong}`);
  const gas = BigInt(end.gasUsed);
  const stride = Math.ceil(length / ROUND_POINTS);
  const round = await cost(async () => void trace.states(stride, stride, ROUND_POINTS - 1));
  return [
    name,
    (Number(gas) / 1e6).toFixed(2),
    length.toString(),
    first.cpuMs.toFixed(0),
    (length / first.cpuMs / 1e3).toFixed(2),
    (Number(gas) / first.cpuMs / 1e3).toFixed(1),
    round.cpuMs.toFixed(0),
    (process.memoryUsage().rss / 2 ** 20).toFixed(0),
  ];
}

/** Milliseconds of processor time of this process, garbage collection included. */
async function cost(run: () => Promise<void>): Promise<{ cpuMs: number }> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1e3 };
}

interface ProofSample {
  kind: string;
  gas: bigint;
  bytes: number;
}

/** Proves a sample of a block's steps and runs them through the Solidity stepper. */
async function measureProofs({ open }: Subject): Promise<ProofSample[]> {
  const m = open();
  const length = await steps(open());
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

async function steps(m: Machine): Promise<number> {
  advance(m, Number.MAX_SAFE_INTEGER);
  return m.steps;
}

function kindOf(m: Machine): string {
  if (m.job.kind !== JobKind.NONE) return `job ${JobKind[m.job.kind]}`;
  if (m.phase !== Phase.RUN) return `phase ${Phase[m.phase]}`;
  if (m.frame.kind === FrameKind.PRECOMPILE) return "precompile, begun";
  return m.op === 0 ? "fetch" : `latched ${opcodeName(m.op)}`;
}

function report(speeds: readonly string[][], samples: readonly ProofSample[]): string {
  const [cpu] = cpus();
  const classes = [...new Set(samples.map(({ kind }) => kind))].sort();
  const all = (pick: (sample: ProofSample) => number): string[] => {
    const values = samples.map(pick);
    return [median(values).toFixed(0), Math.max(...values).toFixed(0)];
  };
  const proofRows = classes.map((kind) => {
    const own = samples.filter((sample) => sample.kind === kind);
    const [gas, bytes] = [own.map((sample) => Number(sample.gas)), own.map((sample) => sample.bytes)];
    const worst = [Math.max(...gas).toString(), Math.max(...bytes).toString()];
    return [
      kind,
      String(own.length),
      median(gas).toFixed(0),
      worst[0],
      median(bytes).toFixed(0),
      worst[1],
    ] as string[];
  });
  const [gasMedian, gasWorst] = all(({ gas }) => Number(gas));
  const [bytesMedian, bytesWorst] = all(({ bytes }) => bytes);
  const speedHead = ["block", "Mgas", "steps", "first run, ms", "Msteps/s", "Mgas/s", "round, ms", "RSS, MB"];
  const proofHead = ["step", "proven", "gas, median", "worst", "bytes, median", "worst"];
  return `# Speed of the machine

${new Date().toISOString().slice(0, 10)}; ${availableParallelism()} cores (${cpu?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB; Node ${process.version}. Load average before the first measurement: ${load.map((value) => value.toFixed(1)).join(", ")}.

## Executing

${table(speedHead, speeds)}

Times are processor time of the whole process, so that other work on the machine does not count; a garbage collector on a second core
does. **First run**: from the first state to the last, with snapshots. **Round**: the hashes of ${ROUND_POINTS - 1} states at equal distances over the
whole block, which is the longest round of a game; every later one runs over a part of it. **RSS** is that of the process at that point.
The loops run until their transaction's gas is gone, so that everything they did is undone at the end.

## Proving

Steps of the mainnet block: the first of each class and about ${SAMPLE} at equal distances, run through the Solidity stepper in this process. Gas is that of a
whole transaction, data included. All together: median ${gasMedian} gas and ${bytesMedian} bytes, worst ${gasWorst} gas and ${bytesWorst} bytes. The worst steps that could be made by hand are in \`snapshots/MachineSteps.json\`.

${table(proofHead, proofRows)}
`;
}
