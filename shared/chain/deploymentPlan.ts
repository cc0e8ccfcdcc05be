import { mainnetForks, singleFork, type ExecutionForks, type ForkName } from "../execution/forks.js";
import { createForkSchedule, type Fork, type ForkSchedule } from "../protocol/forkSchedule.js";
import { OptisyncError } from "../runtime/errors.js";

/** Header fields from each fork on (EIP-4895, EIP-4844 and 4788, EIP-7685); later forks added none so far. */
const FIELD_COUNTS: Record<ForkName, number> = {
  shanghai: 17,
  cancun: 20,
  prague: 21,
  osaka: 21,
  bpo1: 21,
  bpo2: 21,
};

/** Mainnet's chain id; every other chain names the one fork whose rules it follows. */
const MAINNET = 1n;

/**
 * The rules of a source chain.
 * @throws OptisyncError `ForkUnknown` (halt) if a chain other than mainnet does not name its fork.
 */
export function sourceForksOf(chainId: bigint, fork: ForkName | undefined): ExecutionForks {
  if (fork !== undefined) return singleFork(chainId, fork);
  if (chainId === MAINNET) return mainnetForks();
  throw new OptisyncError("ForkUnknown", `chain ${chainId} is not known: say which fork's rules it follows`, {
    action: "halt",
    details: { chainId, option: "--source-fork" },
  });
}

/**
 * What the contracts have to know of the forks: the field count of headers, from the genesis block's time on. Forks
 * that changed no count are left out.
 */
export function headerSchedule(
  { forks }: ExecutionForks,
  genesisTimestamp: bigint,
  sunset?: bigint,
): ForkSchedule {
  const entries: Fork[] = [];
  for (const { name, timestamp } of forks) {
    const fieldCount = FIELD_COUNTS[name];
    if (entries.at(-1)?.fieldCount !== fieldCount) entries.push({ fromTimestamp: timestamp, fieldCount });
  }
  const inForce = entries.findLastIndex(({ fromTimestamp }) => fromTimestamp <= genesisTimestamp);
  const kept = entries.slice(Math.max(inForce, 0));
  return sunset === undefined ? createForkSchedule(kept) : createForkSchedule(kept, sunset);
}
