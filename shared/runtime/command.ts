import { readFile } from "node:fs/promises";
import { allOptions, isPositional, knownFlags, selectCommand, type Selection } from "./commandLine.js";
import { EXIT, OptisyncError, type ErrorDescription, type ExitCode } from "./errors.js";
import { createLogger, type Logger } from "./logger.js";
import {
  parseConfigurationFile,
  resolveOptions,
  variableName,
  type OptionDefinitions,
  type OptionSources,
  type OptionValues,
} from "./options.js";
import { toPlain } from "./redaction.js";
import { promptPassword, refuseSecretArguments } from "./secrets.js";
import { globalOptions } from "./sharedOptions.js";
import { run, type Shutdown } from "./shutdown.js";

/** What a command gets from its process besides its options. */
export interface CommandContext {
  logger: Logger;
  /** Aborted when the process is told to stop. */
  signal: AbortSignal;
  /** Registers what must be closed at the end, see `Shutdown`. */
  onClose: Shutdown["onClose"];
  environment: Readonly<Record<string, string | undefined>>;
  isJson: boolean;
  /** True if a person can read standard output and answer questions. */
  isInteractive: boolean;
  /** Asks a person for a password; undefined where there is none. With it, a context is what `loadWallet` needs. */
  askPassword: ((question: string) => Promise<string>) | undefined;
  /** The result of the command: `data` as one line of JSON with `--json`, `text` otherwise. */
  output(data: unknown, text: string): void;
}

/** One command. Options that `command` names in angle or square brackets are positional. */
export interface Command<D extends OptionDefinitions> {
  /** In yargs' words: `check <claim>`. */
  command: string;
  describe: string;
  /** Left out of the list of commands: a part of another one that runs as a process of its own. */
  isHidden?: boolean;
  options: D;
  /** What to type, and what it does. */
  examples?: readonly (readonly [string, string])[];
  /** What a newcomer should know, shown at the end of help. */
  epilogue?: string;
  handler(context: CommandContext, values: OptionValues<D>): Promise<void>;
}

export type AnyCommand = Command<OptionDefinitions>;

/** Commands under one word: `proposer run`, `proposer status`. */
export interface CommandGroup {
  command: string;
  describe: string;
  commands: readonly (AnyCommand | CommandGroup)[];
  epilogue?: string;
}

/** Ties the types of a command's options to its handler. */
export function defineCommand<const D extends OptionDefinitions>(command: Command<D>): AnyCommand {
  return command;
}

export interface CliOptions {
  args: readonly string[];
  environment: Readonly<Record<string, string | undefined>>;
  version: string;
  commands: readonly (AnyCommand | CommandGroup)[];
  epilogue: string;
  stdout: { write(text: string): unknown; isTTY?: boolean };
  stderr: { write(text: string): unknown; isTTY?: boolean };
  isInputTerminal: boolean;
}

/** Parses the command line, runs the chosen command, and returns the exit code of the process. */
export async function runCli(options: CliOptions): Promise<ExitCode> {
  const wantsJson = options.args.includes("--json") || options.environment[variableName("json")] === "true";
  const report = (error: ErrorDescription): void => {
    options.stderr.write(wantsJson ? `${JSON.stringify({ error: toPlain(error) })}\n` : formatError(error));
  };
  let selection: Selection | undefined;
  const parseExit = await run(
    async () => {
      refuseSecretArguments(options.args, knownFlags(options.commands));
      selection = await selectCommand(options);
    },
    { onError: report },
  );
  if (parseExit !== EXIT.clean || selection === undefined) return parseExit;
  return runSelected(options, selection, report);
}

async function runSelected(
  options: CliOptions,
  { command, flags }: Selection,
  report: (error: ErrorDescription) => void,
): Promise<ExitCode> {
  let logger: Logger | undefined;
  return run(
    async (shutdown) => {
      const values = await readValues(options, command, flags);
      const isPretty = !values.json && options.stderr.isTTY === true;
      logger = createLogger({ level: values.logLevel, pretty: isPretty, destination: options.stderr });
      const isInteractive = options.isInputTerminal && options.stdout.isTTY === true;
      const context: CommandContext = {
        logger,
        signal: shutdown.signal,
        onClose: (name, close) => shutdown.onClose(name, close),
        environment: options.environment,
        isJson: values.json,
        isInteractive,
        askPassword: isInteractive ? (question) => promptPassword(question, shutdown.signal) : undefined,
        output(data, text) {
          options.stdout.write(values.json ? `${JSON.stringify(toPlain(data))}\n` : `${text}\n`);
        },
      };
      await command.handler(context, values);
    },
    { onError: report, logger: () => logger },
  );
}

async function readValues(
  options: CliOptions,
  command: AnyCommand,
  flags: Record<string, unknown>,
): Promise<OptionValues<OptionDefinitions & typeof globalOptions>> {
  const positionals = new Set(Object.keys(command.options).filter((name) => isPositional(command, name)));
  const sources: OptionSources = { flags, positionals, environment: options.environment };
  const path = flags["config"] ?? options.environment[variableName("config")];
  if (typeof path === "string" && path !== "") sources.file = await readConfiguration(path);
  return resolveOptions({ ...command.options, ...globalOptions }, sources, allOptions(options.commands));
}

async function readConfiguration(path: string): Promise<{ path: string; values: Record<string, unknown> }> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new OptisyncError("ConfigurationInvalid", `${path} cannot be read`, { action: "halt", cause });
  });
  return parseConfigurationFile(path, text);
}

function formatError(error: ErrorDescription): string {
  const lines = [`error ${error.code}: ${error.message}`];
  for (let cause = error.cause; cause !== undefined; cause = cause.cause) {
    lines.push(`  because of ${cause.code}: ${cause.message}`);
  }
  return `${lines.join("\n")}\n`;
}
