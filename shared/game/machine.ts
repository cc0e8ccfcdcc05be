import type { Chains } from "../chain/openChains.js";
import type { TraceProvider } from "./trace.js";

/**
 * The machine that plays a deployment's games; undefined if the deployment has no execution court, or if this program
 * has no machine for the one that the court runs. Then a challenger can only raise the alarm, and a proposer claims
 * nothing.
 */
export function openMachine({ manifest }: Chains): TraceProvider | undefined {
  if (manifest.execution === undefined) return undefined;
  return undefined;
}
