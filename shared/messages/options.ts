import { MAX_GAS_LIMIT, NEVER } from "../protocol/message.js";
import { address, bytes, bytes32, durationSeconds, wholeNumber, yesOrNo } from "../runtime/quantities.js";
import * as shared from "../runtime/sharedOptions.js";

const gasAmount = wholeNumber.refine((gas) => gas <= MAX_GAS_LIMIT, `must be at most ${MAX_GAS_LIMIT}`);

/** How to reach both chains. */
export const bothChains = {
  sourceRpc: shared.sourceRpc,
  destinationRpc: shared.destinationRpc,
  deployment: shared.deployment,
  destinationConfirmations: shared.destinationConfirmations,
} as const;

const sendOptions = {
  ...bothChains,
  ...shared.walletOptions,
  ...shared.feeOptions,
  dryRun: shared.dryRun,
} as const;

const messageArgument = { describe: "id of a message", schema: bytes32 } as const;

const sourceConfirmations = {
  describe: "blocks of A that must bury what is sent there",
  schema: shared.destinationConfirmations.schema,
  defaultText: "2",
} as const;

export const deployMessagesOptions = {
  ...bothChains,
  ...shared.walletOptions,
  ...shared.feeOptions,
  sourceConfirmations,
  attestedOnly: {
    describe: "let the Inbox take over roots only from claims for whose block anchor evidence was shown",
    schema: yesOrNo.default(false),
    isSwitch: true,
  },
} as const;

export const sendMessageOptions = {
  sourceRpc: shared.sourceRpc,
  deployment: shared.deployment,
  ...shared.walletOptions,
  ...shared.feeOptions,
  dryRun: shared.dryRun,
  sourceConfirmations,
  receiver: { describe: "contract on B that implements ERC-7786's receiveMessage", schema: address },
  payload: { describe: "what it gets: bytes in hex", schema: bytes.default("0x"), defaultText: "0x" },
  gasLimit: {
    describe: "gas that the receiver gets",
    schema: gasAmount.default(200_000n),
    defaultText: "200000",
    example: "GAS",
  },
  expiresIn: {
    describe: "how long it may be delivered, counted from now; always unless told",
    schema: durationSeconds.optional(),
    example: "7d",
  },
  expiry: {
    describe: "last second of B's clock in which it may be delivered, instead of --expires-in",
    schema: wholeNumber.refine((seconds) => seconds <= NEVER, `must be at most ${NEVER}`).optional(),
    example: "SECONDS",
  },
} as const;

export const showMessageOptions = { ...bothChains, message: messageArgument } as const;

export const deliverMessageOptions = { ...sendOptions, message: messageArgument } as const;

export const retryMessageOptions = {
  ...sendOptions,
  message: messageArgument,
  gasLimit: {
    describe: "gas that the receiver gets; what its sender fixed unless told, and no less",
    schema: wholeNumber.refine((gas) => gas < 2n ** 64n, "must fit into 64 bits").optional(),
    example: "GAS",
  },
} as const;
