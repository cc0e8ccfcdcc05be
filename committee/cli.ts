import { createRpc } from "../shared/chain/rpc.js";
import { defineCommand, type CommandContext, type CommandGroup } from "../shared/runtime/command.js";
import type { OptionValues } from "../shared/runtime/options.js";
import { loadWallet } from "../shared/runtime/secrets.js";
import { memberOptions } from "./options.js";
import { startMember } from "./run.js";

async function runMember(context: CommandContext, values: OptionValues<typeof memberOptions>): Promise<void> {
  const { logger, signal } = context;
  const wallet = await loadWallet(values, {
    environment: context.environment,
    askPassword: context.askPassword,
  });
  const member = await startMember(
    {
      anchor: values.anchor,
      dataDir: values.memberDir,
      host: values.host,
      port: values.port,
      finalityDepth: values.finalityDepth,
    },
    {
      sourceRpc: createRpc({ urls: [values.sourceRpc], signal }),
      destinationRpc: createRpc({ urls: values.destinationRpc, signal }),
      wallet,
      logger: logger.child({ module: "committee" }),
      onClose: context.onClose,
    },
  );
  context.output(
    { url: member.url, signer: member.signer },
    `${member.signer} serves attestations at ${member.url}`,
  );
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** `optisync committee …`, for the validators of A. */
export const committeeCommands: CommandGroup = {
  command: "committee",
  describe: "sign A's final blocks as a member of the anchor's committee",
  commands: [
    defineCommand({
      command: "run",
      describe: "serve signatures over blocks that your own node of A calls final",
      options: memberOptions,
      examples: [
        [
          "optisync committee run --source-rpc http://127.0.0.1:8545 --destination-rpc https://b.example " +
            "--anchor 0x5FbDB2315678afecb367f032d93F642f64180aa3 --keystore member.json",
          "sign for whoever asks at http://127.0.0.1:8650/attestation/NUMBER",
        ],
      ],
      epilogue:
        "The source node must be your own: your signature says that you saw the block become final. " +
        "What was signed is recorded before a signature leaves, and a second hash for the same height is refused.",
      handler: runMember,
    }),
  ],
};
