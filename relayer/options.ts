import { z } from "zod";
import { addresses, amountWei, count, wholeNumber, yesOrNo } from "../shared/runtime/quantities.js";
import * as shared from "../shared/runtime/sharedOptions.js";

const ids = z.union([z.string(), z.array(z.string())]).transform((value, context) => {
  const parts = (Array.isArray(value) ? value : value.split(",")).map((part) => part.trim().toLowerCase());
  if (parts.length > 0 && parts.every((part) => /^0x[0-9a-f]{64}$/.test(part))) return parts;
  context.addIssue("must be message ids (0x and 64 hex digits) separated by commas");
  return z.NEVER;
});

/** Which messages to pay for. At least one of the first four must be given. */
export const dutyOptions = {
  all: {
    describe: "deliver everybody's messages",
    schema: yesOrNo.default(false),
    isSwitch: true,
  },
  senders: {
    describe: "deliver messages from these accounts of A",
    schema: addresses.optional(),
    example: "ADDRESS,ADDRESS",
  },
  receivers: {
    describe: "deliver messages to these contracts of B; together with --senders: from those to these",
    schema: addresses.optional(),
    example: "ADDRESS,ADDRESS",
  },
  messages: {
    describe: "deliver the messages with these ids, too",
    schema: ids.optional(),
    example: "ID,ID",
  },
  maxGas: {
    describe: "leave messages to others that want more gas for their receivers",
    schema: wholeNumber.default(2_000_000n),
    defaultText: "2000000",
    example: "GAS",
  },
  maxCost: {
    describe: "wait while delivering a message would cost more, its share of a new root included",
    schema: amountWei.optional(),
    example: "0.001ether",
  },
  maxBatch: {
    describe: "most messages in one transaction",
    schema: count(1, 500).default(100),
    defaultText: "100",
    example: "N",
  },
  maxAttempts: {
    describe: "leave a message alone that failed this often, whoever tried",
    schema: count(1, 1_000).default(3),
    defaultText: "3",
    example: "N",
  },
  recordFailures: {
    describe: "deliver also what its receiver would not accept, so that anyone may retry it with more gas",
    schema: yesOrNo.default(false),
    isSwitch: true,
  },
} as const;

export const runOptions = {
  sourceRpc: shared.sourceRpc,
  destinationRpc: shared.destinationRpc,
  deployment: shared.deployment,
  destinationConfirmations: shared.destinationConfirmations,
  ...shared.walletOptions,
  ...shared.feeOptions,
  ...shared.metricsOptions,
  pollInterval: shared.pollInterval,
  dryRun: shared.dryRun,
  ...dutyOptions,
} as const;
