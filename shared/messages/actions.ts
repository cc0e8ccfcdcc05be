import type { Manifest } from "../chain/manifest.js";
import { describeRevert } from "../chain/reverts.js";
import type { Sender, SendRequest } from "../chain/sender.js";
import type { Receipt } from "../chain/transactions.js";
import { failureOf } from "../protocol/messageLedger.js";
import { OptisyncError } from "../runtime/errors.js";
import { deliverRequest, inboxEvents, retryRequest, syncRequest } from "./requests.js";
import {
  describeFailure,
  formatStatus,
  readMessage,
  type MessageReport,
  type MessageTools,
} from "./status.js";

/** What one transaction of a person's became; undefined on a dry run. */
export type Outcome =
  | {
      readonly receipt: Receipt;
      readonly isDelivered: boolean;
      /** Why the receiver did not accept, in words. */
      readonly failure: string | undefined;
    }
  | undefined;

/**
 * Delivers a message, after the root that covers it if the Inbox does not know one.
 *
 * @throws OptisyncError `MessageUnknown`, `AlreadyDelivered`, `MessageExpired`, `MessageFailedBefore` (halt),
 * `NotFinal` (retry); as `readMessage` and `sendNow`.
 */
export async function deliverMessage(tools: MessageTools, sender: Sender, id: string): Promise<Outcome> {
  const report = await readMessage(tools, id);
  requireOpen(report);
  if (report.status === "Failed") {
    throw refusal("MessageFailedBefore", "its receiver did not accept it before: use `message retry`", id);
  }
  const { manifest } = tools.destination;
  const { root, proof, unchecked } = report;
  if (root === undefined) {
    if (proof === undefined) {
      const why = unchecked === undefined ? formatStatus(report) : unchecked.message;
      throw refusal("NotFinal", `no final root is known to cover it: ${why}`, id, "retry");
    }
    if ((await sendNow(sender, syncRequest(manifest, proof))) === undefined) return undefined;
  }
  const size = root?.size ?? (proof as NonNullable<typeof proof>).size;
  const receipt = await sendNow(sender, deliverRequest(manifest, report.outbox, [report.sent], size));
  return outcomeOf(manifest, receipt);
}

/**
 * Calls the receiver of a failed message again.
 *
 * @param gasLimit What its sender fixed unless told.
 * @throws OptisyncError `MessageUnknown`, `AlreadyDelivered`, `MessageExpired`, `NotFailed`, `GasLimitTooLow` (halt);
 * as `readMessage` and `sendNow`.
 */
export async function retryMessage(
  tools: MessageTools,
  sender: Sender,
  id: string,
  gasLimit?: bigint,
): Promise<Outcome> {
  const report = await readMessage(tools, id);
  requireOpen(report);
  if (report.status !== "Failed") {
    throw refusal("NotFailed", "nobody tried to deliver it yet: use `message deliver`", id);
  }
  const least = report.sent.message.gasLimit;
  if (gasLimit !== undefined && gasLimit < least) {
    throw refusal("GasLimitTooLow", `its sender fixed ${least} gas, ${gasLimit} is less`, id);
  }
  const { manifest } = tools.destination;
  return outcomeOf(manifest, await sendNow(sender, retryRequest(manifest, report.sent, gasLimit ?? least)));
}

/**
 * Sends one transaction and waits for it; undefined on a dry run.
 * @throws OptisyncError `Reverted` (halt) with the contract's error, `Displaced` (retry) if another transaction of the
 * same key took its place.
 */
export async function sendNow(sender: Sender, request: SendRequest): Promise<Receipt | undefined> {
  const outcome = await sender.send(request);
  switch (outcome.kind) {
    case "confirmed":
      return outcome.receipt;
    case "dryRun":
      return undefined;
    case "reverted":
      throw new OptisyncError(
        "Reverted",
        `${request.label} is not possible: ${describeRevert(outcome.revert)}`,
        {
          action: "halt",
          details: { function: request.label, revert: outcome.revert.name, args: outcome.revert.args },
        },
      );
    case "displaced":
      throw new OptisyncError(
        "Displaced",
        `another transaction of this key took the place of ${request.label}`,
        { action: "retry", details: { function: request.label, nonce: outcome.nonce } },
      );
  }
}

function requireOpen({ status, sent, delivery }: MessageReport): void {
  if (status === "Delivered") {
    const words = `it was delivered in block ${delivery?.blockNumber} of B`;
    throw refusal("AlreadyDelivered", words, sent.id);
  }
  if (status === "Expired") {
    throw refusal("MessageExpired", `it expired at ${sent.message.expiry}`, sent.id);
  }
}

function refusal(code: string, words: string, id: string, action: "halt" | "retry" = "halt"): OptisyncError {
  return new OptisyncError(code, `message ${id}: ${words}`, { action, details: { id } });
}

function outcomeOf(manifest: Manifest, receipt: Receipt | undefined): Outcome {
  if (receipt === undefined) return undefined;
  const events = inboxEvents(manifest, receipt);
  const isDelivered = events.some((event) => event?.name === "MessageDelivered");
  const failed = events.find((event) => event?.name === "MessageFailed");
  const failure = failed ? describeFailure(failureOf(failed.args.toObject())) : undefined;
  return { receipt, isDelivered, failure };
}
