import type { KeptWitnesses } from "../shared/chain/keptWitnesses.js";
import type { ProtocolReader } from "../shared/chain/protocolReader.js";
import type { SourceHeader } from "../shared/chain/sourceHeader.js";
import { createGameDesk, type GameDesk } from "../shared/game/desk.js";
import type { PreparedMove } from "../shared/game/moves.js";
import type { TracingMeter } from "../shared/game/tracing.js";
import { undisputedUpTo } from "../shared/protocol/disputable.js";
import { moveDue } from "../shared/protocol/gameBook.js";
import {
  finalHead,
  stageKey,
  type FeedEntry,
  type Ledger,
  type UpdateEntry,
} from "../shared/protocol/ledger.js";
import { piecesLeft } from "../shared/reader/updatePieces.js";
import { errorAction, isAbort, isOptisyncError } from "../shared/runtime/errors.js";
import { planClaim, type ClaimGround } from "./claims.js";
import { computeChange, isSaidRight } from "./drafts.js";
import { ownGames } from "./games.js";
import { isUsableRoot, isWorthPosting, planUpdate, queueOf, servedFeeds, type UpdatePlan } from "./feeds.js";
import { prepareClaim, type PreflightTools } from "./preflight.js";
import { isSyncable, proveDraft, provePosted, updateToProve } from "./proofs.js";
import {
  type Alert,
  type ClaimCandidate,
  type FeedView,
  type ProposerPolicy,
  type ProposerView,
  type UpdateDraft,
  type UpdateProof,
} from "./view.js";
import { createWorkbench, toAlert, type Workbench } from "./workbench.js";

export interface LoaderOptions extends PreflightTools {
  reader: ProtocolReader;
  policy: ProposerPolicy;
  /** Address of the key that sends. */
  sender: string;
  /** Pause before preparations that failed are tried again. */
  retryMs: number;
  tracing?: TracingMeter | undefined;
  witnesses?: KeptWitnesses | undefined;
  signal: AbortSignal;
}

export interface Loader {
  /**
   * Looks at both chains. Never waits for a re-execution: what is prepared appears in a later view. That A cannot be
   * read is an obstacle in the view, because what is at stake on B has to be defended all the same.
   *
   * @throws whatever says that B could not be read, and OptisyncError with action halt.
   */
  load(): Promise<{ view: ProposerView; blockNumber: bigint }>;
  /** Resolves once nothing is being prepared. */
  idle(): Promise<void>;
}

export function createLoader(options: LoaderOptions): Loader {
  return new ChainLoader(options);
}

class ChainLoader implements Loader {
  readonly #options: LoaderOptions;
  readonly #bench: Workbench;
  readonly #desk: GameDesk | undefined;
  /** What other proposers' updates turned out to be. */
  readonly #verdicts = new Map<string, boolean>();

  constructor(options: LoaderOptions) {
    this.#options = options;
    const { retryMs, signal, source, machine, tracing } = options;
    this.#bench = createWorkbench({ retryMs, signal });
    this.#desk = machine && createGameDesk({ source, machine, retryMs, tracing, signal });
  }

  async idle(): Promise<void> {
    await Promise.all([this.#bench.idle(), this.#desk?.idle()]);
  }

  async load(): Promise<{ view: ProposerView; blockNumber: bigint }> {
    const { reader, policy, sender, witnesses } = this.#options;
    const { head, ledger, clock } = await reader.sync();
    void witnesses?.wantAbove(undisputedUpTo(ledger, ({ claim }) => claim.proposer === policy.staker));
    const [account] = await reader.call("stake", "account", [policy.staker], head.number);
    const [earnings] = await reader.call("feeds", "earnings", [policy.staker], head.number);
    const { sourceHead, hashAt, obstacles } = await this.#lookAtSource(ledger);
    const ground: ClaimGround = {
      policy,
      sender,
      parameters: reader.parameters,
      ledger,
      clock,
      timestamp: head.timestamp,
      freeWei: (account as { free: bigint }).free,
      earningsWei: earnings as bigint,
      sourceHead,
      hashAt,
    };
    const candidate = this.#candidate(ground);
    const feeds = await this.#feeds(ground, head.number);
    const { moves, failures } = this.#moves(ground);
    const view = {
      ...ground,
      candidate,
      feeds,
      moves,
      obstacles: [...obstacles, ...this.#bench.endLook(), ...failures],
    };
    return { view, blockNumber: head.number };
  }

  async #lookAtSource(
    ledger: Ledger,
  ): Promise<{ sourceHead: SourceHeader | undefined; hashAt: Map<bigint, string>; obstacles: Alert[] }> {
    const { source } = this.#options;
    const heights = this.#heights(ledger);
    try {
      const sourceHead = await source.finalizedHead();
      const passed = heights.filter((number) => number <= sourceHead.number);
      return { sourceHead, hashAt: await this.#hashesAt(passed), obstacles: [] };
    } catch (error) {
      if (isAbort(error)) throw error;
      // A head of a fork that is unknown here must not keep older claims, long final on A, from becoming final on B.
      const isReadable = isOptisyncError(error, "UnknownFork") || isOptisyncError(error, "SourceLied");
      const hashAt = isReadable ? await this.#hashesAt(heights) : new Map<bigint, string>();
      return { sourceHead: undefined, hashAt, obstacles: [toAlert("source", error)] };
    }
  }

  /** The node's hashes at these heights; heights that it does not answer for are left out. */
  async #hashesAt(heights: readonly bigint[]): Promise<Map<bigint, string>> {
    const hashAt = new Map<bigint, string>();
    for (const number of heights) {
      try {
        hashAt.set(number, (await this.#options.source.headerByNumber(number)).hash);
      } catch (error) {
        if (!isOptisyncError(error)) throw error;
      }
    }
    return hashAt;
  }

  /** Heights of the claims about which the solver has to know whether they are true. */
  #heights(ledger: Ledger): bigint[] {
    const { policy } = this.#options;
    const heights = new Set<bigint>();
    for (const { claim, status } of ledger.claims.values()) {
      const isRelevant = policy.finalizesOthers || claim.proposer === policy.staker;
      if (status === "Pending" && isRelevant) heights.add(claim.number);
    }
    const head = finalHead(ledger);
    if (head !== undefined) heights.add(head.claim.number);
    return [...heights];
  }

  /** Works on the next claim. A's head moves on meanwhile: what was begun for the same parent is brought to an end. */
  #candidate(ground: ClaimGround): ClaimCandidate | undefined {
    const plan = planClaim(ground);
    if (plan === undefined) return undefined;
    // A claim of ours on this parent, whatever became of it, is never made again: then another block is due.
    const earlier = [...ground.ledger.claims.values()].filter(
      ({ claim }) => claim.parent === plan.parent.id && claim.proposer === ground.policy.staker,
    );
    const work = this.#bench.at("claim", `${plan.parent.id}:${earlier.length}`, (signal) =>
      prepareClaim(plan, this.#options, signal),
    );
    return work.kind === "done" ? work.value : undefined;
  }

  /** Works on the moves that are due on own claims. */
  #moves(ground: ClaimGround): { moves: Map<string, PreparedMove>; failures: Alert[] } {
    const moves = new Map<string, PreparedMove>();
    const failures: Alert[] = [];
    const { claims } = ground.ledger;
    for (const { game, deadline } of ownGames(ground)) {
      const claim = claims.get(game.claim)?.claim;
      const parent = claim && claims.get(claim.parent)?.claim;
      if (moveDue(game) === "Point" || claim === undefined || parent === undefined) continue;
      if (this.#desk === undefined) {
        failures.push({ code: "MachineMissing", subject: game.id, details: { game: game.id } });
        continue;
      }
      const move = this.#desk.defence(game, { parent, claim }, deadline);
      if (move !== undefined) moves.set(game.id, move);
    }
    for (const [id, error] of this.#desk?.endLook() ?? []) failures.push(toAlert(id, error));
    return { moves, failures };
  }

  async #feeds(ground: ClaimGround, blockNumber: bigint): Promise<Map<bigint, FeedView>> {
    const views = new Map<bigint, FeedView>();
    for (const feed of servedFeeds(ground)) {
      const isTrue = new Map<string, boolean>();
      for (const entry of queueOf(ground, feed)) {
        if (entry.update.proposer === ground.policy.staker) continue;
        const verdict = this.#verdict(ground.ledger, feed.account, entry);
        if (verdict !== undefined) isTrue.set(entry.id, verdict);
      }
      const plan = planUpdate(ground, feed);
      const draft = plan && this.#draft(ground, plan);
      const draftProof = draft && this.#draftProof(ground, feed, draft);
      const updateProof = await this.#updateProof(ground, feed, blockNumber);
      const [said] = await this.#options.reader.call("feeds", "feedOf", [feed.feed], blockNumber);
      const { funds: fundsWei } = said as { funds: bigint };
      views.set(feed.feed, { fundsWei, isTrue, draft, draftProof, updateProof });
    }
    return views;
  }

  /** Recomputes another proposer's update. Its block has a final root, so it is the node that may be wrong about it. */
  #verdict(ledger: Ledger, account: string, entry: UpdateEntry): boolean | undefined {
    const known = this.#verdicts.get(entry.id);
    const since = ledger.updates.get(entry.update.parent)?.update;
    const root = [...ledger.claims.values()].find(
      ({ claim, status }) => status === "Final" && claim.number === entry.update.number,
    );
    if (known !== undefined || since === undefined || root === undefined) return known;
    const work = this.#bench.at(`update ${entry.id}`, entry.id, async (signal) =>
      isSaidRight(entry, await computeChange(account, since, root.claim, this.#options, signal)),
    );
    if (work.kind === "done") this.#verdicts.set(entry.id, work.value);
    return this.#verdicts.get(entry.id);
  }

  /** Works on the next update. While that is computed, proven or staged for one root, newer roots wait: there is always one. */
  #draft(ground: ClaimGround, plan: UpdatePlan): UpdateDraft | undefined {
    const { feed } = plan.feed;
    const place = `feed ${feed}`;
    const root = this.#rootUnderWay(ground, plan, place) ?? plan.root;
    const work = this.#bench.at(place, `${plan.tail.id}:${root.id}`, async (signal) => ({
      feed,
      parent: plan.tail.id,
      root: root.id,
      ...(await computeChange(plan.feed.account, plan.tail.update, root.claim, this.#options, signal)),
    }));
    return work.kind === "done" ? work.value : undefined;
  }

  /**
   * Works on what proves a draft. What cannot be proven is posted all the same: that says nothing against its truth. The
   * operator is told once that is to be proven.
   */
  #draftProof(ground: ClaimGround, feed: FeedEntry, draft: UpdateDraft): FeedView["draftProof"] {
    const root = ground.ledger.claims.get(draft.root);
    const parent = ground.ledger.updates.get(draft.parent);
    if (root === undefined || parent === undefined || !isSyncable(ground, feed, draft)) return undefined;
    if (!isWorthPosting(ground, draft, parent, root)) return undefined;
    const { source } = this.#options;
    const work = this.#bench.at(`proof ${feed.feed}`, `${draft.parent}:${draft.root}`, () =>
      proveDraft(ground.ledger, feed, draft, root.claim, source).catch((error: unknown) => {
        if (isAbort(error) || errorAction(error) !== "halt") throw error;
        return undefined;
      }),
    );
    return work.kind === "done" ? (work.value ?? "impossible") : undefined;
  }

  /** Works on what proves the own update that waits next in a feed. */
  async #updateProof(
    ground: ClaimGround,
    feed: FeedEntry,
    blockNumber: bigint,
  ): Promise<UpdateProof | undefined> {
    const update = updateToProve(ground, feed);
    if (update === undefined) return undefined;
    const { source, reader } = this.#options;
    const work = this.#bench.at(`proof ${feed.feed}`, update.id, () =>
      provePosted(ground.ledger, feed, update, source),
    );
    if (work.kind !== "done") return undefined;
    const { accountProof, pieces } = work.value;
    const [, proven] = await reader.call("prover", "progressOf", [update.id, ground.sender], blockNumber);
    return { update: update.id, accountProof, left: piecesLeft(pieces, Number(proven)) };
  }

  #rootUnderWay(
    ground: ClaimGround,
    { feed, tail }: UpdatePlan,
    place: string,
  ): UpdatePlan["root"] | undefined {
    const [parent, rootId] = this.#bench.keyAt(place)?.split(":") ?? [];
    const staged = ground.ledger.stages.get(stageKey(ground.sender, feed.feed)) ?? [];
    const root = rootId === undefined ? undefined : ground.ledger.claims.get(rootId);
    const isWorking = this.#bench.isWorking(place) || this.#bench.isWorking(`proof ${feed.feed}`);
    const isUnderWay = parent === tail.id && (staged.length > 0 || isWorking);
    return isUnderWay && root !== undefined && isUsableRoot(ground, root, tail) ? root : undefined;
  }
}
