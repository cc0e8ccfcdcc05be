import { toBeHex } from "ethers";
import { decodeChunk, previousKeys } from "./deltas.js";
import type { Ledger, UpdateEntry } from "./ledger.js";

/**
 * What a feed's replica holds once it shows the update `head`: every slot that an update or a repair has ever written,
 * zeros included, by its 32 bytes as lower-case hex. Nothing else writes to a replica.
 */
export function heldStorage(ledger: Pick<Ledger, "updates">, head: string): Map<string, bigint> {
  const line: UpdateEntry[] = [];
  for (let at = ledger.updates.get(head); at !== undefined; at = ledger.updates.get(at.update.parent))
    line.unshift(at);
  const held = new Map<string, bigint>();
  for (const { chunks, healed } of line) {
    const previous = previousKeys(chunks);
    for (const [index, chunk] of chunks.entries()) {
      for (const { slot, value } of decodeChunk(chunk, previous[index])) held.set(slot.toLowerCase(), value);
    }
    for (const { slot, value } of healed) held.set(toBeHex(slot, 32), value);
  }
  return held;
}
