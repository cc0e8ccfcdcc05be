import type { ProfileName } from "../execution/chainProfile.js";
import { headerFieldCounts, singleFork, type ExecutionForks, type ForkName } from "../execution/forks.js";
import { builtInSchedule, builtInSchedules, readSchedule } from "../execution/schedules.js";
import { createForkSchedule, type Fork, type ForkSchedule } from "../protocol/forkSchedule.js";
import { OptisyncError } from "../runtime/errors.js";

/** How the operator says which rules a source chain follows; at most one of them. */
export interface SourceRules {
  /** The one fork that holds from the first block on. */
  fork?: ForkName | undefined;
  /** File with a fork schedule. */
  schedulePath?: string | undefined;
}

/**
 * The rules of a source chain: from a file, one fork, or built in.
 *
 * @param recognised what the chain's node gives itself away as; a file may say otherwise
 * @throws OptisyncError (halt) `ForkAmbiguous`, `ForkUnknown` if nothing says which rules hold, `ScheduleForeign` if the
 * file is another chain's, and what `readSchedule` throws.
 */
export function sourceForksOf(
  chainId: bigint,
  { fork, schedulePath }: SourceRules,
  recognised: ProfileName = "ethereum",
): ExecutionForks {
  if (fork !== undefined && schedulePath !== undefined) {
    throw new OptisyncError("ForkAmbiguous", "give either --source-fork or --source-forks", {
      action: "halt",
    });
  }
  const forks =
    schedulePath === undefined ? undefined : requireChain(readSchedule(schedulePath), chainId, schedulePath);
  const known = forks ?? (fork === undefined ? builtInSchedule(chainId) : singleFork(chainId, fork));
  if (known !== undefined) return { ...known, profile: known.profile ?? recognised };
  const names = builtInSchedules.map(({ name }) => name).join(", ");
  throw new OptisyncError(
    "ForkUnknown",
    `chain ${chainId} is none of ${names}: say which rules it follows, by --source-fork or --source-forks`,
    { action: "halt", details: { chainId, options: ["--source-fork", "--source-forks"] } },
  );
}

function requireChain(forks: ExecutionForks, chainId: bigint, path: string): ExecutionForks {
  if (forks.chainId === chainId) return forks;
  throw new OptisyncError("ScheduleForeign", `${path} is for chain ${forks.chainId}, not ${chainId}`, {
    action: "halt",
    details: { path, chainId, scheduled: forks.chainId },
  });
}

/**
 * What the contracts have to know of the forks: the field count of headers, from the genesis block's time on. Forks
 * that changed no count are left out.
 */
export function headerSchedule({ forks, sunset }: ExecutionForks, genesisTimestamp: bigint): ForkSchedule {
  const entries: Fork[] = [];
  for (const { name, timestamp } of forks) {
    const fieldCount = headerFieldCounts[name];
    if (entries.at(-1)?.fieldCount !== fieldCount) entries.push({ fromTimestamp: timestamp, fieldCount });
  }
  const inForce = entries.findLastIndex(({ fromTimestamp }) => fromTimestamp <= genesisTimestamp);
  const kept = entries.slice(Math.max(inForce, 0));
  return sunset === undefined ? createForkSchedule(kept) : createForkSchedule(kept, sunset);
}
