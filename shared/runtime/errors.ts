/** What a caller can do about an error: try again, leave this item and go on, or stop and tell the operator. */
export type ErrorAction = "retry" | "skip" | "halt";

/**
 * The base of every error that optisync raises on purpose. `code` is stable and part of the interface;
 * `message` is for people; `details` is for logs and `--json`.
 */
export class OptisyncError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly action: ErrorAction;
  readonly details: Record<string, unknown>;

  constructor(
    code: Code,
    message: string,
    options: { action: ErrorAction; details?: Record<string, unknown>; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code;
    this.code = code;
    this.action = options.action;
    this.details = options.details ?? {};
  }
}

export function isOptisyncError(error: unknown, code?: string): error is OptisyncError {
  return error instanceof OptisyncError && (code === undefined || error.code === code);
}
