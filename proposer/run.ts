import { createAlarm } from "../shared/runtime/alarm.js";
import { keepLooking, type Pace } from "../shared/runtime/keepLooking.js";
import type { Logger } from "../shared/runtime/logger.js";
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

export interface ProposerOptions extends Pace {
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
  const { loader, responder, logger } = modules;
  const alarm = createAlarm(logger);
  const look = async (): Promise<"again" | "finished"> => {
    const { view, decision } = await tick(loader, responder);
    alarm.show(decision.alerts);
    options.onTick?.(view, decision);
    return options.isFinished?.(view, decision) === true ? "finished" : "again";
  };
  await keepLooking(look, options, modules);
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
