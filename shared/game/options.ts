import { address, bytes32, count, path, wholeNumber, yesOrNo } from "../runtime/quantities.js";
import * as shared from "../runtime/sharedOptions.js";

/** How to reach B. */
export const destinationOptions = {
  destinationRpc: shared.destinationRpc,
  deployment: shared.deployment,
  destinationConfirmations: shared.destinationConfirmations,
} as const;

const sendOptions = {
  ...destinationOptions,
  ...shared.walletOptions,
  ...shared.feeOptions,
  dryRun: shared.dryRun,
} as const;

const game = { describe: "id of a game", schema: bytes32 } as const;

export const listOptions = {
  ...destinationOptions,
  claim: { describe: "only games on this claim", schema: bytes32.optional(), example: "CLAIM" },
  open: {
    describe: "only games that are not over",
    schema: yesOrNo.default(false),
    isSwitch: true,
  },
} as const;

export const showOptions = { ...destinationOptions, game } as const;

export const watchOptions = {
  ...destinationOptions,
  game: { describe: "id of a game; all that are not over unless told", schema: bytes32.optional() },
  pollInterval: shared.pollInterval,
} as const;

export const openOptions = {
  ...sendOptions,
  claim: { describe: "id of the claim to dispute", schema: bytes32 },
  challenger: {
    describe: "whose bond is at risk, if this key is its operator; the key's own account unless told",
    schema: address.optional(),
    example: "ADDRESS",
  },
  nonce: {
    describe: "tells several games of one challenger on one claim apart",
    schema: wholeNumber.default(0n),
    defaultText: "0",
    example: "N",
  },
} as const;

/** Moves that say what A's chain or its execution is: computed by the own node and machine, or taken from a file. */
const sourceOptions = {
  ...sendOptions,
  game,
  sourceRpc: shared.sourceRpc,
  finalityDepth: shared.finalityDepth,
} as const;

const points = {
  describe: "file with the 63 hashes to say, a JSON array; computed by the own machine unless told",
  schema: path.optional(),
  example: "FILE",
} as const;

export const splitOptions = { ...sourceOptions, points } as const;
export const enterOptions = splitOptions;

export const pointOptions = {
  ...sendOptions,
  game,
  index: { describe: "part to point at, from 0 to 63", schema: count(0, 63) },
} as const;

export const proveOptions = {
  ...sourceOptions,
  proof: {
    describe: "file with the proof of the step, 0x hex; computed by the own machine unless told",
    schema: path.optional(),
    example: "FILE",
  },
} as const;

export const endOptions = { ...sendOptions, game } as const;
