import { z } from "zod";
import {
  address,
  amountWei,
  bytes32,
  durationSeconds,
  storageSlot,
  storageSlots,
  wholeNumber,
  yesOrNo,
} from "../runtime/quantities.js";
import * as shared from "../runtime/sharedOptions.js";
import { finality, type Finality } from "./finality.js";
import { MAX_SLOTS } from "./slotFeeds.js";

/** How to reach B. */
export const destinationOptions = {
  destinationRpc: shared.destinationRpc,
  deployment: shared.deployment,
  destinationConfirmations: shared.destinationConfirmations,
} as const;

const sendOptions = {
  ...destinationOptions,
  ...shared.walletOptions,
  ...shared.feeOptions,
  dryRun: shared.dryRun,
} as const;

const gweiRate = amountWei.refine(
  (wei) => wei % 1_000_000_000n === 0n && wei < 2n ** 48n * 1_000_000_000n,
  "must be a whole number of gwei that fits into 48 bits",
);

export const createFeedOptions = {
  ...sendOptions,
  account: { describe: "the contract of A to mirror", schema: address },
  perSecond: {
    describe: "fee for each second of A that an update covers",
    schema: gweiRate.default(0n),
    defaultText: "0",
    example: "100gwei",
  },
  perValue: {
    describe: "fee for each value that changes when an update is applied",
    schema: gweiRate.default(0n),
    defaultText: "0",
    example: "20000gwei",
  },
  funds: {
    describe: "what to fund it with at once",
    schema: amountWei.default(0n),
    defaultText: "0",
    example: "1ether",
  },
} as const;

export const feedArgument = { describe: "id of a feed", schema: wholeNumber } as const;

export const fundFeedOptions = {
  ...sendOptions,
  feed: feedArgument,
  amount: { describe: "how much to add", schema: amountWei, example: "1ether" },
} as const;

export const showFeedOptions = { ...destinationOptions, feed: feedArgument } as const;

const slotFeedArgument = { describe: "id of a feed of slots", schema: wholeNumber } as const;

export const createSlotFeedOptions = {
  ...sendOptions,
  account: { describe: "the contract of A whose slots are wanted", schema: address },
  slots: {
    describe: `1 to ${MAX_SLOTS} storage slots: numbers, or 0x and up to 64 hex digits`,
    schema: storageSlots(MAX_SLOTS),
    example: "0,0x2a",
  },
} as const;

export const proveSlotFeedOptions = {
  ...sendOptions,
  feed: slotFeedArgument,
  sourceRpc: shared.sourceRpc,
} as const;

export const showSlotFeedOptions = { ...destinationOptions, feed: slotFeedArgument } as const;

export const readSlotFeedOptions = {
  ...destinationOptions,
  feed: slotFeedArgument,
  slot: { describe: "one of its slots: a number, or 0x and up to 64 hex digits", schema: storageSlot },
  maxAge: shared.maxAge,
} as const;

const claimStates = ["all", "pending", "final", "rejected", "orphaned", "refunded"] as const;

export const listClaimsOptions = {
  ...destinationOptions,
  status: {
    describe: `only claims that are ${claimStates.slice(1).join(", ")}`,
    schema: z.enum(claimStates, { error: `must be one of ${claimStates.join(", ")}` }).default("all"),
    defaultText: "all",
    example: "STATUS",
  },
  proposer: { describe: "only claims of this account", schema: address.optional(), example: "ADDRESS" },
} as const;

export const showClaimOptions = {
  ...destinationOptions,
  claim: { describe: "id of a claim", schema: bytes32 },
} as const;

const finalityText = z.string().transform((text, context): Finality => {
  if (text === "final") return finality.final;
  if (text === "attested") return finality.attested;
  const seconds = durationSeconds.safeParse(text);
  if (seconds.success) return finality.aged(seconds.data);
  context.addIssue("must be final, attested, or a duration like 2h");
  return z.NEVER;
});

/** A JSON list for keys with commas in them; `true` and `false` are booleans. */
const pathText = z
  .union([z.string(), z.array(z.string())])
  .transform((value) =>
    (Array.isArray(value) ? value : value.split(",")).map((step) =>
      step === "true" || step === "false" ? step === "true" : step,
    ),
  );

export const readSlotOptions = {
  ...destinationOptions,
  sourceRpc: shared.sourceRpc,
  account: { describe: "account of A", schema: address },
  slot: { describe: "a storage slot: a number, or 0x and up to 64 hex digits", schema: storageSlot },
  maxAge: shared.maxAge,
  finality: {
    describe:
      "how sure the root has to be: final; or, at your own risk, attested by the anchor, or how long it must have stood unchallenged",
    schema: finalityText.default(finality.final),
    defaultText: "final",
    example: "final|attested|2h",
  },
  attestedOnly: {
    describe: "accept only a root for whose block anchor evidence was shown",
    schema: yesOrNo.default(false),
    isSwitch: true,
  },
  type: {
    describe: "read a whole value of this Solidity type that starts at the slot",
    schema: z.string().min(1).optional(),
    example: "mapping(address => uint256)",
  },
  path: {
    describe: "with --type: keys, indices and members that lead to the value, separated by commas",
    schema: pathText.optional(),
    example: "0xd8dA…,2",
  },
} as const;
