import { setTimeout as delay } from "node:timers/promises";
import { describeError, EXIT, exitCodeOf, isAbort, type ErrorDescription, type ExitCode } from "./errors.js";
import type { Logger } from "./logger.js";

/** The end of a process: one signal for everything that waits, and what to undo, last opened first closed. */
export interface Shutdown {
  readonly signal: AbortSignal;
  /** Asks everything to stop. */
  stop(reason: string): void;
  /** Registers something to close at the end; returns a function that takes it off the list again. */
  onClose(name: string, close: () => unknown): () => void;
  /** Closes what was registered, newest first. A failure is reported and does not keep the rest from closing. */
  close(): Promise<void>;
}

/** `logger` is asked for when there is something to say: it is often made after the process has begun. */
export interface ShutdownOptions {
  logger?: () => Logger | undefined;
}

export function createShutdown(options: ShutdownOptions = {}): Shutdown {
  const controller = new AbortController();
  const stack: { name: string; close: () => unknown }[] = [];
  return {
    signal: controller.signal,
    stop(reason) {
      controller.abort(new DOMException(reason, "AbortError"));
    },
    onClose(name, close) {
      const entry = { name, close };
      stack.push(entry);
      return () => {
        const index = stack.indexOf(entry);
        if (index >= 0) stack.splice(index, 1);
      };
    },
    async close() {
      for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
        try {
          await entry.close();
        } catch (error) {
          options.logger?.()?.warn({ name: entry.name, error: describeError(error) }, "closing failed");
        }
      }
    },
  };
}

/**
 * Runs `main` until it returns, throws, or the process is told to stop (SIGINT, SIGTERM); closes everything and
 * returns the exit code: 0 clean, 1 the operator has to change something, 2 unreadable input, 75 restart me. A second signal ends the
 * process at once.
 */
export async function run(
  main: (shutdown: Shutdown) => Promise<void>,
  options: ShutdownOptions & { onError?: (error: ErrorDescription) => void; closeTimeoutMs?: number } = {},
): Promise<ExitCode> {
  const shutdown = createShutdown(options);
  const onSignal = (name: NodeJS.Signals): void => {
    if (shutdown.signal.aborted) process.exit(130);
    options.logger?.()?.info({ signal: name }, "stop requested");
    shutdown.stop(`${name} received`);
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  let exitCode: ExitCode = EXIT.clean;
  try {
    await main(shutdown);
  } catch (error) {
    if (!(isAbort(error) && shutdown.signal.aborted)) {
      exitCode = isAbort(error) ? EXIT.restart : exitCodeOf(error);
      options.onError?.(describeError(error));
    }
  } finally {
    shutdown.stop("finished");
    const timeout = new AbortController();
    const limit = delay(options.closeTimeoutMs ?? 10_000, undefined, { signal: timeout.signal, ref: true })
      .then(() => options.logger?.()?.warn("closing took too long and was given up"))
      .catch(() => undefined);
    await Promise.race([shutdown.close(), limit]);
    timeout.abort();
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
  return exitCode;
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
}
