import { redactText, redactUrl } from "../runtime/redaction.js";
import { RpcError } from "./rpcErrors.js";
import { postJson } from "./rpcTransport.js";

export interface RpcOptions {
  /** Nodes in order of preference. */
  urls: readonly string[];
  /** For one HTTP exchange, headers and body. */
  timeoutMs?: number;
  /** Further attempts after the first, over all URLs. */
  retries?: number;
  /** First pause between attempts; doubles each time. */
  backoffMs?: number;
  maxResponseBytes?: number;
  /** Requests per HTTP exchange in `batch`. */
  batchSize?: number;
  signal?: AbortSignal;
}

export interface RpcCall {
  method: string;
  params: readonly unknown[];
}

/** JSON-RPC to nodes that nobody trusts: every answer is bounded in time and size, and strictly an envelope. */
export interface Rpc {
  /** @throws RpcError */
  request(method: string, params: readonly unknown[], options?: { signal?: AbortSignal }): Promise<unknown>;
  /** Answers in the order of the calls; the first error of any call is thrown. */
  batch(calls: readonly RpcCall[], options?: { signal?: AbortSignal }): Promise<unknown[]>;
  /** The node asked last, without credentials: for logs. */
  readonly name: string;
}

const defaults = {
  timeoutMs: 20_000,
  retries: 4,
  backoffMs: 200,
  maxResponseBytes: 64 * 1024 * 1024,
  batchSize: 50,
};
const MAX_BACKOFF_MS = 10_000;

/** Creates a client. Fails over to the next URL on transport errors, 429 and 5xx, with growing pauses. */
export function createRpc(options: RpcOptions): Rpc {
  const limits = { ...defaults, ...withoutUndefined(options) };
  if (limits.urls.length === 0) throw new RpcError("RpcMisconfigured", "no URL of a node is configured");
  let current = 0;
  let lastId = 0;

  async function exchange(body: unknown, callSignal: AbortSignal | undefined): Promise<unknown> {
    for (let attempt = 0; ; attempt += 1) {
      const url = limits.urls[current % limits.urls.length] as string;
      try {
        return await postJson(url, body, {
          timeoutMs: limits.timeoutMs,
          maxResponseBytes: limits.maxResponseBytes,
          signals: [limits.signal, callSignal],
        });
      } catch (error) {
        if (!(error instanceof RpcError) || !error.isTransient || attempt >= limits.retries) throw error;
        current += 1;
        await pause(Math.min(limits.backoffMs * 2 ** attempt, MAX_BACKOFF_MS), [limits.signal, callSignal]);
      }
    }
  }

  async function request(method: string, params: readonly unknown[], call?: { signal?: AbortSignal }) {
    const id = (lastId += 1);
    const answer = await exchange({ jsonrpc: "2.0", id, method, params }, call?.signal);
    return resultOf(answer, id, method);
  }

  async function batch(calls: readonly RpcCall[], call?: { signal?: AbortSignal }): Promise<unknown[]> {
    const results: unknown[] = [];
    for (let start = 0; start < calls.length; start += limits.batchSize) {
      const part = calls.slice(start, start + limits.batchSize);
      const bodies = part.map(({ method, params }) => ({
        jsonrpc: "2.0",
        id: (lastId += 1),
        method,
        params,
      }));
      const answers = await exchange(bodies, call?.signal);
      if (!Array.isArray(answers)) {
        // A node may answer a batch that it refuses as a whole with one error.
        resultOf(answers, undefined, "batch");
        throw new RpcError("RpcMalformedAnswer", "a batch was not answered by a list", {
          got: typeof answers,
        });
      }
      const byId = new Map(answers.map((answer) => [(answer as { id?: unknown } | null)?.id, answer]));
      for (const { id, method } of bodies) results.push(resultOf(byId.get(id), id, method));
    }
    return results;
  }

  return {
    request,
    batch,
    get name() {
      return redactUrl(limits.urls[current % limits.urls.length] as string);
    },
  };
}

/** The result in a JSON-RPC 2.0 envelope. @throws RpcError if it is an error, or no envelope for this request */
function resultOf(answer: unknown, id: number | undefined, method: string): unknown {
  const envelope = answer as { jsonrpc?: unknown; id?: unknown; result?: unknown; error?: unknown } | null;
  if (typeof envelope !== "object" || envelope === null || Array.isArray(envelope)) {
    throw new RpcError("RpcMalformedAnswer", `the answer to ${method} is not a JSON-RPC envelope`, {
      method,
    });
  }
  if (envelope.error !== undefined && envelope.error !== null) throw refusal(envelope.error, method);
  if (envelope.jsonrpc !== "2.0" || envelope.id !== id || !("result" in envelope)) {
    throw new RpcError("RpcMalformedAnswer", `the answer to ${method} has a wrong id or no result`, {
      method,
    });
  }
  return envelope.result;
}

/** Codes by which nodes say that they do not have a method: JSON-RPC 2.0, and EIP-1474 for the second. */
const UNSUPPORTED_CODES = new Set([-32601, -32004]);

function refusal(error: unknown, method: string): RpcError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const isUnsupported = typeof code === "number" && UNSUPPORTED_CODES.has(code);
  return new RpcError(
    isUnsupported ? "RpcMethodUnsupported" : "RpcRefused",
    `the node refused ${method}: ${redactText(String(message)).slice(0, 500)}`,
    { method, rpcCode: code },
  );
}

async function pause(milliseconds: number, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  const signal = AbortSignal.any(signals.filter((entry) => entry !== undefined));
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(new RpcError("RpcAborted", "the request was aborted"));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

function withoutUndefined(options: RpcOptions): RpcOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as RpcOptions;
}
