import { OptisyncError } from "../runtime/errors.js";

/** The person who runs the command has to change something. */
export function halt(code: string, message: string, details: Record<string, unknown> = {}): OptisyncError {
  return new OptisyncError(code, message, { action: "halt", details });
}
