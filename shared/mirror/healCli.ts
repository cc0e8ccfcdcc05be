import { interfaces } from "../chain/contracts.js";
import { openChains, type Chains } from "../chain/openChains.js";
import { createRpc } from "../chain/rpc.js";
import type { Sender } from "../chain/sender.js";
import { openSending } from "../reader/cli.js";
import { feedArgument, fundFeedOptions } from "../reader/options.js";
import { sendCall } from "../reader/sendOnce.js";
import { defineCommand, type CommandContext } from "../runtime/command.js";
import { isOptisyncError, OptisyncError } from "../runtime/errors.js";
import type { OptionValues } from "../runtime/options.js";
import { storageSlots } from "../runtime/quantities.js";
import * as shared from "../runtime/sharedOptions.js";
import type { Update } from "../protocol/update.js";
import { listStorage } from "./listStorage.js";
import { listingMethods } from "./options.js";
import { createProgress, type Progress } from "./progress.js";
import type { StorageSlots } from "../execution/storageRoot.js";
import { describeWrong, findWrongSlots, type WrongSlot } from "./wrongSlots.js";

/** More are found by leaving the option out. */
const MAX_NAMED = 1_000;

const { amount: _amount, ...sendOptions } = fundFeedOptions;

const healOptions = {
  ...sendOptions,
  feed: feedArgument,
  sourceRpc: shared.sourceRpc,
  slots: {
    describe: "look at these slots only; otherwise at all that the contract has",
    schema: storageSlots(MAX_NAMED).optional(),
    example: "0,0x2a",
  },
  methods: listingMethods,
  finalityDepth: shared.finalityDepth,
  dataDir: shared.dataDir,
  workers: shared.workers,
} as const;

type Values = OptionValues<typeof healOptions>;

async function heal(context: CommandContext, values: Values): Promise<void> {
  const { protocol, manifest, sender } = await openSending(context, values);
  const isShown = process.stderr.isTTY === true && !context.isJson;
  const progress = createProgress(process.stderr, isShown);
  context.onClose("progress", () => progress.stop());
  const { shown, wrong, isRootFalse } = await findWrongSlots(
    await protocol.sync(),
    values.feed,
    {
      sourceRpc: createRpc({ urls: [values.sourceRpc], signal: context.signal }),
      listAll: (question) => listAll(context, values, question, progress),
      signal: context.signal,
      onProgress: (done, total) => progress.show("comparing slots with A", done, total),
    },
    values.slots,
  );
  let sent = 0;
  for (const [index, slot] of wrong.entries()) {
    progress.show("healing slots", index, wrong.length);
    if (!(await healSlot(shown, slot, manifest.contracts.prover, sender)) || values.dryRun) continue;
    sent += 1;
    context.logger.info(
      { feed: values.feed, slot: slot.slot, wrong: slot.held, right: slot.right },
      "slot healed",
    );
  }
  progress.stop();
  const report = {
    feed: values.feed,
    block: shown.number,
    slots: wrong.map(({ slot, held, right }) => ({ slot, held, right })),
    sent,
    isRootFalse,
    isDryRun: values.dryRun,
  };
  context.output(report, describe(report, wrong));
}

/** @returns Whether it was still to be done. @throws OptisyncError `FeedMoved` (retry); as `sendCall`. */
async function healSlot(
  shown: Update,
  { slot, accountProof, storageProof }: WrongSlot,
  to: string,
  sender: Sender,
): Promise<boolean> {
  const data = interfaces.prover.encodeFunctionData("heal", [shown, slot, accountProof, storageProof]);
  try {
    await sendCall({ to, data, label: "heal" }, sender);
    return true;
  } catch (error) {
    if (!isOptisyncError(error, "Reverted")) throw error;
    const { revert } = error.details;
    // Somebody else was quicker.
    if (revert === "SlotHealthy") return false;
    if (revert !== "NotHead" && revert !== "FeedApplying") throw error;
    throw new OptisyncError("FeedMoved", `feed ${shown.feed} shows another update now: heal it again`, {
      action: "retry",
      details: { feed: shown.feed, slot },
      cause: error,
    });
  }
}

/** Opens what finding the slots takes only when it is needed: a re-execution may be. */
async function listAll(
  context: CommandContext,
  values: Values,
  { account, block, storageRoot }: { account: string; block: bigint; storageRoot: string },
  progress: Progress,
): Promise<StorageSlots> {
  const { finalityDepth, destinationConfirmations: confirmations, sourceRpc } = values;
  const chains: Chains = await openChains(
    {
      ...values,
      sourceRpc: [sourceRpc],
      confirmations,
      finality: finalityDepth === undefined ? { kind: "tag" } : { kind: "depth", blocks: finalityDepth },
    },
    context,
  );
  const header = await chains.source.headerByNumber(block);
  const { slots, method, failures } = await listStorage(
    { account, header, storageRoot },
    {
      ...chains,
      rpc: createRpc({ urls: [sourceRpc], signal: context.signal }),
      signal: context.signal,
      onProgress: (by, done, total) =>
        progress.show(by === "range" ? "finding slots" : `finding slots (${by} blocks)`, done, total),
    },
    values.methods,
  );
  context.logger.info({ account, block, slots: slots.size, method, failures }, "slots found");
  return slots;
}

function describe(
  report: { feed: bigint; block: bigint; isDryRun: boolean; isRootFalse: boolean },
  wrong: readonly WrongSlot[],
): string {
  const { feed, block, isDryRun, isRootFalse } = report;
  const said = isDryRun ? "would be healed" : "were healed";
  const summary =
    wrong.length === 0
      ? `feed ${feed} holds what A has at block ${block}`
      : `${wrong.length} slots of feed ${feed} ${said} to what A has at block ${block}:`;
  const warning =
    "the update shown states a storage root that A never had: no honest update builds on it, so create another feed";
  return [
    summary,
    ...wrong.map((slot) => `  ${describeWrong(slot)}`),
    ...(isRootFalse ? [warning] : []),
  ].join("\n");
}

/** `optisync feed heal`, beside the other commands of feeds. */
export const healCommand = defineCommand({
  command: "heal <feed>",
  describe: "replace by proof what a feed holds falsely because a lie was not challenged in time",
  options: healOptions,
  examples: [
    ["optisync feed heal 3 --dry-run …", "say what is wrong, and change nothing"],
    ["optisync feed heal 3 --slots 0x2a …", "mend just this slot"],
  ],
  epilogue:
    "Every wrong slot takes a transaction of its own. A feed that is healed may still be frozen by a proof against " +
    "the update that had lied; who reads it should find out why nobody watched.",
  handler: heal,
});
