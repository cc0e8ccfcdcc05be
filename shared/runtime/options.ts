import type { z } from "zod";
import { OptisyncError } from "./errors.js";

/** One option of a command. Its flag is `--kebab-case`, its variable `OPTISYNC_UPPER_CASE`, its file key `camelCase`. */
export interface OptionDefinition<S extends z.ZodType = z.ZodType> {
  describe: string;
  /** Validates and converts; says by `.optional()` or `.default()` that the option may be left out. */
  schema: S;
  /** A flag without value. */
  isSwitch?: boolean;
  /** May be given more than once: a positional argument that ends in two dots. */
  isList?: boolean;
  /** The default as help shows it. */
  defaultText?: string;
  /** What the value looks like, for help: `URL`, `4h`. */
  example?: string;
}

export type OptionDefinitions = Readonly<Record<string, OptionDefinition>>;
export type OptionValues<D extends OptionDefinitions> = { [K in keyof D]: z.output<D[K]["schema"]> };

/** Where options may come from; the first that has one wins: flags, environment, file. */
export interface OptionSources {
  /** By kebab-case name; undefined where not given. */
  flags: Readonly<Record<string, unknown>>;
  /** Which options are arguments without a flag, so that problems name them as help does: `<claim-id>`. */
  positionals?: ReadonlySet<string>;
  environment: Readonly<Record<string, string | undefined>>;
  file?: { path: string; values: Readonly<Record<string, unknown>> } | undefined;
}

export interface OptionProblem {
  option: string;
  /** `--flag`, the variable, or the file with its key. */
  source: string;
  problem: string;
}

export const ENVIRONMENT_PREFIX = "OPTISYNC_";

/** Variables that are no options because a secret must not have a flag. */
export const SECRET_VARIABLES = ["OPTISYNC_PRIVATE_KEY", "OPTISYNC_KEYSTORE_PASSWORD"] as const;

export function flagName(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function variableName(option: string): string {
  return ENVIRONMENT_PREFIX + option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/**
 * The values of all options of a command.
 *
 * `knownOptions` are those of every command: a file or an environment may serve several commands, but what none of
 * them knows is a typing error.
 *
 * @throws OptisyncError `ConfigurationInvalid` (halt) with every problem and where it comes from.
 */
export function resolveOptions<D extends OptionDefinitions>(
  definitions: D,
  sources: OptionSources,
  knownOptions: Iterable<string> = Object.keys(definitions),
): OptionValues<D> {
  const known = new Set([...knownOptions, ...Object.keys(definitions)]);
  const problems = findUnknown(sources, known);
  const values: Record<string, unknown> = {};
  for (const [option, definition] of Object.entries(definitions)) {
    const { value, source } = findValue(option, sources);
    if (Array.isArray(value) && source.startsWith("--") && definition.isList !== true) {
      problems.push({ option, source, problem: "was given more than once" });
      continue;
    }
    const parsed = definition.schema.safeParse(value);
    if (parsed.success) values[option] = parsed.data;
    else if (value === undefined)
      problems.push({ option, source: whereToSay(option), problem: "is required" });
    else problems.push(...parsed.error.issues.map((issue) => ({ option, source, problem: describe(issue) })));
  }
  requireNoProblems(problems);
  return values as OptionValues<D>;
}

export function requireNoProblems(problems: readonly OptionProblem[]): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ source, problem }) => `  ${source} ${problem}`);
  throw new OptisyncError("ConfigurationInvalid", `the configuration is not usable\n${lines.join("\n")}`, {
    action: "halt",
    details: { problems },
  });
}

/** Reads a configuration file: one JSON object with option names as keys. */
export function parseConfigurationFile(
  path: string,
  text: string,
): { path: string; values: Record<string, unknown> } {
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (cause) {
    throw new OptisyncError("ConfigurationInvalid", `${path} is not JSON`, { action: "halt", cause });
  }
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new OptisyncError("ConfigurationInvalid", `${path} must hold one JSON object`, { action: "halt" });
  }
  return { path, values: values as Record<string, unknown> };
}

function findValue(
  option: string,
  { flags, positionals, environment, file }: OptionSources,
): { value: unknown; source: string } {
  const flag = flags[flagName(option)];
  const flagSource = positionals?.has(option) === true ? `<${flagName(option)}>` : `--${flagName(option)}`;
  if (flag !== undefined) return { value: flag, source: flagSource };
  const variable = environment[variableName(option)];
  // An empty variable is how many supervisors say "not set".
  if (variable !== undefined && variable !== "") return { value: variable, source: variableName(option) };
  if (file !== undefined && Object.hasOwn(file.values, option)) {
    return { value: file.values[option], source: `"${option}" in ${file.path}` };
  }
  return { value: undefined, source: "" };
}

function findUnknown({ environment, file }: OptionSources, known: ReadonlySet<string>): OptionProblem[] {
  const problems: OptionProblem[] = [];
  const variables = new Set<string>([...SECRET_VARIABLES, ...[...known].map(variableName)]);
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(ENVIRONMENT_PREFIX) || variables.has(name)) continue;
    problems.push({ option: name, source: name, problem: `is not an option${suggestion(name, variables)}` });
  }
  for (const name of Object.keys(file?.values ?? {})) {
    if (known.has(name)) continue;
    const source = `"${name}" in ${file?.path ?? ""}`;
    problems.push({ option: name, source, problem: `is not an option${suggestion(name, known)}` });
  }
  return problems;
}

function whereToSay(option: string): string {
  return `--${flagName(option)} (or ${variableName(option)}, or "${option}" in the configuration file)`;
}

/** Messages of zod's own checks start with a capital and the word "Invalid"; ours say what must be. */
function describe(issue: { message: string; path: PropertyKey[] }): string {
  const where = issue.path.length > 0 ? ` at ${issue.path.map(String).join(".")}` : "";
  const said = issue.message.startsWith("Invalid")
    ? `is not valid (${issue.message.toLowerCase()})`
    : issue.message;
  return said + where;
}

/** `, did you mean X?` for a name that is nearly X. */
export function suggestion(name: string, candidates: Iterable<string>): string {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 4)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best === undefined ? "" : `, did you mean ${best}?`;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
