import { describeError, errorAction, isAbort } from "./errors.js";
import type { Logger } from "./logger.js";
import { sleep } from "./shutdown.js";

export interface Pace {
  /** Pause between two looks at the chains; a tenth more or less, so that several bots do not move in step. */
  readonly intervalMs: number;
  /** Longest pause after looks that failed, each of which doubles it. */
  readonly maxPauseMs: number;
}

/**
 * The loop of every bot: looks until it is told to stop or a look answers that all is done. A look that failed is reported
 * when its error is another than before, and made again.
 *
 * @throws what no retry mends: an OptisyncError with action halt.
 */
export async function keepLooking(
  look: () => Promise<"again" | "finished">,
  pace: Pace,
  { logger, signal }: { logger: Logger; signal: AbortSignal },
): Promise<void> {
  let failures = 0;
  let complaint = "";
  while (!signal.aborted) {
    try {
      if ((await look()) === "finished") return;
      if (failures > 0) logger.info({ failures }, "chains read again");
      failures = 0;
      complaint = "";
    } catch (error) {
      // Whatever fails once the process is told to stop fails because of that.
      if (signal.aborted) return;
      if (errorAction(error) === "halt" && !isAbort(error)) throw error;
      failures += 1;
      const description = describeError(error);
      if (description.code === complaint) logger.debug({ error: description, failures }, "look failed again");
      else logger.warn({ error: description }, "look at the chains failed");
      complaint = description.code;
    }
    await sleep(pauseMs(pace, failures), signal).catch(() => undefined);
  }
}

function pauseMs({ intervalMs, maxPauseMs }: Pace, failures: number): number {
  const pause = failures === 0 ? intervalMs : Math.min(intervalMs * 2 ** failures, maxPauseMs);
  return Math.round(pause * (0.9 + 0.2 * Math.random()));
}
