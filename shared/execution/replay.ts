import { describeError, isOptisyncError } from "../runtime/errors.js";
import { describeDifference } from "./difference.js";
import { executeFixture, readFixture, type Fixture } from "./fixture.js";
import { findJsonFiles } from "./jsonFiles.js";
import { firstDifferingChange, readWorld } from "./worldState.js";

export interface ReplayOutcome {
  name: string;
  /** Does the block give what its header says, or fail in just the way that the fixture expects? */
  isPassed: boolean;
  gasUsed: bigint;
  milliseconds: number;
  /** "ok", the expected failure, or the differences. */
  summary: string;
}

export interface ReplayReport {
  passed: number;
  failed: number;
  unreadable: { path: string; reason: string }[];
}

/**
 * `optisync replay FILE…|DIR`: one line per block, and a last line with the totals. A file that is no fixture is named
 * and left out; the rest still run.
 */
export async function replayFixtures(
  paths: readonly string[],
  print: (line: string) => void,
  signal?: AbortSignal,
): Promise<ReplayReport> {
  const report: ReplayReport = { passed: 0, failed: 0, unreadable: [] };
  const leaveOut = (path: string, reason: string): void => {
    report.unreadable.push({ path, reason });
    print(`${path}  unreadable: ${reason}`);
  };
  const { files, missing } = await findJsonFiles(paths);
  for (const { path, reason } of missing) leaveOut(path, reason);
  for (const path of files) {
    signal?.throwIfAborted();
    let fixture: Fixture;
    try {
      fixture = await readFixture(path);
    } catch (error) {
      leaveOut(path, describeError(error).message);
      continue;
    }
    const outcome = await replayFixture(fixture);
    if (outcome.isPassed) report.passed += 1;
    else report.failed += 1;
    print(replayLine(outcome));
  }
  if (report.unreadable.length > 0) print(`${report.unreadable.length} unreadable`);
  print(`${report.passed} passed, ${report.failed} failed`);
  return report;
}

/** Replays one fixture. Does not throw for what is wrong with the block: that is its outcome. */
export async function replayFixture(fixture: Fixture): Promise<ReplayOutcome> {
  const started = performance.now();
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
    const { gasUsed, verdict } = execution;
    const difference = describeDifference(execution);
    if (difference === undefined) return { gasUsed };
    const account =
      fixture.postState === undefined || verdict.kind !== "mismatch"
        ? undefined
        : firstDifferingChange(execution.changes, readWorld(fixture.postState));
    const found = account === undefined ? difference : `${difference}; ${account}`;
    return { failure: "invalid-block", difference: found, gasUsed };
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

/** Name, gas, milliseconds, million gas per second, outcome. */
export function replayLine({ name, gasUsed, milliseconds, summary }: ReplayOutcome): string {
  const speed = (Number(gasUsed) / 1e3 / milliseconds).toFixed(2);
  return `${name}  gas=${gasUsed}  ms=${milliseconds.toFixed(0)}  Mgas/s=${speed}  ${summary}`;
}
