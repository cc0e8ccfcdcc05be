import { Writable } from "node:stream";
import { pino, type Logger as PinoLogger } from "pino";
import pretty from "pino-pretty";
import { describeError } from "./errors.js";
import { redactText, toPlain } from "./redaction.js";

/**
 * Structured logs. A line is a fact in the past tense with fields: `logger.info({ claimId }, "claim judged")`.
 * An error goes into the field `error`. Each module takes a child: `logger.child({ module: "sender" })`.
 */
export type Logger = PinoLogger;

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  level: LogLevel;
  /** Written to by the logger; standard error unless told, since standard output belongs to results. */
  destination?: { write(line: string): unknown };
  /** Coloured lines for people instead of one JSON object per line. */
  pretty?: boolean;
}

/** Creates the root logger of a process. Bigints, bytes, errors, URLs and secrets are made fit for logs here. */
export function createLogger(options: LoggerOptions): Logger {
  const sink = options.destination ?? process.stderr;
  const stream = options.pretty
    ? pretty({
        sync: true,
        ignore: "pid,hostname",
        translateTime: "SYS:HH:MM:ss",
        destination: asStream(sink),
      })
    : sink;
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => loggable(fields),
        bindings: (bindings) => loggable(bindings),
      },
      hooks: {
        logMethod(args, method) {
          const redacted = args.map((arg: unknown) => (typeof arg === "string" ? redactText(arg) : arg));
          method.apply(this, redacted as Parameters<typeof method>);
        },
      },
    },
    stream,
  );
}

/** A logger that says nothing, for tests and for callers that have none. */
export function silentLogger(): Logger {
  return pino({ level: "silent" });
}

function asStream(sink: { write(line: string): unknown }): Writable {
  if (sink instanceof Writable) return sink;
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      sink.write(line);
      done();
    },
  });
}

function loggable(fields: Record<string, unknown>): Record<string, unknown> {
  const described = Object.entries(fields).map(([name, value]) => [
    name === "err" ? "error" : name,
    value instanceof Error ? describeError(value) : value,
  ]);
  return toPlain(Object.fromEntries(described)) as Record<string, unknown>;
}
