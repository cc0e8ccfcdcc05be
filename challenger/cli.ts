import { formatEther } from "ethers";
import { openChains, openSender, type ChainOptions, type Chains } from "../shared/chain/openChains.js";
import { defaultWorkers } from "../shared/chain/workers.js";
import type { Ledger } from "../shared/protocol/ledger.js";
import type { ProtocolParameters } from "../shared/protocol/parameters.js";
import { openMachine } from "../shared/game/machine.js";
import { createGameMetrics } from "../shared/game/metrics.js";
import { describeStanding, standingOf } from "../shared/game/standing.js";
import { createTracingMeter, measureTracing, type TracingMeter } from "../shared/game/tracing.js";
import { defineCommand, type CommandContext, type CommandGroup } from "../shared/runtime/command.js";
import { OptisyncError } from "../shared/runtime/errors.js";
import { createHealth, serveHealth } from "../shared/runtime/health.js";
import { createMetricsRegistry } from "../shared/runtime/metrics.js";
import type { OptionValues } from "../shared/runtime/options.js";
import { address, bytes32 } from "../shared/runtime/quantities.js";
import { loadWallet } from "../shared/runtime/secrets.js";
import { chainOptions, workers } from "../shared/runtime/sharedOptions.js";
import { Challenger, type ChallengerTick } from "./challenger.js";
import { judgeClaim } from "./judgeClaim.js";
import { judgeUpdate } from "./judgeUpdate.js";
import { createChallengerMetrics } from "./metrics.js";
import { runOptions } from "./options.js";

type RunValues = OptionValues<typeof runOptions>;

/** A look that takes this long means that the process hangs. */
const STUCK_AFTER_MS = 600_000;

const GIGABYTE = 1_000_000_000;

async function runChallenger(context: CommandContext, values: RunValues): Promise<void> {
  const { logger, signal } = context;
  const wallet = await loadWallet(values, context);
  const chains = await openChains(
    {
      ...toChainOptions(values),
      workers: values.workers ?? defaultWorkers(),
      witnessBytes: values.witnessLimit * GIGABYTE,
    },
    context,
  );
  const sender = openSender(
    chains,
    wallet,
    {
      confirmations: values.destinationConfirmations,
      dryRun: values.dryRun,
      pollMs: values.pollInterval,
      feePolicy: {
        maxFeePerGasCapWei: values.maxFee,
        urgentCapWei: values.urgentMaxFee,
        priorityFeeWei: values.priorityFee,
        resubmitMs: values.resubmitAfter,
      },
    },
    context,
  );
  const account = values.staker ?? wallet.address;
  const tracing = createTracingMeter();
  const machine = await openMachine(chains);
  const challenger = new Challenger(
    {
      challenger: account,
      bondReserve: BigInt(values.bondReserve),
      pollMs: values.pollInterval,
    },
    {
      chains,
      sender,
      machine: machine && measureTracing(machine, tracing),
      tracing,
      logger: logger.child({ module: "challenger" }),
      signal,
      onTick: await watch(context, values, { account, tracing, parameters: chains.protocol.parameters }),
    },
  );
  await challenger.run();
}

/** Whose games are counted, and with what. */
interface Watched {
  readonly account: string;
  readonly tracing: TracingMeter;
  readonly parameters: ProtocolParameters;
}

/** Metrics and health on request; in any case something to be told about every look. */
async function watch(
  context: CommandContext,
  values: RunValues,
  watched: Watched,
): Promise<(tick: ChallengerTick) => void> {
  if (values.metricsPort === undefined) return () => undefined;
  const registry = createMetricsRegistry();
  const health = createHealth(STUCK_AFTER_MS);
  const server = await serveHealth({ host: values.metricsHost, port: values.metricsPort, health, registry });
  context.onClose("metrics", () => server.close());
  context.logger.info({ url: server.url }, "metrics served");
  const count = createChallengerMetrics(registry);
  const countGames = createGameMetrics(registry, "challenger", watched.tracing);
  return (tick) => {
    health.beat();
    // Ready means: able to judge. A node that lags or a fork that is not configured shows here.
    health.setReady(!tick.verdicts.unjudged.some(({ needsOperator }) => needsOperator));
    count(tick);
    const { ledger, clock } = tick.destination;
    countGames(standingOf(watched.account, ledger, watched.parameters, clock));
  };
}

const checkOptions = {
  ...chainOptions,
  workers,
  claim: { describe: "id of a claim or of an update", schema: bytes32 },
} as const;

async function check(context: CommandContext, values: OptionValues<typeof checkOptions>): Promise<void> {
  const chains = await openChains(
    { ...toChainOptions(values), workers: values.workers ?? defaultWorkers() },
    context,
  );
  const { ledger } = await chains.protocol.sync();
  const { subject, verdict } = await judge(values.claim, ledger, chains);
  context.output({ id: values.claim, subject, verdict }, `${subject} ${values.claim}: ${describe(verdict)}`);
}

async function judge(id: string, ledger: Ledger, chains: Chains) {
  const claim = ledger.claims.get(id);
  if (claim !== undefined) {
    const parent = ledger.claims.get(claim.claim.parent);
    const from = parent?.claim.number ?? claim.claim.number;
    return { subject: "claim", verdict: await judgeClaim(claim, from, chains) };
  }
  const update = ledger.updates.get(id);
  const feed = update && ledger.feeds.get(update.update.feed);
  const parent = update && ledger.updates.get(update.update.parent);
  if (update === undefined || feed === undefined || parent === undefined) {
    throw new OptisyncError("SubjectUnknown", `no claim or update ${id} was ever posted here`, {
      action: "halt",
      details: { id },
    });
  }
  return { subject: "update", verdict: await judgeUpdate(update, feed.account, parent, chains) };
}

function describe(verdict: { kind: string }): string {
  const { kind, ...rest } = verdict;
  const fields = Object.entries(rest).filter(([name]) => name !== "proof");
  return [kind, ...fields.map(([name, value]) => `${name} ${String(value)}`)].join(", ");
}

const statusOptions = {
  ...chainOptions,
  challenger: { describe: "account to show", schema: address, example: "ADDRESS" },
} as const;

async function status(context: CommandContext, values: OptionValues<typeof statusOptions>): Promise<void> {
  const { protocol } = await openChains(toChainOptions(values), context);
  const { ledger, clock } = await protocol.sync();
  const [account] = await protocol.call("stake", "account", [values.challenger]);
  const { free, locked } = account as { free: bigint; locked: bigint };
  const demands = [...ledger.demands.values()].filter((demand) => demand.challenger === values.challenger);
  const open = demands.filter(({ isOpen }) => isOpen);
  const games = standingOf(values.challenger, ledger, protocol.parameters, clock);
  const lines = [
    `challenger ${values.challenger}`,
    `free stake ${formatEther(free)} ETH, locked ${formatEther(locked)} ETH`,
    `demands ${demands.length}, open ${open.length}`,
    ...open.map(({ claim, deadline }) => `  claim ${claim}, ${deadline - clock} s left to answer`),
    ...(protocol.parameters.games === undefined ? [] : describeStanding("games ", games)),
  ];
  context.output({ challenger: values.challenger, free, locked, clock, demands, games }, lines.join("\n"));
}

function toChainOptions(values: OptionValues<typeof chainOptions>): ChainOptions {
  const depth = values.finalityDepth;
  return {
    sourceRpc: [values.sourceRpc],
    destinationRpc: values.destinationRpc,
    deployment: values.deployment,
    finality: depth === undefined ? { kind: "tag" } : { kind: "depth", blocks: depth },
    confirmations: values.destinationConfirmations,
    dataDir: values.dataDir,
  };
}

/** `optisync challenger …`, for whoever runs a watchtower. */
export const challengerCommands: CommandGroup = {
  command: "challenger",
  describe: "watch claims and updates, and take each lie to its court",
  commands: [
    defineCommand({
      command: "run",
      describe: "re-execute A, judge everything posted on B, and challenge what is false",
      options: runOptions,
      examples: [
        [
          "optisync challenger run --source-rpc http://127.0.0.1:8545 --destination-rpc https://b.example " +
            "--deployment deployment.json --keystore challenger.json",
          "watch and challenge",
        ],
        ["optisync challenger run … --dry-run", "show what would be sent"],
      ],
      epilogue:
        "The source node should be your own; what it says is verified, but a node that lags or withholds keeps you " +
        "from judging. Demands lock a small bond that you get back, with half of the liar's bond, when you are right.",
      handler: runChallenger,
    }),
    defineCommand({
      command: "check <claim>",
      describe: "judge one claim or update and say why; sends nothing and needs no key",
      options: checkOptions,
      handler: check,
    }),
    defineCommand({
      command: "status <challenger>",
      describe: "stake, open demands and games of an account",
      options: statusOptions,
      handler: status,
    }),
  ],
};
