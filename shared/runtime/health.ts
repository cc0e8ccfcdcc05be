import { createServer, type ServerResponse } from "node:http";
import type { Registry } from "prom-client";
import { OptisyncError } from "./errors.js";

/** How a process says that it is alive and of use. */
export interface Health {
  /** One turn of the main loop went well; without one for too long the process counts as stuck. */
  beat(): void;
  /** True as soon as it can do its work: chains reached, duties derived. */
  setReady(isReady: boolean): void;
  isAlive(): boolean;
  isReady(): boolean;
}

/** `stuckAfterMs`: how long a process may go without a beat. Time counts from creation, so starting has that long. */
export function createHealth(stuckAfterMs: number, now: () => number = Date.now): Health {
  let lastBeat = now();
  let isReady = false;
  const isAlive = (): boolean => now() - lastBeat <= stuckAfterMs;
  return {
    beat() {
      lastBeat = now();
    },
    setReady(value) {
      isReady = value;
    },
    isAlive,
    isReady: () => isReady && isAlive(),
  };
}

/**
 * Serves `/metrics`, `/healthz` (200 while alive, else 503) and `/readyz` (200 while ready).
 *
 * @throws OptisyncError `PortUnavailable` (halt)
 */
export async function serveHealth(options: {
  host: string;
  /** 0 takes any free port. */
  port: number;
  health: Health;
  registry: Registry;
}): Promise<{ url: string; close(): Promise<void> }> {
  const { host, port, health, registry } = options;
  const server = createServer((request, response) => {
    const path = request.url?.split("?")[0];
    if (request.method !== "GET") return answer(response, 405, "GET only\n");
    if (path === "/healthz") return answerCheck(response, health.isAlive());
    if (path === "/readyz") return answerCheck(response, health.isReady());
    if (path !== "/metrics") return answer(response, 404, "try /metrics, /healthz or /readyz\n");
    registry.metrics().then(
      (text) => answer(response, 200, text, registry.contentType),
      () => answer(response, 500, "metrics failed\n"),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const message = `cannot serve metrics on ${host}:${port}`;
      reject(
        new OptisyncError("PortUnavailable", message, { action: "halt", details: { host, port }, cause }),
      );
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const actualPort = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${actualPort}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerCheck(response: ServerResponse, isGood: boolean): void {
  answer(response, isGood ? 200 : 503, isGood ? "ok\n" : "not ok\n");
}

function answer(
  response: ServerResponse,
  status: number,
  body: string,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, { "content-type": type }).end(body);
}
