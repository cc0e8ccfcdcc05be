import { chainProfiles } from "../execution/chainProfile.js";
import { mainnetBlobs, type ExecutionForks } from "../execution/forks.js";
import type { ForkSchedule } from "../protocol/forkSchedule.js";
import { OptisyncError } from "../runtime/errors.js";
import { rulesOfFork } from "./Bounds.js";
import type { StepperPlan } from "./deployStepper.js";

/**
 * The machine for a deployment: A's rules from the first fork on that the deployment's contracts know, up to their sunset.
 * Whoever knows a deployment derives the same plan from it.
 * @throws OptisyncError `MachineRulesMissing` (halt) if one of those forks is older than the machine's rules
 */
export function stepperPlanOf(source: ExecutionForks, { forks, sunset }: ForkSchedule): StepperPlan {
  const first = forks[0]?.fromTimestamp ?? 0n;
  const known = source.forks.filter(({ timestamp }) => timestamp >= first);
  return {
    chainId: source.chainId,
    makesSystemCalls: chainProfiles[source.profile ?? "ethereum"].makesSystemCalls,
    forks: known.map(({ name, timestamp, blobs = mainnetBlobs(name) }) => {
      if (blobs === undefined) {
        throw new OptisyncError(
          "MachineRulesMissing",
          `the machine executes blocks from Cancun on, and the deployment begins under ${name}`,
          { action: "halt", details: { fork: name, timestamp } },
        );
      }
      return {
        from: timestamp,
        rules: rulesOfFork({ name, blobs }),
        blobTarget: blobs.target,
        blobMax: blobs.max,
        blobFraction: BigInt(blobs.updateFraction),
      };
    }),
    horizon: sunset,
  };
}
