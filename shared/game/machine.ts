import { getAddress } from "ethers";
import type { Chains } from "../chain/openChains.js";
import { readMachineArtifacts } from "../machine/artifacts.js";
import { stepperPlanOf } from "../machine/stepperPlan.js";
import { OptisyncError } from "../runtime/errors.js";
import { requireOwnMachine } from "./checkMachine.js";
import { createSourceMachine } from "./sourceMachine.js";
import type { TraceProvider } from "./trace.js";

/**
 * The machine that plays a deployment's games; undefined if the deployment has no execution court. Then a challenger can
 * only raise the alarm about a false state root.
 * @throws OptisyncError `MachineForeign`, `MachineRulesMissing` (halt) if the deployment's machine is not this program's;
 * `CourtForeign` (halt) if the court has no say in the deployment;
 * `ArtifactMissing` (halt) if the contracts were not built; whatever says that B could not be read
 */
export async function openMachine({
  manifest,
  source,
  rpc,
  protocol,
}: Pick<Chains, "manifest" | "source" | "rpc" | "protocol">): Promise<TraceProvider | undefined> {
  if (manifest.execution === undefined) return undefined;
  await requireOwnCourt(manifest.execution, protocol);
  const { programs, creationCode } = readMachineArtifacts();
  const plan = stepperPlanOf(source.forks, protocol.forks);
  await requireOwnMachine({ rpc, stepper: manifest.execution.stepper, plan, creationCode });
  return createSourceMachine(source, programs);
}

/** Whether the court is one of the protocol's and runs the machine that the deployment's file names. */
async function requireOwnCourt(
  { court, stepper }: NonNullable<Chains["manifest"]["execution"]>,
  protocol: Chains["protocol"],
): Promise<void> {
  const [runs] = await protocol.call("executionCourt", "STEPPER", []);
  if (runs !== getAddress(stepper)) {
    throw new OptisyncError("MachineForeign", `the court ${court} runs another machine than ${stepper}`, {
      action: "halt",
      details: { court, stepper, runs },
    });
  }
  const [isCourt] = await protocol.call("stateSync", "isCourt", [court]);
  if (isCourt === true) return;
  throw new OptisyncError("CourtForeign", `StateSync takes no verdicts from the court ${court}`, {
    action: "halt",
    details: { court },
  });
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
