import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isOptisyncError } from "../shared/runtime/errors.js";
import type { Logger } from "../shared/runtime/logger.js";
import { createRateLimit, type RateLimitOptions } from "./rateLimit.js";
import type { SignedAttestation, Signer } from "./signer.js";

export interface AttestationServerOptions {
  /** Loopback unless told otherwise. */
  host?: string;
  /** 0 for any free port. */
  port?: number;
  /** For each address that asks. */
  rate?: RateLimitOptions;
  /** Requests being answered at the same time. */
  maxInFlight?: number;
}

export interface AttestationServer {
  readonly url: string;
  close(): Promise<void>;
}

/** An answer that is not a signature: a status, a code that is part of the interface, and words for people. */
interface Refusal {
  status: number;
  code: string;
  message: string;
}

const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  NotFinal: 404,
  WouldEquivocate: 409,
  LifetimeOutOfRange: 400,
};

const MAX_URL_LENGTH = 256;
const MAX_UINT64 = 2n ** 64n - 1n;
const TIMEOUT_MS = 10_000;
const DECIMAL = /^(0|[1-9][0-9]{0,19})$/;

/**
 * Serves a signer's attestations.
 *
 *   GET /attestation/:number[?validUntil=seconds]  200 {sourceChainId, number, blockHash, validUntil, signer, signature}
 *   GET /healthz                                   200 {signer}
 *
 * Integers are decimal strings. Everything else is {code, message} with 400 BadRequest or LifetimeOutOfRange, 404
 * NotFound or NotFinal, 405 MethodNotAllowed, 409 WouldEquivocate, 429 RateLimited, 503 Busy or Unavailable.
 */
export async function startAttestationServer(
  options: AttestationServerOptions,
  modules: { signer: Signer; logger: Logger },
): Promise<AttestationServer> {
  const { signer, logger } = modules;
  const isWithinRate = createRateLimit(options.rate ?? { perSecond: 10, burst: 50 });
  const maxInFlight = options.maxInFlight ?? 32;
  let inFlight = 0;

  async function answer(request: IncomingMessage): Promise<{ status: number; body: object }> {
    const refusal = refuseEarly(request, isWithinRate);
    if (refusal !== undefined) return toAnswer(refusal);
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname === "/healthz") return { status: 200, body: { signer: signer.address } };
    const asked = parseQuestion(url);
    if ("code" in asked) return toAnswer(asked);
    if (inFlight >= maxInFlight)
      return toAnswer({ status: 503, code: "Busy", message: "too many requests at once" });
    inFlight += 1;
    try {
      return { status: 200, body: toBody(await signer.attest(asked.number, asked.validUntil)) };
    } catch (error) {
      return toAnswer(refusalOf(error, asked.number, logger));
    } finally {
      inFlight -= 1;
    }
  }

  const server = createServer(
    { requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS, maxHeaderSize: 8192 },
    (request, response) => {
      // A body is of no use to anyone here.
      request.resume();
      answer(request)
        .catch((error: unknown) => {
          logger.error({ error }, "request failed");
          return toAnswer({ status: 500, code: "Internal", message: "the member failed" });
        })
        .then(({ status, body }) => respond(response, status, body))
        .catch((error: unknown) => logger.warn({ error }, "answer not sent"));
    },
  );
  server.maxConnections = 256;
  server.timeout = 2 * TIMEOUT_MS;
  const host = options.host ?? "127.0.0.1";
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options.port ?? 0, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function refuseEarly(
  request: IncomingMessage,
  isWithinRate: (address: string) => boolean,
): Refusal | undefined {
  if (!isWithinRate(request.socket.remoteAddress ?? "")) {
    return { status: 429, code: "RateLimited", message: "too many requests" };
  }
  if (request.method !== "GET")
    return { status: 405, code: "MethodNotAllowed", message: "only GET is served" };
  const length = request.url?.length ?? 0;
  if (length > MAX_URL_LENGTH || !request.url?.startsWith("/") || request.url.startsWith("//")) {
    return { status: 400, code: "BadRequest", message: "the path is malformed or too long" };
  }
  return undefined;
}

function parseQuestion(url: URL): { number: bigint; validUntil?: bigint } | Refusal {
  const [, root, numberText, ...rest] = url.pathname.split("/");
  if (root !== "attestation" || numberText === undefined || rest.length > 0) {
    return { status: 404, code: "NotFound", message: "ask for /attestation/:number" };
  }
  const number = parseUint64(numberText);
  if (number === undefined)
    return { status: 400, code: "BadRequest", message: "the block number is malformed" };
  const parameters = [...url.searchParams];
  if (parameters.length === 0) return { number };
  const [first] = parameters;
  const validUntil = first?.[0] === "validUntil" ? parseUint64(first[1]) : undefined;
  if (parameters.length > 1 || validUntil === undefined) {
    return { status: 400, code: "BadRequest", message: "the only parameter is validUntil, in seconds" };
  }
  return { number, validUntil };
}

function parseUint64(text: string): bigint | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = BigInt(text);
  return value <= MAX_UINT64 ? value : undefined;
}

function refusalOf(error: unknown, number: bigint, logger: Logger): Refusal {
  const status = isOptisyncError(error) ? STATUS_BY_CODE[error.code] : undefined;
  if (!isOptisyncError(error) || status === undefined) {
    logger.warn({ number, error }, "attestation failed");
    // Whatever a node of ours said is not for strangers.
    return { status: 503, code: "Unavailable", message: "the member cannot look at its node now" };
  }
  if (error.code === "WouldEquivocate") logger.error({ number, error }, "equivocation refused");
  return { status, code: error.code, message: error.message };
}

function toBody(attestation: SignedAttestation): object {
  return {
    sourceChainId: attestation.sourceChainId.toString(),
    number: attestation.number.toString(),
    blockHash: attestation.blockHash,
    validUntil: attestation.validUntil.toString(),
    signer: attestation.signer,
    signature: attestation.signature,
  };
}

function toAnswer({ status, code, message }: Refusal): { status: number; body: object } {
  return { status, body: { code, message } };
}

function respond(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    "content-type": "application/json",
    "cache-control": "no-store",
    ...(status === 429 || status === 503 ? { "retry-after": "1" } : {}),
  });
  response.end(JSON.stringify(body));
}
