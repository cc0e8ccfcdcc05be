import { formatEther } from "ethers";
import { openDestination, openSender } from "../shared/chain/openChains.js";
import { createGameMetrics } from "../shared/game/metrics.js";
import { standingOf } from "../shared/game/standing.js";
import type { TracingMeter } from "../shared/game/tracing.js";
import { sendOnce } from "../shared/reader/sendOnce.js";
import { defineCommand, type CommandContext, type CommandGroup } from "../shared/runtime/command.js";
import { OptisyncError } from "../shared/runtime/errors.js";
import { createHealth, serveHealth } from "../shared/runtime/health.js";
import { createMetricsRegistry } from "../shared/runtime/metrics.js";
import type { OptionValues } from "../shared/runtime/options.js";
import { loadWallet } from "../shared/runtime/secrets.js";
import { createProposerMetrics } from "./metrics.js";
import { runOptions, stakeOptions, statusOptions, unstakeOptions } from "./options.js";
import { openProposer, sendingOf, type RunValues } from "./process.js";
import { runProposer, type ProposerOptions } from "./run.js";
import { formatStatus, readStatus } from "./status.js";
import { isUnwound } from "./unwinding.js";

/** A look that takes this long means that the process hangs. */
const STUCK_AFTER_MS = 600_000;
const MAX_PAUSE_MS = 60_000;

async function runCommand(context: CommandContext, values: RunValues): Promise<void> {
  const wallet = await loadWallet(values, context);
  const { modules, tracing } = await openProposer(values, wallet, context);
  const onTick = await watch(context, values, tracing);
  context.logger.info(
    { sender: wallet.address, staker: values.staker ?? wallet.address },
    "proposer started",
  );
  await runProposer({ intervalMs: values.pollInterval, maxPauseMs: MAX_PAUSE_MS, onTick }, modules);
}

/** Metrics and health on request; in any case something to be told about every look. */
async function watch(
  context: CommandContext,
  values: RunValues,
  tracing: TracingMeter,
): Promise<NonNullable<ProposerOptions["onTick"]>> {
  if (values.metricsPort === undefined) return () => undefined;
  const registry = createMetricsRegistry();
  const health = createHealth(STUCK_AFTER_MS);
  const server = await serveHealth({ host: values.metricsHost, port: values.metricsPort, health, registry });
  context.onClose("metrics", () => server.close());
  context.logger.info({ url: server.url }, "metrics served");
  const count = createProposerMetrics(registry);
  const countGames = createGameMetrics(registry, "proposer", tracing);
  return (view, decision) => {
    health.beat();
    health.setReady(view.sourceHead !== undefined);
    count(view, decision);
    countGames(standingOf(view.policy.staker, view.ledger, view.parameters, view.clock));
  };
}

async function stake(context: CommandContext, values: OptionValues<typeof stakeOptions>): Promise<void> {
  const { amount, operator, operatorCap } = values;
  const wallet = await loadWallet(values, context);
  const staker = values.staker ?? wallet.address;
  if ((operator === undefined) !== (operatorCap === undefined)) {
    throw new OptisyncError("ConfigurationInvalid", "--operator and --operator-cap go together", {
      action: "halt",
    });
  }
  if (operator !== undefined && staker !== wallet.address) {
    throw new OptisyncError("ConfigurationInvalid", "only the staker's own key can set its operator", {
      action: "halt",
    });
  }
  const reader = await openDestination(
    { ...values, confirmations: values.destinationConfirmations },
    context,
  );
  const tools = { manifest: reader.manifest, sender: openSender(reader, wallet, sendingOf(values), context) };
  await sendOnce({ contract: "stake", name: "deposit", args: [staker], valueWei: amount }, tools);
  if (operator !== undefined) {
    await sendOnce({ contract: "stake", name: "setOperator", args: [operator, operatorCap] }, tools);
  }
  const said = values.dryRun ? "would be deposited" : "deposited";
  context.output(
    { staker, amountWei: amount, operator, operatorCapWei: operatorCap, isDryRun: values.dryRun },
    `${formatEther(amount)} ETH ${said} for ${staker}${operator === undefined ? "" : `, operator ${operator}`}`,
  );
}

async function unstake(context: CommandContext, values: OptionValues<typeof unstakeOptions>): Promise<void> {
  const wallet = await loadWallet(values, context);
  const staker = values.staker ?? wallet.address;
  if (staker !== wallet.address) {
    throw new OptisyncError("NotStaker", "only the staker's own key can withdraw its stake", {
      action: "halt",
    });
  }
  const reader = await openDestination(
    { ...values, confirmations: values.destinationConfirmations },
    context,
  );
  const sender = values.unwind
    ? await unwind(context, { ...values, sourceRpc: requireSource(values.sourceRpc) }, wallet)
    : openSender(reader, wallet, sendingOf(values), context);
  const [account] = await reader.protocol.call("stake", "account", [staker]);
  const free = (account as { free: bigint }).free;
  const amount = values.amount ?? free;
  const to = values.to ?? staker;
  if (amount > 0n) {
    await sendOnce(
      { contract: "stake", name: "withdraw", args: [amount, to] },
      { manifest: reader.manifest, sender },
    );
  }
  const said = values.dryRun ? "would be withdrawn" : "withdrawn";
  context.output(
    { staker, to, amountWei: amount, isDryRun: values.dryRun },
    `${formatEther(amount)} ETH ${said} to ${to}`,
  );
}

/** Brings everything under way to its end; the sender it used goes on to withdraw, one nonce after the other. */
function requireSource(sourceRpc: string | undefined): string {
  if (sourceRpc !== undefined) return sourceRpc;
  throw new OptisyncError(
    "ConfigurationInvalid",
    "--unwind needs --source-rpc: claims are defended to the end",
    {
      action: "halt",
    },
  );
}

async function unwind(
  context: CommandContext,
  values: RunValues,
  wallet: Parameters<typeof openProposer>[1],
) {
  const { modules, sender } = await openProposer(values, wallet, context, true);
  const options = { intervalMs: values.pollInterval, maxPauseMs: MAX_PAUSE_MS, isFinished: isUnwound };
  await runProposer(options, modules);
  context.signal.throwIfAborted();
  return sender;
}

async function status(context: CommandContext, values: OptionValues<typeof statusOptions>): Promise<void> {
  const reader = await openDestination(
    { ...values, confirmations: values.destinationConfirmations },
    context,
  );
  const view = await reader.protocol.sync();
  const { staker, feeds, claimInterval } = values;
  const shown = await readStatus(reader.protocol, view, {
    staker,
    feeds,
    claimIntervalSeconds: claimInterval,
  });
  context.output(shown, formatStatus(shown));
}

/** `optisync proposer …`, for whoever stakes on keeping B up to date. */
export const proposerCommands: CommandGroup = {
  command: "proposer",
  describe: "stake on A's blocks and keep feeds up to date",
  commands: [
    defineCommand({
      command: "run",
      describe: "claim A's final blocks, bring feeds up to date, and defend both",
      options: runOptions,
      examples: [
        [
          "optisync proposer run --source-rpc http://127.0.0.1:8545 --destination-rpc https://b.example " +
            "--deployment deployment.json --committee-url https://v1.example,https://v2.example --keystore proposer.json",
          "claim every hour and mirror every feed",
        ],
        ["optisync proposer run … --dry-run", "show what would be sent"],
      ],
      epilogue:
        "The source node must be your own: a claim that it made up costs your bond. Every block is re-executed, and " +
        "evidence for it fetched, before it is claimed. Killing the process at any moment does no harm.",
      handler: runCommand,
    }),
    defineCommand({
      command: "stake <amount>",
      describe: "deposit stake, and optionally name a second key that may use it",
      options: stakeOptions,
      examples: [
        ["optisync proposer stake 10ether --deployment deployment.json …", "deposit for your own key"],
      ],
      handler: stake,
    }),
    defineCommand({
      command: "unstake [amount]",
      describe: "withdraw free stake; with --unwind, first get every bond back",
      options: unstakeOptions,
      examples: [["optisync proposer unstake --unwind …", "stop proposing for good and take everything out"]],
      epilogue: "Stop `proposer run` before you unwind. Unwinding takes as long as the longest open window.",
      handler: unstake,
    }),
    defineCommand({
      command: "status <staker>",
      describe: "stake, claims, updates, demands and games of an account, and the capital it should have",
      options: statusOptions,
      handler: status,
    }),
  ],
};
