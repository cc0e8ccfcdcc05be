import { z } from "zod";
import {
  address,
  amountWei,
  count,
  durationSeconds,
  httpUrls,
  yesOrNo,
} from "../shared/runtime/quantities.js";
import * as shared from "../shared/runtime/sharedOptions.js";

const feedList = z
  .union([z.string(), z.array(z.union([z.string(), z.int()]))])
  .transform((value, context) => {
    if (value === "all") return "all" as const;
    const ids = (Array.isArray(value) ? value.map(String) : value.split(",")).map((text) => text.trim());
    if (ids.every((id) => /^\d+$/.test(id))) return ids.map(BigInt);
    context.addIssue("must be all, none, or feed ids separated by commas");
    return z.NEVER;
  });

/** `always`, or the most changed slots. */
const provenSlots = z.union([z.string(), z.int()]).transform((value, context): number | undefined => {
  const text = String(value);
  if (text === "never") return undefined;
  if (text === "always") return Infinity;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  context.addIssue("must be never, always, or a number of slots");
  return z.NEVER;
});

/** How to send. */
export const sendOptions = {
  ...shared.walletOptions,
  ...shared.feeOptions,
  dryRun: shared.dryRun,
} as const;

const staker = {
  describe:
    "whose stake stands behind claims, if this key is its operator; the key's own account unless told",
  schema: address.optional(),
  example: "ADDRESS",
} as const;

/** What a proposer does, and for whom. */
export const dutyOptions = {
  staker,
  committeeUrl: {
    describe: "where members of a committee anchor sign A's blocks; what cannot be defended is not claimed",
    schema: httpUrls.optional(),
    example: "URL,URL",
  },
  feeds: {
    describe: "feeds to keep up to date: all, none, or their ids",
    schema: z.preprocess((value) => (value === "none" ? [] : value), feedList).default("all"),
    defaultText: "all",
    example: "1,2",
  },
  claimInterval: {
    describe: "time on A between two claims",
    schema: durationSeconds.default(3_600n),
    defaultText: "1h",
    example: "6h",
  },
  maxPending: {
    describe: "most own claims pending at once",
    schema: count(1, 10_000).default(64),
    defaultText: "64",
    example: "N",
  },
  maxFeedAge: {
    describe: "time on A after which a feed gets an update although nothing changed",
    schema: durationSeconds.default(86_400n),
    defaultText: "1d",
    example: "6h",
  },
  minUpdateFee: {
    describe: "post an update only if its feed pays at least this much for it; anyone may create feeds",
    schema: amountWei.default(0n),
    defaultText: "0",
    example: "0.01ether",
  },
  prove: {
    describe:
      "prove updates instead of waiting for their windows: never, always, or those that change at most so many slots",
    schema: provenSlots.optional(),
    defaultText: "never",
    example: "2",
  },
  finalizeOthers: {
    describe: "also make others' true claims final",
    schema: yesOrNo.default(false),
    isSwitch: true,
  },
  withdrawEarnings: {
    describe: "take earnings out when they reach this amount; left on B unless told",
    schema: amountWei.optional(),
    example: "0.1ether",
  },
  pollInterval: shared.pollInterval,
} as const;

export const runOptions = {
  ...shared.chainOptions,
  ...sendOptions,
  ...shared.metricsOptions,
  workers: shared.workers,
  ...dutyOptions,
  witnessLimit: shared.witnessLimit,
} as const;

export const stakeOptions = {
  destinationRpc: shared.destinationRpc,
  deployment: shared.deployment,
  destinationConfirmations: shared.destinationConfirmations,
  ...sendOptions,
  amount: { describe: "how much to deposit", schema: amountWei, example: "10ether" },
  staker: { ...staker, describe: "account that the deposit belongs to; the key's own unless told" },
  operator: {
    describe: "a second key that may lock this account's stake; the key that deposits must be the staker's",
    schema: address.optional(),
    example: "ADDRESS",
  },
  operatorCap: {
    describe: "the most that the operator may have at risk",
    schema: amountWei.optional(),
    example: "5ether",
  },
} as const;

export const unstakeOptions = {
  ...runOptions,
  sourceRpc: {
    ...shared.sourceRpc,
    describe: `${shared.sourceRpc.describe}; needed to unwind`,
    schema: shared.sourceRpc.schema.optional(),
  },
  amount: {
    describe: "how much free stake to withdraw; all unless told",
    schema: amountWei.optional(),
    example: "1ether",
  },
  to: { describe: "who gets it; the staker unless told", schema: address.optional(), example: "ADDRESS" },
  unwind: {
    describe: "first bring everything under way to an end, starting nothing new",
    schema: yesOrNo.default(false),
    isSwitch: true,
  },
} as const;

export const statusOptions = {
  destinationRpc: shared.destinationRpc,
  deployment: shared.deployment,
  destinationConfirmations: shared.destinationConfirmations,
  staker: { describe: "account to show", schema: address, example: "ADDRESS" },
  feeds: dutyOptions.feeds,
  claimInterval: dutyOptions.claimInterval,
} as const;
