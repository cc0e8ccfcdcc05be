import { writeFile } from "node:fs/promises";
import { allInterfaces, interfaces } from "../chain/contracts.js";
import { deployMessages } from "../chain/deployMessages.js";
import { connectDestination } from "../chain/destination.js";
import { DEFAULT_FEE_POLICY } from "../chain/fees.js";
import { messageContractsOf, readManifest, writeManifest, type Manifest } from "../chain/manifest.js";
import { openDestination, openSender } from "../chain/openChains.js";
import { createRevertDecoder } from "../chain/reverts.js";
import { createRpc } from "../chain/rpc.js";
import { createSender, type Sender } from "../chain/sender.js";
import { NEVER } from "../protocol/message.js";
import { defineCommand, type CommandContext, type CommandGroup } from "../runtime/command.js";
import { isOptisyncError, OptisyncError } from "../runtime/errors.js";
import type { OptionValues } from "../runtime/options.js";
import { loadWallet } from "../runtime/secrets.js";
import { deliverMessage, retryMessage, sendNow, type Outcome } from "./actions.js";
import { requireChannel } from "./channel.js";
import {
  deliverMessageOptions,
  deployMessagesOptions,
  retryMessageOptions,
  sendMessageOptions,
  showMessageOptions,
  type bothChains,
} from "./options.js";
import { createOutboxMirror } from "./outboxMirror.js";
import { formatStatus, readMessage, type MessageTools } from "./status.js";

const SEND_POLL_MS = 1_000;

type FeeValues = Pick<
  OptionValues<typeof deliverMessageOptions>,
  "maxFee" | "urgentMaxFee" | "priorityFee" | "resubmitAfter"
>;

function feePolicyOf({ maxFee, urgentMaxFee, priorityFee, resubmitAfter }: FeeValues) {
  return {
    maxFeePerGasCapWei: maxFee,
    urgentCapWei: urgentMaxFee,
    priorityFeeWei: priorityFee,
    resubmitMs: resubmitAfter,
  };
}

/** Both chains, checked to be those of the deployment's messages. */
async function openTools(
  context: CommandContext,
  values: OptionValues<typeof bothChains>,
): Promise<MessageTools> {
  const { logger, signal } = context;
  const { destinationConfirmations: confirmations } = values;
  const destination = await openDestination({ ...values, confirmations }, context);
  messageContractsOf(destination.manifest);
  const sourceRpc = createRpc({ urls: [values.sourceRpc], signal });
  await requireChannel(destination, sourceRpc);
  const mirror = createOutboxMirror({ manifest: destination.manifest, rpc: sourceRpc, logger, signal });
  return { destination, sourceRpc, mirror };
}

/** A sender on A: the operator's own node is trusted with transactions, as any wallet trusts its node. */
async function openSourceSender(
  context: CommandContext,
  values: FeeValues & { sourceRpc: string; sourceConfirmations: number } & Parameters<typeof loadWallet>[0],
  { sourceChainId }: Manifest,
  dryRun: boolean,
): Promise<{ sender: Sender; rpc: Awaited<ReturnType<typeof connectDestination>> }> {
  const { logger, signal } = context;
  const wallet = await loadWallet(values, context);
  const rpc = await connectSource(values.sourceRpc, sourceChainId, context);
  const sender = createSender({
    rpc,
    signer: wallet,
    chainId: sourceChainId,
    decoder: createRevertDecoder(allInterfaces),
    feePolicy: { ...DEFAULT_FEE_POLICY, ...feePolicyOf(values) },
    confirmations: values.sourceConfirmations,
    pollMs: SEND_POLL_MS,
    dryRun,
    logger: logger.child({ module: "sender", chain: "source" }),
    signal,
  });
  return { sender, rpc };
}

async function connectSource(url: string, chainId: bigint, { logger, signal, onClose }: CommandContext) {
  try {
    const rpc = await connectDestination({ urls: [url], chainId, logger, signal });
    onClose("source", () => rpc.destroy());
    return rpc;
  } catch (error) {
    if (!isOptisyncError(error, "DestinationUnreachable")) throw error;
    throw new OptisyncError("SourceUnreachable", "the node of the source chain did not answer", {
      action: "retry",
      cause: error,
    });
  }
}

async function deploy(
  context: CommandContext,
  values: OptionValues<typeof deployMessagesOptions>,
): Promise<void> {
  const wallet = await loadWallet(values, context);
  const confirmations = values.destinationConfirmations;
  const destination = await openDestination({ ...values, confirmations }, context);
  const source = await openSourceSender(context, values, destination.manifest, false);
  const sending = {
    confirmations,
    dryRun: false,
    pollMs: SEND_POLL_MS,
    feePolicy: feePolicyOf(values),
  };
  const manifest = await deployMessages({
    manifest: destination.manifest,
    source,
    destination: { rpc: destination.rpc, sender: openSender(destination, wallet, sending, context) },
    isAttestedOnly: values.attestedOnly,
    logger: context.logger.child({ module: "deploy" }),
  });
  await writeFile(values.deployment, writeManifest(manifest));
  const { outbox, inbox } = messageContractsOf(manifest);
  context.output(
    manifest.messages,
    `Outbox ${outbox} on A, Inbox ${inbox} on B; added to ${values.deployment}`,
  );
}

async function send(context: CommandContext, values: OptionValues<typeof sendMessageOptions>): Promise<void> {
  const { receiver, gasLimit, payload, dryRun } = values;
  const manifest = readManifest(values.deployment);
  const { outbox } = messageContractsOf(manifest);
  const expiry = expiryOf(values);
  const { sender } = await openSourceSender(context, values, manifest, dryRun);
  const data = interfaces.outbox.encodeFunctionData("send", [receiver, gasLimit, expiry, payload]);
  const receipt = await sendNow(sender, { to: outbox, data, label: "send", key: `send:${data}` });
  if (receipt === undefined) {
    return context.output({ isDryRun: true, receiver }, `a message to ${receiver} would be sent`);
  }
  const { args } = receipt.logs
    .map((log) => interfaces.outbox.parseLog({ topics: [...log.topics], data: log.data }))
    .find((event) => event?.name === "MessageSent") as NonNullable<
    ReturnType<typeof interfaces.outbox.parseLog>
  >;
  const id = args["id"] as string;
  const nonce = args["nonce"] as bigint;
  const { blockNumber, transactionHash } = receipt;
  context.output(
    { id, nonce, receiver, gasLimit, expiry, payload, blockNumber, transactionHash },
    `message ${id} (number ${nonce}) sent in block ${blockNumber} of A`,
  );
}

function expiryOf({ expiresIn, expiry }: OptionValues<typeof sendMessageOptions>): bigint {
  if (expiresIn !== undefined && expiry !== undefined) {
    throw new OptisyncError("ConfigurationInvalid", "give either --expires-in or --expiry", {
      action: "halt",
    });
  }
  if (expiresIn !== undefined) return BigInt(Math.floor(Date.now() / 1_000)) + expiresIn;
  return expiry ?? NEVER;
}

async function status(
  context: CommandContext,
  values: OptionValues<typeof showMessageOptions>,
): Promise<void> {
  const report = await readMessage(await openTools(context, values), values.message);
  const { sent, root, delivery, proof, newestFinal, unchecked } = report;
  context.output(
    {
      ...sent,
      status: report.status,
      finalWith: root?.number ?? proof?.claim.number ?? null,
      newestFinal: newestFinal?.number ?? null,
      root: root ?? null,
      delivery: delivery ?? null,
      unchecked: unchecked ?? null,
      prospect: report.prospect ?? null,
    },
    formatStatus(report),
  );
}

async function prove(
  context: CommandContext,
  values: OptionValues<typeof showMessageOptions>,
): Promise<void> {
  const report = await readMessage(await openTools(context, values), values.message);
  const { sent, root, proof, outbox, unchecked } = report;
  const size = root?.size ?? proof?.size;
  if (size === undefined) {
    throw new OptisyncError("NotFinal", unchecked?.message ?? formatStatus(report), {
      action: "retry",
      details: { id: sent.id },
    });
  }
  const branch = outbox.tree.branch([Number(sent.message.nonce)], size);
  const sync = proof && {
    claim: proof.claim,
    accountProof: proof.accountProof,
    storageProof: proof.storageProof,
  };
  const data = { ...sent, root: root?.root ?? proof?.root, isSynced: root !== undefined, branch, sync };
  context.output(
    data,
    JSON.stringify(data, (_, item: unknown) => plain(item), 2),
  );
}

function plain(item: unknown): unknown {
  return typeof item === "bigint" ? item.toString() : item;
}

async function deliver(
  context: CommandContext,
  values: OptionValues<typeof deliverMessageOptions>,
): Promise<void> {
  const { tools, sender } = await openForSending(context, values);
  report(context, values.message, await deliverMessage(tools, sender, values.message));
}

async function retry(
  context: CommandContext,
  values: OptionValues<typeof retryMessageOptions>,
): Promise<void> {
  const { tools, sender } = await openForSending(context, values);
  report(context, values.message, await retryMessage(tools, sender, values.message, values.gasLimit));
}

async function openForSending(context: CommandContext, values: OptionValues<typeof deliverMessageOptions>) {
  const wallet = await loadWallet(values, context);
  const tools = await openTools(context, values);
  const { destinationConfirmations: confirmations, dryRun } = values;
  const sending = { confirmations, dryRun, pollMs: SEND_POLL_MS, feePolicy: feePolicyOf(values) };
  return { tools, sender: openSender(tools.destination, wallet, sending, context) };
}

function report(context: CommandContext, id: string, outcome: Outcome): void {
  if (outcome === undefined) {
    return context.output({ isDryRun: true, id }, `message ${id}: its next transaction would be sent`);
  }
  const { receipt, isDelivered, failure } = outcome;
  const { transactionHash, blockNumber, gasUsed } = receipt;
  const words = isDelivered ? "delivered" : `tried, but not accepted: ${failure ?? "no reason given"}`;
  context.output(
    { id, isDelivered, failure: failure ?? null, transactionHash, blockNumber, gasUsed },
    `message ${id}: ${words} (block ${blockNumber} of B, ${gasUsed} gas)`,
  );
}

/** `optisync message …`, for whoever sends messages or waits for one. */
export const messageCommands: CommandGroup = {
  command: "message",
  describe: "messages from A to B: send, look, deliver",
  commands: [
    defineCommand({
      command: "deploy",
      describe: "add an Outbox on A and an Inbox on B to a deployment",
      options: deployMessagesOptions,
      epilogue: "One key deploys on both chains and needs funds on both. The deployment's file is rewritten.",
      handler: deploy,
    }),
    defineCommand({
      command: "send <receiver> [payload]",
      describe: "send a message to a contract on B",
      options: sendMessageOptions,
      examples: [
        [
          "optisync message send 0x5FbDB2315678afecb367f032d93F642f64180aa3 0xc0ffee --gas-limit 100000 --expires-in 7d …",
          "for seven days anyone may deliver it",
        ],
      ],
      handler: send,
    }),
    defineCommand({
      command: "status <message>",
      describe: "where a message is on its way over both chains, in one line",
      options: showMessageOptions,
      handler: status,
    }),
    defineCommand({
      command: "proof <message>",
      describe: "what Inbox.deliver takes, and Inbox.sync before it if that is due",
      options: showMessageOptions,
      handler: prove,
    }),
    defineCommand({
      command: "deliver <message>",
      describe: "deliver a message yourself, its root first if B does not know one",
      options: deliverMessageOptions,
      handler: deliver,
    }),
    defineCommand({
      command: "retry <message>",
      describe: "call the receiver of a failed message again, with more gas if you like",
      options: retryMessageOptions,
      handler: retry,
    }),
  ],
};
