import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { OptisyncError } from "../shared/runtime/errors.js";

/** An `optisync` command running as a process of its own. */
export interface CommandProcess {
  readonly name: string;
  readonly child: ChildProcess;
  /** Where everything it logs goes, one JSON object a line. */
  readonly logFile: string;
  /** The first result it prints, parsed. */
  readonly result: Promise<unknown>;
  /** All results it has printed so far. */
  readonly results: readonly unknown[];
  /** Rejects when the process ends before it was told to. */
  readonly failed: Promise<never>;
  /** SIGTERM, and SIGKILL if it does not go; resolves when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const GRACE_MS = 8_000;

/**
 * Starts `optisync <args>`. Secrets go through the environment, never through the arguments.
 *
 * @param name Names the log file in `folder`.
 */
export function startCommand(
  name: string,
  args: readonly string[],
  options: { folder: string; environment?: Record<string, string> },
): CommandProcess {
  const binary = fileURLToPath(new URL("../bin/optisync.js", import.meta.url));
  const logFile = join(options.folder, `${name.replaceAll(" ", "-")}.log`);
  const log = createWriteStream(logFile, { flags: "a" });
  const child = spawn(process.execPath, [binary, ...args, "--json"], {
    env: { ...process.env, ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const results: unknown[] = [];
  const result = new Promise<unknown>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      log.write(`${line}\n`);
      results.push(JSON.parse(line));
      resolve(results[0]);
    });
  });
  child.stderr.pipe(log, { end: false });
  const killAtExit = (): void => void child.kill("SIGKILL");
  process.once("exit", killAtExit);

  let isStopping = false;
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => {
      process.off("exit", killAtExit);
      resolve();
    });
  });
  const failed = new Promise<never>((_, reject) => {
    child.once("exit", (code, signal) => {
      if (isStopping) return;
      const message = `${name} ended by itself (${signal ?? `exit code ${code}`}); its log is ${logFile}`;
      reject(
        new OptisyncError("ProcessEnded", message, {
          action: "halt",
          details: { name, code, signal, logFile },
        }),
      );
    });
  });
  // Whoever does not wait for the failure is not to be killed by it.
  failed.catch(() => undefined);

  return {
    name,
    child,
    logFile,
    result,
    results,
    failed,
    async stop(signal = "SIGTERM") {
      isStopping = true;
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const hardKill = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
      await gone;
      clearTimeout(hardKill);
    },
  };
}
