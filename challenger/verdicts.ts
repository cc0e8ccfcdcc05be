import type { DestinationView } from "../shared/chain/protocolReader.js";
import type { ClaimEntry, Ledger, UpdateEntry } from "../shared/protocol/ledger.js";
import { describeError, errorAction, isAbort } from "../shared/runtime/errors.js";
import type { Logger } from "../shared/runtime/logger.js";
import { judgeClaim, type ClaimVerdict, type Evidence } from "./judgeClaim.js";
import { judgeUpdate, type UpdateVerdict } from "./judgeUpdate.js";

/** Something that could not be checked, and why. Neither a challenge nor an approval ever follows from it. */
export interface Unjudged {
  readonly subject: string;
  readonly code: string;
  /** True if waiting does not help: the operator's own configuration or node is at fault. */
  readonly needsOperator: boolean;
}

/** Final claims older than the newest ones were judged while they were pending, by whoever watched then. */
const FINAL_CLAIMS_JUDGED = 64;

/** The verdicts of one challenger: each object is judged once, and again only as long as it could not be checked. */
export class Verdicts {
  readonly claims = new Map<string, ClaimVerdict>();
  readonly updates = new Map<string, UpdateVerdict>();
  readonly #evidence: Evidence;
  readonly #logger: Logger;
  readonly #signal: AbortSignal;
  #unjudged = new Map<string, Unjudged>();

  constructor(evidence: Evidence, logger: Logger, signal: AbortSignal) {
    this.#evidence = evidence;
    this.#logger = logger;
    this.#signal = signal;
  }

  /** What the last round could not check. */
  get unjudged(): readonly Unjudged[] {
    return [...this.#unjudged.values()];
  }

  /** Judges everything on B that matters and has no verdict yet, the nearest deadline first. */
  async round({ ledger }: DestinationView): Promise<void> {
    const failures = new Map<string, Unjudged>();
    const open = [
      ...claimsToJudge(ledger, this.claims).map((entry) => ({
        entry,
        run: () => this.#claim(entry, ledger),
      })),
      ...updatesToJudge(ledger, this.updates).map((entry) => ({
        entry,
        run: () => this.#update(entry, ledger),
      })),
    ].sort((a, b) => Number(a.entry.deadline - b.entry.deadline));
    for (const { entry, run } of open) {
      this.#signal.throwIfAborted();
      try {
        await run();
      } catch (error) {
        if (isAbort(error) && this.#signal.aborted) throw error;
        failures.set(entry.id, this.#report(entry.id, error));
      }
    }
    this.#unjudged = failures;
  }

  async #claim(entry: ClaimEntry, ledger: Ledger): Promise<void> {
    // What is final already needs no execution to be found foreign.
    const parent = ledger.claims.get(entry.claim.parent);
    const from = entry.status === "Final" || parent === undefined ? entry.claim.number : parent.claim.number;
    const started = performance.now();
    const verdict = await judgeClaim(entry, from, this.#evidence);
    this.claims.set(entry.id, verdict);
    const { number, proposer } = entry.claim;
    const milliseconds = Math.round(performance.now() - started);
    const level = verdict.kind === "true" ? "info" : "warn";
    this.#logger[level]({ claim: entry.id, number, proposer, verdict, milliseconds }, "claim judged");
  }

  async #update(entry: UpdateEntry, ledger: Ledger): Promise<void> {
    const feed = ledger.feeds.get(entry.update.feed);
    const parent = ledger.updates.get(entry.update.parent);
    if (feed === undefined || parent === undefined) return;
    const started = performance.now();
    const verdict = await judgeUpdate(entry, feed.account, parent, this.#evidence);
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
  #report(subject: string, error: unknown): Unjudged {
    const { code } = describeError(error);
    const needsOperator = errorAction(error) === "halt";
    if (this.#unjudged.get(subject)?.code !== code) {
      this.#logger[needsOperator ? "error" : "warn"]({ subject, error }, "could not check");
    }
    return { subject, code, needsOperator };
  }
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
