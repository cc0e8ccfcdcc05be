import { OptisyncError, type ErrorAction } from "../runtime/errors.js";

export type RpcErrorCode =
  | "RpcMisconfigured"
  | "RpcAborted"
  | "RpcTimeout"
  | "RpcUnreachable"
  | "RpcHttpStatus"
  | "RpcAnswerTooLarge"
  | "RpcMalformedAnswer"
  | "RpcRefused"
  | "RpcMethodUnsupported";

const actions: Record<RpcErrorCode, ErrorAction> = {
  RpcMisconfigured: "halt",
  RpcAborted: "halt",
  RpcTimeout: "retry",
  RpcUnreachable: "retry",
  RpcHttpStatus: "retry",
  RpcAnswerTooLarge: "retry",
  RpcMalformedAnswer: "retry",
  RpcRefused: "retry",
  RpcMethodUnsupported: "halt",
};

/** A node could not be asked, or did not give an answer. Says nothing about the chain. */
export class RpcError extends OptisyncError<RpcErrorCode> {
  /** Worth another attempt at once, at the next node. */
  readonly isTransient: boolean;

  constructor(
    code: RpcErrorCode,
    message: string,
    details: Record<string, unknown> = {},
    options: { isTransient?: boolean; cause?: unknown } = {},
  ) {
    super(code, message, {
      action: actions[code],
      details,
      ...(options.cause === undefined ? {} : { cause: options.cause }),
    });
    this.isTransient = options.isTransient ?? (code === "RpcTimeout" || code === "RpcUnreachable");
  }
}
