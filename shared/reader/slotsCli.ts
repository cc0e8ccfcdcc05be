import { toBeHex } from "ethers";
import { interfaces } from "../chain/contracts.js";
import { createRpc } from "../chain/rpc.js";
import { defineCommand, type CommandContext, type CommandGroup } from "../runtime/command.js";
import { isOptisyncError } from "../runtime/errors.js";
import type { OptionValues } from "../runtime/options.js";
import { openReader, openSending, sendAs } from "./cli.js";
import {
  createSlotFeedOptions,
  destinationOptions,
  proveSlotFeedOptions,
  readSlotFeedOptions,
  showSlotFeedOptions,
} from "./options.js";
import { sendOnce } from "./sendOnce.js";
import {
  createSlotFeedReader,
  formatSlotFeed,
  formatSlotFeeds,
  proveSlotFeed,
  readSlotFeed,
} from "./slotFeeds.js";

async function create(
  context: CommandContext,
  values: OptionValues<typeof createSlotFeedOptions>,
): Promise<void> {
  const { account, slots } = values;
  const args = [account, slots];
  const receipt = await sendAs(context, values, { contract: "slotFeeds", name: "createSlotFeed", args });
  if (receipt === undefined) {
    return context.output(
      { isDryRun: true, account, slots },
      `a feed of ${slots.length} slots of ${account} would be created`,
    );
  }
  const created = receipt.logs
    .map((log) => interfaces.slotFeeds.parseLog(log))
    .find((event) => event?.name === "SlotFeedCreated")?.args;
  const feed = created?.["feed"] as bigint;
  context.output({ feed, account, slots }, `feed ${feed} of ${slots.length} slots of ${account}`);
}

async function prove(
  context: CommandContext,
  values: OptionValues<typeof proveSlotFeedOptions>,
): Promise<void> {
  const { protocol, manifest, sender } = await openSending(context, values);
  const view = await protocol.sync();
  const rpc = createRpc({ urls: [values.sourceRpc], signal: context.signal });
  const { feed, dryRun: isDryRun } = values;
  const proof = await proveSlotFeed(view, rpc, feed);
  const upToDate = (block: bigint | undefined): void => {
    const text = `feed ${feed} shows block ${block} already, and none after it is final`;
    context.output({ feed, block, isUpToDate: true, isDryRun }, text);
  };
  if (proof === undefined) return upToDate(view.ledger.slotFeeds.get(feed)?.number);
  const { slots, claim, accountProof, storageProofs, values: proven } = proof;
  const args = [feed, slots, claim, accountProof, storageProofs];
  const request = { contract: "slotFeeds", name: "proveSlots", args } as const;
  try {
    await sendOnce(request, { manifest, sender });
  } catch (error) {
    // Somebody else was quicker.
    if (isOptisyncError(error, "Reverted") && error.details["revert"] === "SlotFeedNotNewer")
      return upToDate(claim.number);
    throw error;
  }
  const said = isDryRun ? "would be proven" : "were proven";
  const shown = slots.map((slot, index) => ({ slot, value: proven[index] }));
  context.output(
    { feed, block: claim.number, slots: shown, isUpToDate: false, isDryRun },
    `the ${slots.length} slots of feed ${feed} ${said} as of block ${claim.number}`,
  );
}

async function list(context: CommandContext, values: OptionValues<typeof destinationOptions>): Promise<void> {
  const { protocol } = await openReader(context, values);
  const { ledger, head } = await protocol.sync();
  const feeds = [...ledger.slotFeeds.values()];
  context.output(feeds, formatSlotFeeds(feeds, head.timestamp));
}

async function show(
  context: CommandContext,
  values: OptionValues<typeof showSlotFeedOptions>,
): Promise<void> {
  const { protocol } = await openReader(context, values);
  const feed = await readSlotFeed(protocol, await protocol.sync(), values.feed);
  context.output(feed, formatSlotFeed(feed));
}

async function read(
  context: CommandContext,
  values: OptionValues<typeof readSlotFeedOptions>,
): Promise<void> {
  const { protocol } = await openReader(context, values);
  const noSource = (): never => {
    throw new TypeError("a feed is read without a node of A");
  };
  const feed = createSlotFeedReader(protocol, noSource, values.feed);
  const { value, number, ageSeconds } = await feed.slot({
    slot: BigInt(values.slot),
    maxAgeSeconds: values.maxAge,
  });
  context.output(
    { feed: values.feed, slot: values.slot, value, block: number, ageSeconds },
    `${toBeHex(value, 32)}  (${value})\nof block ${number} of A, ${ageSeconds} s ago`,
  );
}

/** `optisync slots …`, for whoever needs a few slots of A on B rather than a contract. */
export const slotCommands: CommandGroup = {
  command: "slots",
  describe: "feeds of a few slots of A, always proven: create, prove, read",
  commands: [
    defineCommand({
      command: "create <account> <slots>",
      describe: "start a feed of some slots of a contract of A",
      options: createSlotFeedOptions,
      examples: [
        [
          "optisync slots create 0xdAC17F958D2ee523a2206206994597C13D831ec7 1,0x36 …",
          "two slots, proven together from then on",
        ],
      ],
      epilogue: "The list is fixed for ever. Nobody is paid for a feed of slots: who reads it proves it.",
      handler: create,
    }),
    defineCommand({
      command: "prove <feed>",
      describe: "bring all slots of a feed up to the newest final root",
      options: proveSlotFeedOptions,
      epilogue:
        "No bond, no window: the values can be read as soon as the transaction is mined. Nothing is sent, and the exit " +
        "code is 0, if no newer root is final; so it can be run by a timer. The node of A must still have the state " +
        "of the block; its proofs are checked here and by the contract.",
      handler: prove,
    }),
    defineCommand({
      command: "list",
      describe: "all feeds of slots and how old they are",
      options: destinationOptions,
      handler: list,
    }),
    defineCommand({
      command: "show <feed>",
      describe: "one feed with the values of its slots, however old",
      options: showSlotFeedOptions,
      handler: show,
    }),
    defineCommand({
      command: "read <feed> <slot>",
      describe: "read a slot as a contract on B does, not older than accepted",
      options: readSlotFeedOptions,
      handler: read,
    }),
  ],
};
