import { z } from "zod";
import { executableForks, type ExecutionForks, type ForkName } from "../execution/forks.js";
import { path } from "../runtime/quantities.js";
import { sourceForksOf } from "./deploymentPlan.js";
import type { Rpc } from "./rpc.js";
import { requireUsableClient } from "./sourceClient.js";

/** How a command is told which rules the source chain follows, where that is not built in. */
export const sourceRuleOptions = {
  sourceFork: {
    describe: `the one fork whose rules A follows, as a development chain: ${executableForks.join(", ")}`,
    schema: z.enum(executableForks, { error: `must be one of ${executableForks.join(", ")}` }).optional(),
    example: "FORK",
  },
  sourceForks: {
    describe: "file with A's fork schedule (see docs/execution.md)",
    schema: path.optional(),
    example: "FILE",
  },
} as const;

/**
 * The rules of the chain behind a node, with the profile that fits the node. For commands that nobody's money hangs
 * on, and for a deployment, which then fixes them.
 */
export async function forksOfNode(
  rpc: Rpc,
  chainId: bigint,
  values: { sourceFork: ForkName | undefined; sourceForks: string | undefined; sunset?: bigint | undefined },
): Promise<ExecutionForks> {
  const profile = requireUsableClient(await rpc.request("web3_clientVersion", []));
  const rules = { fork: values.sourceFork, schedulePath: values.sourceForks };
  const forks = sourceForksOf(chainId, rules, profile);
  return { ...forks, sunset: values.sunset ?? forks.sunset };
}
