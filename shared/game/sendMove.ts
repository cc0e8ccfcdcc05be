import { openSender, type Destination } from "../chain/openChains.js";
import { describeRevert } from "../chain/reverts.js";
import type { Sender } from "../chain/sender.js";
import type { CommandContext } from "../runtime/command.js";
import { OptisyncError } from "../runtime/errors.js";
import type { OptionValues } from "../runtime/options.js";
import { loadWallet } from "../runtime/secrets.js";
import type { GameCall } from "./calls.js";
import type { endOptions } from "./options.js";

const SEND_POLL_MS = 1_000;

type SendValues = OptionValues<typeof endOptions>;

/** The sender of a command, with the key that its options name. */
export async function senderOf(
  context: CommandContext,
  values: Omit<SendValues, "game">,
  destination: Destination,
): Promise<Sender> {
  const wallet = await loadWallet(values, context);
  return openSender(
    destination,
    wallet,
    {
      confirmations: values.destinationConfirmations,
      dryRun: values.dryRun,
      pollMs: SEND_POLL_MS,
      feePolicy: {
        maxFeePerGasCapWei: values.maxFee,
        urgentCapWei: values.urgentMaxFee,
        priorityFeeWei: values.priorityFee,
        resubmitMs: values.resubmitAfter,
      },
    },
    context,
  );
}

/**
 * Simulates, sends and says what became of it.
 * @throws OptisyncError `Reverted` (halt) with the contract's error, `Displaced` (retry)
 */
export async function sendMove(
  context: CommandContext,
  sender: Sender,
  name: string,
  game: string,
  call: GameCall,
) {
  const outcome = await sender.send({ ...call, label: name, key: `${name}:${game}` });
  switch (outcome.kind) {
    case "confirmed": {
      const { transactionHash, gasUsed } = outcome.receipt;
      return context.output(
        { game, move: name, transactionHash, gasUsed },
        `${name}: done in ${transactionHash}`,
      );
    }
    case "dryRun":
      return context.output({ game, move: name, isDryRun: true }, `${name}: would go through; nothing sent`);
    case "reverted":
      throw new OptisyncError("Reverted", `${name}: ${describeRevert(outcome.revert)}`, {
        action: "halt",
        details: { game, revert: outcome.revert },
      });
    case "displaced":
      throw new OptisyncError("Displaced", `another transaction of the same key came first`, {
        action: "retry",
      });
  }
}
