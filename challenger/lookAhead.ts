import { numbersUp } from "../shared/chain/readAhead.js";
import type { Evidence } from "./judgeClaim.js";
import { describeError, isAbort } from "../shared/runtime/errors.js";
import type { Logger } from "../shared/runtime/logger.js";
import { sleep } from "../shared/runtime/shutdown.js";

/**
 * Re-executes A's final blocks as they come, ahead of any claim, so that a claim about them is judged from memory.
 *
 * @param from The last block that needs no checking: a final claim's.
 */
export async function lookAhead(
  { source, history }: Evidence,
  from: bigint,
  options: { pollMs: number; logger: Logger; signal: AbortSignal; onBlock?: (number: bigint) => void },
): Promise<void> {
  const { logger, signal } = options;
  let next = from + 1n;
  let lastComplaint = "";
  while (!signal.aborted) {
    try {
      const head = await source.finalizedHead();
      for await (const _ of history.blocks(numbersUp(next, head.number))) {
        signal.throwIfAborted();
        options.onBlock?.(next);
        next += 1n;
      }
      lastComplaint = "";
    } catch (error) {
      if (isAbort(error) && signal.aborted) return;
      const { code } = describeError(error);
      if (code !== lastComplaint) logger.warn({ number: next, error }, "block could not be checked ahead");
      lastComplaint = code;
    }
    await sleep(options.pollMs, signal).catch(() => undefined);
  }
}
