import type { Rpc } from "./rpc.js";
import { RpcError } from "./rpcErrors.js";
import type { JsonRpc } from "./transactions.js";

/** Errors by which a node, or the limit on its answers, says that it was asked for too much. */
const REFUSALS: ReadonlySet<string> = new Set(["RpcRefused", "RpcAnswerTooLarge"]);

/** JSON-RPC's code for an error of the server's own choosing. */
const SERVER_ERROR = -32_000;

/**
 * A client of an untrusted node as event logs take one. They ask for fewer blocks when the node refuses; an answer
 * that is larger than the client accepts is such a refusal, too.
 */
export function toJsonRpc(rpc: Rpc): JsonRpc {
  return {
    async send(method, params) {
      try {
        return await rpc.request(method, params);
      } catch (error) {
        if (!(error instanceof RpcError) || !REFUSALS.has(error.code)) throw error;
        throw Object.assign(error, { info: { code: SERVER_ERROR, message: error.message } });
      }
    },
  };
}
