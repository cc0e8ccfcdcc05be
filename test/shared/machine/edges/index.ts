import { creations } from "./creations.js";
import { delegations } from "./delegations.js";
import { opcodes } from "./opcodes.js";
import { payments } from "./payments.js";
import type { EdgeBlock } from "./plan.js";
import { systemCalls } from "./systemCalls.js";

/**
 * Valid blocks made by hand, each about a place where rules meet: accounts that are destroyed, made again, delegated or paid for the
 * block; nonces at their end; opcodes at their limits; the contracts that the protocol calls.
 */
export const edgeBlocks: readonly EdgeBlock[] = [
  ...creations,
  ...payments,
  ...delegations,
  ...opcodes,
  ...systemCalls,
];
