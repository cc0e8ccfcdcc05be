import { sortDeltas, type Delta } from "../protocol/deltas.js";
import { toHex } from "./crypto.js";
import { ExecutionError } from "./errors.js";
import type { StateChanges } from "./postState.js";

interface SlotSpan {
  before: bigint;
  after: bigint;
}

/**
 * Storage changes of one account over a span of consecutive blocks, gathered from their executions. Execution knows
 * the preimages of slots, which the trie does not.
 *
 * Since Cancun an account's storage never disappears as a whole (EIP-6780: only accounts created in the same
 * transaction are destroyed, and nothing of them was in the trie before). On older rules a wipe cannot be told slot
 * by slot from a witness: that raises an error instead of an incomplete list.
 */
export class SpanChanges {
  readonly address: string;
  readonly #slots = new Map<string, SlotSpan>();

  /** @param address 0x hex */
  constructor(address: string) {
    this.address = address.slice(2).toLowerCase();
  }

  /**
   * Adds the changes of the next block.
   * @throws ExecutionError UnsupportedStorageWipe
   */
  add(changes: StateChanges): void {
    const change = changes.get(this.address);
    if (change === undefined) return;
    if (change.isWiped) {
      throw new ExecutionError(
        "UnsupportedStorageWipe",
        `the storage of 0x${this.address} was destroyed as a whole: its slots cannot be listed`,
        { address: `0x${this.address}` },
      );
    }
    for (const [slot, { before, after }] of change.slots) {
      const first = this.#slots.get(slot)?.before ?? toNumber(before);
      this.#slots.set(slot, { before: first, after: toNumber(after) });
    }
  }

  /** Slots whose value now differs from the one before the first block, in trie order. Zero: cleared. */
  deltas(): Delta[] {
    const changed = [...this.#slots].filter(([, { before, after }]) => before !== after);
    return sortDeltas(changed.map(([slot, { after }]) => ({ slot: `0x${slot}`, value: after })));
  }
}

/** Deltas of one account (0x hex) over the executions of consecutive blocks, oldest first. See `SpanChanges`. */
export function spanDeltas(address: string, blocks: Iterable<StateChanges>): Delta[] {
  const span = new SpanChanges(address);
  for (const changes of blocks) span.add(changes);
  return span.deltas();
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`);
}
