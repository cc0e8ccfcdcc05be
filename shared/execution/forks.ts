import { createCustomCommon, Mainnet, type Common, type CustomCrypto } from "@ethereumjs/common";
import type { ProfileName } from "./chainProfile.js";
import { ExecutionError } from "./errors.js";

/** EthereumJS names of the forks whose rules this program executes: all since the Merge. */
export const executableForks = ["paris", "shanghai", "cancun", "prague", "osaka", "bpo1", "bpo2"] as const;
export type ForkName = (typeof executableForks)[number];

/** How many blobs a block should and may carry, and how fast their fee moves (EIP-4844, EIP-7840, EIP-7892). */
export interface BlobParameters {
  /** Blobs per block. */
  target: number;
  /** Blobs per block. */
  max: number;
  updateFraction: number;
}

/** One entry of a schedule. A fork that only changes blob parameters repeats the name with other `blobs`. */
export interface ScheduledFork {
  name: ForkName;
  /** Seconds: the first block time at which the fork holds. */
  timestamp: bigint;
  /** Where they are not Ethereum mainnet's for this fork. */
  blobs?: BlobParameters | undefined;
}

/** The rules of one block. */
export interface ForkRules {
  name: ForkName;
  /** Undefined before Cancun. */
  blobs: BlobParameters | undefined;
}

/**
 * Which rules a source chain follows at which time. Always explicit: choosing by block number, or by a library's
 * idea of a chain, silently picks wrong rules for private and renumbered chains.
 */
export interface ExecutionForks {
  chainId: bigint;
  /** Ascending by timestamp. */
  forks: readonly ScheduledFork[];
  /** First block time whose rules are not known here. Absent: the last fork holds on. */
  sunset?: bigint | undefined;
  /** EIP-6110 deposit contract, where it is not Ethereum mainnet's. */
  depositContract?: string | undefined;
  /** What the chain does differently; Ethereum's own rules unless told. */
  profile?: ProfileName | undefined;
}

const CANCUN_BLOBS: BlobParameters = { target: 3, max: 6, updateFraction: 3_338_477 };
const PRAGUE_BLOBS: BlobParameters = { target: 6, max: 9, updateFraction: 5_007_716 };

/** Sources: EIP-4844, EIP-7691 (Osaka changes nothing), EIP-7892 with its meta EIP-7607 for the two that follow. */
const MAINNET_BLOBS: Readonly<Record<ForkName, BlobParameters | undefined>> = {
  paris: undefined,
  shanghai: undefined,
  cancun: CANCUN_BLOBS,
  prague: PRAGUE_BLOBS,
  osaka: PRAGUE_BLOBS,
  bpo1: { target: 10, max: 15, updateFraction: 8_346_193 },
  bpo2: { target: 14, max: 21, updateFraction: 11_684_671 },
};

/** Fields of a header (EIP-1559 has 16; EIP-4895, EIP-4844 with 4788, EIP-7685); later forks added none so far. */
export const headerFieldCounts: Readonly<Record<ForkName, number>> = {
  paris: 16,
  shanghai: 17,
  cancun: 20,
  prague: 21,
  osaka: 21,
  bpo1: 21,
  bpo2: 21,
};

/** Blobs of a fork as Ethereum mainnet has them; undefined before Cancun. */
export function mainnetBlobs(name: ForkName): BlobParameters | undefined {
  return MAINNET_BLOBS[name];
}

export function isFrom(fork: ForkName, rules: ForkRules): boolean {
  return executableForks.indexOf(rules.name) >= executableForks.indexOf(fork);
}

/**
 * The rules in force at a block time.
 * @throws ExecutionError UnknownFork: this program's own configuration does not cover that time. Never a verdict.
 */
export function forkAt(schedule: ExecutionForks, timestamp: bigint): ForkRules {
  const known = schedule.forks.filter((fork) => fork.timestamp <= timestamp).at(-1);
  const isPastSunset = schedule.sunset !== undefined && timestamp >= schedule.sunset;
  if (known === undefined || isPastSunset) {
    throw new ExecutionError("UnknownFork", `no execution rules are configured for block time ${timestamp}`, {
      chainId: schedule.chainId.toString(),
      timestamp: timestamp.toString(),
      sunset: schedule.sunset?.toString(),
    });
  }
  return { name: known.name, blobs: known.blobs ?? mainnetBlobs(known.name) };
}

/** A chain that follows one fork's rules from its first block on, as development chains do. */
export function singleFork(chainId: bigint, name: ForkName, depositContract?: string): ExecutionForks {
  return {
    chainId,
    forks: [{ name, timestamp: 0n }],
    ...(depositContract === undefined ? {} : { depositContract }),
  };
}

/** Hardhat's node: one fork, and what it does differently. */
export function hardhatForks(chainId: bigint, name: ForkName = "prague"): ExecutionForks {
  return { ...singleFork(chainId, name), profile: "hardhat" };
}

/** EIP-4844. */
export const GAS_PER_BLOB = 131_072;

/** EthereumJS's rule set for one fork; every activation by number or time is already decided. */
export function rulesOf(
  schedule: ExecutionForks,
  { name, blobs }: ForkRules,
  customCrypto: CustomCrypto,
): Common {
  const hardforks = Mainnet.hardforks
    .filter((fork) => fork.name !== "dao")
    .map((fork) =>
      fork.timestamp === undefined
        ? { name: fork.name, block: 0 }
        : { name: fork.name, block: null, timestamp: 0 },
    );
  // Blob-parameter forks are Osaka with other parameters; the library's own forks of these names fix theirs.
  const hardfork = name === "bpo1" || name === "bpo2" ? "osaka" : name;
  const common = createCustomCommon(
    {
      name: "source",
      chainId: Number(schedule.chainId),
      hardforks: [...hardforks, { name: "dao", block: null }],
      ...(schedule.depositContract === undefined
        ? {}
        : { depositContractAddress: schedule.depositContract as `0x${string}` }),
    },
    Mainnet,
    { hardfork, customCrypto },
  );
  // Parameters under a fork's name win over those of its EIPs, which the library sets anew with each object it makes.
  if (blobs !== undefined) common.updateParams({ [hardfork]: blobGas(blobs) });
  return common;
}

function blobGas({ target, max, updateFraction }: BlobParameters): Record<string, number> {
  return {
    targetBlobGasPerBlock: target * GAS_PER_BLOB,
    maxBlobGasPerBlock: max * GAS_PER_BLOB,
    blobGasPriceUpdateFraction: updateFraction,
  };
}
