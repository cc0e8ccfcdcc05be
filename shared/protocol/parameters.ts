import type { GameTimes } from "./game.js";

export interface GameParameters extends GameTimes {
  /** Least bond of a challenger. */
  readonly bondWei: bigint;
  /** The bond is at least this much gas at the base fee of the opening. */
  readonly gasCover: bigint;
}

/** What a challenger who opens a game at this base fee locks. */
export function gameBondWei({ bondWei, gasCover }: GameParameters, baseFeeWei: bigint): bigint {
  const cover = gasCover * baseFeeWei;
  return cover > bondWei ? cover : bondWei;
}

/** Everything a deployment fixes for ever. Durations in seconds, amounts in wei. */
export interface ProtocolParameters {
  readonly claims: {
    readonly windowSeconds: bigint;
    readonly graceSeconds: bigint;
    readonly bondWei: bigint;
    readonly maxSpan: bigint;
    readonly guardian: string;
    readonly guardianBudgetSeconds: bigint;
  };
  readonly demands: { readonly answerSeconds: bigint; readonly bondWei: bigint };
  readonly updates: {
    readonly windowSeconds: bigint;
    readonly bondWei: bigint;
    readonly maxRootAgeSeconds: bigint;
    /** Share of the fee of an update that goes to the proposer of its root. */
    readonly rootShareBps: bigint;
  };
  /** Of a deployment with an execution court. */
  readonly games?: GameParameters | undefined;
  /** What the deployment takes for granted; the contracts check every window and bond against it. */
  readonly assumptions: {
    readonly censorshipSeconds: bigint;
    readonly reactionSeconds: bigint;
    readonly skewSeconds: bigint;
    readonly gasPriceWei: bigint;
  };
}

const MINUTE = 60n;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;
const GWEI = 10n ** 9n;
const MILLIETHER = 10n ** 15n;
/** Twice a defence with the largest step that fits a transaction: 1.1 million gas of moves and 16.8 of the step. */
const GAS_COVER = 36_000_000n;
const NOBODY = "0x0000000000000000000000000000000000000000";

/** For a destination with the security of an L1: honest transactions get in within three days, whatever happens. */
const l1: ProtocolParameters = {
  claims: {
    windowSeconds: 4n * DAY,
    graceSeconds: DAY,
    bondWei: 2000n * MILLIETHER,
    maxSpan: 4096n,
    guardian: NOBODY,
    guardianBudgetSeconds: 0n,
  },
  demands: { answerSeconds: (7n * DAY) / 2n, bondWei: 200n * MILLIETHER },
  updates: {
    windowSeconds: (7n * DAY) / 2n,
    bondWei: 1000n * MILLIETHER,
    maxRootAgeSeconds: 14n * DAY,
    rootShareBps: 2000n,
  },
  games: {
    clockSeconds: (7n * DAY) / 2n,
    moveSeconds: HOUR,
    proveSeconds: 3n * HOUR,
    bondWei: 1000n * MILLIETHER,
    gasCover: GAS_COVER,
  },
  assumptions: {
    censorshipSeconds: 3n * DAY,
    reactionSeconds: 8n * HOUR,
    skewSeconds: 2n * MINUTE,
    gasPriceWei: 50n * GWEI,
  },
};

/** For a rollup whose users can force a transaction in within a day. */
const l2: ProtocolParameters = {
  claims: {
    windowSeconds: 30n * HOUR,
    graceSeconds: 6n * HOUR,
    bondWei: 200n * MILLIETHER,
    maxSpan: 4096n,
    guardian: NOBODY,
    guardianBudgetSeconds: 0n,
  },
  demands: { answerSeconds: 28n * HOUR, bondWei: 20n * MILLIETHER },
  updates: {
    windowSeconds: 28n * HOUR,
    bondWei: 100n * MILLIETHER,
    maxRootAgeSeconds: 5n * DAY,
    rootShareBps: 2000n,
  },
  games: {
    clockSeconds: 30n * HOUR,
    moveSeconds: 30n * MINUTE,
    proveSeconds: 2n * HOUR,
    bondWei: 100n * MILLIETHER,
    gasCover: GAS_COVER,
  },
  assumptions: {
    censorshipSeconds: DAY,
    reactionSeconds: 3n * HOUR,
    skewSeconds: 5n * MINUTE,
    gasPriceWei: GWEI / 2n,
  },
};

/** For two chains on one machine. Protects nobody. */
const devnet: ProtocolParameters = {
  claims: {
    windowSeconds: 30n,
    graceSeconds: 5n,
    bondWei: 1000n * MILLIETHER,
    maxSpan: 4096n,
    guardian: NOBODY,
    guardianBudgetSeconds: 0n,
  },
  demands: { answerSeconds: 20n, bondWei: 100n * MILLIETHER },
  updates: {
    windowSeconds: 20n,
    bondWei: 500n * MILLIETHER,
    maxRootAgeSeconds: 600n,
    rootShareBps: 2000n,
  },
  games: {
    clockSeconds: 60n,
    moveSeconds: 5n,
    proveSeconds: 10n,
    bondWei: 500n * MILLIETHER,
    gasCover: GAS_COVER,
  },
  assumptions: { censorshipSeconds: 0n, reactionSeconds: 5n, skewSeconds: 1n, gasPriceWei: GWEI },
};

export const parameterPresets = { l1, l2, devnet } as const;
export type ParameterPreset = keyof typeof parameterPresets;
