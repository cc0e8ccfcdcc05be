import { formatEther } from "ethers";
import { interfaces } from "../chain/contracts.js";
import { openDestination, openSender } from "../chain/openChains.js";
import type { Receipt } from "../chain/transactions.js";
import {
  defineCommand,
  type AnyCommand,
  type CommandContext,
  type CommandGroup,
} from "../runtime/command.js";
import type { OptionValues } from "../runtime/options.js";
import { loadWallet } from "../runtime/secrets.js";
import { formatClaim, formatClaims, readClaim } from "./claims.js";
import { formatFeed, formatFeeds, readFeed } from "./feeds.js";
import {
  createFeedOptions,
  destinationOptions,
  fundFeedOptions,
  listClaimsOptions,
  showClaimOptions,
  showFeedOptions,
} from "./options.js";
import { readCommand } from "./readCommand.js";
import { sendOnce, type Request } from "./sendOnce.js";

const GWEI = 1_000_000_000n;
const SEND_POLL_MS = 1_000;

export type SendValues = Omit<OptionValues<typeof fundFeedOptions>, "feed" | "amount">;

export async function openReader(context: CommandContext, values: OptionValues<typeof destinationOptions>) {
  const { destinationRpc, deployment, destinationConfirmations: confirmations } = values;
  return openDestination({ destinationRpc, deployment, confirmations }, context);
}

export async function sendAs(
  context: CommandContext,
  values: SendValues,
  request: Request,
): Promise<Receipt | undefined> {
  return sendOnce(request, await openSending(context, values));
}

/** For a command that sends several transactions: one key, one sender, one view of B. */
export async function openSending(context: CommandContext, values: SendValues) {
  const wallet = await loadWallet(values, context);
  const reader = await openReader(context, values);
  const {
    dryRun,
    destinationConfirmations: confirmations,
    maxFee,
    urgentMaxFee,
    priorityFee,
    resubmitAfter,
  } = values;
  const feePolicy = {
    maxFeePerGasCapWei: maxFee,
    urgentCapWei: urgentMaxFee,
    priorityFeeWei: priorityFee,
    resubmitMs: resubmitAfter,
  };
  const sender = openSender(
    reader,
    wallet,
    { confirmations, dryRun, pollMs: SEND_POLL_MS, feePolicy },
    context,
  );
  return { ...reader, sender };
}

async function createFeed(
  context: CommandContext,
  values: OptionValues<typeof createFeedOptions>,
): Promise<void> {
  const { account, perSecond, perValue, funds } = values;
  const args = [account, perSecond / GWEI, perValue / GWEI];
  const receipt = await sendAs(context, values, {
    contract: "feeds",
    name: "createFeed",
    args,
    valueWei: funds,
  });
  if (receipt === undefined)
    return context.output({ isDryRun: true, account }, `a feed of ${account} would be created`);
  const created = receipt.logs
    .map((log) => interfaces.feeds.parseLog(log))
    .find((event) => event?.name === "FeedCreated")?.args;
  const feed = created?.["feed"] as bigint;
  const replica = String(created?.["replica"]);
  context.output(
    { feed, account, replica, fundsWei: funds },
    `feed ${feed} mirrors ${account} at ${replica}`,
  );
}

async function fundFeed(
  context: CommandContext,
  values: OptionValues<typeof fundFeedOptions>,
): Promise<void> {
  const { feed, amount, dryRun } = values;
  await sendAs(context, values, { contract: "feeds", name: "fund", args: [feed], valueWei: amount });
  const said = dryRun ? "would be added" : "added";
  context.output(
    { feed, amountWei: amount, isDryRun: dryRun },
    `${formatEther(amount)} ETH ${said} to feed ${feed}`,
  );
}

async function listFeeds(
  context: CommandContext,
  values: OptionValues<typeof destinationOptions>,
): Promise<void> {
  const { protocol } = await openReader(context, values);
  const view = await protocol.sync();
  const feeds = [];
  for (const id of view.ledger.feeds.keys()) feeds.push(await readFeed(protocol, view, id));
  context.output(feeds, formatFeeds(feeds));
}

async function showFeed(
  context: CommandContext,
  values: OptionValues<typeof showFeedOptions>,
): Promise<void> {
  const { protocol } = await openReader(context, values);
  const view = await protocol.sync();
  const feed = await readFeed(protocol, view, values.feed);
  context.output(feed, formatFeed(feed, view.clock));
}

async function listClaims(
  context: CommandContext,
  values: OptionValues<typeof listClaimsOptions>,
): Promise<void> {
  const { protocol } = await openReader(context, values);
  const { ledger, clock } = await protocol.sync();
  const claims = [...ledger.claims.values()].filter(
    ({ status, claim }) =>
      (values.status === "all" || status.toLowerCase() === values.status) &&
      (values.proposer === undefined || claim.proposer === values.proposer),
  );
  context.output({ clock, claims }, formatClaims(claims, clock));
}

async function showClaim(
  context: CommandContext,
  values: OptionValues<typeof showClaimOptions>,
): Promise<void> {
  const { protocol } = await openReader(context, values);
  const { ledger, clock } = await protocol.sync();
  const claim = readClaim(ledger, values.claim);
  context.output({ clock, ...claim }, formatClaim(claim, clock));
}

/** `optisync feed …`, for whoever wants a contract of A mirrored on B. */
const feedCommands: CommandGroup = {
  command: "feed",
  describe: "mirrors of A's contracts on B: create, fund, look",
  commands: [
    defineCommand({
      command: "create <account>",
      describe: "start a mirror of a contract of A",
      options: createFeedOptions,
      examples: [
        [
          "optisync feed create 0xdAC17F958D2ee523a2206206994597C13D831ec7 --per-second 1000gwei --per-value 40000gwei --funds 1ether …",
          "pay proposers for time covered and values written",
        ],
      ],
      epilogue:
        "Whoever wants a mirror pays for it. Without fees it is up to proposers whether they serve it.",
      handler: createFeed,
    }),
    defineCommand({
      command: "fund <feed> <amount>",
      describe: "add funds to a feed",
      options: fundFeedOptions,
      handler: fundFeed,
    }),
    defineCommand({
      command: "list",
      describe: "all feeds, how old they are and what they hold",
      options: destinationOptions,
      handler: listFeeds,
    }),
    defineCommand({
      command: "show <feed>",
      describe: "one feed with its queue of updates",
      options: showFeedOptions,
      handler: showFeed,
    }),
  ],
};

/** `optisync claims …`, for whoever wants to know what is said about A. */
const claimCommands: CommandGroup = {
  command: "claims",
  describe: "what proposers say about A's blocks",
  commands: [
    defineCommand({
      command: "list",
      describe: "claims, oldest first",
      options: listClaimsOptions,
      handler: listClaims,
    }),
    defineCommand({
      command: "show <claim>",
      describe: "one claim and the demands against it",
      options: showClaimOptions,
      handler: showClaim,
    }),
  ],
};

export const readerCommands: readonly (AnyCommand | CommandGroup)[] = [
  readCommand,
  feedCommands,
  claimCommands,
];
