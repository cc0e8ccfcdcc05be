import { address, count } from "../shared/runtime/quantities.js";
import * as shared from "../shared/runtime/sharedOptions.js";

export const runOptions = {
  ...shared.chainOptions,
  ...shared.walletOptions,
  ...shared.feeOptions,
  ...shared.metricsOptions,
  pollInterval: shared.pollInterval,
  workers: shared.workers,
  witnessLimit: shared.witnessLimit,
  dryRun: shared.dryRun,
  staker: {
    describe: "whose stake is at risk, if this key is its operator; the key's own account unless told",
    schema: address.optional(),
    example: "ADDRESS",
  },
  bondReserve: {
    describe: "how many demands' bonds to keep deposited, so that a lie never waits for a deposit",
    schema: count(1, 1_000).default(3),
    defaultText: "3",
    example: "N",
  },
} as const;
