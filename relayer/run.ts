import { createAlarm } from "../shared/runtime/alarm.js";
import { keepLooking, type Pace } from "../shared/runtime/keepLooking.js";
import type { Logger } from "../shared/runtime/logger.js";
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

export interface RelayerOptions extends Pace {
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
  const { loader, responder, logger } = modules;
  const alarm = createAlarm(logger);
  const look = async (): Promise<"again"> => {
    const { view, decision } = await tick(loader, responder);
    alarm.show(decision.alerts);
    options.onTick?.(view, decision);
    return "again";
  };
  await keepLooking(look, options, modules);
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
