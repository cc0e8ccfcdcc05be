import { openChains, openSender } from "../chain/openChains.js";
import { createRpc } from "../chain/rpc.js";
import { defineCommand, type AnyCommand, type CommandContext } from "../runtime/command.js";
import type { OptionValues } from "../runtime/options.js";
import { loadWallet } from "../runtime/secrets.js";
import { mirrorOptions } from "./options.js";
import { createProgress } from "./progress.js";
import { runMirror, type MirrorReport } from "./runMirror.js";

const GWEI = 1_000_000_000n;
const SEND_POLL_MS = 1_000;

type Values = OptionValues<typeof mirrorOptions>;

async function mirror(context: CommandContext, values: Values): Promise<void> {
  const { signal } = context;
  const wallet = await loadWallet(values, context);
  const isShown = process.stderr.isTTY === true && !context.isJson;
  // Lines between would tear the bar apart.
  const logger = isShown ? context.logger.child({}, { level: "warn" }) : context.logger;
  const tools = { logger, signal, onClose: context.onClose };
  const { finalityDepth, destinationConfirmations: confirmations } = values;
  const chains = await openChains(
    {
      sourceRpc: [values.sourceRpc],
      destinationRpc: values.destinationRpc,
      deployment: values.deployment,
      finality: finalityDepth === undefined ? { kind: "tag" } : { kind: "depth", blocks: finalityDepth },
      confirmations,
      dataDir: values.dataDir,
      workers: values.workers,
    },
    tools,
  );
  const feePolicy = {
    maxFeePerGasCapWei: values.maxFee,
    urgentCapWei: values.urgentMaxFee,
    priorityFeeWei: values.priorityFee,
    resubmitMs: values.resubmitAfter,
  };
  const sending = { confirmations, dryRun: false, pollMs: SEND_POLL_MS, feePolicy };
  const report = await runMirror(
    {
      account: values.account,
      feed: values.feed,
      gweiPerSecond: values.perSecond / GWEI,
      gweiPerValue: values.perValue / GWEI,
      fundsWei: values.funds,
      maxAgeSeconds: values.maxAge,
      environment: values.accept,
      proves: values.prove,
      wantsLogic: !values.slotsOnly,
      mayDeposit: values.deposit,
      methods: values.methods,
      pollMs: values.pollInterval,
    },
    {
      ...chains,
      sourceRpc: createRpc({ urls: [values.sourceRpc], signal }),
      sender: openSender(chains, wallet, sending, tools),
      logger: logger.child({ module: "mirror" }),
      signal,
      progress: createProgress(process.stderr, isShown),
    },
  );
  context.output(report, describe(report));
}

function describe({ feed, replica, account, block, slots, storageRoot, viewsRefused }: MirrorReport): string {
  return [
    `feed     ${feed} mirrors ${account} at ${replica}`,
    `shows    block ${block} of A`,
    `storage  ${slots} slots, root ${storageRoot} on both chains`,
    ...(viewsRefused === undefined ? [] : [`views    not callable: ${viewsRefused}`]),
  ].join("\n");
}

/** `optisync mirror`, for whoever wants a contract of A on B. */
export const mirrorCommand: AnyCommand = defineCommand({
  command: "mirror <account>",
  describe: "mirror a contract of A to B: feed, first update, view functions, and a check of the whole",
  options: mirrorOptions,
  examples: [
    [
      "optisync mirror 0xdAC17F958D2ee523a2206206994597C13D831ec7 --deposit --funds 1ether --per-value 20000gwei …",
      "set it up, wait for its window, and leave it to proposers from then on",
    ],
    [
      "optisync mirror 0xdAC1… --prove …",
      "prove the first update: no window, and no bond if it has few slots",
    ],
  ],
  epilogue:
    "Can be ended and started again at any step: it goes on from what the chains say. The slots are found by the " +
    "node's quickest method and believed only if they hash to the account's storage root.",
  handler: mirror,
});
