import { z } from "zod";
import { LOG_LEVELS } from "./logger.js";
import type { OptionDefinition } from "./options.js";
import {
  amountWei,
  count,
  durationMs,
  durationSeconds,
  httpUrl,
  httpUrls,
  path,
  wholeNumber,
  yesOrNo,
} from "./quantities.js";

/** Options that more than one command has, so that they are called the same everywhere. */

function option<S extends z.ZodType>(definition: OptionDefinition<S>): OptionDefinition<S> {
  return definition;
}

/** Every command has these. */
export const globalOptions = {
  config: option({ describe: "JSON file with options", schema: path.optional(), example: "FILE" }),
  logLevel: option({
    describe: `how much to log on standard error: ${LOG_LEVELS.join(", ")}`,
    schema: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(", ")}` }).default("info"),
    defaultText: "info",
  }),
  json: option({
    describe: "results and logs as JSON, for scripts",
    schema: yesOrNo.default(false),
    isSwitch: true,
  }),
} as const;

export const sourceRpc = option({
  describe: "JSON-RPC endpoint of the source chain A; nothing it says is believed unchecked",
  schema: httpUrl,
  example: "URL",
});

export const finalityDepth = option({
  describe: "call blocks of A this deep final, for a source chain whose nodes know no `finalized` tag",
  schema: wholeNumber.optional(),
  example: "BLOCKS",
});

export const destinationRpc = option({
  describe: "JSON-RPC endpoints of the destination chain B, in order of preference",
  schema: httpUrls,
  example: "URL,URL",
});

export const deployment = option({
  describe: "file with the addresses of the deployed contracts, as `optisync deploy` writes it",
  schema: path,
  example: "FILE",
});

export const dataDir = option({
  describe: "folder for the cache; deleting it costs time, never money",
  schema: path.default(".optisync"),
  defaultText: ".optisync",
  example: "FOLDER",
});

export const witnessLimit = option({
  describe:
    "gigabytes of the cache for the states of blocks that can be disputed, so that A's node need not have them; 0: none",
  schema: count(0, 100_000).default(50),
  defaultText: "50",
  example: "GB",
});

export const dryRun = option({
  describe: "simulate and log what would be sent, but send nothing",
  schema: yesOrNo.default(false),
  isSwitch: true,
});

export const pollInterval = option({
  describe: "how often to look at the chains",
  schema: durationMs.default(4_000),
  defaultText: "4s",
});

export const destinationConfirmations = option({
  describe: "blocks of B that must bury what is acted upon",
  schema: count(1, 1_000).default(2),
  defaultText: "2",
});

export const maxAge = option({
  describe: "the oldest source state to accept",
  schema: durationSeconds.default(86_400n),
  defaultText: "1d",
  example: "4h",
});

export const workers = option({
  describe: "threads that re-execute blocks of A; 0 executes them in the main thread",
  schema: count(0, 1_024).optional(),
  defaultText: "cores - 1, at least 1",
  example: "N",
});

/** How the key of the process is found; the key itself has no flag, see `loadWallet`. */
export const walletOptions = {
  keystore: option({
    describe:
      "encrypted JSON keystore (its password: --password-file, OPTISYNC_KEYSTORE_PASSWORD or a prompt)",
    schema: path.optional(),
    example: "FILE",
  }),
  passwordFile: option({
    describe: "file with the password of the keystore",
    schema: path.optional(),
    example: "FILE",
  }),
  keyFile: option({
    describe: "file with a plain private key, readable by its owner only (or OPTISYNC_PRIVATE_KEY)",
    schema: path.optional(),
    example: "FILE",
  }),
} as const;

/** How to reach the two chains of a deployment. */
export const chainOptions = {
  sourceRpc,
  destinationRpc,
  deployment,
  finalityDepth,
  destinationConfirmations,
  dataDir,
} as const;

/** What to pay on B, see `FeePolicy`. */
export const feeOptions = {
  maxFee: option({
    describe: "most to bid per gas while there is time",
    schema: amountWei.default(100_000_000_000n),
    defaultText: "100gwei",
  }),
  urgentMaxFee: option({
    describe: "most to bid per gas as a deadline nears",
    schema: amountWei.default(500_000_000_000n),
    defaultText: "500gwei",
  }),
  priorityFee: option({
    describe: "first tip per gas",
    schema: amountWei.default(1_000_000_000n),
    defaultText: "1gwei",
  }),
  resubmitAfter: option({
    describe: "raise the bid of a transaction that is not mined after this time",
    schema: durationMs.default(24_000),
    defaultText: "24s",
  }),
} as const;

/** The optional HTTP server with /metrics, /healthz and /readyz. */
export const metricsOptions = {
  metricsPort: option({
    describe: "serve metrics and health on this port",
    schema: count(0, 65_535).optional(),
    example: "PORT",
  }),
  metricsHost: option({
    describe: "address to serve metrics on",
    schema: z.string().min(1).default("127.0.0.1"),
    defaultText: "127.0.0.1",
  }),
} as const;
