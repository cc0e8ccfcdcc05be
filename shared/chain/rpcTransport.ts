import { redactText, redactUrl } from "../runtime/redaction.js";
import { RpcError } from "./rpcErrors.js";

export interface ExchangeLimits {
  timeoutMs: number;
  maxResponseBytes: number;
  signals: readonly (AbortSignal | undefined)[];
}

/**
 * One HTTP exchange: posts JSON, reads JSON within the limits of time and size.
 * User and password in the URL go into the `authorization` header. No URL appears in an error with its secrets.
 */
export async function postJson(url: string, body: unknown, limits: ExchangeLimits): Promise<unknown> {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  const outer = limits.signals.filter((signal) => signal !== undefined);
  const signal = AbortSignal.any([timeout, ...outer]);
  const node = redactUrl(url);
  try {
    const { target, headers } = splitCredentials(url);
    const response = await fetch(target, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
      redirect: "error",
      signal,
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw statusError(response.status, node);
    }
    return parse(await readBounded(response, limits.maxResponseBytes, node), node);
  } catch (error) {
    if (error instanceof RpcError) throw error;
    if (outer.some((entry) => entry.aborted))
      throw new RpcError("RpcAborted", "the request was aborted", { node });
    if (timeout.aborted) {
      throw new RpcError("RpcTimeout", `${node} did not answer within ${limits.timeoutMs} ms`, { node });
    }
    throw new RpcError("RpcUnreachable", `${node} could not be reached: ${reasonOf(error)}`, { node });
  }
}

function splitCredentials(url: string): { target: string; headers: Record<string, string> } {
  const parsed = new URL(url);
  if (parsed.username === "" && parsed.password === "") return { target: url, headers: {} };
  const pair = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
  parsed.username = "";
  parsed.password = "";
  return {
    target: parsed.href,
    headers: { authorization: `Basic ${Buffer.from(pair).toString("base64")}` },
  };
}

function statusError(status: number, node: string): RpcError {
  return new RpcError(
    "RpcHttpStatus",
    `${node} answered with HTTP status ${status}`,
    { node, status },
    { isTransient: status === 429 || status >= 500 },
  );
}

async function readBounded(response: Response, maxBytes: number, node: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) {
      throw new RpcError("RpcAnswerTooLarge", `${node} answered with more than ${maxBytes} bytes`, {
        node,
        maxBytes,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parse(text: string, node: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RpcError("RpcMalformedAnswer", `${node} did not answer with JSON`, { node });
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  if (typeof cause?.code === "string") return cause.code;
  return redactText(error instanceof Error ? error.message : String(error));
}
