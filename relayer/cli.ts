import { openDestination, openSender } from "../shared/chain/openChains.js";
import { createRpc } from "../shared/chain/rpc.js";
import { defineCommand, type CommandContext, type CommandGroup } from "../shared/runtime/command.js";
import { createHealth, serveHealth } from "../shared/runtime/health.js";
import { createMetricsRegistry } from "../shared/runtime/metrics.js";
import type { OptionValues } from "../shared/runtime/options.js";
import { loadWallet } from "../shared/runtime/secrets.js";
import { createRelayerMetrics } from "./metrics.js";
import { runOptions } from "./options.js";
import { assembleRelayer, policyOf } from "./process.js";
import type { ResponderOptions } from "./responder.js";
import { runRelayer, type RelayerOptions } from "./run.js";

type RunValues = OptionValues<typeof runOptions>;

/** A look that takes this long means that the process hangs. */
const STUCK_AFTER_MS = 600_000;
const MAX_PAUSE_MS = 60_000;
const SEND_POLL_MS = 1_000;

async function run(context: CommandContext, values: RunValues): Promise<void> {
  const { signal } = context;
  const logger = context.logger.child({ module: "relayer" });
  const policy = policyOf(values);
  const wallet = await loadWallet(values, context);
  const confirmations = values.destinationConfirmations;
  const destination = await openDestination({ ...values, confirmations }, context);
  const sender = openSender(
    destination,
    wallet,
    {
      confirmations,
      dryRun: values.dryRun,
      pollMs: SEND_POLL_MS,
      feePolicy: {
        maxFeePerGasCapWei: values.maxFee,
        urgentCapWei: values.urgentMaxFee,
        priorityFeeWei: values.priorityFee,
        resubmitMs: values.resubmitAfter,
      },
    },
    context,
  );
  const watching = await watch(context, values);
  const modules = await assembleRelayer({
    destination,
    sourceRpc: createRpc({ urls: [values.sourceRpc], signal }),
    sender,
    policy,
    feePolicy: { priorityFeeWei: values.priorityFee },
    logger,
    signal,
    ...(watching.onSpent === undefined ? {} : { onSpent: watching.onSpent }),
  });
  logger.info({ sender: wallet.address, ...destination.manifest.messages }, "relayer started");
  const { onTick } = watching;
  const pace = { intervalMs: values.pollInterval, maxPauseMs: MAX_PAUSE_MS };
  await runRelayer({ ...pace, ...(onTick === undefined ? {} : { onTick }) }, modules);
}

/** Metrics and health on request. */
async function watch(
  context: CommandContext,
  values: RunValues,
): Promise<Pick<RelayerOptions, "onTick"> & Pick<ResponderOptions, "onSpent">> {
  if (values.metricsPort === undefined) return {};
  const registry = createMetricsRegistry();
  const health = createHealth(STUCK_AFTER_MS);
  const server = await serveHealth({ host: values.metricsHost, port: values.metricsPort, health, registry });
  context.onClose("metrics", () => server.close());
  context.logger.info({ url: server.url }, "metrics served");
  const metrics = createRelayerMetrics(registry);
  return {
    onTick(view, decision) {
      health.beat();
      // Ready means: what A's node tells of leads to the roots that B knows.
      health.setReady(view.coverage.unexplained.length === 0);
      metrics.look(view, decision);
    },
    onSpent: (action, spentWei) => metrics.spent(action, spentWei),
  };
}

/** `optisync relayer …`, for whoever delivers messages. */
export const relayerCommands: CommandGroup = {
  command: "relayer",
  describe: "deliver messages from A on B",
  commands: [
    defineCommand({
      command: "run",
      describe: "make roots of the Outbox known on B and deliver the messages that are asked for",
      options: runOptions,
      examples: [
        [
          "optisync relayer run --receivers 0x5FbDB2315678afecb367f032d93F642f64180aa3 --max-cost 0.002ether " +
            "--source-rpc http://127.0.0.1:8545 --destination-rpc https://b.example " +
            "--deployment deployment.json --keystore relayer.json",
          "deliver to one contract",
        ],
        ["optisync relayer run --all --dry-run …", "show what would be sent"],
      ],
      epilogue:
        "Messages need no relayer of yours: anyone may deliver any of them, and twice is impossible. Killing the " +
        "process at any moment does no harm. The source node is trusted for nothing but must keep state as old as " +
        "B's newest final root.",
      handler: run,
    }),
  ],
};
