import { readFile } from "node:fs/promises";
import yargs, { type Argv } from "yargs";
import { EXIT, OptisyncError, type ErrorDescription, type ExitCode } from "./errors.js";
import { createLogger, type Logger } from "./logger.js";
import {
  flagName,
  parseConfigurationFile,
  resolveOptions,
  suggestion,
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

interface Selection {
  command: AnyCommand;
  flags: Record<string, unknown>;
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
      selection = await select(options);
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
  const sources: OptionSources = { flags, environment: options.environment };
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

/** Lets yargs find the command; undefined if help, the version or a completion was all that was asked for. */
async function select(options: CliOptions): Promise<Selection | undefined> {
  let selection: Selection | undefined;
  let parser = yargs([...options.args])
    .scriptName("optisync")
    .parserConfiguration({
      "camel-case-expansion": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "dot-notation": false,
      "duplicate-arguments-array": true,
      "short-option-groups": false,
    })
    .usage("$0 <command> [options]")
    .version(options.version)
    .alias("help", "h")
    .exitProcess(false)
    .showHelpOnFail(false)
    .strict()
    .demandCommand(1, "no command given; see optisync --help")
    .completion("completion", "print a completion script for your shell")
    .epilogue(options.epilogue)
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .fail((message, error) => {
      throw error ?? usageError(message, options.commands);
    });
  for (const entry of options.commands) parser = addEntry(parser, entry, (chosen) => (selection = chosen));
  await parser.parseAsync();
  return selection;
}

function addEntry(
  parser: Argv,
  entry: AnyCommand | CommandGroup,
  choose: (selection: Selection) => void,
): Argv {
  if ("commands" in entry) {
    return parser.command(entry.command, entry.describe, (group) => {
      for (const child of entry.commands) addEntry(group, child, choose);
      if (entry.epilogue !== undefined) group.epilogue(entry.epilogue);
      return group.demandCommand(1, `no command given; see optisync ${entry.command} --help`);
    });
  }
  return parser.command(
    entry.command,
    entry.describe,
    (builder) => addOptions(builder, entry),
    (argv) => {
      const flags: Record<string, unknown> = {};
      for (const name of Object.keys({ ...entry.options, ...globalOptions })) {
        flags[flagName(name)] = argv[flagName(name)];
      }
      choose({ command: entry, flags });
    },
  );
}

function addOptions(builder: Argv, command: AnyCommand): Argv {
  for (const [name, definition] of Object.entries({ ...command.options, ...globalOptions })) {
    const flag = flagName(name);
    const { describe, example, defaultText, isSwitch } = definition;
    const defaultDescription = defaultText === undefined ? {} : { defaultDescription: defaultText };
    if (isPositional(command, name)) {
      builder.positional(flag, { describe, ...defaultDescription, type: "string" });
      continue;
    }
    builder.option(flag, {
      describe: example === undefined ? describe : `${describe} [${example}]`,
      ...defaultDescription,
      ...(isSwitch === true ? { type: "boolean" } : { type: "string", requiresArg: true }),
      group: name in globalOptions ? "Everywhere:" : "Options:",
    });
  }
  builder.group(["help", "version"], "Everywhere:");
  for (const [line, meaning] of command.examples ?? []) builder.example(line, meaning);
  const everyOption =
    "Each option is also an environment variable (OPTISYNC_ and its name in capitals) and a key of the --config file.";
  return builder.epilogue(
    command.epilogue === undefined ? everyOption : `${command.epilogue}\n\n${everyOption}`,
  );
}

/** yargs names positional arguments as written in the command, so they are written in kebab-case there. */
function isPositional(command: AnyCommand, option: string): boolean {
  return new RegExp(`[<[]${flagName(option)}(?:\\.\\.)?[>\\]]`).test(command.command);
}

function usageError(message: string, commands: CliOptions["commands"]): OptisyncError {
  const unknown = /^Unknown arguments?: ([^,]+)/.exec(message)?.[1];
  const flags = [...allOptions(commands)].map(flagName);
  const hint = unknown === undefined ? "" : suggestion(unknown, [...flags, ...commandWords(commands)]);
  // yargs quotes what it does not understand, and that may be a key.
  const safe = message.replace(/\b(?:0x)?[0-9a-fA-F]{64}\b/g, "***");
  return new OptisyncError("UsageWrong", `${safe}${hint}`, { action: "halt" });
}

function everyCommand(entries: CliOptions["commands"]): AnyCommand[] {
  return entries.flatMap((entry) => ("commands" in entry ? everyCommand(entry.commands) : [entry]));
}

function commandWords(entries: CliOptions["commands"]): string[] {
  return entries.flatMap((entry) => {
    const word = entry.command.split(" ")[0] ?? "";
    return "commands" in entry ? [word, ...commandWords(entry.commands)] : [word];
  });
}

function allOptions(entries: CliOptions["commands"]): Set<string> {
  const names = everyCommand(entries).flatMap((command) => Object.keys(command.options));
  return new Set([...names, ...Object.keys(globalOptions)]);
}

function knownFlags(entries: CliOptions["commands"]): { hex: Set<string>; switches: Set<string> } {
  const hex = new Set<string>();
  const switches = new Set<string>();
  const definitions = [globalOptions, ...everyCommand(entries).map((command) => command.options)];
  for (const [name, { schema, isSwitch }] of definitions.flatMap((options) => Object.entries(options))) {
    const takesHash = schema.safeParse(`0x${"1".repeat(64)}`).success && !schema.safeParse("no hash").success;
    if (takesHash) hex.add(`--${flagName(name)}`);
    if (isSwitch === true) switches.add(`--${flagName(name)}`).add(`--no-${flagName(name)}`);
  }
  return { hex, switches };
}

function formatError(error: ErrorDescription): string {
  const lines = [`error ${error.code}: ${error.message}`];
  for (let cause = error.cause; cause !== undefined; cause = cause.cause) {
    lines.push(`  because of ${cause.code}: ${cause.message}`);
  }
  return `${lines.join("\n")}\n`;
}
