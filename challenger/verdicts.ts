import PQueue from "p-queue";
import type { DestinationView } from "../shared/chain/protocolReader.js";
import type { JsonRpc } from "../shared/chain/transactions.js";
import type { ClaimEntry, Ledger, UpdateEntry } from "../shared/protocol/ledger.js";
import { describeError, errorAction, isAbort } from "../shared/runtime/errors.js";
import type { Logger } from "../shared/runtime/logger.js";
import { sleep } from "../shared/runtime/shutdown.js";
import { recogniseCounterfeit } from "./counterfeit.js";
import { compareWithChain, executeSpan, type ClaimVerdict, type Evidence } from "./judgeClaim.js";
import { judgeByHistory, judgeByProofs, type UpdateVerdict } from "./judgeUpdate.js";

/** Something that could not be checked, and why. Neither a challenge nor an approval ever follows from it. */
export interface Unjudged {
  readonly subject: string;
  readonly code: string;
  /** True if waiting does not help: the operator's own configuration or node is at fault. */
  readonly needsOperator: boolean;
}

/** Final claims older than the newest ones were judged while they were pending, by whoever watched then. */
const FINAL_CLAIMS_JUDGED = 64;

/** Checks that need a header or some proofs are made side by side; executions share what cores there are. */
const CHECKS_AT_ONCE = 16;
const EXECUTIONS_AT_ONCE = 4;

/**
 * The verdicts of one challenger: each object is judged once, and again only as long as it could not be checked.
 *
 * Judging goes on in the background, in lanes: what a header or a proof decides never waits for an execution, and
 * claims never wait for updates. Neither a long span nor an update whose history takes hours hides another's lie.
 */
export class Verdicts {
  readonly claims = new Map<string, ClaimVerdict>();
  readonly updates = new Map<string, UpdateVerdict>();
  /** Foreign claims of which it is known that they are no counterfeits. */
  readonly #examined = new Set<string>();
  readonly #evidence: Evidence & { readonly rpc: JsonRpc };
  readonly #logger: Logger;
  readonly #signal: AbortSignal;
  readonly #checks = new PQueue({ concurrency: CHECKS_AT_ONCE });
  readonly #claimExecutions = new PQueue({ concurrency: EXECUTIONS_AT_ONCE });
  readonly #updateExecutions = new PQueue({ concurrency: EXECUTIONS_AT_ONCE });
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #unjudged = new Map<string, Unjudged>();

  constructor(evidence: Evidence & { readonly rpc: JsonRpc }, logger: Logger, signal: AbortSignal) {
    this.#evidence = evidence;
    this.#logger = logger;
    this.#signal = signal;
  }

  /** What could not be checked when it was tried last. */
  get unjudged(): readonly Unjudged[] {
    return [...this.#unjudged.values()];
  }

  /** How many objects are being judged or wait for it. */
  get pending(): number {
    return this.#underWay.size;
  }

  /**
   * Starts judging everything on B that matters and has no verdict yet, the nearest deadline first, and waits until
   * that is done or `patienceMs` have passed; what takes longer goes on.
   */
  async round({ ledger }: DestinationView, patienceMs: number): Promise<void> {
    const [claims, updates] = [claimsToJudge(ledger, this.claims), updatesToJudge(ledger, this.updates)];
    const open = new Set([...claims, ...updates].map(({ id }) => id));
    for (const { id } of this.#toExamine(ledger)) open.add(`${EXAMINE}${id}`);
    this.#forgetExcept(open);
    for (const entry of claims.sort(byDeadline)) {
      this.#start(entry.id, () => this.#claim(entry, ledger));
    }
    // The verdict is there already, and a demand follows from it at once; this only finds a second way to kill the claim.
    for (const entry of this.#toExamine(ledger)) {
      this.#start(`${EXAMINE}${entry.id}`, () => this.#examine(entry));
    }
    for (const entry of updates.sort(byDeadline)) {
      this.#start(entry.id, () => this.#update(entry, ledger));
    }
    const done = Promise.all(this.#underWay.values());
    const patience = new AbortController();
    const waited = sleep(patienceMs, AbortSignal.any([this.#signal, patience.signal])).catch(() => undefined);
    await Promise.race([done, waited]);
    patience.abort();
    this.#signal.throwIfAborted();
  }

  #start(id: string, judge: () => Promise<void>): void {
    if (this.#underWay.has(id)) return;
    const work = async (): Promise<void> => {
      try {
        this.#signal.throwIfAborted();
        await judge();
        this.#unjudged.delete(id);
      } catch (error) {
        if (!(isAbort(error) && this.#signal.aborted)) this.#report(id, error);
      } finally {
        this.#underWay.delete(id);
      }
    };
    this.#underWay.set(id, work());
  }

  /** What no longer matters needs no explanation. */
  #forgetExcept(open: ReadonlySet<string>): void {
    for (const id of this.#unjudged.keys()) if (!open.has(id)) this.#unjudged.delete(id);
  }

  async #claim(entry: ClaimEntry, ledger: Ledger): Promise<void> {
    // What is final already needs no execution to be found foreign.
    const parent = ledger.claims.get(entry.claim.parent);
    const from = entry.status === "Final" || parent === undefined ? entry.claim.number : parent.claim.number;
    const started = performance.now();
    const verdict =
      (await inLane(this.#checks, () => compareWithChain(entry, this.#evidence))) ??
      (await inLane(this.#claimExecutions, () => executeSpan(entry, from, this.#evidence)));
    this.claims.set(entry.id, verdict);
    const { number, proposer } = entry.claim;
    const milliseconds = Math.round(performance.now() - started);
    const level = verdict.kind === "true" ? "info" : "warn";
    this.#logger[level]({ claim: entry.id, number, proposer, verdict, milliseconds }, "claim judged");
  }

  #toExamine(ledger: Ledger): ClaimEntry[] {
    return [...ledger.claims.values()].filter(
      ({ id, status }) =>
        status === "Pending" && this.claims.get(id)?.kind === "foreign" && !this.#examined.has(id),
    );
  }

  async #examine(entry: ClaimEntry): Promise<void> {
    const verdict = await inLane(this.#claimExecutions, () =>
      recogniseCounterfeit(entry, this.#evidence, this.#evidence.rpc),
    );
    if (verdict === undefined) this.#examined.add(entry.id);
    else {
      this.claims.set(entry.id, verdict);
      this.#logger.warn({ claim: entry.id, number: verdict.number, verdict }, "claim is a counterfeit");
    }
  }

  async #update(entry: UpdateEntry, ledger: Ledger): Promise<void> {
    const feed = ledger.feeds.get(entry.update.feed);
    const parent = ledger.updates.get(entry.update.parent);
    if (feed === undefined || parent === undefined) return;
    const started = performance.now();
    const { account } = feed;
    const verdict =
      (await inLane(this.#checks, () => judgeByProofs(entry, account, parent, this.#evidence))) ??
      (await inLane(this.#updateExecutions, () =>
        judgeByHistory(entry, account, parent, this.#evidence, this.#signal),
      ));
    this.updates.set(entry.id, verdict);
    const { number, count, proposer } = entry.update;
    const milliseconds = Math.round(performance.now() - started);
    const kind = verdict.kind === "keyLie" ? `keyLie: ${verdict.lie}` : verdict.kind;
    const level = verdict.kind === "true" ? "info" : "warn";
    this.#logger[level](
      { update: entry.id, feed: feed.feed, number, slots: count, proposer, verdict: kind, milliseconds },
      "update judged",
    );
  }

  /** Says each reason once per object, so that a long outage does not flood the log. */
  #report(subject: string, error: unknown): void {
    const { code } = describeError(error);
    const needsOperator = errorAction(error) === "halt";
    if (this.#unjudged.get(subject)?.code !== code) {
      this.#logger[needsOperator ? "error" : "warn"]({ subject, error }, "could not check");
    }
    this.#unjudged.set(subject, { subject, code, needsOperator });
  }
}

/** Tells the examination of a claim from its judging. */
const EXAMINE = "counterfeit:";

/** Waits for a place in the lane, then for the work. */
async function inLane<T>(lane: PQueue, work: () => Promise<T>): Promise<T> {
  return (await lane.add(work)) as T;
}

function byDeadline(a: { deadline: bigint }, b: { deadline: bigint }): number {
  return Number(a.deadline - b.deadline);
}

function claimsToJudge(ledger: Ledger, judged: ReadonlyMap<string, ClaimVerdict>): ClaimEntry[] {
  const entries = [...ledger.claims.values()];
  const final = entries.filter(({ status }) => status === "Final").slice(-FINAL_CLAIMS_JUDGED);
  const pending = entries.filter(({ status }) => status === "Pending");
  return [...pending, ...final].filter(({ id }) => !judged.has(id));
}

/** Everything that may still be applied, and what each feed shows now. */
function updatesToJudge(ledger: Ledger, judged: ReadonlyMap<string, UpdateVerdict>): UpdateEntry[] {
  const heads = new Set(
    [...ledger.feeds.values()].filter(({ isFrozen }) => !isFrozen).map(({ head }) => head),
  );
  return [...ledger.updates.values()].filter((entry) => {
    if (entry.update.number === 0n) return false;
    const matters = entry.status === "Pending" || entry.status === "Applying" || heads.has(entry.id);
    const verdict = judged.get(entry.id);
    // A lie of the parent's is not the end: the parent may turn out to be rejected and this one orphaned.
    return matters && (verdict === undefined || verdict.kind === "parentFalse");
  });
}
