import { createAlarm } from "../shared/runtime/alarm.js";
import { describeError, errorAction, isAbort } from "../shared/runtime/errors.js";
import type { Logger } from "../shared/runtime/logger.js";
import { sleep } from "../shared/runtime/shutdown.js";
import type { Loader } from "./loader.js";
import type { Responder } from "./responder.js";
import { solve } from "./solver.js";
import type { Decision, RelayerView } from "./view.js";

export interface RelayerModules {
  readonly loader: Loader;
  readonly responder: Responder;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface RelayerOptions {
  /** Pause between two looks at the chains; a tenth more or less, so that several relayers do not move in step. */
  readonly intervalMs: number;
  /** Longest pause after looks that failed. */
  readonly maxPauseMs: number;
  /** Told about every look, for metrics. */
  readonly onTick?: (view: RelayerView, decision: Decision) => void;
}

/**
 * Runs a relayer until it is told to stop. Everything it knows comes from the chains, so that it may be killed at any
 * moment.
 *
 * @throws what no retry mends: an OptisyncError with action halt.
 */
export async function runRelayer(options: RelayerOptions, modules: RelayerModules): Promise<void> {
  const { loader, responder, logger, signal } = modules;
  const alarm = createAlarm(logger);
  let failures = 0;
  while (!signal.aborted) {
    try {
      const { view, decision } = await tick(loader, responder);
      alarm.show(decision.alerts);
      options.onTick?.(view, decision);
      if (failures > 0) logger.info({ failures }, "both chains read again");
      failures = 0;
    } catch (error) {
      // Whatever fails once the process is told to stop fails because of that.
      if (signal.aborted) break;
      if (errorAction(error) === "halt" && !isAbort(error)) throw error;
      failures += 1;
      if (failures === 1) logger.warn({ error: describeError(error) }, "look at the chains failed");
      else logger.debug({ error: describeError(error), failures }, "look at the chains failed again");
    }
    await sleep(pauseMs(options, failures), signal).catch(() => undefined);
  }
  await responder.idle();
}

/** One look and what follows from it. */
export async function tick(
  loader: Loader,
  responder: Responder,
): Promise<{ view: RelayerView; decision: Decision }> {
  const { view, blockNumber } = await loader.load();
  const decision = solve(view);
  responder.respond(decision.actions, view.outbox, blockNumber);
  return { view, decision };
}

function pauseMs({ intervalMs, maxPauseMs }: RelayerOptions, failures: number): number {
  const pause = failures === 0 ? intervalMs : Math.min(intervalMs * 2 ** failures, maxPauseMs);
  return Math.round(pause * (0.9 + 0.2 * Math.random()));
}
