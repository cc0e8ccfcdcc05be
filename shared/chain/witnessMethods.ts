import { z } from "zod";
import type { Rpc } from "./rpc.js";
import { RpcError, type RpcErrorCode } from "./rpcErrors.js";

/** Methods with which some nodes give a witness, or most of it, in one piece. */
export type WitnessMethod = "debug_executionWitness" | "debug_traceBlockByHash";

/** Refusals in a row after which a node is not asked any more: it may lack a block, but not every one. */
const REFUSALS = 3;

/** Ways in which a node may fail to give what it need not give. All else is a failure of the node as such. */
const refusals: ReadonlySet<RpcErrorCode> = new Set(["RpcRefused", "RpcAnswerTooLarge", "RpcTimeout"]);

/** Remembers, node by node, which methods are worth asking for. */
export class WitnessMethods {
  readonly #refusals = new Map<string, number>();

  /**
   * Runs `attempt` unless the node is known not to have `method`.
   * @returns false if the node does not have it, refused it or gave an answer of another form
   */
  async tryMethod(rpc: Rpc, method: WitnessMethod, attempt: () => Promise<void>): Promise<boolean> {
    const key = `${method} ${rpc.name}`;
    const before = this.#refusals.get(key) ?? 0;
    if (before >= REFUSALS) return false;
    try {
      await attempt();
      this.#refusals.delete(key);
      return true;
    } catch (error) {
      const isMissing = error instanceof RpcError && error.code === "RpcMethodUnsupported";
      const isRefused =
        error instanceof z.ZodError || (error instanceof RpcError && refusals.has(error.code));
      if (!isMissing && !isRefused) throw error;
      this.#refusals.set(key, isMissing ? REFUSALS : before + 1);
      return false;
    }
  }
}
