import type { SendOutcome } from "../shared/chain/flight.js";
import { describeRevert } from "../shared/chain/reverts.js";
import { describeError, isAbort } from "../shared/runtime/errors.js";
import type { Logger } from "../shared/runtime/logger.js";
import { keyOf, laneOf, toRequest, type CallTools } from "./calls.js";
import type { Action, ProposerView } from "./view.js";

export interface ResponderOptions extends CallTools {
  logger: Logger;
  signal: AbortSignal;
}

/**
 * Does what the solver decided. Lanes go on side by side, so that a transaction held back for its price never keeps
 * an answer waiting. A revert is no error: another actor was first, or the chain moved; the next look decides anew.
 */
export interface Responder {
  /** Starts every lane that is idle. Decisions made from a view older than what a lane has done are dropped. */
  respond(actions: readonly Action[], view: ProposerView, blockNumber: bigint): void;
  /** Resolves once all lanes are idle. */
  idle(): Promise<void>;
}

interface Lane {
  running: Promise<void> | undefined;
  /** Block of B of the lane's last transaction: an older view does not show it. */
  doneInBlock: bigint;
  /** Looks that were dropped as too old; a chain that fell back must not stop a lane for ever. */
  dropped: number;
}

const MAX_DROPPED_LOOKS = 20;

export function createResponder(options: ResponderOptions): Responder {
  const lanes = new Map<string, Lane>();

  async function run(actions: readonly Action[], view: ProposerView, lane: Lane): Promise<void> {
    const queue = [...actions];
    for (let action = queue.shift(); action !== undefined; action = queue.shift()) {
      const outcome = await perform(action, view, options);
      if (outcome?.kind === "confirmed") lane.doneInBlock = outcome.receipt.blockNumber;
      else if (outcome?.kind === "reverted" && isSplittable(action)) queue.unshift(...split(action));
      else if (isStep(action)) return;
    }
  }

  function isTooOld(lane: Lane, blockNumber: bigint): boolean {
    const isOld = blockNumber < lane.doneInBlock && lane.dropped < MAX_DROPPED_LOOKS;
    lane.dropped = isOld ? lane.dropped + 1 : 0;
    return isOld;
  }

  return {
    respond(actions, view, blockNumber) {
      const byLane = new Map<string, Action[]>();
      for (const action of actions) {
        const name = laneOf(action);
        byLane.set(name, [...(byLane.get(name) ?? []), action]);
      }
      for (const [name, queued] of byLane) {
        const lane = lanes.get(name) ?? { running: undefined, doneInBlock: 0n, dropped: 0 };
        lanes.set(name, lane);
        if (lane.running !== undefined || isTooOld(lane, blockNumber)) continue;
        lane.running = run(queued, view, lane).finally(() => (lane.running = undefined));
      }
    },
    async idle() {
      await Promise.all(
        [...lanes.values()].flatMap(({ running }) => (running === undefined ? [] : [running])),
      );
    },
  };
}

/** Whether the actions that follow in its lane build on this one. */
function isStep({ kind }: Action): boolean {
  return ["stage", "dropStage", "post", "apply", "sync", "prove"].includes(kind);
}

type Apply = Extract<Action, { kind: "apply" }>;

/** Only the node can tell whether chunks fit a transaction together: new slots take four times the gas of others. */
function isSplittable(action: Action): action is Apply {
  return action.kind === "apply" && action.count > 1;
}

function split({ update, index, count }: Apply): Apply[] {
  return Array.from({ length: count }, (_, i) => ({ kind: "apply", update, index: index + i, count: 1 }));
}

async function perform(
  action: Action,
  view: ProposerView,
  options: ResponderOptions,
): Promise<SendOutcome | undefined> {
  const { sender, logger, signal } = options;
  const fields = { action: action.kind, key: keyOf(action) };
  try {
    const outcome = await sender.send(await toRequest(action, view, options, signal));
    if (outcome.kind === "confirmed")
      logger.info({ ...fields, gasUsed: outcome.receipt.gasUsed }, "action done");
    else if (outcome.kind === "reverted") {
      logger.info({ ...fields, revert: describeRevert(outcome.revert) }, "action was not possible any more");
    } else logger.info({ ...fields, outcome: outcome.kind }, "action not done");
    return outcome;
  } catch (error) {
    if (!isAbort(error)) logger.error({ ...fields, error: describeError(error) }, "action failed");
    return undefined;
  }
}
