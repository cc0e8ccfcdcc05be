import type { BlockExecution, HeaderAlert, StateRootVerdict } from "../execution/executeBlock.js";
import type { StateChanges } from "../execution/postState.js";

/** What re-executing a block of A showed, small enough to keep. All strings are 0x hex. */
export interface BlockRecord {
  readonly hash: string;
  readonly parentHash: string;
  readonly verdict: StateRootVerdict;
  /** Lower-case address -> slot -> value before and after the block. */
  readonly storage: Record<string, Record<string, readonly [before: string, after: string]>>;
  /** Accounts whose storage the block wiped as a whole. */
  readonly wiped: readonly string[];
}

/** An execution as plain data: what goes from thread to thread. */
export interface BlockSummary extends Pick<BlockRecord, "verdict" | "storage" | "wiped"> {
  readonly alerts: readonly HeaderAlert[];
  readonly gasUsed: bigint;
}

export function summarise({
  verdict,
  alerts,
  gasUsed,
  changes,
}: Pick<BlockExecution, "verdict" | "alerts" | "gasUsed" | "changes">): BlockSummary {
  return { verdict, alerts, gasUsed, ...storageOf(changes) };
}

function storageOf(changes: StateChanges): Pick<BlockRecord, "storage" | "wiped"> {
  const storage: Record<string, Record<string, readonly [string, string]>> = {};
  const wiped: string[] = [];
  for (const [address, change] of changes) {
    if (change.isWiped) wiped.push(`0x${address}`);
    if (change.slots.size === 0) continue;
    const slots: Record<string, readonly [string, string]> = {};
    for (const [slot, { before, after }] of change.slots) slots[`0x${slot}`] = [toHex(before), toHex(after)];
    storage[`0x${address}`] = slots;
  }
  return { storage, wiped };
}

function toHex(bytes: Uint8Array): string {
  return bytes.length === 0 ? "0x0" : `0x${Buffer.from(bytes).toString("hex")}`;
}
