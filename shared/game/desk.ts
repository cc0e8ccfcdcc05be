import PQueue from "p-queue";
import type { Source } from "../chain/source.js";
import type { Claim } from "../protocol/claim.js";
import type { GameEntry } from "../protocol/gameBook.js";
import { isAbort } from "../runtime/errors.js";
import { defend, pairOf, point, type GameTools, type PreparedMove } from "./moves.js";
import { readSpan, type Span } from "./span.js";
import { shareTraces, type TraceProvider } from "./trace.js";
import { countRequests, type TracingMeter } from "./tracing.js";

/** Moves computed at the same time; those whose turns end first come first. */
const MOVES_AT_ONCE = 4;
/** Blocks whose traces are kept: games about one block share it. */
const TRACES_KEPT = 32;

/** The two claims between which a game's span lies. */
export interface DisputedSpan {
  readonly parent: Claim;
  readonly claim: Claim;
}

/** What a challenger found out about a claim. */
export interface Falsehood {
  /** A block of the span whose state root is not the result of its execution. */
  readonly falseBlock: bigint;
  /** The claimed block, if A's own chain does not have it. */
  readonly tip?: { readonly rlp: string; readonly parentHash: string };
}

/**
 * Where moves are computed while a bot looks at the chains. A move is asked for in every look until it is made; what is
 * not asked for any more is forgotten. Nothing here outlives the process, and nothing has to.
 */
export interface GameDesk {
  /** The defender's move that is due, if it is ready. */
  defence(game: GameEntry, disputed: DisputedSpan, deadline: bigint): PreparedMove | undefined;
  /** The part to point at, if it is known. */
  pointing(
    game: GameEntry,
    disputed: DisputedSpan,
    falsehood: Falsehood,
    deadline: bigint,
  ): PreparedMove | undefined;
  /**
   * Executes the false block of a claim once, before anybody points there: A's node may have forgotten its state by the time
   * that the liar lets the game get so far.
   */
  prepare(claimId: string, disputed: DisputedSpan, falsehood: Falsehood): void;
  /** Why moves asked for since the last look could not be computed, by game. Clears away what nobody asked for. */
  endLook(): ReadonlyMap<string, unknown>;
  /** Resolves once nothing is being computed. */
  idle(): Promise<void>;
}

export interface GameDeskOptions {
  source: Source;
  machine: TraceProvider;
  /** Pause before a computation that failed is tried again. */
  retryMs: number;
  /** Counts the traces that moves need. */
  tracing?: TracingMeter | undefined;
  signal: AbortSignal;
}

interface Piece {
  /** What the move answers: another vector is another question. */
  readonly key: string;
  move: PreparedMove | undefined;
  error: unknown;
  retryAtMs: number;
  readonly abort: AbortController;
}

export function createGameDesk(options: GameDeskOptions): GameDesk {
  return new BusyDesk(options);
}

class BusyDesk implements GameDesk {
  readonly #options: GameDeskOptions;
  readonly #machine: TraceProvider;
  readonly #queue = new PQueue({ concurrency: MOVES_AT_ONCE });
  readonly #pieces = new Map<string, Piece>();
  readonly #spans = new Map<string, Promise<Span>>();
  readonly #asked = new Set<string>();
  readonly #preparing = new PQueue({ concurrency: 1 });
  /** By claims whose false block was executed or is going to be: when to try again. */
  readonly #prepared = new Map<string, number>();

  constructor(options: GameDeskOptions) {
    this.#options = options;
    const shared = shareTraces(options.machine, TRACES_KEPT);
    this.#machine = options.tracing === undefined ? shared : countRequests(shared, options.tracing);
  }

  defence(game: GameEntry, disputed: DisputedSpan, deadline: bigint): PreparedMove | undefined {
    return this.#moveOf(game, deadline, async (signal) =>
      defend(game, await this.#tools(game.claim, disputed, signal)),
    );
  }

  pointing(
    game: GameEntry,
    disputed: DisputedSpan,
    { falseBlock, tip }: Falsehood,
    deadline: bigint,
  ): PreparedMove | undefined {
    return this.#moveOf(game, deadline, async (signal) =>
      point(game, falseBlock, await this.#tools(game.claim, disputed, signal, tip)),
    );
  }

  endLook(): ReadonlyMap<string, unknown> {
    const failures = new Map<string, unknown>();
    for (const [id, piece] of this.#pieces) {
      if (!this.#asked.has(id)) this.#drop(id, piece);
      else if (piece.error !== undefined) failures.set(id, piece.error);
    }
    if (this.#pieces.size === 0) this.#spans.clear();
    this.#asked.clear();
    return failures;
  }

  prepare(claimId: string, disputed: DisputedSpan, { falseBlock, tip }: Falsehood): void {
    if (Date.now() < (this.#prepared.get(claimId) ?? 0)) return;
    this.#prepared.set(claimId, Infinity);
    const { signal, retryMs } = this.#options;
    void this.#preparing.add(async () => {
      try {
        const { span } = await this.#tools(claimId, disputed, signal, tip);
        await this.#machine.open(await pairOf(falseBlock, span), signal);
      } catch {
        // Whoever needs the block for a move is told why it cannot be had. Until then it is worth another try.
        this.#prepared.set(claimId, Date.now() + retryMs);
      }
    });
  }

  async idle(): Promise<void> {
    await Promise.all([this.#queue.onIdle(), this.#preparing.onIdle()]);
  }

  #moveOf(
    game: GameEntry,
    deadline: bigint,
    compute: (signal: AbortSignal) => Promise<PreparedMove>,
  ): PreparedMove | undefined {
    this.#asked.add(game.id);
    // As good as a hash, and hundreds of games are looked at in every look.
    const key = `${game.moves.length}:${game.values.join()}`;
    const known = this.#pieces.get(game.id);
    const isStale = known?.error !== undefined && Date.now() >= known.retryAtMs;
    if (known?.key === key && !isStale) return known.move;
    if (known !== undefined) this.#drop(game.id, known);
    const error = known?.key === key ? known.error : undefined;
    const piece: Piece = { key, move: undefined, error, retryAtMs: Infinity, abort: new AbortController() };
    this.#pieces.set(game.id, piece);
    // The queue's priorities are numbers, the higher the sooner.
    void this.#queue.add(() => this.#compute(piece, compute), { priority: -Number(deadline) });
    return undefined;
  }

  async #compute(piece: Piece, compute: (signal: AbortSignal) => Promise<PreparedMove>): Promise<void> {
    const signal = AbortSignal.any([piece.abort.signal, this.#options.signal]);
    try {
      signal.throwIfAborted();
      piece.move = await compute(signal);
      piece.error = undefined;
    } catch (error) {
      if (isAbort(error) && signal.aborted) return;
      piece.error = error;
      piece.retryAtMs = Date.now() + this.#options.retryMs;
    }
  }

  #drop(id: string, piece: Piece): void {
    this.#pieces.delete(id);
    piece.abort.abort(new DOMException("the game has moved on", "AbortError"));
  }

  async #tools(
    claimId: string,
    { parent, claim }: DisputedSpan,
    signal: AbortSignal,
    tip?: Falsehood["tip"],
  ): Promise<GameTools> {
    let span = this.#spans.get(claimId);
    if (span === undefined) {
      // Shared by all games on the claim, so no single game's end may stop it.
      span = readSpan(this.#options.source, parent, claim, this.#options.signal, tip);
      this.#spans.set(claimId, span);
      span.catch(() => this.#spans.delete(claimId));
    }
    return { span: await span, machine: this.#machine, signal };
  }
}
