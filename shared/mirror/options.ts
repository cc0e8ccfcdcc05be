import { z } from "zod";
import { address, amountWei, durationSeconds, wholeNumber, yesOrNo } from "../runtime/quantities.js";
import * as shared from "../runtime/sharedOptions.js";
import { environmentMask } from "./environment.js";
import { LISTING_METHODS, type ListingMethod } from "./listStorage.js";

const methodList = z.string().transform((text, context): ListingMethod[] => {
  const names = text.split(",").map((name) => name.trim());
  const known = names.filter((name): name is ListingMethod =>
    LISTING_METHODS.some((method) => method === name),
  );
  if (known.length === names.length) return known;
  context.addIssue(`must be ${LISTING_METHODS.join(", ")}, or several separated by commas`);
  return z.NEVER;
});

export const listingMethods = {
  describe: `how to find the slots, in this order: ${LISTING_METHODS.join(", ")}`,
  schema: methodList.default([...LISTING_METHODS]),
  defaultText: LISTING_METHODS.join(","),
  example: "replay",
} as const;

const gweiRate = amountWei.refine(
  (wei) => wei % 1_000_000_000n === 0n && wei < 2n ** 48n * 1_000_000_000n,
  "must be a whole number of gwei that fits into 48 bits",
);

export const mirrorOptions = {
  ...shared.chainOptions,
  ...shared.walletOptions,
  ...shared.feeOptions,
  account: { describe: "the contract of A to mirror", schema: address },
  feed: {
    describe: "go on with this feed; the key's own newest one of the account, or a new one, unless told",
    schema: wholeNumber.optional(),
    example: "ID",
  },
  prove: {
    describe:
      "prove the first update instead of waiting for its window: more gas, and no bond for up to 480 slots",
    schema: yesOrNo.default(false),
    isSwitch: true,
  },
  deposit: {
    describe:
      "deposit the stake that is missing for the update's bond; it is free again once the update is applied",
    schema: yesOrNo.default(false),
    isSwitch: true,
  },
  slotsOnly: {
    describe: "mirror storage without registering the logic for view calls",
    schema: yesOrNo.default(false),
    isSwitch: true,
  },
  accept: {
    describe: "opcodes of the contract that may have B's value in view calls, for ever",
    schema: environmentMask.default(0),
    defaultText: "none",
    example: "TIMESTAMP,CHAINID",
  },
  maxAge: {
    describe: "oldest source state that plain calls to the replica are answered with, for ever",
    schema: durationSeconds.default(604_800n),
    defaultText: "7d",
    example: "3d",
  },
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
    describe: "what to fund a new feed with",
    schema: amountWei.default(0n),
    defaultText: "0",
    example: "1ether",
  },
  methods: listingMethods,
  pollInterval: shared.pollInterval,
  workers: shared.workers,
} as const;
