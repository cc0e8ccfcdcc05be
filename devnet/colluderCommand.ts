/** The colluding liar as a process of its own, as everybody else in the demonstration is. */
import { Wallet } from "ethers";
import { z } from "zod";
import { openChains, openSender } from "../shared/chain/openChains.js";
import { readMachineArtifacts } from "../shared/machine/artifacts.js";
import { defineCommand, type CommandContext } from "../shared/runtime/command.js";
import { OptisyncError } from "../shared/runtime/errors.js";
import type { OptionValues } from "../shared/runtime/options.js";
import { address, amountWei, count, wholeNumber } from "../shared/runtime/quantities.js";
import { loadWallet } from "../shared/runtime/secrets.js";
import * as shared from "../shared/runtime/sharedOptions.js";
import { sleep } from "../shared/runtime/shutdown.js";
import { Colluder } from "./colluder.js";
import { balanceSlot } from "./traffic.js";

/** Where the process finds the committee's keys: secrets never go through arguments. */
export const COMMITTEE_KEYS = "DEVNET_COMMITTEE_KEYS";

const POLL_MS = 250;
const IDLE_MS = 1_000;

const colludeOptions = {
  ...shared.chainOptions,
  ...shared.walletOptions,
  pollInterval: shared.pollInterval,
  token: { describe: "the token of A to mint", schema: address, example: "ADDRESS" },
  amount: { describe: "how much to mint", schema: amountWei, example: "1ether" },
  block: { describe: "block of A to lie about: one that changes the liar's balance", schema: wholeNumber },
  threshold: {
    describe: "how many keys there have to be",
    schema: count(1, 64).default(1),
    defaultText: "1",
  },
} as const;

/** What the process says first: the lie that it posted. */
export const falseClaimSchema = z.object({
  id: z.string(),
  trueRoot: z.string(),
  step: z.number(),
  opcode: z.string(),
});
/** What it says when the contract has refused its proof. */
export const refusalSchema = z.object({ refusal: z.string() });

async function collude(context: CommandContext, values: OptionValues<typeof colludeOptions>): Promise<void> {
  const { signal } = context;
  const committee = committeeOf(context, values.threshold);
  const wallet = await loadWallet(values, context);
  const depth = values.finalityDepth ?? 0n;
  const chains = await openChains(
    {
      sourceRpc: [values.sourceRpc],
      destinationRpc: values.destinationRpc,
      deployment: values.deployment,
      finality: { kind: "depth", blocks: depth },
      confirmations: 0,
      dataDir: undefined,
    },
    context,
  );
  const sending = { confirmations: 1, dryRun: false, pollMs: POLL_MS };
  const sender = openSender(chains, wallet, sending, context);
  const { programs } = readMachineArtifacts();
  const colluder = new Colluder({ chains, wallet, sender, committee, programs, signal });
  while ((await chains.source.finalizedHead()).number < values.block) await sleep(POLL_MS, signal);
  const mint = { token: values.token, slot: balanceSlot(wallet.address), amount: values.amount };
  const { id, trueRoot, step, what } = await colluder.claim(values.block, mint);
  context.output({ id, trueRoot, step, opcode: what.opcode }, `claimed ${id}`);
  await colluder.defend((revert) => context.output({ refusal: revert.name }, `refused: ${revert.name}`));
  // Whoever started it decides when it ends.
  while (!signal.aborted) await sleep(IDLE_MS, signal).catch(() => undefined);
}

function committeeOf({ environment }: CommandContext, threshold: number): Wallet[] {
  const keys = (environment[COMMITTEE_KEYS] ?? "").split(",").filter((key) => key !== "");
  if (keys.length >= threshold) return keys.map((key) => new Wallet(key));
  throw new OptisyncError("ConfigurationInvalid", `${COMMITTEE_KEYS} does not hold ${threshold} keys`, {
    action: "halt",
  });
}

export const colluderCommand = defineCommand({
  command: "collude <block>",
  describe: "the liar of the demonstration's third act, in league with the whole committee; on a devnet only",
  isHidden: true,
  options: colludeOptions,
  epilogue:
    "It claims the block with a state root in which it holds more, has it signed, and defends it in every game. " +
    `The committee's keys come in ${COMMITTEE_KEYS}. It loses its bond.`,
  handler: collude,
});
