import { writeFile } from "node:fs/promises";
import { z } from "zod";
import { executableForks, type ExecutionForks, type ForkName } from "../execution/forks.js";
import { replayFixtures, replayLine } from "../execution/fixture.js";
import { parameterPresets, type ParameterPreset, type ProtocolParameters } from "../protocol/parameters.js";
import { defineCommand, type AnyCommand, type CommandContext } from "../runtime/command.js";
import { OptisyncError } from "../runtime/errors.js";
import type { OptionValues } from "../runtime/options.js";
import { address, addresses, count, durationSeconds, path, wholeNumber } from "../runtime/quantities.js";
import { loadWallet } from "../runtime/secrets.js";
import * as shared from "../runtime/sharedOptions.js";
import { allInterfaces } from "./contracts.js";
import { deployProtocol, type AnchorPlan } from "./deploy.js";
import { headerSchedule, sourceForksOf } from "./deploymentPlan.js";
import { connectDestination } from "./destination.js";
import { replayBlock } from "./executeSourceBlock.js";
import { DEFAULT_FEE_POLICY } from "./fees.js";
import { writeManifest } from "./manifest.js";
import { createRevertDecoder } from "./reverts.js";
import { createRpc, type Rpc } from "./rpc.js";
import { createSender } from "./sender.js";
import { createSource } from "./source.js";
import { requireUsableClient } from "./sourceClient.js";

const sourceFork = {
  describe: `the one fork whose rules A follows, as a development chain: ${executableForks.join(", ")}`,
  schema: z.enum(executableForks, { error: `must be one of ${executableForks.join(", ")}` }).optional(),
  example: "FORK",
} as const;
const sourceForks = {
  describe: "file with A's fork schedule (see docs/execution.md)",
  schema: path.optional(),
  example: "FILE",
} as const;

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
  genesis: {
    describe: "block of A to start from; A's newest final one unless told",
    schema: wholeNumber.optional(),
    example: "NUMBER",
  },
  sourceFork,
  sourceForks,
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
  const wallet = await loadWallet(values, context);
  const provider = await connectDestination({ urls: values.destinationRpc, logger, signal });
  context.onClose("destination", () => provider.destroy());
  const { chainId: destinationChainId } = await provider.getNetwork();
  const sourceRpc = createRpc({ urls: [values.sourceRpc], signal });
  const sourceChainId = BigInt((await sourceRpc.request("eth_chainId", [])) as string);
  const scheduled = await forksOfNode(sourceRpc, sourceChainId, values);
  const forks = { ...scheduled, sunset: values.sunset ?? scheduled.sunset };
  const depth = values.finalityDepth;
  const finality =
    depth === undefined ? ({ kind: "tag" } as const) : ({ kind: "depth", blocks: depth } as const);
  const source = await createSource({ rpc: sourceRpc, forks, finality });
  const finalized = await source.finalizedHead();
  const genesis = values.genesis === undefined ? finalized : await source.headerByNumber(values.genesis);
  requireFinal(genesis.number, finalized.number);

  const manifest = await deployProtocol(
    {
      name: values.name,
      sourceChainId,
      destinationChainId,
      parameters: withGuardian(parameterPresets[values.preset], values),
      forks: headerSchedule(forks, genesis.timestamp),
      sourceForks: [...forks.forks],
      sourceDepositContract: forks.depositContract,
      sourceProfile: forks.profile,
      genesisHeader: genesis.rlp,
      anchor,
    },
    {
      rpc: provider,
      logger: logger.child({ module: "deploy" }),
      sender: createSender({
        rpc: provider,
        signer: wallet,
        chainId: destinationChainId,
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
      }),
    },
  );
  await writeFile(values.out, writeManifest(manifest));
  const addressLines = Object.entries(manifest.contracts).map(([name, at]) => `  ${name.padEnd(12)} ${at}`);
  context.output(
    manifest,
    [
      `deployed from block ${genesis.number} of A (${genesis.hash}); written to ${values.out}`,
      ...addressLines,
    ].join("\n"),
  );
}

const SEND_POLL_MS = 1_000;

/** The rules of the chain behind a node, with the profile that fits the node. */
async function forksOfNode(
  rpc: Rpc,
  chainId: bigint,
  values: { sourceFork: ForkName | undefined; sourceForks: string | undefined },
): Promise<ExecutionForks> {
  const profile = requireUsableClient(await rpc.request("web3_clientVersion", []));
  return sourceForksOf(chainId, { fork: values.sourceFork, schedulePath: values.sourceForks }, profile);
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

function withGuardian(
  parameters: ProtocolParameters,
  { guardian, guardianBudget }: OptionValues<typeof deployOptions>,
): ProtocolParameters {
  if (guardian === undefined) return parameters;
  const guardianBudgetSeconds = guardianBudget ?? 0n;
  return { ...parameters, claims: { ...parameters.claims, guardian, guardianBudgetSeconds } };
}

function requireFinal(genesis: bigint, finalized: bigint): void {
  if (genesis <= finalized) return;
  throw new OptisyncError("GenesisNotFinal", `A has finalized block ${finalized}, not ${genesis}`, {
    action: "halt",
    details: { genesis, finalized },
  });
}

const replayOptions = {
  what: {
    describe: "fixture files, folders of them, or the number of a block of the source chain",
    schema: z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat()),
    isList: true,
  },
  sourceRpc: { ...shared.sourceRpc, schema: shared.sourceRpc.schema.optional() },
  sourceFork,
  sourceForks,
} as const;

async function replay(context: CommandContext, values: OptionValues<typeof replayOptions>): Promise<void> {
  const lines: string[] = [];
  const print = (line: string): void => {
    lines.push(line);
    if (!context.isJson) context.output(undefined, line);
  };
  const [first] = values.what;
  const isNumber = values.what.length === 1 && first !== undefined && /^\d+$/.test(first);
  const isPassed = isNumber
    ? await replayFromSource(context, values, BigInt(first), print)
    : await replayFixtures(values.what, print);
  if (context.isJson) context.output({ isPassed, lines }, "");
  if (!isPassed) {
    throw new OptisyncError("ReplayFailed", "a block did not give what its header says", { action: "halt" });
  }
}

async function replayFromSource(
  { signal }: CommandContext,
  values: OptionValues<typeof replayOptions>,
  number: bigint,
  print: (line: string) => void,
): Promise<boolean> {
  if (values.sourceRpc === undefined) {
    throw new OptisyncError("ConfigurationInvalid", "a block number needs --source-rpc", { action: "halt" });
  }
  const rpc = createRpc({ urls: [values.sourceRpc], signal });
  const chainId = BigInt((await rpc.request("eth_chainId", [])) as string);
  const forks = await forksOfNode(rpc, chainId, values);
  const source = await createSource({ rpc, forks, finality: { kind: "depth", blocks: 0n } });
  const outcome = await replayBlock(source, number);
  print(replayLine(outcome));
  return outcome.isPassed;
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
  defineCommand({
    command: "replay <what..>",
    describe: "re-execute blocks from fixtures or from the source chain and compare with their headers",
    options: replayOptions,
    examples: [
      ["optisync replay test/vectors/execution", "all fixtures in a folder"],
      ["optisync replay 19807080 --source-rpc http://127.0.0.1:8545", "one block of the source chain"],
    ],
    handler: replay,
  }),
];
