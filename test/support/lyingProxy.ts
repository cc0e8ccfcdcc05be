import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Makes the result of one request from the node's, which is undefined where the node refused. Throwing refuses. */
export type Lie = (result: unknown, params: readonly unknown[]) => unknown;

/** An HTTP proxy before a real node that passes everything on, except where a test makes it lie. */
export interface LyingProxy {
  readonly url: string;
  /** How often each method was asked for. */
  readonly counts: Map<string, number>;
  /** From now on results of `method` go through `lie`. */
  lie(method: string, lie: Lie): void;
  /** From now on `method` is refused as unknown. */
  refuse(method: string): void;
  /** Tells the truth again. */
  repent(): void;
  close(): Promise<void>;
}

interface Request {
  id: unknown;
  method: string;
  params: unknown[];
}

export async function startLyingProxy(target: string): Promise<LyingProxy> {
  const lies = new Map<string, Lie>();
  const refused = new Set<string>();
  const counts = new Map<string, number>();

  async function answer(request: Request): Promise<unknown> {
    counts.set(request.method, (counts.get(request.method) ?? 0) + 1);
    if (refused.has(request.method)) {
      return { jsonrpc: "2.0", id: request.id, error: { code: -32601, message: "method not found" } };
    }
    const envelope = (await forward(target, request)) as { result?: unknown };
    const lie = lies.get(request.method);
    if (lie === undefined) return envelope;
    try {
      return { jsonrpc: "2.0", id: request.id, result: await lie(envelope.result, request.params) };
    } catch (error) {
      return { jsonrpc: "2.0", id: request.id, error: { code: -32000, message: (error as Error).message } };
    }
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = (await readJson(incoming)) as Request | Request[];
    const result = Array.isArray(body) ? await Promise.all(body.map(answer)) : await answer(body);
    outgoing.setHeader("content-type", "application/json");
    outgoing.end(JSON.stringify(result));
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      outgoing.statusCode = 502;
      outgoing.end(String(error));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    lie: (method, lie) => void lies.set(method, lie),
    refuse: (method) => void refused.add(method),
    repent: () => {
      lies.clear();
      refused.clear();
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

async function forward(target: string, request: Request): Promise<unknown> {
  const response = await fetch(target, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", ...request }),
  });
  return response.json();
}
