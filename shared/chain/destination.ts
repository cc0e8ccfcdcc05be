import { FetchRequest, JsonRpcProvider, Network, type JsonRpcPayload, type JsonRpcResult } from "ethers";
import { OptisyncError } from "../runtime/errors.js";
import type { Logger } from "../runtime/logger.js";
import { redactUrl } from "../runtime/redaction.js";

export interface DestinationOptions {
  /** JSON-RPC endpoints of B in order of preference; the next one is used when one does not answer. */
  urls: readonly string[];
  /** What B must call itself; learned from the first endpoint that answers if left out. */
  chainId?: bigint;
  timeoutMs?: number;
  logger?: Logger;
  signal?: AbortSignal;
}

/**
 * Connects to B. Nothing is cached, batched or polled: every answer is as fresh as the node.
 *
 * @throws OptisyncError `DestinationUnreachable` (retry) if no endpoint answers, `WrongChain` (halt) if one answers
 * with another chain id.
 */
export async function connectDestination(options: DestinationOptions): Promise<JsonRpcProvider> {
  const probes = await Promise.allSettled(options.urls.map((url) => probeChainId(url, options)));
  const answers = probes.map((probe) => (probe.status === "fulfilled" ? probe.value : undefined));
  const chainId = options.chainId ?? answers.find((answer) => answer !== undefined);
  if (chainId === undefined || answers.every((answer) => answer === undefined)) {
    const failure = probes.find((probe) => probe.status === "rejected");
    throw new OptisyncError("DestinationUnreachable", "no endpoint of the destination chain answered", {
      action: "retry",
      details: { urls: options.urls.map(redactUrl) },
      cause: failure?.reason,
    });
  }
  answers.forEach((answer, index) => {
    if (answer === undefined || answer === chainId) return;
    const url = redactUrl(options.urls[index] ?? "");
    throw new OptisyncError("WrongChain", `${url} is chain ${answer}, expected ${chainId}`, {
      action: "halt",
      details: { url, got: answer, wanted: chainId },
    });
  });
  return new FailoverProvider(options, Network.from(chainId));
}

async function probeChainId(url: string, options: DestinationOptions): Promise<bigint> {
  const [answer] = await post(url, { id: 1, jsonrpc: "2.0", method: "eth_chainId", params: [] }, options);
  return BigInt((answer as { result: string }).result);
}

/** Stays at the endpoint that answered last; a transport failure moves on to the next, once around. */
class FailoverProvider extends JsonRpcProvider {
  readonly #options: DestinationOptions;
  #current = 0;

  constructor(options: DestinationOptions, network: Network) {
    super(new FetchRequest(options.urls[0] ?? ""), network, {
      staticNetwork: network,
      batchMaxCount: 1,
      cacheTimeout: -1,
    });
    this.#options = options;
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    const { urls, logger, signal } = this.#options;
    let failure: unknown;
    for (let tries = 0; tries < urls.length; tries++) {
      const index = this.#current % urls.length;
      const url = urls[index] ?? "";
      try {
        return await post(url, payload, this.#options);
      } catch (error) {
        signal?.throwIfAborted();
        failure = error;
        if (urls.length > 1) logger?.warn({ url, error }, "endpoint did not answer");
        // Another request may have moved on already.
        if (this.#current % urls.length === index) this.#current = index + 1;
      }
    }
    throw failure;
  }
}

/** @throws OptisyncError `EndpointFailed` (retry) when there is no JSON-RPC answer. */
async function post(
  url: string,
  payload: JsonRpcPayload | JsonRpcPayload[],
  options: DestinationOptions,
): Promise<JsonRpcResult[]> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 20_000);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  try {
    const target = new URL(url);
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (target.username !== "") {
      const credentials = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`;
      headers["authorization"] = `Basic ${Buffer.from(credentials).toString("base64")}`;
      target.username = target.password = "";
    }
    const response = await fetch(target, { method: "POST", headers, body: JSON.stringify(payload), signal });
    const body = (await response.json().catch(() => undefined)) as
      JsonRpcResult | JsonRpcResult[] | undefined;
    const answers = body === undefined ? [] : Array.isArray(body) ? body : [body];
    if (!answers.some((answer) => "result" in answer || "error" in answer) || response.status === 429) {
      throw new Error(`HTTP status ${response.status}`);
    }
    return answers;
  } catch (cause) {
    options.signal?.throwIfAborted();
    throw new OptisyncError("EndpointFailed", `${redactUrl(url)} did not answer`, {
      action: "retry",
      details: { url: redactUrl(url) },
      cause,
    });
  }
}
