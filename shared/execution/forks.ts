import { createCustomCommon, Mainnet, type Common, type CustomCrypto } from "@ethereumjs/common";
import { ExecutionError } from "./errors.js";

/** EthereumJS names of the forks whose rules this program executes. */
export const executableForks = ["shanghai", "cancun", "prague", "osaka", "bpo1", "bpo2"] as const;
export type ForkName = (typeof executableForks)[number];

/**
 * Which rules a source chain follows at which time. Always explicit: choosing by block number, or by a library's
 * idea of a chain, silently picks wrong rules for private and renumbered chains.
 */
export interface ExecutionForks {
  chainId: bigint;
  /** Ascending by timestamp (seconds, first block time at which the fork holds). */
  forks: readonly { name: ForkName; timestamp: bigint }[];
  /** First block time whose rules are not known here. Absent: the last fork holds on. */
  sunset?: bigint;
  /** EIP-6110 deposit contract, where it is not Ethereum mainnet's. */
  depositContract?: string;
  /** The chain skips the calls before the first transaction (EIP-4788, EIP-2935), as Hardhat's node does. */
  skipsSystemCalls?: boolean;
}

/**
 * The fork in force at a block time.
 * @throws ExecutionError UnknownFork: this program's own configuration does not cover that time. Never a verdict.
 */
export function forkAt(schedule: ExecutionForks, timestamp: bigint): ForkName {
  const known = schedule.forks.filter((fork) => fork.timestamp <= timestamp).at(-1);
  const isPastSunset = schedule.sunset !== undefined && timestamp >= schedule.sunset;
  if (known === undefined || isPastSunset) {
    throw new ExecutionError("UnknownFork", `no execution rules are configured for block time ${timestamp}`, {
      chainId: schedule.chainId.toString(),
      timestamp: timestamp.toString(),
      sunset: schedule.sunset?.toString(),
    });
  }
  return known.name;
}

/** A chain that follows one fork's rules from its first block on, as development chains do. */
export function singleFork(chainId: bigint, name: ForkName, depositContract?: string): ExecutionForks {
  return {
    chainId,
    forks: [{ name, timestamp: 0n }],
    ...(depositContract === undefined ? {} : { depositContract }),
  };
}

/** Hardhat's node: one fork, and no system calls. */
export function hardhatForks(chainId: bigint, name: ForkName = "prague"): ExecutionForks {
  return { ...singleFork(chainId, name), skipsSystemCalls: true };
}

/** Ethereum mainnet, up to the last fork that this program knows. */
export function mainnetForks(): ExecutionForks {
  const forks = executableForks.flatMap((name) => {
    const timestamp = Mainnet.hardforks.find((fork) => fork.name === name)?.timestamp;
    return timestamp === undefined ? [] : [{ name, timestamp: BigInt(timestamp) }];
  });
  return { chainId: 1n, forks };
}

/** EthereumJS's rule set for one fork; every activation by number or time is already decided. */
export function rulesOf(schedule: ExecutionForks, fork: ForkName, customCrypto: CustomCrypto): Common {
  const hardforks = Mainnet.hardforks
    .filter(({ name }) => name !== "dao")
    .map(({ name, timestamp }) =>
      timestamp === undefined ? { name, block: 0 } : { name, block: null, timestamp: 0 },
    );
  return createCustomCommon(
    {
      name: "source",
      chainId: Number(schedule.chainId),
      hardforks: [...hardforks, { name: "dao", block: null }],
      ...(schedule.depositContract === undefined
        ? {}
        : { depositContractAddress: schedule.depositContract as `0x${string}` }),
    },
    Mainnet,
    { hardfork: fork, customCrypto },
  );
}
