import type { Manifest } from "../shared/chain/manifest.js";
import { describeRevert, type RevertDecoder } from "../shared/chain/reverts.js";
import { toQuantity, type JsonRpc } from "../shared/chain/transactions.js";
import type { OutboxView, SentMessage } from "../shared/messages/outboxMirror.js";
import { decodeOutcome, deliverRequest, retryRequest } from "../shared/messages/requests.js";
import type { SendRequest } from "../shared/chain/sender.js";
import type { Alert } from "../shared/runtime/alarm.js";
import { groupIntoBatches } from "./batches.js";
import type { Prospect } from "./view.js";

export interface ProspectsOptions {
  readonly manifest: Manifest;
  readonly rpc: JsonRpc;
  readonly decoder: RevertDecoder;
  /** The account that would deliver. */
  readonly from: string;
}

/** What there is to ask receivers about in one look. */
export interface Questions {
  readonly outbox: OutboxView;
  /** Proven under a root of the Inbox, and never tried. */
  readonly deliverable: readonly SentMessage[];
  /** Tried without success. */
  readonly failed: readonly SentMessage[];
  /** Size of the tree with that root. */
  readonly size: number;
  readonly transactionGas: bigint;
}

export interface Answers {
  readonly prospects: ReadonlyMap<string, Prospect>;
  readonly obstacles: readonly Alert[];
}

/** Most messages whose receivers are asked in one look; the others have their turn in a later one. */
const MAX_QUESTIONS = 400;
/** Messages in one simulated delivery. */
const BATCH = 50;
/** The longest that a receiver which refuses is left alone, in looks. */
const MAX_PAUSE = 256;

/**
 * Simulates deliveries, so that none is paid for that its receiver would not accept. A receiver that refuses is asked
 * again after one look, then after two, four and so on. What is remembered here only saves questions.
 */
export class Prospects {
  readonly #options: ProspectsOptions;
  #look = 0;
  readonly #refusals = new Map<string, { pause: number; askAgainAt: number }>();

  constructor(options: ProspectsOptions) {
    this.#options = options;
  }

  async ask(questions: Questions): Promise<Answers> {
    this.#look += 1;
    const prospects = new Map<string, Prospect>();
    const obstacles: Alert[] = [];
    const due = this.#dueAmong(questions, prospects);
    const isDue = ({ id }: SentMessage): boolean => due.has(id);
    const { manifest } = this.#options;
    const { outbox, size, transactionGas } = questions;
    const limits = { maxBatch: BATCH, transactionGas };
    const asked: { messages: readonly SentMessage[]; request: SendRequest }[] = [
      ...groupIntoBatches(questions.deliverable.filter(isDue), limits).map((messages) => ({
        messages,
        request: deliverRequest(manifest, outbox, messages, size),
      })),
      ...questions.failed
        .filter(isDue)
        .map((message) => ({ messages: [message], request: retryRequest(manifest, message) })),
    ];
    for (let next = asked.shift(); next !== undefined; next = asked.shift()) {
      const { messages, request } = next;
      const answer = await this.#simulate(request, transactionGas);
      if (!Array.isArray(answer) && messages.length > 1) {
        // Not all at once, for instance because the node simulates with little gas: then one by one.
        asked.push(
          ...messages.map((message) => ({
            messages: [message],
            request: deliverRequest(manifest, outbox, [message], size),
          })),
        );
        continue;
      }
      if (!Array.isArray(answer)) obstacles.push({ ...answer, subject: messages[0]?.id ?? "" });
      messages.forEach((message, at) => {
        const accepted = Array.isArray(answer) ? answer[at] : undefined;
        prospects.set(message.id, this.#note(message.id, accepted));
      });
    }
    return { prospects, obstacles };
  }

  /** Those to ask now; of those left alone the last answer still holds. */
  #dueAmong({ deliverable, failed }: Questions, prospects: Map<string, Prospect>): ReadonlySet<string> {
    const due = new Set<string>();
    for (const { id } of [...deliverable, ...failed]) {
      const refusal = this.#refusals.get(id);
      if (refusal !== undefined && refusal.askAgainAt > this.#look) prospects.set(id, "refuses");
      else if (due.size < MAX_QUESTIONS) due.add(id);
    }
    for (const id of this.#refusals.keys()) {
      if (!due.has(id) && !prospects.has(id)) this.#refusals.delete(id);
    }
    return due;
  }

  #note(id: string, accepted: boolean | undefined): Prospect {
    if (accepted === undefined) return "unknown";
    if (accepted) {
      this.#refusals.delete(id);
      return "accepts";
    }
    const pause = Math.min((this.#refusals.get(id)?.pause ?? 0.5) * 2, MAX_PAUSE);
    this.#refusals.set(id, { pause, askAgainAt: this.#look + pause });
    return "refuses";
  }

  /** Which receivers would accept; or why nobody can tell. */
  async #simulate(
    { to, data, label }: SendRequest,
    gas: bigint,
  ): Promise<boolean[] | Omit<Alert, "subject">> {
    const { rpc, decoder, from } = this.#options;
    try {
      const call = { from, to, data, gas: toQuantity(gas) };
      return decodeOutcome(label, (await rpc.send("eth_call", [call, "latest"])) as string);
    } catch (error) {
      const revert = decoder.fromError(error);
      if (revert === undefined) throw error;
      // Somebody was first, or B moved on: the next look sees it.
      return { code: "DeliveryImpossible", details: { label, revert: describeRevert(revert) } };
    }
  }
}
