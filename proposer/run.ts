import { createAlarm } from "../shared/runtime/alarm.js";
import { describeError, errorAction, isAbort } from "../shared/runtime/errors.js";
import type { Logger } from "../shared/runtime/logger.js";
import { sleep } from "../shared/runtime/shutdown.js";
import type { Loader } from "./loader.js";
import type { Responder } from "./responder.js";
import { solve } from "./solver.js";
import type { Decision, ProposerView } from "./view.js";

export interface ProposerModules {
  loader: Loader;
  responder: Responder;
  logger: Logger;
  signal: AbortSignal;
}

export interface ProposerOptions {
  /** Pause between two looks at the chains; a tenth more or less, so that several bots do not move in step. */
  intervalMs: number;
  /** Longest pause after looks that failed. */
  maxPauseMs: number;
  /** Told about every look, for metrics. */
  onTick?: (view: ProposerView, decision: Decision) => void;
  /** Ends the loop; for unwinding. */
  isFinished?: (view: ProposerView, decision: Decision) => boolean;
}

/**
 * Runs a proposer until it is told to stop. Everything it knows comes from the chains, so that it may be killed at
 * any moment.
 *
 * @throws what no retry mends: an OptisyncError with action halt.
 */
export async function runProposer(options: ProposerOptions, modules: ProposerModules): Promise<void> {
  const { loader, responder, logger, signal } = modules;
  const alarm = createAlarm(logger);
  let failures = 0;
  while (!signal.aborted) {
    try {
      const { view, decision } = await tick(loader, responder);
      alarm.show(decision.alerts);
      options.onTick?.(view, decision);
      if (failures > 0) logger.info({ failures }, "destination chain read again");
      failures = 0;
      if (options.isFinished?.(view, decision) === true) return;
    } catch (error) {
      if (isAbort(error) && signal.aborted) break;
      if (errorAction(error) === "halt") throw error;
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
): Promise<{ view: ProposerView; decision: Decision }> {
  const { view, blockNumber } = await loader.load();
  const decision = solve(view);
  responder.respond(decision.actions, view, blockNumber);
  return { view, decision };
}

function pauseMs({ intervalMs, maxPauseMs }: ProposerOptions, failures: number): number {
  const pause = failures === 0 ? intervalMs : Math.min(intervalMs * 2 ** failures, maxPauseMs);
  return Math.round(pause * (0.9 + 0.2 * Math.random()));
}
