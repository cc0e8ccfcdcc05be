import type { Chains } from "../shared/chain/openChains.js";
import type { DestinationView } from "../shared/chain/protocolReader.js";
import type { Sender } from "../shared/chain/sender.js";
import { toBigint } from "../shared/chain/transactions.js";
import type { PreparedMove } from "../shared/game/moves.js";
import { createGameDesk, type GameDesk } from "../shared/game/desk.js";
import type { TraceProvider } from "../shared/game/trace.js";
import type { TracingMeter } from "../shared/game/tracing.js";
import { undisputedUpTo } from "../shared/protocol/disputable.js";
import { deadlineOf } from "../shared/protocol/gameBook.js";
import { gameBondWei } from "../shared/protocol/parameters.js";
import { finalHead } from "../shared/protocol/ledger.js";
import { describeError, isAbort } from "../shared/runtime/errors.js";
import { keepLooking } from "../shared/runtime/keepLooking.js";
import type { Logger } from "../shared/runtime/logger.js";
import { turnsOf, type GameSight } from "./games.js";
import { lookAhead } from "./lookAhead.js";
import { createResponder, type Responder } from "./responder.js";
import { isBonded, solve, type Action, type Alert, type Plan } from "./solver.js";
import { Verdicts } from "./verdicts.js";

export interface ChallengerOptions {
  /** The account whose stake is at risk: the sending key's own, or one that made it its operator. */
  readonly challenger: string;
  /** How many demands' bonds to keep deposited. */
  readonly bondReserve: bigint;
  readonly pollMs: number;
}

export interface ChallengerModules {
  readonly chains: Chains;
  readonly sender: Sender;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** The machine of the execution court; without it games can be seen but not played. */
  readonly machine?: TraceProvider | undefined;
  readonly tracing?: TracingMeter | undefined;
  /** Told about every look, for metrics and health. */
  readonly onTick?: (tick: ChallengerTick) => void;
}

export interface ChallengerTick {
  readonly destination: DestinationView;
  readonly plan: Plan;
  readonly verdicts: Verdicts;
  /** See `History.headerAlerts`. */
  readonly headerAlerts: ReadonlyMap<string, number>;
}

/** How long a look waits for verdicts before it acts on those that are there. */
const PATIENCE_MS = 5_000;

/** Pause before a move that could not be computed is tried again. */
const RETRY_MS = 5_000;

/** How much the base fee may rise, in percent, until a game is opened: the bond follows it. */
const BASE_FEE_HEADROOM = 30n;

/**
 * A watchtower: judges every claim and update on B by re-executing A, and takes each lie to its court. It has no
 * memory that matters; every look derives all duties from the two chains.
 */
export class Challenger {
  readonly #options: ChallengerOptions;
  readonly #modules: ChallengerModules;
  readonly #verdicts: Verdicts;
  readonly #responder: Responder;
  readonly #desk: GameDesk | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #alerted = new Set<string>();

  constructor(options: ChallengerOptions, modules: ChallengerModules) {
    this.#options = options;
    this.#modules = modules;
    this.#verdicts = new Verdicts(modules.chains, modules.logger, modules.signal);
    this.#responder = createResponder({
      manifest: modules.chains.manifest,
      sender: modules.sender,
      challenger: options.challenger,
      logger: modules.logger,
    });
    this.#desk = this.#openDesk();
  }

  #openDesk(): GameDesk | undefined {
    const { machine, chains, tracing, signal } = this.#modules;
    if (machine === undefined || chains.manifest.execution === undefined) return undefined;
    return createGameDesk({ source: chains.source, machine, retryMs: RETRY_MS, tracing, signal });
  }

  get verdicts(): Verdicts {
    return this.#verdicts;
  }

  /** Looks at both chains once and starts what is to be done, without waiting for its confirmation. */
  async tick(): Promise<Plan> {
    const { chains, onTick } = this.#modules;
    const destination = await chains.protocol.sync();
    void chains.witnesses?.wantAbove(undisputedUpTo(destination.ledger));
    await this.#verdicts.round(destination, PATIENCE_MS);
    const at = destination.head.number;
    const [account] = await chains.protocol.call("stake", "account", [this.#options.challenger], at);
    const balance = await chains.rpc.send("eth_getBalance", [this.#modules.sender.address, "latest"]);
    const plan = solve({
      destination,
      parameters: chains.protocol.parameters,
      challenger: this.#options.challenger,
      freeStakeWei: (account as { free: bigint }).free,
      balanceWei: toBigint(balance, "balance"),
      bondReserve: this.#options.bondReserve,
      games: this.#lookAtGames(destination),
      claimVerdicts: this.#verdicts.claims,
      updateVerdicts: this.#verdicts.updates,
      unjudged: new Map(this.#verdicts.unjudged.map(({ subject, code }) => [subject, code])),
    });
    for (const alert of plan.alerts) this.#raise(alert);
    this.#startAll(plan.actions);
    onTick?.({ destination, plan, verdicts: this.#verdicts, headerAlerts: chains.history.headerAlerts });
    return plan;
  }

  /** What is known about the games in which it is this challenger's turn; the rest is computed meanwhile. */
  #lookAtGames(destination: DestinationView): GameSight | undefined {
    const { games } = this.#modules.chains.protocol.parameters;
    const desk = this.#desk;
    if (desk === undefined || games === undefined) return undefined;
    const { challenger } = this.#options;
    const { claims } = destination.ledger;
    const moves = new Map<string, PreparedMove>();
    const failures = new Map<string, string>();
    for (const game of turnsOf({ destination, challenger })) {
      const claim = claims.get(game.claim)?.claim;
      const parent = claim && claims.get(claim.parent)?.claim;
      const verdict = this.#verdicts.claims.get(game.claim);
      if (claim === undefined || parent === undefined || verdict === undefined) continue;
      if (verdict.kind === "true") failures.set(game.id, "ClaimTrue");
      // A foreign claim may still turn out to be a counterfeit.
      if (verdict.kind === "true" || verdict.kind === "foreign") continue;
      const tip = verdict.kind === "counterfeit" ? { tip: verdict.tip } : {};
      const falsehood = { falseBlock: verdict.number, ...tip };
      const move = desk.pointing(game, { parent, claim }, falsehood, deadlineOf(game, games));
      if (move !== undefined) moves.set(game.id, move);
    }
    if (this.#modules.chains.witnesses !== undefined) this.#prepare(desk, destination);
    for (const [id, error] of desk.endLook()) failures.set(id, describeError(error).code);
    const baseFee = destination.head.baseFeePerGas ?? 0n;
    const bondWei = gameBondWei(games, (baseFee * (100n + BASE_FEE_HEADROOM)) / 100n);
    return { bondWei, moves, failures };
  }

  /** Executes false blocks as long as A's node has their states: those are kept for the games. */
  #prepare(desk: GameDesk, { ledger: { claims } }: DestinationView): void {
    for (const [id, verdict] of this.#verdicts.claims) {
      if (verdict.kind !== "invalid" && verdict.kind !== "counterfeit") continue;
      const entry = claims.get(id);
      const parent = entry && claims.get(entry.claim.parent);
      if (entry?.status !== "Pending" || parent === undefined) continue;
      const tip = verdict.kind === "counterfeit" ? { tip: verdict.tip } : {};
      const disputed = { parent: parent.claim, claim: entry.claim };
      desk.prepare(id, disputed, { falseBlock: verdict.number, ...tip });
    }
  }

  /** Resolves once no move is being computed. */
  async computed(): Promise<void> {
    await this.#desk?.idle();
  }

  /** Waits for every action started so far. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#underWay]);
  }

  /**
   * Ticks until told to stop. What can be retried is retried; what cannot ends the process with the error.
   */
  async run(): Promise<void> {
    const { chains, logger, signal } = this.#modules;
    const { pollMs } = this.#options;
    let ahead: Promise<void> | undefined;
    const look = async (): Promise<"again"> => {
      ahead ??= lookAhead(chains, await this.#firstLook(), { pollMs, logger, signal });
      await this.tick();
      return "again";
    };
    await keepLooking(look, { intervalMs: pollMs, maxPauseMs: pollMs }, { logger, signal });
    await Promise.all([ahead, this.settled()]);
  }

  /** Where to look ahead from: what is final on B needs no checking. */
  async #firstLook(): Promise<bigint> {
    const { chains, logger } = this.#modules;
    const { ledger } = await chains.protocol.sync();
    const from = finalHead(ledger)?.claim.number ?? 0n;
    const { challenger } = this.#options;
    logger.info({ challenger, from, claims: ledger.claims.size }, "challenger started");
    return from;
  }

  /** Demands and games need the stake that a deposit brings; everything else goes ahead. */
  #startAll(actions: readonly Action[]): void {
    const deposit = actions.find(({ kind }) => kind === "deposit");
    const deposited = deposit === undefined ? undefined : this.#start(deposit);
    for (const action of actions) {
      if (action !== deposit) void this.#start(action, isBonded(action) ? deposited : undefined);
    }
  }

  #start(action: Action, after?: Promise<unknown>): Promise<unknown> {
    const { logger, signal } = this.#modules;
    const work: Promise<unknown> = Promise.resolve(after)
      .then(() => this.#responder.act(action))
      .catch((error: unknown) => {
        if (!(isAbort(error) && signal.aborted)) logger.warn({ action: action.kind, error }, "action failed");
      })
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
    return work;
  }

  #raise({ code, subject, detail }: Alert): void {
    const key = `${code}:${subject}`;
    if (this.#alerted.has(key)) return;
    this.#alerted.add(key);
    this.#modules.logger.error({ alert: code, subject, detail }, "operator needed");
  }
}
