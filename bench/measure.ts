/** Milliseconds since a reading of `performance.now()`. */
export function sinceMs(started: number): number {
  return performance.now() - started;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** Median time in milliseconds of several runs, after others that do not count. */
export async function medianMs(runs: number, run: () => Promise<void>, warmUp = 2): Promise<number> {
  const times: number[] = [];
  for (let index = -warmUp; index < runs; index++) {
    const started = performance.now();
    await run();
    if (index >= 0) times.push(sinceMs(started));
  }
  return median(times);
}

/** Million gas per second, with as many digits as mean something. */
export function speed(gas: bigint, milliseconds: number): string {
  const value = Number(gas) / 1e3 / milliseconds;
  return value.toFixed(value < 10 ? 2 : 1);
}

/** A Markdown table, padded so that it reads as plain text, too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, at) => Math.max(cell.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
