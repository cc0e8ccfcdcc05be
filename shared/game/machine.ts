import type { Chains } from "../chain/openChains.js";
import { readMachineArtifacts } from "../machine/artifacts.js";
import { stepperPlanOf } from "../machine/stepperPlan.js";
import { requireOwnMachine } from "./checkMachine.js";
import { createSourceMachine } from "./sourceMachine.js";
import type { TraceProvider } from "./trace.js";

/**
 * The machine that plays a deployment's games; undefined if the deployment has no execution court. Then a challenger can
 * only raise the alarm about a false state root.
 * @throws OptisyncError `MachineForeign`, `MachineRulesMissing` (halt) if the deployment's machine is not this program's;
 * `ArtifactMissing` (halt) if the contracts were not built; whatever says that B could not be read
 */
export async function openMachine({
  manifest,
  source,
  rpc,
  protocol,
}: Pick<Chains, "manifest" | "source" | "rpc" | "protocol">): Promise<TraceProvider | undefined> {
  if (manifest.execution === undefined) return undefined;
  const { programs, creationCode } = readMachineArtifacts();
  const plan = stepperPlanOf(source.forks, protocol.forks);
  await requireOwnMachine({ rpc, stepper: manifest.execution.stepper, plan, creationCode });
  return createSourceMachine(source, programs);
}

/** The same machine, opened only when something has to be computed. */
export function openMachineLater(chains: Parameters<typeof openMachine>[0]): TraceProvider | undefined {
  if (chains.manifest.execution === undefined) return undefined;
  const machine = async (): Promise<TraceProvider> => (await openMachine(chains)) as TraceProvider;
  return {
    requireDefensible: async (block, signal) => (await machine()).requireDefensible(block, signal),
    open: async (block, signal) => (await machine()).open(block, signal),
  };
}
