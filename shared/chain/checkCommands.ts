import { z } from "zod";
import { conformanceSummary, runConformance } from "../execution/conformance.js";
import { replayFixtures, replayLine } from "../execution/replay.js";
import { defineCommand, type AnyCommand, type CommandContext } from "../runtime/command.js";
import { EXIT, OptisyncError } from "../runtime/errors.js";
import type { OptionValues } from "../runtime/options.js";
import { yesOrNo } from "../runtime/quantities.js";
import * as shared from "../runtime/sharedOptions.js";
import { replayBlock } from "./executeSourceBlock.js";
import { createRpc } from "./rpc.js";
import { createSource } from "./source.js";
import { forksOfNode, sourceRuleOptions } from "./sourceRules.js";

const list = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

const replayOptions = {
  what: {
    describe: "fixture files, folders of them, or the number of a block of the source chain",
    schema: list,
    isList: true,
  },
  sourceRpc: { ...shared.sourceRpc, schema: shared.sourceRpc.schema.optional() },
  ...sourceRuleOptions,
} as const;

async function replay(context: CommandContext, values: OptionValues<typeof replayOptions>): Promise<void> {
  const { lines, print } = collector(context);
  const [first] = values.what;
  const isNumber = values.what.length === 1 && first !== undefined && /^\d+$/.test(first);
  const report = isNumber
    ? { failed: (await replayFromSource(context, values, BigInt(first), print)) ? 0 : 1, unreadable: [] }
    : await replayFixtures(values.what, print, context.signal);
  if (context.isJson) context.output({ ...report, lines }, "");
  requireNoFailure(report, "ReplayFailed", "did not give what its header says");
}

async function replayFromSource(
  { signal }: CommandContext,
  values: OptionValues<typeof replayOptions>,
  number: bigint,
  print: (line: string) => void,
): Promise<boolean> {
  if (values.sourceRpc === undefined) {
    throw new OptisyncError("ConfigurationInvalid", "a block number needs --source-rpc", { action: "halt" });
  }
  const rpc = createRpc({ urls: [values.sourceRpc], signal });
  const chainId = BigInt((await rpc.request("eth_chainId", [])) as string);
  const forks = await forksOfNode(rpc, chainId, values);
  const source = await createSource({ rpc, forks, finality: { kind: "depth", blocks: 0n } });
  const outcome = await replayBlock(source, number);
  print(replayLine(outcome));
  return outcome.isPassed;
}

const conformanceOptions = {
  folders: {
    describe: "folders or files of BlockchainTests of ethereum/tests or execution-spec-tests",
    schema: list,
    isList: true,
  },
  verbose: { describe: "a line per file", schema: yesOrNo.default(false), isSwitch: true },
} as const;

/** Files between two lines of progress. */
const PROGRESS_FILES = 25;

async function conformance(
  context: CommandContext,
  values: OptionValues<typeof conformanceOptions>,
): Promise<void> {
  const { lines, print } = collector(context);
  const report = await runConformance(values.folders, {
    print,
    isVerbose: values.verbose,
    signal: context.signal,
    onProgress: context.isInteractive
      ? (done, of) => {
          if (done % PROGRESS_FILES === 0) context.logger.info({ done, of }, "files checked");
        }
      : undefined,
  });
  for (const line of conformanceSummary(report)) print(line);
  if (context.isJson) context.output({ ...report, skipped: Object.fromEntries(report.skipped), lines }, "");
  requireNoFailure(report, "ConformanceFailed", "did not end as Ethereum's tests say");
}

/** Lines are printed as they come, and kept for `--json`. */
function collector(context: CommandContext): { lines: string[]; print: (line: string) => void } {
  const lines: string[] = [];
  const print = (line: string): void => {
    if (context.isJson) lines.push(line);
    else context.output(undefined, line);
  };
  return { lines, print };
}

/** A failure outweighs what could not be read. */
function requireNoFailure(
  { failed, unreadable }: { failed: number; unreadable: readonly { path: string }[] },
  code: string,
  what: string,
): void {
  if (failed > 0) throw new OptisyncError(code, `${failed} ${what}`, { action: "halt", details: { failed } });
  const [first] = unreadable;
  if (first === undefined) return;
  throw new OptisyncError("InputUnreadable", `${unreadable.length} unreadable, ${first.path} first`, {
    action: "halt",
    exitCode: EXIT.unreadable,
    details: { unreadable },
  });
}

export const checkCommands: readonly AnyCommand[] = [
  defineCommand({
    command: "replay <what..>",
    describe: "re-execute blocks from fixtures or from the source chain and compare with their headers",
    options: replayOptions,
    examples: [
      ["optisync replay test/vectors/execution", "all fixtures in a folder"],
      ["optisync replay 19807080 --source-rpc http://127.0.0.1:8545", "one block of the source chain"],
    ],
    epilogue:
      "Exit code 1: a block did not give what its header says. 2: a file was unreadable and left out, the rest passed.",
    handler: replay,
  }),
  defineCommand({
    command: "conformance <folders..>",
    describe: "run Ethereum's own BlockchainTests",
    options: conformanceOptions,
    examples: [["optisync conformance test/conformance", "the part that comes with optisync"]],
    epilogue:
      "Valid blocks must give their post-state, invalid ones must be refused. Networks from before the Merge are skipped. Exit codes as of replay.",
    handler: conformance,
  }),
];
