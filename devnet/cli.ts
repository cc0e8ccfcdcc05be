import { formatEther } from "ethers";
import { defineCommand, type AnyCommand, type CommandContext } from "../shared/runtime/command.js";
import type { OptionValues } from "../shared/runtime/options.js";
import { yesOrNo } from "../shared/runtime/quantities.js";
import { colluderCommand } from "./colluderCommand.js";
import { createFeed, createNotebook, startChallengers, startProposer } from "./bots.js";
import { playDemo, type DemoReport } from "./demo.js";
import { startDevnet, type Devnet } from "./devnet.js";
import { deployToken } from "./traffic.js";
import { createTimeline, namesIn, shorten, type Timeline } from "./timeline.js";

const FEED_FUNDS_WEI = 10n ** 18n;

const demoOptions = {
  keep: {
    describe: "leave everything running at the end, for exploration",
    schema: yesOrNo.default(false),
    isSwitch: true,
  },
} as const;

async function demo(context: CommandContext, values: OptionValues<typeof demoOptions>): Promise<void> {
  const { signal } = context;
  const { devnet, timeline, say } = await open(context);
  const following = timeline.follow();
  const played = Promise.race([playDemo(devnet, timeline, signal), devnet.failed, neverResolves(following)]);
  const report = await played.catch((error: unknown) => {
    if (!signal.aborted) devnet.keepFolder();
    throw error;
  });
  context.output(report, summary(report, namesIn(devnet)));
  if (!values.keep) return;
  say(exploration(devnet));
  await Promise.race([untilAborted(signal), devnet.failed]);
}

async function devnetCommand(context: CommandContext): Promise<void> {
  const { devnet, timeline, say } = await open(context);
  const token = await deployToken(devnet.sourceRpc);
  const feed = await createFeed(devnet, token.address, FEED_FUNDS_WEI);
  const notebook = await createNotebook(devnet);
  await startProposer(devnet);
  startChallengers(devnet);
  devnet.startRelayer();
  say(`feed ${feed} mirrors an ordinary token of A, ${token.address}`);
  say(`contract ${notebook} on B takes messages`);
  say(exploration(devnet));
  say(messages(devnet, notebook));
  const { signal } = context;
  await Promise.race([timeline.follow(), token.keepBusy(signal), devnet.failed]);
}

/** Both chains and the committee; everything is gone when the command ends, however it ends. */
async function open(
  context: CommandContext,
): Promise<{ devnet: Devnet; timeline: Timeline; say(text: string): void }> {
  const { signal } = context;
  const print = (line: string): void => {
    if (!context.isJson) context.output(undefined, line);
  };
  const devnet = await startDevnet({
    logger: context.logger.child({ module: "devnet" }, { level: "warn" }),
    signal,
    onProgress: (step) => print(`      ${step}`),
  });
  context.onClose("devnet", () => devnet.close());
  const { protocol, rpc } = await devnet.openChains();
  const hasColour = context.isInteractive;
  const timeline = createTimeline({ protocol, rpc, nameOf: namesIn(devnet), print, signal, hasColour });
  return { devnet, timeline, say: print };
}

function summary({ lies, credit }: DemoReport, nameOf: (address: string) => string): string {
  const rows = lies.map((lie) => [
    lie.lie,
    lie.court,
    shorten(lie.transactionHash),
    lie.gasUsed.toLocaleString("en"),
    `${lie.seconds} s`,
    formatEther(lie.bondWei),
    `${formatEther(lie.rewardWei)} to ${nameOf(lie.winner)}`,
    formatEther(lie.burnedWei),
  ]);
  const head = ["lie", "court", "transaction", "gas", "posted to slashed", "bond", "reward", "burned"];
  return [
    "",
    ...table([head, ...rows]),
    "",
    `A contract on B used a balance of A's block ${credit.block}: ${formatEther(credit.balance)}. ` +
      `All of the above was checked against both chains.`,
  ].join("\n");
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function exploration(devnet: Devnet): string {
  const common = `--destination-rpc ${devnet.destination.url} --deployment ${devnet.manifestPath}`;
  const both = `--source-rpc ${devnet.source.url} --finality-depth 2 ${common}`;
  return [
    "",
    `A  ${devnet.source.url}    B  ${devnet.destination.url}`,
    `deployment  ${devnet.manifestPath}`,
    `logs        ${devnet.folder} (gone when this ends)`,
    `committee   ${devnet.committeeUrls.join(",")}`,
    "",
    "Look around from another terminal:",
    `  npx optisync claims list ${common}`,
    `  npx optisync feed list ${common}`,
    `  npx optisync game list ${common}`,
    `  npx optisync game show GAME ${common}`,
    `  npx optisync message status MESSAGE --source-rpc ${devnet.source.url} ${common}`,
    `  npx optisync challenger status ${devnet.wallet("challenger 1").address} ${both} --data-dir /tmp/optisync-look`,
    "",
    "Ctrl-C ends everything.",
  ].join("\n");
}

/** How to send a message, for another terminal. */
function messages(devnet: Devnet, receiver: string): string {
  return [
    "",
    "Send a message from there (docs/messages.md goes on from here):",
    `  export OPTISYNC_SOURCE_RPC=${devnet.source.url} OPTISYNC_DESTINATION_RPC=${devnet.destination.url}`,
    `  export OPTISYNC_DEPLOYMENT=${devnet.manifestPath}`,
    `  export OPTISYNC_PRIVATE_KEY=${devnet.wallet("user").privateKey}  # known to everybody`,
    `  npx optisync message send ${receiver} 0xc0ffee`,
    "  npx optisync message status MESSAGE",
    "",
  ].join("\n");
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Passes on a failure only. */
function neverResolves(work: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => work.catch(reject));
}

export const devnetCommands: readonly AnyCommand[] = [
  defineCommand({
    command: "demo",
    describe: "two chains on this machine: honest work, six lies, and what becomes of them",
    options: demoOptions,
    examples: [
      ["optisync demo", "under four minutes; exits non-zero if anything is not as told"],
      ["optisync demo --keep", "leave the chains and bots running afterwards"],
    ],
    handler: demo,
  }),
  defineCommand({
    command: "devnet",
    describe:
      "two chains on this machine with a committee, a proposer, two challengers, a relayer, and a token to mirror",
    options: {},
    handler: devnetCommand,
  }),
  colluderCommand,
];
