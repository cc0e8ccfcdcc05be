import { allInterfaces } from "../chain/contracts.js";
import type { Destination } from "../chain/openChains.js";
import { createRevertDecoder, describeRevert } from "../chain/reverts.js";
import type { Rpc } from "../chain/rpc.js";
import { readHead } from "../chain/transactions.js";
import type { Claim } from "../protocol/claim.js";
import { isExpired, type MessageStatus } from "../protocol/message.js";
import { readMessageLedger, type Delivery } from "../protocol/messageLedger.js";
import { describeError, errorAction, isAbort, OptisyncError } from "../runtime/errors.js";
import { coverageOf, type Coverage, type CoveringRoot } from "./coverage.js";
import type { OutboxMirror, OutboxView, SentMessage } from "./outboxMirror.js";
import { decodeOutcome, deliverRequest, retryRequest } from "./requests.js";
import { newestUsableClaim, proveOutboxRoot, type RootProof } from "./rootProof.js";

export interface MessageTools {
  readonly destination: Destination;
  readonly sourceRpc: Rpc;
  readonly mirror: OutboxMirror;
}

/** Where a message is on its way. */
export interface MessageReport {
  readonly sent: SentMessage;
  readonly outbox: OutboxView;
  /** B's, at its newest block. */
  readonly status: MessageStatus;
  readonly delivery: Delivery | undefined;
  /** The root under which it can be delivered; undefined while the Inbox knows none. */
  readonly root: CoveringRoot | undefined;
  /** Proof of a final root that covers it, looked for as long as the Inbox knows none. */
  readonly proof: RootProof | undefined;
  /** The newest claim that the Inbox would take a root from. */
  readonly newestFinal: Claim | undefined;
  /** Why it could not be checked whether the message is under a final root. */
  readonly unchecked: { readonly code: string; readonly message: string } | undefined;
  /** What its receiver would do with it now, by the word of B's node; undefined if it is not its turn. */
  readonly prospect: "accepts" | "refuses" | "noContract" | undefined;
}

/**
 * Follows a message over both chains.
 *
 * @param id Of the message.
 * @throws OptisyncError `MessageUnknown` (halt) if A's node tells of no such message; as the mirror and the protocol
 * reader.
 */
export async function readMessage(tools: MessageTools, id: string): Promise<MessageReport> {
  const { destination, mirror } = tools;
  const { protocol, rpc } = destination;
  const { events, ledger: claims } = await protocol.sync();
  const outbox = await mirror.sync();
  const sent = outbox.sent.find((entry) => entry.id === id);
  if (sent === undefined) {
    throw new OptisyncError(
      "MessageUnknown",
      `A's node tells of no message ${id} in ${mirror.channel.outbox}`,
      {
        action: "halt",
        details: { id, outbox: mirror.channel.outbox, known: outbox.sent.length },
      },
    );
  }
  const ledger = readMessageLedger(events);
  const delivery = ledger.deliveries.get(id);
  const { timestamp } = await readHead(rpc);
  const root = coveringRoot(coverageOf(outbox, ledger), sent);
  const [isAttestedOnly] = await protocol.call("inbox", "ATTESTED_ONLY", []);
  const newestFinal = newestUsableClaim(claims, isAttestedOnly === true)?.claim;
  const status = statusOf(sent, delivery, timestamp);
  const prospect = await askReceiver(destination, outbox, sent, status, root);
  const report = { sent, outbox, status, delivery, root, newestFinal, prospect };
  if (root !== undefined || newestFinal === undefined || newestFinal.number < sent.blockNumber) {
    return { ...report, proof: undefined, unchecked: undefined };
  }
  return { ...report, ...(await proveRoot(tools, newestFinal, outbox)) };
}

function coveringRoot({ best }: Coverage, { message }: SentMessage): CoveringRoot | undefined {
  return best !== undefined && Number(message.nonce) < best.size ? best : undefined;
}

function statusOf(
  { message }: SentMessage,
  delivery: Delivery | undefined,
  timestamp: bigint,
): MessageStatus {
  if (delivery?.status === "Delivered") return "Delivered";
  if (isExpired(message, timestamp)) return "Expired";
  return delivery?.status ?? "None";
}

/** Simulates the next step. A simulation that reverts as a whole says nothing: B moved on, for instance. */
async function askReceiver(
  { rpc, manifest }: Destination,
  outbox: OutboxView,
  sent: SentMessage,
  status: MessageStatus,
  root: CoveringRoot | undefined,
): Promise<MessageReport["prospect"]> {
  const isDeliverable = status === "None" && root !== undefined;
  if (!isDeliverable && status !== "Failed") return undefined;
  const { to, data, label } = isDeliverable
    ? deliverRequest(manifest, outbox, [sent], root.size)
    : retryRequest(manifest, sent);
  try {
    const answer = (await rpc.send("eth_call", [{ to, data }, "latest"])) as string;
    if (decodeOutcome(label, answer)[0] === true) return "accepts";
    const code = await rpc.send("eth_getCode", [sent.message.receiver, "latest"]);
    return code === "0x" ? "noContract" : "refuses";
  } catch (error) {
    if (decoder.fromError(error) === undefined) throw error;
    return undefined;
  }
}

/** A proof that cannot be had now is no reason not to tell the rest. */
async function proveRoot(
  { destination, sourceRpc }: MessageTools,
  claim: Claim,
  outbox: OutboxView,
): Promise<Pick<MessageReport, "proof" | "unchecked">> {
  try {
    const { manifest } = destination;
    const proof = await proveOutboxRoot({ manifest, rpc: sourceRpc }, claim, outbox);
    return { proof, unchecked: undefined };
  } catch (error) {
    if (isAbort(error) || errorAction(error) === "halt") throw error;
    const { code, message } = describeError(error);
    return { proof: undefined, unchecked: { code, message } };
  }
}

/** The way of a message in one line. */
export function formatStatus(report: MessageReport): string {
  const { sent } = report;
  return [
    `message ${sent.message.nonce}, sent in block ${sent.blockNumber} of A`,
    ...stepsOnDestination(report),
  ].join(", ");
}

function stepsOnDestination(report: MessageReport): string[] {
  const { delivery, status, sent } = report;
  const steps = [rootStep(report)];
  if (delivery?.status === "Failed") {
    const tries = delivery.attempts === 1 ? "" : `, tried ${delivery.attempts} times`;
    steps.push(`failed in block ${delivery.blockNumber} of B (${describeFailure(delivery.failure)}${tries})`);
  }
  if (delivery?.status === "Delivered") steps.push(`delivered in block ${delivery.blockNumber} of B`);
  else if (status === "Expired") steps.push(`expired at ${sent.message.expiry}`);
  else if (delivery === undefined && report.root !== undefined) steps.push("not delivered yet");
  const prospect = prospectWords(report.prospect);
  return prospect === undefined ? steps : [...steps, prospect];
}

function prospectWords(prospect: MessageReport["prospect"]): string | undefined {
  switch (prospect) {
    case "accepts":
      return "its receiver would accept it now";
    case "refuses":
      return "its receiver would not accept it now";
    case "noContract":
      return "there is no contract to receive it";
    case undefined:
      return undefined;
  }
}

function rootStep({ root, proof, unchecked, newestFinal, sent }: MessageReport): string {
  if (root !== undefined) {
    return `final with block ${root.number}, synced in block ${root.blockNumber} of B`;
  }
  if (newestFinal === undefined || newestFinal.number < sent.blockNumber) {
    const reached = newestFinal === undefined ? "none" : String(newestFinal.number);
    return `not final yet (newest final block: ${reached})`;
  }
  if (proof !== undefined) return `final with block ${newestFinal.number}, not synced yet`;
  return `final with block ${newestFinal.number} by the node's word (could not check: ${unchecked?.code})`;
}

/** Why a receiver did not accept. */
export function describeFailure(failure: Delivery["failure"]): string {
  switch (failure?.kind) {
    case "NoCode":
      return "there is no contract";
    case "NotAccepted":
      return "the receiver did not answer as ERC-7786 demands";
    default:
      return failure === undefined || failure.data === "0x"
        ? "the receiver reverted without a reason, or ran out of gas"
        : `the receiver reverted: ${revertWords(failure.data)}`;
  }
}

const decoder = createRevertDecoder(allInterfaces);

/** Only so many bytes of it are in the event, and most receivers' errors are not known here. */
function revertWords(data: string): string {
  const revert = decoder.fromData(data);
  return revert.name === "UnknownRevert" ? data : describeRevert(revert);
}
