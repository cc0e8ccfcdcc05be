import type { SendOutcome } from "../shared/chain/flight.js";
import type { Manifest } from "../shared/chain/manifest.js";
import { describeRevert } from "../shared/chain/reverts.js";
import type { Sender, SendRequest } from "../shared/chain/sender.js";
import type { Receipt } from "../shared/chain/transactions.js";
import type { OutboxView } from "../shared/messages/outboxMirror.js";
import { deliverRequest, inboxEvents, retryRequest, syncRequest } from "../shared/messages/requests.js";
import { describeError, isAbort } from "../shared/runtime/errors.js";
import type { Logger } from "../shared/runtime/logger.js";
import type { Action } from "./view.js";

export interface ResponderOptions {
  readonly manifest: Manifest;
  readonly sender: Sender;
  readonly logger: Logger;
  /** Told what every transaction cost, for metrics. */
  readonly onSpent?: (action: Action["kind"], spentWei: bigint) => void;
}

/**
 * Does what the solver decided. A revert is no error: another relayer was first, or B moved on; the next look decides
 * anew. What this process was about to do when it died needs no memory: B shows what was done.
 */
export interface Responder {
  /** Starts the actions unless earlier ones are still on their way, or the view does not show yet what they did. */
  respond(actions: readonly Action[], outbox: OutboxView, blockNumber: bigint): void;
  /** Resolves once nothing is on its way. */
  idle(): Promise<void>;
}

/** A chain that fell back must not stop a relayer for ever. */
const MAX_DROPPED_LOOKS = 20;

export function createResponder(options: ResponderOptions): Responder {
  let running: Promise<void> | undefined;
  /** Block of B of the last transaction: an older view does not show it. */
  let doneInBlock = 0n;
  let dropped = 0;

  async function run(requests: readonly { action: Action; request: SendRequest }[]): Promise<void> {
    const outcomes = await Promise.all(
      requests.map(({ action, request }) => perform(action, request, options)),
    );
    for (const outcome of outcomes) {
      if (outcome?.kind === "confirmed" && outcome.receipt.blockNumber > doneInBlock)
        doneInBlock = outcome.receipt.blockNumber;
    }
  }

  return {
    respond(actions, outbox, blockNumber) {
      if (running !== undefined || actions.length === 0) return;
      const isOld = blockNumber < doneInBlock && dropped < MAX_DROPPED_LOOKS;
      dropped = isOld ? dropped + 1 : 0;
      if (isOld) return;
      if (blockNumber < doneInBlock) doneInBlock = blockNumber;
      // Branches are computed now: the mirror moves on with the next look.
      const requests = actions.map((action) => ({
        action,
        request: toRequest(action, options.manifest, outbox),
      }));
      running = run(requests).finally(() => (running = undefined));
    },
    async idle() {
      await running;
    },
  };
}

/** The transaction of an action. It names every message in full, so that no reorganisation can redirect it. */
export function toRequest(action: Action, manifest: Manifest, outbox: OutboxView): SendRequest {
  switch (action.kind) {
    case "sync":
      return syncRequest(manifest, action.proof);
    case "deliver":
      return deliverRequest(manifest, outbox, action.messages, action.size);
    case "retry":
      return retryRequest(manifest, action.message);
  }
}

async function perform(
  action: Action,
  request: SendRequest,
  { manifest, sender, logger, onSpent }: ResponderOptions,
): Promise<SendOutcome | undefined> {
  const fields = { action: request.label, ...subjectOf(action) };
  try {
    const outcome = await sender.send(request);
    const receipt = "receipt" in outcome ? outcome.receipt : undefined;
    if (receipt !== undefined) onSpent?.(action.kind, receipt.gasUsed * receipt.effectiveGasPriceWei);
    if (outcome.kind === "confirmed") {
      const { transactionHash, gasUsed } = outcome.receipt;
      logger.info(
        { ...fields, ...countResults(manifest, outcome.receipt), transactionHash, gasUsed },
        "action done",
      );
    } else if (outcome.kind === "reverted") {
      logger.info({ ...fields, revert: describeRevert(outcome.revert) }, "action was not possible any more");
    } else logger.info({ ...fields, outcome: outcome.kind }, "action not done");
    return outcome;
  } catch (error) {
    if (!isAbort(error)) logger.error({ ...fields, error: describeError(error) }, "action failed");
    return undefined;
  }
}

function subjectOf(action: Action): Record<string, unknown> {
  switch (action.kind) {
    case "sync":
      return { root: action.proof.root, number: action.proof.claim.number, size: action.proof.size };
    case "deliver":
      return { messages: action.messages.length, first: action.messages[0]?.id };
    case "retry":
      return { message: action.message.id };
  }
}

/** What became of the messages of a transaction. */
function countResults(manifest: Manifest, receipt: Receipt): { delivered: number; failed: number } {
  const names = inboxEvents(manifest, receipt).map(({ name }) => name);
  return {
    delivered: names.filter((name) => name === "MessageDelivered").length,
    failed: names.filter((name) => name === "MessageFailed").length,
  };
}
