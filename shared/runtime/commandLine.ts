import yargs, { type Argv } from "yargs";
import type { AnyCommand, CliOptions, CommandGroup } from "./command.js";
import { OptisyncError } from "./errors.js";
import { flagName, suggestion } from "./options.js";
import type { KnownFlags } from "./secrets.js";
import { globalOptions } from "./sharedOptions.js";

/** The command that was chosen, and the flags as given: not validated yet. */
export interface Selection {
  command: AnyCommand;
  flags: Record<string, unknown>;
}

/** Lets yargs find the command; undefined if help, the version or a completion was all that was asked for. */
export async function selectCommand(options: CliOptions): Promise<Selection | undefined> {
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
    // Its types know `false`, which hides a command, in an overload of its own only.
    (entry.isHidden === true ? false : entry.describe) as string,
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
export function isPositional(command: AnyCommand, option: string): boolean {
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

/** The names of all options of all commands. */
export function allOptions(entries: CliOptions["commands"]): Set<string> {
  const names = everyCommand(entries).flatMap((command) => Object.keys(command.options));
  return new Set([...names, ...Object.keys(globalOptions)]);
}

/** What the search for secrets in argv has to know about flags. */
export function knownFlags(entries: CliOptions["commands"]): KnownFlags {
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
