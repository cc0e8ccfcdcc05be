import { dataLength } from "ethers";
import type { SentMessage } from "../shared/messages/outboxMirror.js";
import { gasToDeliver } from "./duties.js";

export interface BatchLimits {
  readonly maxBatch: number;
  /** The most gas that one transaction can have. */
  readonly transactionGas: bigint;
}

/** Nodes take transactions of up to 128 KB. */
const MAX_PAYLOAD_BYTES = 90_000;

/**
 * Groups messages so that each group fits one transaction. The order is kept; a message too large for company goes
 * alone, and one that fits no transaction is left out.
 */
export function groupIntoBatches(
  messages: readonly SentMessage[],
  { maxBatch, transactionGas }: BatchLimits,
): SentMessage[][] {
  // Estimates get a fifth on top.
  const roomForAll = (transactionGas * 4n) / 5n;
  const batches: SentMessage[][] = [];
  let [gas, bytes] = [0n, 0];
  for (const sent of messages) {
    const [ownGas, ownBytes] = [gasToDeliver(sent), dataLength(sent.message.payload)];
    if (ownGas > transactionGas) continue;
    const last = batches.at(-1);
    const fits =
      last !== undefined &&
      last.length < maxBatch &&
      gas + ownGas <= roomForAll &&
      bytes + ownBytes <= MAX_PAYLOAD_BYTES;
    if (fits) last.push(sent);
    else batches.push([sent]);
    [gas, bytes] = fits ? [gas + ownGas, bytes + ownBytes] : [ownGas, ownBytes];
  }
  return batches;
}
