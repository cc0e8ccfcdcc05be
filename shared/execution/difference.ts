import type { BlockExecution } from "./executeBlock.js";

/** Everything in which an execution differs from its header, each on its own, state root first. */
export function differences({ verdict, alerts }: Pick<BlockExecution, "verdict" | "alerts">): string[] {
  const found = alerts.map(
    ({ field, computed, claimed }) => `${field}: computed ${short(computed)}, expected ${short(claimed)}`,
  );
  if (verdict.kind === "invalid") return [`invalid block: ${verdict.reason}`, ...found];
  if (verdict.kind === "mismatch")
    return [`stateRoot: computed 0x${verdict.computed}, expected 0x${verdict.claimed}`, ...found];
  return found;
}

/** All differences in one line; undefined if there is none. */
export function describeDifference(
  execution: Pick<BlockExecution, "verdict" | "alerts">,
): string | undefined {
  const found = differences(execution);
  return found.length === 0 ? undefined : found.join("; ");
}

/** A bloom filter is 256 bytes: its beginning and end tell enough. */
function short(value: string): string {
  return value.length <= 80 ? value : `${value.slice(0, 32)}…${value.slice(-32)}`;
}
