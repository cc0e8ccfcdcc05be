import type { Wallet } from "ethers";
import { openChains, openSender, type Chains } from "../shared/chain/openChains.js";
import { openMachine, openMachineLater } from "../shared/game/machine.js";
import { createTracingMeter, measureTracing, type TracingMeter } from "../shared/game/tracing.js";
import { createRpc } from "../shared/chain/rpc.js";
import type { Sender } from "../shared/chain/sender.js";
import { defaultWorkers } from "../shared/chain/workers.js";
import type { CommandContext } from "../shared/runtime/command.js";
import { OptisyncError } from "../shared/runtime/errors.js";
import type { OptionValues } from "../shared/runtime/options.js";
import { createBlockHashEvidence, createCommitteeEvidence, type EvidenceSource } from "./evidence.js";
import { createLoader } from "./loader.js";
import type { runOptions } from "./options.js";
import { createResponder } from "./responder.js";
import type { ProposerModules } from "./run.js";
import type { ProposerPolicy } from "./view.js";

export type RunValues = OptionValues<typeof runOptions>;

/** A proposer with both chains open, ready to be run. */
export interface OpenProposer {
  readonly chains: Chains;
  readonly sender: Sender;
  readonly policy: ProposerPolicy;
  readonly modules: ProposerModules;
  readonly tracing: TracingMeter;
}

/** Pause before a preparation that failed is tried again. */
const RETRY_MS = 30_000;
const GIGABYTE = 1_000_000_000;

/**
 * Opens everything a proposer needs.
 * @throws OptisyncError `NotOperator`, `CommitteeUrlMissing` (halt), and as `openChains`.
 */
export async function openProposer(
  values: RunValues,
  wallet: Wallet,
  context: CommandContext,
  isUnwinding = false,
): Promise<OpenProposer> {
  const { signal } = context;
  const logger = context.logger.child({ module: "proposer" });
  const chains = await openChains(
    {
      sourceRpc: [values.sourceRpc],
      destinationRpc: values.destinationRpc,
      deployment: values.deployment,
      finality:
        values.finalityDepth === undefined
          ? { kind: "tag" }
          : { kind: "depth", blocks: values.finalityDepth },
      confirmations: values.destinationConfirmations,
      dataDir: values.dataDir,
      workers: values.workers ?? defaultWorkers(),
      witnessBytes: values.witnessLimit * GIGABYTE,
    },
    context,
  );
  const staker = values.staker ?? wallet.address;
  await requireOperator(chains, wallet.address, staker);
  const evidence = openEvidence(chains, values, signal);
  const sender = openSender(chains, wallet, sendingOf(values), context);
  const policy = policyOf(values, staker, isUnwinding);
  const { source, history, protocol, manifest } = chains;
  // Whoever wants its money back is not kept from it by a machine that has become unknown.
  const machine = isUnwinding ? openMachineLater(chains) : await openMachine(chains);
  const tracing = createTracingMeter();
  const loader = createLoader({
    source,
    history,
    forks: protocol.forks,
    evidence,
    hasExecutionCourt: manifest.execution !== undefined,
    machine: machine && measureTracing(machine, tracing),
    tracing,
    witnesses: chains.witnesses,
    reader: protocol,
    policy,
    sender: sender.address,
    retryMs: RETRY_MS,
    signal,
  });
  const responder = createResponder({ manifest, rpc: chains.rpc, evidence, sender, logger, signal });
  return { chains, sender, policy, tracing, modules: { loader, responder, logger, signal } };
}

/** How the sender of a command behaves. */
export function sendingOf(
  values: Pick<
    RunValues,
    "destinationConfirmations" | "dryRun" | "maxFee" | "urgentMaxFee" | "priorityFee" | "resubmitAfter"
  >,
) {
  return {
    confirmations: values.destinationConfirmations,
    dryRun: values.dryRun,
    pollMs: SEND_POLL_MS,
    feePolicy: {
      maxFeePerGasCapWei: values.maxFee,
      urgentCapWei: values.urgentMaxFee,
      priorityFeeWei: values.priorityFee,
      resubmitMs: values.resubmitAfter,
    },
  };
}

const SEND_POLL_MS = 1_000;

function policyOf(values: RunValues, staker: string, isUnwinding: boolean): ProposerPolicy {
  return {
    staker,
    feeds: values.feeds,
    claimIntervalSeconds: values.claimInterval,
    maxPendingClaims: values.maxPending,
    maxFeedAgeSeconds: values.maxFeedAge,
    minUpdateFeeWei: values.minUpdateFee,
    provesUpToSlots: values.prove,
    finalizesOthers: values.finalizeOthers,
    withdrawEarningsAtWei: values.withdrawEarnings,
    isUnwinding,
  };
}

async function requireOperator({ protocol }: Chains, key: string, staker: string): Promise<void> {
  const [mayAct] = await protocol.call("stake", "actsFor", [key, staker]);
  if (mayAct === true) return;
  throw new OptisyncError(
    "NotOperator",
    `${key} is not the operator of ${staker}: see \`proposer stake --operator\``,
    {
      action: "halt",
      details: { key, staker },
    },
  );
}

function openEvidence({ manifest, source }: Chains, values: RunValues, signal: AbortSignal): EvidenceSource {
  const rpc = createRpc({ urls: values.destinationRpc, signal });
  if (manifest.anchorKind === "blockHash") return createBlockHashEvidence(manifest, rpc, source);
  if (values.committeeUrl !== undefined) return createCommitteeEvidence(manifest, rpc, values.committeeUrl);
  throw new OptisyncError(
    "CommitteeUrlMissing",
    "the deployment's anchor is a committee: give --committee-url",
    {
      action: "halt",
    },
  );
}
