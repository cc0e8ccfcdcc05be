import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { isOptisyncError } from "../runtime/errors.js";
import { fromHex } from "./crypto.js";
import { ExecutionError } from "./errors.js";
import { ancestorsFrom, executeBlock, type BlockExecution } from "./executeBlock.js";
import { executableForks, singleFork } from "./forks.js";
import { readHeaderFields, splitBlock } from "./rawBlock.js";
import { Witness } from "./witness.js";

const hex = z.string().regex(/^0x([0-9a-f]{2})*$/i);
const hash = z.string().regex(/^0x[0-9a-f]{64}$/i);

/** One block with all that its execution needs. `expect` marks a fixture that must be refused, and why. */
const fixtureSchema = z.strictObject({
  name: z.string().min(1),
  source: z.string(),
  description: z.string().optional(),
  network: z.string(),
  chainId: z.string().regex(/^0x[0-9a-f]+$/i),
  hardfork: z.enum(executableForks),
  depositContractAddress: z
    .string()
    .regex(/^0x[0-9a-f]{40}$/i)
    .optional(),
  block: hex,
  parentStateRoot: hash,
  parentHash: hash,
  parentHeader: hex.optional(),
  ancestorHashes: z.record(z.string().regex(/^\d+$/), hash),
  witness: z.strictObject({ state: z.array(hex), codes: z.array(hex) }),
  expect: z.enum(["missing-node", "missing-sibling", "missing-code", "invalid-block"]).optional(),
});
export type Fixture = z.infer<typeof fixtureSchema>;

/** Reads a fixture, gzipped or not. @throws ExecutionError MalformedFixture naming the field */
export async function readFixture(path: string): Promise<Fixture> {
  const bytes = await readFile(path);
  let json: unknown;
  try {
    json = JSON.parse((path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
  } catch (cause) {
    throw new ExecutionError("MalformedFixture", `${path} is not JSON`, { path }, cause);
  }
  const parsed = fixtureSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue?.path.join(".") ?? "";
    throw new ExecutionError("MalformedFixture", `${path}: ${field}: ${issue?.message}`, { path, field });
  }
  return parsed.data;
}

/** Executes a fixture's block from its witness. */
export async function executeFixture(fixture: Fixture): Promise<BlockExecution> {
  const block = splitBlock(fromHex(fixture.block));
  requireParent(fixture, readHeaderFields(block.headerRlp).parentHash);
  const witness = new Witness();
  for (const node of fixture.witness.state) witness.addNode(fromHex(node));
  for (const code of fixture.witness.codes) witness.addCode(fromHex(code));
  const ancestors = Object.entries(fixture.ancestorHashes).map(([at, value]) => [BigInt(at), value] as const);
  return executeBlock({
    block,
    parentStateRoot: fixture.parentStateRoot.slice(2).toLowerCase(),
    witness,
    forks: singleFork(BigInt(fixture.chainId), fixture.hardfork, fixture.depositContractAddress),
    ancestorHash: ancestorsFrom(new Map(ancestors)),
  });
}

function requireParent(fixture: Fixture, parentHash: string): void {
  const parent =
    fixture.parentHeader === undefined ? undefined : readHeaderFields(fromHex(fixture.parentHeader));
  const isParent = fixture.parentHash.slice(2).toLowerCase() === parentHash;
  const isHeader =
    parent === undefined ||
    (parent.hash === parentHash && `0x${parent.stateRoot}` === fixture.parentStateRoot.toLowerCase());
  if (isParent && isHeader) return;
  throw new ExecutionError(
    "MalformedFixture",
    `${fixture.name}: the parent is not the one that the header names`,
    {
      name: fixture.name,
      parentHash: `0x${parentHash}`,
    },
  );
}

export interface ReplayOutcome {
  name: string;
  /** Does the block give what its header says, or fail in just the way that the fixture expects? */
  isPassed: boolean;
  gasUsed: bigint;
  milliseconds: number;
  /** "ok", the expected failure, or the first difference. */
  summary: string;
}

/** Replays one fixture file. Does not throw for what is wrong with the block: that is its outcome. */
export async function replayFixture(path: string): Promise<ReplayOutcome> {
  const started = performance.now();
  const fixture = await readFixture(path);
  const { failure, difference, gasUsed } = await attempt(fixture);
  const milliseconds = performance.now() - started;
  const isPassed = failure === fixture.expect;
  const found = difference ?? "ok";
  const refused = isPassed ? `refused as expected: ${found}` : `expected ${fixture.expect}, got: ${found}`;
  const summary = fixture.expect === undefined ? found : refused;
  return { name: fixture.name, isPassed, gasUsed, milliseconds, summary };
}

async function attempt(
  fixture: Fixture,
): Promise<{ failure?: string | undefined; difference?: string; gasUsed: bigint }> {
  try {
    const execution = await executeFixture(fixture);
    const difference = firstDifference(execution);
    if (difference === undefined) return { gasUsed: execution.gasUsed };
    return { failure: "invalid-block", difference, gasUsed: execution.gasUsed };
  } catch (error) {
    if (!isOptisyncError(error)) throw error;
    const missing = error.details["missing"];
    return {
      failure: typeof missing === "string" ? `missing-${missing}` : error.code,
      difference: `${error.code}: ${error.message}`,
      gasUsed: 0n,
    };
  }
}

/** The first field in which an execution differs from its header, state root first. */
export function firstDifference({
  verdict,
  alerts,
}: Pick<BlockExecution, "verdict" | "alerts">): string | undefined {
  if (verdict.kind === "invalid") return `invalid block: ${verdict.reason}`;
  if (verdict.kind === "mismatch")
    return `stateRoot: computed 0x${verdict.computed}, claimed 0x${verdict.claimed}`;
  const [alert] = alerts;
  return alert && `${alert.field}: computed ${alert.computed}, claimed ${alert.claimed}`;
}

/** Fixture files named by `paths`, folders searched for `.json` and `.json.gz`, in name order. */
export async function findFixtures(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) {
      found.push(path);
      continue;
    }
    const entries = await readdir(path, { recursive: true });
    found.push(
      ...entries
        .filter((name) => /\.json(\.gz)?$/.test(name))
        .sort()
        .map((name) => join(path, name)),
    );
  }
  return found;
}

/**
 * `optisync replay FILE…|DIR`: one line per block and a last line with the totals.
 * Returns true if all passed.
 */
export async function replayFixtures(
  paths: readonly string[],
  print: (line: string) => void,
): Promise<boolean> {
  let [passed, failed] = [0, 0];
  for (const path of await findFixtures(paths)) {
    const outcome = await replayFixture(path);
    if (outcome.isPassed) passed += 1;
    else failed += 1;
    print(replayLine(outcome));
  }
  print(`${passed} passed, ${failed} failed`);
  return failed === 0;
}

/** Name, gas, milliseconds, million gas per second, outcome. */
export function replayLine({ name, gasUsed, milliseconds, summary }: ReplayOutcome): string {
  const speed = (Number(gasUsed) / 1e3 / milliseconds).toFixed(2);
  return `${name}  gas=${gasUsed}  ms=${milliseconds.toFixed(0)}  Mgas/s=${speed}  ${summary}`;
}
