import { redactText } from "./redaction.js";

/** What a caller can do about an error: try again, leave this item and go on, or stop and tell the operator. */
export type ErrorAction = "retry" | "skip" | "halt";

/**
 * How a process ends: nothing wrong; a check failed or the operator has to change something; input was unreadable and
 * left out, all else is well; or a supervisor should start it again.
 */
export const EXIT = { clean: 0, configuration: 1, unreadable: 2, restart: 75 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * The base of every error that optisync raises on purpose. `code` is stable and part of the interface;
 * `message` is for people; `details` is for logs and `--json`.
 *
 * An error means "could not check" or "could not do". That something is *false* is never an error: it is a value.
 */
export class OptisyncError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly action: ErrorAction;
  readonly details: Record<string, unknown>;
  /** Where it is not the one that follows from the action. */
  readonly exitCode: ExitCode | undefined;

  constructor(
    code: Code,
    message: string,
    options: { action: ErrorAction; details?: Record<string, unknown>; cause?: unknown; exitCode?: ExitCode },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code;
    this.code = code;
    this.action = options.action;
    this.details = options.details ?? {};
    this.exitCode = options.exitCode;
  }
}

export function isOptisyncError(error: unknown, code?: string): error is OptisyncError {
  return error instanceof OptisyncError && (code === undefined || error.code === code);
}

/** True for the error that an aborted wait, fetch or command ends with. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || errorCode(error) === "ABORT_ERR");
}

/** The action of any error: what optisync did not raise itself is assumed to pass, so it is tried again. */
export function errorAction(error: unknown): ErrorAction {
  return isOptisyncError(error) ? error.action : "retry";
}

/** The exit code that an error which ended a command asks for. */
export function exitCodeOf(error: unknown): ExitCode {
  if (isAbort(error)) return EXIT.clean;
  if (isOptisyncError(error) && error.exitCode !== undefined) return error.exitCode;
  return errorAction(error) === "halt" ? EXIT.configuration : EXIT.restart;
}

/** An error as plain data for logs and `--json`, its causes included, credentials in URLs removed. */
export interface ErrorDescription {
  code: string;
  message: string;
  action: ErrorAction;
  details?: Record<string, unknown>;
  cause?: ErrorDescription;
}

export function describeError(error: unknown, depth = 0): ErrorDescription {
  const description: ErrorDescription = {
    code: errorCode(error) ?? (error instanceof Error ? error.name : "Thrown"),
    message: redactText(error instanceof Error ? shortMessage(error) : String(error)),
    action: errorAction(error),
  };
  if (isOptisyncError(error) && Object.keys(error.details).length > 0) description.details = error.details;
  if (error instanceof Error && error.cause !== undefined && depth < 4) {
    description.cause = describeError(error.cause, depth + 1);
  }
  return description;
}

function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** ethers repeats the whole request, signed transactions included, in `message`; `shortMessage` is the sentence. */
function shortMessage(error: Error): string {
  return "shortMessage" in error && typeof error.shortMessage === "string"
    ? error.shortMessage
    : error.message;
}
