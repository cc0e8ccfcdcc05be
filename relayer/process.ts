import type { Destination } from "../shared/chain/openChains.js";
import { allInterfaces } from "../shared/chain/contracts.js";
import type { FeePolicy } from "../shared/chain/fees.js";
import { createRevertDecoder } from "../shared/chain/reverts.js";
import type { Rpc } from "../shared/chain/rpc.js";
import type { Sender } from "../shared/chain/sender.js";
import { createOutboxMirror } from "../shared/messages/outboxMirror.js";
import { requireChannel } from "../shared/messages/channel.js";
import { OptisyncError } from "../shared/runtime/errors.js";
import type { Logger } from "../shared/runtime/logger.js";
import type { OptionValues } from "../shared/runtime/options.js";
import { createLoader } from "./loader.js";
import type { dutyOptions } from "./options.js";
import { Prospects } from "./prospects.js";
import { createResponder, type ResponderOptions } from "./responder.js";
import type { RelayerModules } from "./run.js";
import type { RelayerPolicy } from "./view.js";

export interface RelayerParts {
  readonly destination: Destination;
  readonly sourceRpc: Rpc;
  readonly sender: Sender;
  readonly policy: RelayerPolicy;
  readonly feePolicy: Pick<FeePolicy, "priorityFeeWei">;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onSpent?: ResponderOptions["onSpent"];
}

/**
 * Puts a relayer together.
 * @throws OptisyncError `MessagesNotDeployed`, `ChannelDiffers` (halt); as `requireChannel`.
 */
export async function assembleRelayer(parts: RelayerParts): Promise<RelayerModules> {
  const { destination, sourceRpc, sender, policy, feePolicy, logger, signal, onSpent } = parts;
  const { manifest, rpc, protocol } = destination;
  await requireChannel(destination, sourceRpc);
  const [isAttestedOnly] = await protocol.call("inbox", "ATTESTED_ONLY", []);
  const decoder = createRevertDecoder(allInterfaces);
  const loader = createLoader({
    manifest,
    protocol,
    mirror: createOutboxMirror({ manifest, rpc: sourceRpc, logger, signal }),
    prospects: new Prospects({ manifest, rpc, decoder, from: sender.address }),
    sourceRpc,
    rpc,
    policy,
    feePolicy,
    isAttestedOnly: isAttestedOnly === true,
    signal,
  });
  const responder = createResponder({
    manifest,
    sender,
    logger,
    ...(onSpent === undefined ? {} : { onSpent }),
  });
  return { loader, responder, logger, signal };
}

/**
 * What the operator asked for.
 * @throws OptisyncError `NothingAsked` (halt) if no message is asked for: everybody's would be paid for by accident.
 */
export function policyOf(values: OptionValues<typeof dutyOptions>): RelayerPolicy {
  const { all, senders, receivers, messages } = values;
  if (!all && senders === undefined && receivers === undefined && messages === undefined) {
    throw new OptisyncError(
      "NothingAsked",
      "say whose messages to pay for: --senders, --receivers, --messages or --all",
      { action: "halt" },
    );
  }
  return {
    asked: all
      ? "all"
      : {
          senders: senders && new Set(senders),
          receivers: receivers && new Set(receivers),
          ids: new Set(messages),
        },
    maxGas: values.maxGas,
    maxCostWei: values.maxCost,
    maxBatch: values.maxBatch,
    maxAttempts: values.maxAttempts,
    recordsFailures: values.recordFailures,
  };
}
