import PQueue from "p-queue";
import { isAbort, isOptisyncError } from "../shared/runtime/errors.js";
import type { Alert } from "./view.js";

/** What became of a piece of work so far. */
export type Work<T> =
  | { readonly kind: "working" }
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "failed"; readonly error: unknown };

interface Piece {
  readonly key: string;
  readonly abort: AbortController;
  state: Work<unknown>;
  endedAtMs: number;
  /** Why it failed last, until it succeeds. */
  failure: unknown;
}

/**
 * Where long computations go on while the proposer looks at the chains: no demand waits for a re-execution. Each
 * place holds one piece of work; another key there replaces it. Places whose names begin with the same word work one
 * after the other; the next claim never waits for the history of some feed.
 */
export interface Workbench {
  /** The state of the work with this key; starts it if it is new, and again some time after it failed. */
  at<T>(place: string, key: string, work: (signal: AbortSignal) => Promise<T>): Work<T>;
  /** The key that a place has; undefined for none. */
  keyAt(place: string): string | undefined;
  /** Whether the work at a place has begun, or waits, and is not over. */
  isWorking(place: string): boolean;
  /** Ends a look: what was asked for since the last one and has failed, for the operator. The rest is cleared away. */
  endLook(): Alert[];
  /** Resolves once nothing is being worked on. */
  idle(): Promise<void>;
}

export interface WorkbenchOptions {
  /** Pause before failed work is tried again. */
  retryMs: number;
  signal: AbortSignal;
}

export function createWorkbench({ retryMs, signal }: WorkbenchOptions): Workbench {
  const places = new Map<string, Piece>();
  const queues = new Map<string, PQueue>();
  const asked = new Set<string>();

  function start(place: string, key: string, work: (signal: AbortSignal) => Promise<unknown>): Piece {
    const before = places.get(place);
    const failure = before?.key === key ? before.failure : undefined;
    const abort = new AbortController();
    const piece: Piece = { key, abort, state: { kind: "working" }, endedAtMs: 0, failure };
    places.set(place, piece);
    const either = AbortSignal.any([signal, abort.signal]);
    const word = place.split(" ", 1).join();
    const queue = queues.get(word) ?? new PQueue({ concurrency: 1 });
    queues.set(word, queue);
    void queue.add(async () => {
      try {
        either.throwIfAborted();
        piece.state = { kind: "done", value: await work(either) };
        piece.failure = undefined;
      } catch (error) {
        piece.state = { kind: "failed", error };
        if (!isAbort(error)) piece.failure = error;
      }
      piece.endedAtMs = Date.now();
    });
    return piece;
  }

  return {
    at<T>(place: string, key: string, work: (signal: AbortSignal) => Promise<T>): Work<T> {
      asked.add(place);
      let piece = places.get(place);
      const isStale = piece?.state.kind === "failed" && Date.now() - piece.endedAtMs >= retryMs;
      if (piece?.key !== key || isStale) {
        piece?.abort.abort(new DOMException("replaced", "AbortError"));
        piece = start(place, key, work);
      }
      return piece.state as Work<T>;
    },
    keyAt: (place) => places.get(place)?.key,
    isWorking: (place) => places.get(place)?.state.kind === "working",
    endLook() {
      for (const [place, { state }] of places) {
        if (!asked.has(place) && state.kind !== "working") places.delete(place);
      }
      asked.clear();
      return [...places].flatMap(([place, { failure }]) =>
        failure === undefined ? [] : [toAlert(place, failure)],
      );
    },
    async idle() {
      await Promise.all([...queues.values()].map((queue) => queue.onIdle()));
    },
  };
}

/** An error as the operator gets to see it. */
export function toAlert(subject: string, error: unknown): Alert {
  const code = isOptisyncError(error) ? error.code : error instanceof Error ? error.name : "Thrown";
  return { code, subject, details: { error } };
}
