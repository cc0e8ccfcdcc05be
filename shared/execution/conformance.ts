import { describeError } from "../runtime/errors.js";
import { blockchainTestSchema, forksOfTest, runBlockchainTest } from "./blockchainTest.js";
import { findJsonFiles, readJsonFile } from "./jsonFiles.js";

export interface ConformanceReport {
  passed: number;
  failed: number;
  /** Cases of networks that this program does not execute, by network. */
  skipped: Map<string, number>;
  /** Files that could not be read, with the reason. */
  unreadable: { path: string; reason: string }[];
}

export interface ConformanceOptions {
  /** Receives a line per failed case, and per file if `isVerbose`. */
  print(line: string): void;
  isVerbose?: boolean;
  /** Receives how many files are done, of how many. */
  onProgress?: ((done: number, of: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Runs the BlockchainTests in files and folders. Does not throw for what is wrong with a file or a case. */
export async function runConformance(
  paths: readonly string[],
  options: ConformanceOptions,
): Promise<ConformanceReport> {
  const report: ConformanceReport = { passed: 0, failed: 0, skipped: new Map(), unreadable: [] };
  const { files, missing } = await findJsonFiles(paths);
  for (const { path, reason } of missing) unreadable(path, reason, report, options);
  for (const [index, path] of files.entries()) {
    options.signal?.throwIfAborted();
    await runFile(path, report, options);
    options.onProgress?.(index + 1, files.length);
  }
  return report;
}

async function runFile(path: string, report: ConformanceReport, options: ConformanceOptions): Promise<void> {
  let cases: Record<string, unknown>;
  try {
    cases = await readCases(path);
  } catch (error) {
    return unreadable(path, describeError(error).message, report, options);
  }
  const before = { passed: report.passed, failed: report.failed };
  for (const [name, json] of Object.entries(cases)) await runCase(path, name, json, report, options);
  if (options.isVerbose !== true) return;
  options.print(`${path}: ${report.passed - before.passed} passed, ${report.failed - before.failed} failed`);
}

async function readCases(path: string): Promise<Record<string, unknown>> {
  const json = await readJsonFile(path);
  if (typeof json === "object" && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>;
  throw new Error("not an object of cases");
}

async function runCase(
  path: string,
  name: string,
  json: unknown,
  report: ConformanceReport,
  options: ConformanceOptions,
): Promise<void> {
  const parsed = blockchainTestSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return unreadable(path, `${name}: ${issue?.path.join(".")}: ${issue?.message}`, report, options);
  }
  const { network } = parsed.data;
  const forks = forksOfTest(parsed.data);
  if (forks === undefined) {
    report.skipped.set(network, (report.skipped.get(network) ?? 0) + 1);
    return;
  }
  const problem = await runBlockchainTest(parsed.data, forks).catch(
    (error: unknown) =>
      `unexpected ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  if (problem === undefined) {
    report.passed += 1;
    return;
  }
  report.failed += 1;
  options.print(`${path}: ${name} (${network}) failed: ${problem}`);
}

function unreadable(
  path: string,
  reason: string,
  report: ConformanceReport,
  { print }: ConformanceOptions,
): void {
  report.unreadable.push({ path, reason });
  print(`${path}: unreadable: ${reason}`);
}

/** The closing lines: what was skipped and unreadable, if anything, and the totals last. */
export function conformanceSummary({
  passed,
  failed,
  skipped,
  unreadable: files,
}: ConformanceReport): string[] {
  const networks = [...skipped].map(([network, count]) => `${count} ${network}`);
  const total = [...skipped.values()].reduce((sum, count) => sum + count, 0);
  return [
    ...(networks.length === 0 ? [] : [`skipped by network: ${networks.join(", ")}`]),
    ...(files.length === 0 ? [] : [`${files.length} unreadable`]),
    `${passed} passed, ${failed} failed, ${total} skipped`,
  ];
}
