import type { Chains } from "../chain/openChains.js";
import { readMachineArtifacts } from "../machine/artifacts.js";
import { createSourceMachine } from "./sourceMachine.js";
import type { TraceProvider } from "./trace.js";

/**
 * The machine that plays a deployment's games; undefined if the deployment has no execution court. Then a challenger can
 * only raise the alarm about a false state root.
 * @throws OptisyncError `ArtifactMissing` (halt) if the machine's programs were not built
 */
export function openMachine({
  manifest,
  source,
}: Pick<Chains, "manifest" | "source">): TraceProvider | undefined {
  if (manifest.execution === undefined) return undefined;
  return createSourceMachine(source, readMachineArtifacts().programs);
}
