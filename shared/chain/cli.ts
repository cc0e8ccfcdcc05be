import { writeFile } from "node:fs/promises";
import type { Wallet } from "ethers";
import { z } from "zod";
import { parameterPresets, type ParameterPreset, type ProtocolParameters } from "../protocol/parameters.js";
import { defineCommand, type AnyCommand, type CommandContext } from "../runtime/command.js";
import { OptisyncError } from "../runtime/errors.js";
import type { OptionValues } from "../runtime/options.js";
import {
  address,
  addresses,
  count,
  durationSeconds,
  path,
  wholeNumber,
  yesOrNo,
} from "../runtime/quantities.js";
import { loadWallet } from "../runtime/secrets.js";
import * as shared from "../runtime/sharedOptions.js";
import { allInterfaces } from "./contracts.js";
import { deployProtocol, type AnchorPlan, type DeploymentTools } from "./deploy.js";
import { checkCommands } from "./checkCommands.js";
import { headerSchedule } from "./deploymentPlan.js";
import { connectDestination } from "./destination.js";
import { DEFAULT_FEE_POLICY } from "./fees.js";
import { writeManifest, type Manifest } from "./manifest.js";
import { createRevertDecoder } from "./reverts.js";
import { createRpc } from "./rpc.js";
import { createSender } from "./sender.js";
import { requireOwnMachine } from "../game/checkMachine.js";
import { deployMachine } from "../game/deployMachine.js";
import type { ExecutionForks } from "../execution/forks.js";
import { readMachineArtifacts } from "../machine/artifacts.js";
import type { ForkSchedule } from "../protocol/forkSchedule.js";
import { stepperPlanOf } from "../machine/stepperPlan.js";
import { createSource, type Finality } from "./source.js";
import { forksOfNode, sourceRuleOptions } from "./sourceRules.js";
import type { JsonRpc } from "./transactions.js";

const presetNames = Object.keys(parameterPresets) as [ParameterPreset, ...ParameterPreset[]];

const deployOptions = {
  sourceRpc: shared.sourceRpc,
  destinationRpc: shared.destinationRpc,
  finalityDepth: shared.finalityDepth,
  ...shared.walletOptions,
  ...shared.feeOptions,
  destinationConfirmations: shared.destinationConfirmations,
  preset: {
    describe: `windows, bonds and assumptions: ${presetNames.join(", ")} (see docs/protocol.md)`,
    schema: z.enum(presetNames, { error: `must be one of ${presetNames.join(", ")}` }),
    example: "PRESET",
  },
  name: {
    describe: "name of the deployment",
    schema: z.string().min(1).default("optisync"),
    example: "NAME",
  },
  committee: {
    describe: "anchor: A's validators who sign",
    schema: addresses.optional(),
    example: "ADDRESS,ADDRESS",
  },
  threshold: {
    describe: "how many of the committee must sign; more than two thirds unless told",
    schema: count(1, 64).optional(),
    example: "K",
  },
  blockHashOracle: {
    describe: "anchor: an oracle of A's block hashes on B",
    schema: address.optional(),
    example: "ADDRESS",
  },
  executionCourt: {
    describe:
      "deploy an execution court with its machine; without one, false state roots that A signed cannot be rejected",
    schema: yesOrNo.default(false),
    isSwitch: true,
  },
  stepper: {
    describe: "an execution court with this machine, which is on B already",
    schema: address.optional(),
    example: "ADDRESS",
  },
  genesis: {
    describe: "block of A to start from; A's newest final one unless told",
    schema: wholeNumber.optional(),
    example: "NUMBER",
  },
  ...sourceRuleOptions,
  sunset: {
    describe: "first timestamp of A whose rules the deployment does not know: A's next announced fork",
    schema: wholeNumber.optional(),
    example: "SECONDS",
  },
  guardian: {
    describe: "who may freeze the clock; nobody unless told",
    schema: address.optional(),
    example: "ADDRESS",
  },
  guardianBudget: {
    describe: "for how long the guardian may freeze it, all told",
    schema: durationSeconds.optional(),
    example: "3d",
  },
  out: {
    describe: "file to write the deployment to",
    schema: path.default("deployment.json"),
    defaultText: "deployment.json",
    example: "FILE",
  },
} as const;

async function deploy(context: CommandContext, values: OptionValues<typeof deployOptions>): Promise<void> {
  const { logger, signal } = context;
  const anchor = anchorPlan(values);
  requireOneMachine(values);
  const wallet = await loadWallet(values, context);
  const provider = await connectDestination({ urls: values.destinationRpc, logger, signal });
  context.onClose("destination", () => provider.destroy());
  const { chainId: destinationChainId } = await provider.getNetwork();
  const sourceRpc = createRpc({ urls: [values.sourceRpc], signal });
  const sourceChainId = BigInt((await sourceRpc.request("eth_chainId", [])) as string);
  const forks = await forksOfNode(sourceRpc, sourceChainId, values);
  const source = await createSource({ rpc: sourceRpc, forks, finality: finalityOf(values.finalityDepth) });
  const finalized = await source.finalizedHead();
  const genesis = values.genesis === undefined ? finalized : await source.headerByNumber(values.genesis);
  requireFinal(genesis.number, finalized.number);
  const schedule = headerSchedule(forks, genesis.timestamp);
  const tools = toolsOf(context, values, provider, wallet, destinationChainId);
  const stepper = await machineOf(values, forks, schedule, tools);

  const manifest = await deployProtocol(
    {
      name: values.name,
      sourceChainId,
      destinationChainId,
      parameters: withGuardian(parameterPresets[values.preset], values),
      forks: schedule,
      sourceForks: [...forks.forks],
      sourceDepositContract: forks.depositContract,
      sourceProfile: forks.profile,
      genesisHeader: genesis.rlp,
      anchor,
      stepper,
    },
    tools,
  );
  await writeFile(values.out, writeManifest(manifest));
  context.output(
    manifest,
    [
      `deployed from block ${genesis.number} of A (${genesis.hash}); written to ${values.out}`,
      ...addressLines(manifest),
    ].join("\n"),
  );
}

/**
 * The machine of the execution court, if there is to be one.
 * @throws OptisyncError `MachineForeign` (halt) if the one that is on B is not this program's for these rules: nobody would
 * play with it
 */
async function machineOf(
  { executionCourt, stepper }: OptionValues<typeof deployOptions>,
  forks: ExecutionForks,
  schedule: ForkSchedule,
  tools: DeploymentTools,
): Promise<string | undefined> {
  if (executionCourt) {
    const deployed = await deployMachine(stepperPlanOf(forks, schedule), tools);
    // Should what follows fail, the dearest part need not be paid for again.
    tools.logger.info({ stepper: deployed }, "machine deployed; --stepper takes it in another attempt");
    return deployed;
  }
  if (stepper === undefined) return undefined;
  const { creationCode } = readMachineArtifacts();
  const plan = stepperPlanOf(forks, schedule);
  await requireOwnMachine({ rpc: tools.rpc, stepper, plan, creationCode });
  return stepper;
}

const SEND_POLL_MS = 1_000;

function toolsOf(
  { logger, signal }: CommandContext,
  values: OptionValues<typeof deployOptions>,
  rpc: JsonRpc,
  signer: Wallet,
  chainId: bigint,
): DeploymentTools {
  const sender = createSender({
    rpc,
    signer,
    chainId,
    decoder: createRevertDecoder([...allInterfaces]),
    feePolicy: {
      ...DEFAULT_FEE_POLICY,
      maxFeePerGasCapWei: values.maxFee,
      urgentCapWei: values.urgentMaxFee,
    },
    confirmations: values.destinationConfirmations,
    pollMs: SEND_POLL_MS,
    dryRun: false,
    logger: logger.child({ module: "sender" }),
    signal,
  });
  return { rpc, sender, logger: logger.child({ module: "deploy" }) };
}

function addressLines({ contracts, execution }: Manifest): string[] {
  return Object.entries({ ...contracts, ...execution }).map(([name, at]) => `  ${name.padEnd(12)} ${at}`);
}

function anchorPlan({
  committee,
  threshold,
  blockHashOracle,
}: OptionValues<typeof deployOptions>): AnchorPlan {
  if (committee !== undefined && blockHashOracle === undefined) {
    const quorum = threshold ?? Math.floor((2 * committee.length) / 3) + 1;
    return { kind: "committee", members: committee, threshold: quorum };
  }
  if (committee === undefined && blockHashOracle !== undefined)
    return { kind: "blockHash", oracle: blockHashOracle };
  throw new OptisyncError("AnchorAmbiguous", "give either --committee or --block-hash-oracle", {
    action: "halt",
  });
}

function requireOneMachine({ executionCourt, stepper }: OptionValues<typeof deployOptions>): void {
  if (!executionCourt || stepper === undefined) return;
  throw new OptisyncError("StepperAmbiguous", "give either --execution-court or --stepper", {
    action: "halt",
  });
}

function withGuardian(
  parameters: ProtocolParameters,
  { guardian, guardianBudget }: OptionValues<typeof deployOptions>,
): ProtocolParameters {
  if (guardian === undefined) return parameters;
  const guardianBudgetSeconds = guardianBudget ?? 0n;
  return { ...parameters, claims: { ...parameters.claims, guardian, guardianBudgetSeconds } };
}

function finalityOf(depth: bigint | undefined): Finality {
  return depth === undefined ? { kind: "tag" } : { kind: "depth", blocks: depth };
}

function requireFinal(genesis: bigint, finalized: bigint): void {
  if (genesis <= finalized) return;
  throw new OptisyncError("GenesisNotFinal", `A has finalized block ${finalized}, not ${genesis}`, {
    action: "halt",
    details: { genesis, finalized },
  });
}

export const chainCommands: readonly AnyCommand[] = [
  defineCommand({
    command: "deploy",
    describe: "deploy the protocol to B",
    options: deployOptions,
    examples: [
      [
        "optisync deploy --preset l2 --source-rpc URL --destination-rpc URL --committee ADDRESS,ADDRESS,ADDRESS --keystore deployer.json",
        "connect A to B, anchored in signatures of A's validators",
      ],
    ],
    epilogue:
      "The parameters are fixed for ever, and there is no owner. Whoever uses the deployment should check them.",
    handler: deploy,
  }),
  ...checkCommands,
];
